/** How nodes and edges look: shapes, boxes, and where those are too small to tell apart, areas. */

import { colourOf, inkOn } from "./colour.js";
import { svg } from "./dom.js";
import { chipOf, spoken, valueOf } from "./tree.js";

/** Shapes of a node: with a snippet of its text, and where that would be too small, without. */
export const WIDE = { name: "wide", column: 196, row: 36, width: 164, height: 26, chip: 42 };
export const SLIM = { name: "slim", column: 80, row: 34, width: 48, height: 26, chip: 48 };
export const MARGIN = 24;
/** Colours of areas are as many as can be told apart. */
const SHADES = 20;

/** The upper left corner of a place. @param {typeof WIDE} shape @param {{x: number, y: number}} place */
export function corner(shape, place) {
  return { left: MARGIN + place.x * shape.column, top: MARGIN + place.y * shape.row + (shape.row - shape.height) / 2 };
}

/** The size of so many columns and rows. @param {typeof WIDE} shape @param {{columns: number, rows: number}} of */
export function extent(shape, { columns, rows }) {
  const width = columns * shape.column - (shape.column - shape.width) + 2 * MARGIN;
  return { width, height: rows * shape.row + 2 * MARGIN };
}

/**
 * The line from a parent to its child.
 * @param {typeof WIDE} shape
 * @param {{x: number, y: number}} from
 * @param {{x: number, y: number}} to
 * @param {boolean} small whether a curve could not be told from a line
 */
export function edge(shape, from, to, small) {
  const middle = (place) => corner(shape, place).top + shape.height / 2;
  const [x1, y1] = [corner(shape, from).left + shape.width, middle(from)];
  const [x2, y2] = [corner(shape, to).left, middle(to)];
  // Of leaves in several columns, only the first hangs from the parent; the others from it.
  if (to.x > from.x + 1) return `M${x2 - (shape.column - shape.width)} ${y2}H${x2}`;
  const bend = (x1 + x2) / 2;
  return small ? `M${x1} ${y1}L${x2} ${y2}` : `M${x1} ${y1}C${bend} ${y1} ${bend} ${y2} ${x2} ${y2}`;
}

/**
 * A node as a box.
 * @param {import("./tree.js").TreeNode} node
 * @param {{x: number, y: number}} place
 * @param {typeof WIDE} shape
 * @param {"full" | "number" | "colour"} detail
 * @param {string} id of the element
 */
export function box(node, place, shape, detail, id) {
  const { left, top } = corner(shape, place);
  const value = valueOf(node);
  const full = detail === "full";
  const chip = svg("rect", { class: "chip", width: full ? shape.chip : shape.width, height: shape.height, rx: 5 });
  // As style: a sheet's rules go before attributes.
  if (value !== undefined) chip.style.fill = colourOf(value);
  const frame = full && svg("rect", { class: "frame", width: shape.width, height: shape.height, rx: 5 });
  return svg("g", { class: `node ${node.kind} ${node.state}`, role: "treeitem", id, transform: `translate(${left} ${top})`, "aria-label": spoken(node), "aria-level": place.x + 1 },
    frame, chip, detail !== "colour" && number(node, value, shape, full), ...(full ? snippet(node, shape) : []));
}

function number(node, value, shape, full) {
  const large = !full && shape === WIDE;
  const x = (full ? shape.chip : shape.width) / 2;
  const text = svg("text", { class: large ? "number large" : "number", x, y: full ? 17.5 : 18.5, text: chipOf(node) });
  if (value !== undefined && node.state !== "pruned") text.style.fill = inkOn(value);
  return text;
}

/** The beginning of a node's text, as far as there is room, and its final answer. */
function snippet(node, shape) {
  const text = node.text.trim().replace(/\s+/g, " ");
  const end = node.answer !== undefined && node.answer.length < 9 ? `→ ${node.answer}` : "";
  const room = shape.width - shape.chip - 12 - 8.5 * end.length;
  const clipped = svg("svg", { x: shape.chip + 6, width: room, height: shape.height },
    svg("text", { class: "snippet", y: 17.5, text: text.slice(0, 40) || "(nothing)" }));
  return end ? [clipped, svg("text", { class: "ends", x: shape.width - 6, y: 17.5, text: end })] : [clipped];
}

/**
 * Nodes that are too small for more than a colour: one area for all of a shade.
 * @param {Iterable<[import("./tree.js").TreeNode, {x: number, y: number}]>} nodes
 * @param {typeof WIDE} shape
 */
export function areas(nodes, shape) {
  const shades = new Map();
  for (const [node, place] of nodes) {
    const value = valueOf(node);
    const shade = value === undefined ? "none" : Math.round(SHADES * value);
    const key = `${node.state === "chosen" ? "chosen" : node.state === "pruned" ? "pruned" : "plain"} ${shade}`;
    const { left, top } = corner(shape, place);
    shades.set(key, `${shades.get(key) ?? ""}M${left} ${top}h${shape.width}v${shape.height}h${-shape.width}z`);
  }
  return [...shades].map(([key, d]) => {
    const [state, shade] = key.split(" ");
    const area = svg("path", { class: `area ${state}`, d });
    if (shade !== "none") area.style.fill = colourOf(Number(shade) / SHADES);
    return area;
  });
}
