/** Choosing a strategy, and what it is told. */

import { coded, el, labelled } from "./dom.js";
import { parameterFields } from "./parameters.js";

const GROUPS = [
  ["By a policy", (card) => card.kind === "auto"],
  ["Step by step", (card) => card.continues],
  ["Whole solutions, judged", (card) => card.judges !== "nothing"],
  ["Samples and votes", () => true],
];

export class Picker {
  /**
   * @param {Map<string, object>} catalogue strategies' cards by kind
   * @param {string} preferred kind
   * @param {() => void} changed
   */
  constructor(catalogue, preferred, changed) {
    this.#catalogue = catalogue;
    this.#preferred = preferred;
    this.#select = el("select", { on: { change: () => this.#choose() } });
    this.#about = el("p", { class: "muted about" });
    this.#more = el("details", { class: "more" }, el("summary", { text: "Parameters" }));
    this.#changed = changed;
    this.element = el("div", { class: "picker" }, labelled("Strategy", this.#select), this.#about, this.#more);
    this.element.addEventListener("input", () => changed());
    this.offer(false);
  }

  #catalogue;
  #preferred;
  #select;
  #about;
  #more;
  #changed;
  #fields = { changed: () => ({}) };
  #touched = false;

  /** Offer what a model can do; `auto` first, and by default, where it has a policy. @param {boolean} policy */
  offer(policy) {
    const held = this.#touched ? this.#select.value : "";
    const cards = [...this.#catalogue.values()].filter((card) => policy || card.kind !== "auto");
    const left = new Set(cards);
    const groups = GROUPS.map(([label, belongs]) => {
      const mine = [...left].filter(belongs);
      mine.forEach((card) => left.delete(card));
      return mine.length && el("optgroup", { label }, ...mine.map(({ kind }) => el("option", { value: kind, text: kind })));
    });
    this.#select.replaceChildren(...groups.filter(Boolean));
    const kinds = cards.map(({ kind }) => kind);
    const wanted = [held, policy && this.#preferred === "auto" ? "auto" : "", this.#preferred, "best_of_n"];
    this.#select.value = wanted.find((kind) => kinds.includes(kind));
    this.#show();
  }

  /** Choose a strategy. @param {string} kind */
  pick(kind) {
    this.#select.value = kind;
    this.#choose();
  }

  /** @returns {string | object} the strategy: its kind alone if nothing was changed */
  get strategy() {
    const changed = this.#fields.changed();
    const kind = this.#select.value;
    return Object.keys(changed).length ? { kind, ...changed } : kind;
  }

  #choose() {
    this.#touched = true;
    this.#show();
    this.#changed();
  }

  #show() {
    const card = this.#catalogue.get(this.#select.value);
    this.#fields = parameterFields(card.parameters);
    this.#about.replaceChildren(...coded(`${card.description} Costs ${card.cost}. `), paper(card.paper));
    this.#more.replaceChildren(this.#more.firstElementChild, this.#fields.element);
    this.#more.hidden = !Object.keys(card.parameters).length;
  }
}

function paper(name) {
  const id = name.match(/^arXiv:([\d.]+)/)?.[1];
  return id ? el("a", { href: `https://arxiv.org/abs/${id}`, rel: "noreferrer", target: "_blank", text: name }) : name;
}
