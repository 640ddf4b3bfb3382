#!/bin/sh
# Prints the comment that heads vendor.js: who made its parts, and the licence texts that must go with copies.
# usage: sh banner.sh ../licences > banner.txt
echo "/*!"
echo "Apache ECharts 6.1.0 (Apache License, Version 2.0; the text is in assets/licences/echarts-LICENSE.txt of Bongsu)"
for name in echarts-NOTICE echarts-LICENSE-d3 zrender-LICENSE d3-geo-LICENSE d3-array-LICENSE tslib-LICENSE; do
  echo; echo "== $name =="; cat "$1/$name.txt"
done
echo "*/"
