/** Where the nodes of a tree stand: depth to the right, siblings below each other. Numbers only. */

/** A place in columns and rows, both from 0. @typedef {{x: number, y: number}} Place */

/** Leaves of one parent beyond this many stand in several columns, if nothing is deeper. */
const WRAP = 12;

/**
 * Place every node. Source: Wetherell and Shannon 1979, "Tidy drawings of trees": every depth has a
 * next free row, and what does not fit below what is there is moved down with all below it.
 * @param {import("./tree.js").Tree} tree
 * @param {number} flat a cell is this many times as wide as high: blocks of leaves are then square
 * @returns {{places: Map<number, Place>, columns: number, rows: number}}
 */
export function layout(tree, flat) {
  const order = depths(tree);
  const deepest = order.reduce((most, [, depth]) => Math.max(most, depth), 0);
  const [free, shift] = [new Array(deepest + 1).fill(0), new Array(deepest + 1).fill(0)];
  const [places, moved] = [new Map(), new Map()];
  for (const [id, depth] of order.toReversed()) {
    const kids = tree.kids(id);
    if (!kids.length && places.has(id)) continue;
    const wanted = kids.length ? (places.get(kids[0]).y + places.get(kids.at(-1)).y) / 2 : free[depth];
    shift[depth] = Math.max(shift[depth], free[depth] - wanted);
    const y = kids.length ? wanted + shift[depth] : wanted;
    places.set(id, { x: depth, y });
    moved.set(id, shift[depth]);
    free[depth] = y + 1;
  }
  return settled(tree, order, places, moved, deepest, flat);
}

/** Nodes with their depths such that, read backwards, children come first and in their order. */
function depths(tree) {
  const waiting = tree.nodes.size ? [[0, 0]] : [];
  const order = [];
  while (waiting.length) {
    const [id, depth] = waiting.pop();
    order.push([id, depth]);
    for (const kid of tree.kids(id)) waiting.push([kid, depth + 1]);
  }
  return order;
}

/** Move each node by what those above it were moved. */
function settled(tree, order, places, moved, deepest, flat) {
  const sum = new Map([[0, 0]]);
  for (const [id] of order) {
    places.get(id).y += sum.get(id);
    for (const kid of tree.kids(id)) sum.set(kid, sum.get(id) + moved.get(id));
  }
  const all = [...places.values()];
  if (deepest === 1 && all.length > WRAP) return block(tree, flat);
  const least = all.reduce((top, { y }) => Math.min(top, y), Infinity);
  for (const place of all) place.y -= least;
  const rows = all.reduce((most, { y }) => Math.max(most, y + 1), 0);
  return { places, columns: deepest + 1, rows };
}

/** Many leaves of one root: a block in several columns. */
function block(tree, flat) {
  const kids = tree.kids(0);
  const across = Math.ceil(Math.sqrt(kids.length / flat));
  const rows = Math.ceil(kids.length / across);
  const places = new Map(kids.map((kid, i) => [kid, { x: 1 + (i % across), y: Math.floor(i / across) }]));
  places.set(0, { x: 0, y: (rows - 1) / 2 });
  return { places, columns: across + 1, rows };
}

/**
 * The next node above or below in the same column.
 * @param {Map<number, Place>} places
 * @param {number} id
 * @param {1 | -1} way down or up
 * @returns {number | undefined}
 */
export function beside(places, id, way) {
  const from = places.get(id);
  let found;
  let least = Infinity;
  for (const [other, place] of places) {
    const gap = (place.y - from.y) * way;
    if (place.x === from.x && gap > 0 && gap < least) [found, least] = [other, gap];
  }
  return found;
}

/**
 * The scale and shift that show a whole drawing in a frame.
 * @param {{width: number, height: number}} drawing
 * @param {{width: number, height: number}} frame
 * @param {number} most the largest scale
 * @returns {{k: number, x: number, y: number}}
 */
export function fitted(drawing, frame, most) {
  const k = Math.min(most, frame.width / drawing.width, frame.height / drawing.height);
  return { k, x: (frame.width - k * drawing.width) / 2, y: (frame.height - k * drawing.height) / 2 };
}

/**
 * Scale around a point that stays where it is.
 * @param {{k: number, x: number, y: number}} view
 * @param {number} k the new scale
 * @param {{x: number, y: number}} at in the frame
 */
export function zoomed(view, k, at) {
  return { k, x: at.x - ((at.x - view.x) * k) / view.k, y: at.y - ((at.y - view.y) * k) / view.k };
}
