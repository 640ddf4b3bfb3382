// The only parts of the two libraries that the brief draws with. See ../README.md for how vendor.js is made.
import * as core from "echarts/core";
import { BarChart, LineChart, SankeyChart } from "echarts/charts";
import { AriaComponent, GridComponent, TooltipComponent } from "echarts/components";
import { SVGRenderer } from "echarts/renderers";
import { geoAzimuthalEqualArea, geoConicEqualArea, geoPath } from "d3-geo";

core.use([BarChart, LineChart, SankeyChart, AriaComponent, GridComponent, TooltipComponent, SVGRenderer]);

globalThis.bongsuVendor = { echarts: { init: core.init }, geoAzimuthalEqualArea, geoConicEqualArea, geoPath };
