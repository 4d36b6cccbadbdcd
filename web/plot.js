/** A small line plot: tokens on a logarithmic axis, shares in [0, 1] on the other. */

import { svg } from "./dom.js";
import { percent, short } from "./numbers.js";

const SIZE = { width: 640, height: 320, left: 44, right: 96, top: 14, bottom: 40 };
const MARKS = ["M-4 0A4 4 0 1 1 4 0A4 4 0 1 1-4 0Z", "M-4-4H4V4H-4Z", "M0-5L5 4H-5Z", "M0-5L5 0L0 5L-5 0Z", "M0 5L5-4H-5Z"];

/** @typedef {{x: number, y: number, low: number, high: number, title: string}} Point */

/**
 * @param {{name: string, points: Point[]}[]} lines each in order of x
 * @param {string} label what it shows, for who cannot see it
 * @returns {SVGElement}
 */
export function plot(lines, label) {
  const xs = lines.flatMap(({ points }) => points.map(({ x }) => x));
  const across = logScale(Math.min(...xs), Math.max(...xs), SIZE.left, SIZE.width - SIZE.right);
  const up = (share) => SIZE.height - SIZE.bottom - share * (SIZE.height - SIZE.bottom - SIZE.top);
  return svg("svg", { class: "plot", viewBox: `0 0 ${SIZE.width} ${SIZE.height}`, role: "img", "aria-label": label },
    ...grid(across, up, ticks(Math.min(...xs), Math.max(...xs))),
    ...lines.map((line, i) => drawn(line, i, across, up)),
    ...names(lines, across, up));
}

/**
 * A logarithmic scale.
 * @param {number} least @param {number} most @param {number} from @param {number} to
 * @returns {(value: number) => number}
 */
export function logScale(least, most, from, to) {
  const span = Math.log(most / least) || 1;
  return (value) => from + ((to - from) * Math.log(value / least)) / span;
}

/** Powers of ten, and what lies between. @param {number} least @param {number} most @returns {number[]} */
export function ticks(least, most) {
  const all = Array.from({ length: 12 }, (_, i) => 10 ** i).flatMap((ten) => [ten, 3 * ten]);
  return all.filter((value) => value >= least && value <= most);
}

function grid(across, up, values) {
  const level = [0, 0.25, 0.5, 0.75, 1].flatMap((share) => [
    svg("line", { class: "rule", x1: SIZE.left, x2: SIZE.width - SIZE.right, y1: up(share), y2: up(share) }),
    svg("text", { class: "tick end", x: SIZE.left - 8, y: up(share) + 4, text: percent(share) })]);
  const below = values.map((value) => svg("text", { class: "tick middle", x: across(value), y: SIZE.height - SIZE.bottom + 18, text: short(value) }));
  const title = svg("text", { class: "tick middle", x: (SIZE.left + SIZE.width - SIZE.right) / 2, y: SIZE.height - 4, text: "budget in tokens" });
  return [...level, ...below, title];
}

function drawn({ name, points }, i, across, up) {
  const line = points.map(({ x, y }, j) => `${j ? "L" : "M"}${across(x)} ${up(y)}`).join("");
  const there = points.map(({ x, high }, j) => `${j ? "L" : "M"}${across(x)} ${up(high)}`).join("");
  const back = points.toReversed().map(({ x, low }) => `L${across(x)} ${up(low)}`).join("");
  const marks = points.map(({ x, y, title }) => svg("path", { class: "dotmark", d: MARKS[i % MARKS.length], transform: `translate(${across(x)} ${up(y)})` }, svg("title", { text: title })));
  return svg("g", { class: `series s${i}`, "data-name": name }, svg("path", { class: "band", d: `${there}${back}Z` }), svg("path", { class: "curve", d: line }), ...marks);
}

/** Names stand at the ends of the lines, moved apart where those meet. */
function names(lines, across, up) {
  const ends = lines.map(({ name, points }, i) => ({ name, i, x: across(points.at(-1).x) + 10, y: up(points.at(-1).y) + 4 }));
  ends.sort((a, b) => a.y - b.y);
  const lowest = SIZE.height - SIZE.bottom + 4;
  ends.forEach((end, at) => { if (at) end.y = Math.max(end.y, ends[at - 1].y + 14); });
  ends.toReversed().forEach((end, at) => { end.y = Math.min(end.y, lowest - 14 * at); });
  return ends.map(({ name, i, x, y }) => svg("text", { class: `tick name s${i}`, x, y, text: name }));
}
