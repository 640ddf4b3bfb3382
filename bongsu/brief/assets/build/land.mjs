// Makes land.json (outlines for the two panels of the map) from Natural Earth. See ../README.md.
// usage: node land.mjs countries-10m.json countries-50m.json north-america_50m.json > land.json
import { readFileSync } from "node:fs";
import { feature, mesh } from "topojson-client";
import { presimplify, quantile, simplify } from "topojson-simplify";

const [ten, fifty, parts] = process.argv.slice(2).map((path) => JSON.parse(readFileSync(path, "utf8")));
const ISO = { 124: "CA", 840: "US", 484: "MX", 410: "KR", 408: "KP", 156: "CN", 392: "JP", 304: "GL" };

/** Cut a ring to a box, edge by edge (Sutherland and Hodgman). */
function clipRing(ring, [west, south, east, north]) {
  const edges = [
    [(p) => p[0] >= west, (a, b) => [west, a[1] + ((b[1] - a[1]) * (west - a[0])) / (b[0] - a[0])]],
    [(p) => p[0] <= east, (a, b) => [east, a[1] + ((b[1] - a[1]) * (east - a[0])) / (b[0] - a[0])]],
    [(p) => p[1] >= south, (a, b) => [a[0] + ((b[0] - a[0]) * (south - a[1])) / (b[1] - a[1]), south]],
    [(p) => p[1] <= north, (a, b) => [a[0] + ((b[0] - a[0]) * (north - a[1])) / (b[1] - a[1]), north]],
  ];
  let points = ring.slice(0, -1);
  for (const [inside, cross] of edges) {
    const kept = [];
    points.forEach((point, i) => {
      const before = points[(i + points.length - 1) % points.length];
      if (inside(point) !== inside(before)) kept.push(cross(before, point));
      if (inside(point)) kept.push(point);
    });
    points = kept;
  }
  return points.length < 3 ? null : [...points, points[0]];
}

const area = (ring) => Math.abs(ring.reduce((sum, p, i) => (i ? sum + ring[i - 1][0] * p[1] - p[0] * ring[i - 1][1] : 0), 0)) / 2;

/** Round a line to a number of decimals and drop points that repeat. */
function round(line, decimals) {
  const out = [];
  for (const [x, y] of line) {
    const point = [+x.toFixed(decimals), +y.toFixed(decimals)];
    const last = out[out.length - 1];
    if (!last || last[0] !== point[0] || last[1] !== point[1]) out.push(point);
  }
  return out;
}

/** Outlines of countries inside a box, simplified to a share of the points. */
function outlines(topology, box, keep, minArea, decimals) {
  const ready = presimplify(topology);
  const simple = simplify(ready, quantile(ready, 1 - keep));
  const out = [];
  for (const item of feature(simple, simple.objects.countries).features) {
    const polygons = item.geometry.type === "Polygon" ? [item.geometry.coordinates] : item.geometry.coordinates;
    const kept = polygons
      .map((rings) => rings.map((ring) => clipRing(ring, box)).filter((ring) => ring && area(ring) > minArea).map((ring) => round(ring, decimals)))
      .filter((rings) => rings.length && rings[0].length > 3);
    if (kept.length) out.push({ country: ISO[+item.id] ?? "other", polygons: kept });
  }
  return out;
}

/** Lines between provinces and between states. */
function inner(topology, box, keep, decimals) {
  const ready = presimplify(topology);
  const simple = simplify(ready, quantile(ready, 1 - keep));
  const lines = mesh(simple, simple.objects.subunits, (a, b) => a !== b).coordinates;
  const within = ([x, y]) => x > box[0] && x < box[2] && y > box[1] && y < box[3];
  return lines.map((line) => round(line.filter(within), decimals)).filter((line) => line.length > 1);
}

const america = [-170, 12, -48, 76];
const korea = [120, 30, 135, 43];
process.stdout.write(JSON.stringify({
  north_america: { outlines: outlines(fifty, america, 0.45, 0.05, 2), inner: inner(parts, america, 0.12, 2) },
  korea: { outlines: outlines(ten, korea, 0.35, 0.002, 3), inner: [] },
}) + "\n");
