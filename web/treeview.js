/** A tree drawn, panned, zoomed and walked. What is out of sight is not drawn. */

import { svg } from "./dom.js";
import { beside, fitted, layout, zoomed } from "./layout.js";
import { MARGIN, SLIM, WIDE, areas, box, corner, edge, extent } from "./treedraw.js";

const [LEAST, MOST, COMFORTABLE] = [0.01, 3, 1];
/** Below these scales snippets, and numbers, could not be read. */
const [READABLE, COUNTABLE] = [0.66, 0.5];
/** Pixels that a tree may be high. */
const [LOW, HIGH] = [220, 540];

export class TreeView {
  /** @type {number} the id of the selected node */
  selected = 0;
  #view = { k: 1, x: 0, y: 0 };
  #placed = { places: new Map(), columns: 0, rows: 0 };
  #shape = WIDE;
  #drawn = new Map();
  #detail = "";
  #moved = false;
  #due = false;
  #stale = true;
  #name = `t${Math.random().toString(36).slice(2, 8)}`;

  /**
   * @param {import("./tree.js").Tree} tree
   * @param {{select: (id: number) => void, open: (id: number) => void}} told
   */
  constructor(tree, told) {
    this.tree = tree;
    this.#told = told;
    this.#edges = ["plain", "pruned", "chosen"].map((name) => svg("path", { class: `edge ${name}` }));
    this.#areas = svg("g", { role: "none" });
    this.#boxes = svg("g", { role: "none" });
    this.#world = svg("g", { role: "none" }, ...this.#edges, this.#areas, this.#boxes);
    this.element = svg("svg", { class: "tree", role: "tree", tabindex: "0", "aria-label": "Tree of the search" }, this.#world);
    this.#listen();
    new ResizeObserver(() => this.refresh()).observe(this.element);
  }

  #told;
  #edges;
  #areas;
  #boxes;
  #world;

  /** Take note that the tree has grown or changed; drawn with the next frame. */
  refresh() {
    this.#stale = true;
    this.#schedule();
  }

  /** Show all of it, as large as is comfortable, and follow its growth again. */
  fit() {
    this.#moved = false;
    this.refresh();
  }

  /** Zoom about the middle. @param {number} factor */
  zoom(factor) {
    const { width, height } = this.#frame();
    this.#zoomAt(factor, { x: width / 2, y: height / 2 });
  }

  /** Select a node, and bring it into sight. @param {number | undefined} id */
  select(id) {
    if (id === undefined || !this.tree.nodes.has(id)) return;
    this.selected = id;
    this.#reveal(id);
    this.#told.select(id);
    this.#schedule();
  }

  #schedule() {
    if (this.#due) return;
    this.#due = true;
    requestAnimationFrame(() => {
      this.#due = false;
      this.#draw();
    });
  }

  #draw() {
    if (!this.tree.nodes.size || !this.element.clientWidth) return;
    const fresh = this.#stale;
    if (fresh) this.#arrange();
    const { k, x, y } = this.#view;
    this.#world.setAttribute("transform", `translate(${x} ${y}) scale(${k})`);
    const detail = this.#detailAt(k);
    const other = fresh || detail !== this.#detail;
    this.#detail = detail;
    this.element.setAttribute("data-detail", detail);
    if (other) this.#repaint(detail);
    if (other || detail !== "colour") this.#connect(detail === "colour");
    this.#show(detail === "colour" ? new Set([this.selected]) : this.#inSight());
    this.#boxes.querySelector("[aria-selected=true]")?.setAttribute("aria-selected", "false");
    this.#drawn.get(this.selected)?.setAttribute("aria-selected", "true");
    this.element.setAttribute("aria-activedescendant", this.#idOf(this.selected));
  }

  #detailAt(k) {
    if (this.#shape === WIDE && k >= READABLE) return "full";
    return k >= COUNTABLE ? "number" : "colour";
  }

  /** Lay it out for its frame: with snippets if they can be read, else as large as can be. */
  #arrange() {
    this.#stale = false;
    if (this.#moved) this.#place(this.#shape);
    else {
      const wide = this.#place(WIDE);
      if (wide < READABLE && this.#place(SLIM) < wide) this.#place(WIDE);
    }
    this.element.classList.toggle("slim", this.#shape === SLIM);
  }

  /** Lay it out in a shape; unless somebody has moved it, fit it. Returns the scale. */
  #place(shape) {
    this.#shape = shape;
    this.#placed = layout(this.tree, shape.column / shape.row);
    const size = extent(shape, this.#placed);
    if (!this.#moved) {
      this.element.style.height = `${Math.min(HIGH, Math.max(LOW, size.height))}px`;
      this.#view = fitted(size, this.#frame(), COMFORTABLE);
    }
    return this.#view.k;
  }

  /** Begin anew with boxes, or with areas where those would be too many and too small. */
  #repaint(detail) {
    this.#boxes.replaceChildren();
    this.#drawn.clear();
    const all = [...this.#placed.places].map(([id, place]) => [this.tree.nodes.get(id), place]);
    this.#areas.replaceChildren(...(detail === "colour" ? areas(all, this.#shape) : []));
  }

  #connect(all) {
    const { places } = this.#placed;
    const sight = this.#sight();
    const lines = { plain: [], pruned: [], chosen: [] };
    for (const [id, place] of places) {
      const { parent, state } = this.tree.nodes.get(id);
      const from = places.get(parent);
      if (from && (all || within(sight, this.#shape, from, place))) (lines[state] ?? lines.plain).push(edge(this.#shape, from, place, all));
    }
    this.#edges.forEach((path, i) => path.setAttribute("d", Object.values(lines)[i].join("")));
  }

  #show(seen) {
    for (const [id, drawn] of this.#drawn) {
      if (seen.has(id)) continue;
      drawn.remove();
      this.#drawn.delete(id);
    }
    for (const id of seen) {
      if (this.#drawn.has(id)) continue;
      const made = box(this.tree.nodes.get(id), this.#placed.places.get(id), this.#shape, this.#detail, this.#idOf(id));
      this.#drawn.set(id, made);
      this.#boxes.append(made);
    }
  }

  #frame() {
    return { width: this.element.clientWidth, height: this.element.clientHeight };
  }

  /** What of the drawing is in the frame. */
  #sight() {
    const { k, x, y } = this.#view;
    const { width, height } = this.#frame();
    return { left: -x / k, right: (width - x) / k, top: -y / k, bottom: (height - y) / k };
  }

  #inSight() {
    const sight = this.#sight();
    const seen = [...this.#placed.places].filter(([, place]) => within(sight, this.#shape, place, place));
    return new Set([this.selected, ...seen.map(([id]) => id)]);
  }

  #idOf(id) {
    return `${this.#name}-${id}`;
  }

  #reveal(id) {
    const place = this.#placed.places.get(id);
    if (!place) return;
    const { left, top } = corner(this.#shape, place);
    const { width, height } = this.#frame();
    const { k, x, y } = this.#view;
    const pull = (at, size, room) => Math.max(0, MARGIN - at) + Math.min(0, room - MARGIN - size - at);
    const right = pull(left * k + x, this.#shape.width * k, width);
    const down = pull(top * k + y, this.#shape.height * k, height);
    if (right || down) this.#move({ k, x: x + right, y: y + down });
  }

  #move(view) {
    this.#moved = true;
    this.#view = view;
    this.#schedule();
  }

  #zoomAt(factor, at) {
    const k = Math.min(MOST, Math.max(LEAST, this.#view.k * factor));
    this.#move(zoomed(this.#view, k, at));
  }

  /** The node under the pointer. */
  #hit(event) {
    const frame = this.element.getBoundingClientRect();
    const { k, x, y } = this.#view;
    const [atX, atY] = [(event.clientX - frame.left - x) / k, (event.clientY - frame.top - y) / k];
    const { width, height } = this.#shape;
    return [...this.#placed.places].find(([, place]) => {
      const { left, top } = corner(this.#shape, place);
      return atX >= left && atX <= left + width && atY >= top && atY <= top + height;
    })?.[0];
  }

  #listen() {
    const on = (event, listen, how) => this.element.addEventListener(event, listen, how);
    let held = null;
    on("pointerdown", ({ clientX, clientY }) => { held = { clientX, clientY, far: false }; });
    on("pointermove", (event) => {
      if (!held || !(event.buttons & 1)) return;
      const [right, down] = [event.clientX - held.clientX, event.clientY - held.clientY];
      if (!held.far && Math.hypot(right, down) < 4) return;
      if (!held.far) this.element.setPointerCapture(event.pointerId);
      held = { clientX: event.clientX, clientY: event.clientY, far: true };
      this.#move({ ...this.#view, x: this.#view.x + right, y: this.#view.y + down });
    });
    on("click", (event) => {
      if (!held?.far) this.select(this.#hit(event));
      held = null;
    });
    on("dblclick", (event) => this.#hit(event) !== undefined && this.#told.open(this.selected));
    on("wheel", (event) => this.#wheel(event), { passive: false });
    on("keydown", (event) => this.#key(event));
  }

  #wheel(event) {
    // The page scrolls as ever; with a modifier, or once the tree has the focus, the wheel zooms.
    if (!(event.ctrlKey || event.metaKey || document.activeElement === this.element)) return;
    event.preventDefault();
    const frame = this.element.getBoundingClientRect();
    this.#zoomAt(Math.exp(-event.deltaY / 400), { x: event.clientX - frame.left, y: event.clientY - frame.top });
  }

  #key(event) {
    const { tree, selected } = this;
    const walks = {
      ArrowRight: () => this.select(tree.best(selected)),
      ArrowLeft: () => this.select(tree.nodes.get(selected)?.parent ?? undefined),
      ArrowDown: () => this.select(beside(this.#placed.places, selected, 1)),
      ArrowUp: () => this.select(beside(this.#placed.places, selected, -1)),
      Home: () => this.select(0),
      End: () => this.select(tree.end),
      Enter: () => this.#told.open(selected),
      "+": () => this.zoom(1.25),
      "=": () => this.zoom(1.25),
      "-": () => this.zoom(0.8),
      0: () => this.fit(),
    };
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in walks)) return;
    event.preventDefault();
    walks[event.key]();
  }
}

/** Whether anything between two places is in sight. */
function within(sight, shape, one, other) {
  const [from, to] = [corner(shape, one), corner(shape, other)];
  const [top, bottom] = [Math.min(from.top, to.top), Math.max(from.top, to.top) + shape.height];
  return from.left < sight.right && to.left + shape.width > sight.left && top < sight.bottom && bottom > sight.top;
}
