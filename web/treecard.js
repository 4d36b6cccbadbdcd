/** The tree with all that belongs to it: buttons, legend, the selected node's text, and its dialog. */

import { colourOf } from "./colour.js";
import { el, facts } from "./dom.js";
import { whole } from "./numbers.js";
import { Tree, named, spoken, valueOf } from "./tree.js";
import { TreeView } from "./treeview.js";

const KEYS = "Arrows walk the tree, Enter opens a text, + and − zoom, 0 fits, Home and End go to the question and the answer.";

export class TreeCard {
  tree = new Tree();

  constructor() {
    this.view = new TreeView(this.tree, { select: (id) => this.#selected(id), open: (id) => this.#open(id) });
    this.#caption = el("span", { class: "muted", text: "nothing drawn yet" });
    this.#said = el("p", { class: "unseen", "aria-live": "polite" });
    this.#inspector = el("div", { class: "inspector" });
    this.#dialog = el("dialog", { class: "reader", "aria-label": "A node's text" });
    this.#dialog.addEventListener("close", () => this.view.element.focus());
    const button = (name, title, press) => el("button", { type: "button", class: "quiet", text: name, title, "aria-label": title, on: { click: press } });
    const tools = el("div", { class: "tools" },
      button("−", "Zoom out", () => this.view.zoom(0.8)),
      button("+", "Zoom in", () => this.view.zoom(1.25)),
      button("fit", "Show the whole tree", () => this.view.fit()));
    this.element = el("section", { class: "card treecard" },
      el("header", {}, el("h3", { text: "Search tree" }), this.#caption, tools),
      this.view.element, legend(), this.#inspector, this.#said, this.#dialog);
  }

  #caption;
  #said;
  #inspector;
  #dialog;

  /** Take news of the tree. @param {{nodes: object[], left_out?: number}} news */
  grow(news) {
    this.tree.merge(news.nodes);
    const of = [...this.tree.nodes.values()];
    const steps = of.filter((node) => !["root", "idea"].includes(node.kind)).length;
    const rounds = of.reduce((most, node) => Math.max(most, node.round), 0);
    const beyond = news.left_out ? `, ${whole(news.left_out)} more not shown` : "";
    this.#caption.textContent = `${counted(steps, "step")} in ${counted(rounds, "round")}${beyond}`;
    this.view.refresh();
    this.#inspect(this.view.selected);
  }

  /** Select the end of the answer's path, which people want to see first. */
  settle() {
    this.view.selected = this.tree.end;
    this.view.refresh();
    this.#inspect(this.view.selected);
  }

  #selected(id) {
    this.#inspect(id);
    this.#said.textContent = spoken(this.tree.nodes.get(id));
  }

  #inspect(id) {
    const node = this.tree.nodes.get(id);
    if (!node) return;
    const sources = (node.sources ?? []).map((of) => el("button", { type: "button", class: "link", text: `#${of}`, on: { click: () => this.view.select(of) } }));
    const open = el("button", { type: "button", class: "quiet", text: "open", title: "Read the whole path", on: { click: () => this.#open(id) } });
    this.#inspector.replaceChildren(
      el("div", { class: "line" }, badge(node), el("strong", { text: `${named(node)} #${node.id}` }), el("span", { class: "muted", text: aboutOf(node) }), open),
      node.asked ? el("p", { class: "asked", text: node.asked }) : "",
      sources.length ? el("p", { class: "muted" }, "drawn in view of ", ...sources) : "",
      el("pre", { class: "text", text: node.text.trim() || "(nothing)", tabindex: "0", role: "region", "aria-label": "text of the selected node" }));
  }

  #open(id) {
    const node = this.tree.nodes.get(id);
    if (!node) return;
    const close = el("button", { type: "button", text: "close", on: { click: () => this.#dialog.close() } });
    const path = this.tree.path(id).map((step) => el("li", { class: step.id === id ? "here" : "" },
      el("div", { class: "line" }, badge(step), el("strong", { text: `${named(step)} #${step.id}` }), el("span", { class: "muted", text: aboutOf(step) })),
      el("pre", { class: "text", text: step.text.trim() + (step.cut ? " …" : "") })));
    this.#dialog.replaceChildren(
      el("header", {}, el("h3", { text: `The path to #${id}` }), close),
      facts(factsOf(node)),
      el("div", { class: "path", tabindex: "0", role: "region", "aria-label": "steps from the question" }, el("ol", {}, ...path)));
    this.#dialog.showModal();
  }
}

function counted(n, what) {
  return `${whole(n)} ${what}${n === 1 ? "" : "s"}`;
}

/** @param {import("./tree.js").TreeNode} node */
function badge(node) {
  const value = valueOf(node);
  const dot = el("span", { class: value === undefined ? "dot empty" : "dot", "aria-hidden": "true" });
  if (value !== undefined) dot.style.background = colourOf(value);
  return dot;
}

function aboutOf(node) {
  const value = valueOf(node);
  const worth = value === undefined ? "" : `${node.reward === undefined ? "preferred" : "reward"} ${value.toFixed(3)}`;
  const end = node.finish === "length" ? "cut short" : "";
  const votes = node.answer === undefined ? "" : `answer ${node.answer}, ${node.votes} vote${node.votes === 1 ? "" : "s"}`;
  return [worth, node.state, end, votes, node.round ? `round ${node.round}` : ""].filter(Boolean).join(" · ");
}

function factsOf(node) {
  const known = [["state", node.state], ["reward", node.reward?.toFixed(4)], ["score", node.score?.toFixed(4)],
    ["preferred", node.preference?.toFixed(4)], ["answer", node.answer], ["tokens", String(node.tokens)], ["ended by", node.finish]];
  return known.filter(([, value]) => value !== undefined);
}

function legend() {
  const scale = el("span", { class: "scale", "aria-hidden": "true" });
  const stops = [0, 0.25, 0.5, 0.75, 1].map(colourOf);
  scale.style.background = `linear-gradient(90deg, ${stops.join(", ")})`;
  return el("div", { class: "legend muted" }, el("span", { text: "reward 0" }), scale, el("span", { text: "1" }),
    el("span", { class: "key chosen", text: "chosen" }), el("span", { class: "key pruned", text: "pruned" }), el("span", { class: "hint", text: KEYS }));
}
