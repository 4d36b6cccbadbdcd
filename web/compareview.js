/** One question, two strategies side by side. */

import { answer } from "./asking.js";
import { limits } from "./cost.js";
import { el } from "./dom.js";
import { Form } from "./form.js";
import { duration, titled, whole, work } from "./numbers.js";
import { Picker } from "./picker.js";
import { Result } from "./result.js";

export class CompareView {
  /** @param {object} served @param {Map<string, object>} catalogue */
  constructor(served, catalogue) {
    const pickers = ["majority", "best_of_n"].map((kind) => new Picker(catalogue, kind, () => this.form.changed()));
    this.form = new Form(served, pickers, "Compare");
    this.#place = el("div", { class: "place" });
    this.element = el("div", { class: "view single" }, this.form.element, this.#place);
    this.form.onAsk((signal) => this.#compare(pickers, catalogue, signal));
  }

  #place;

  /** Nothing has to be asked for to show it. */
  show() {}

  async #compare(pickers, catalogue, signal) {
    const bodies = pickers.map((picker) => this.form.body(picker));
    const results = bodies.map(({ search }) => new Result(catalogue, search.strategy.kind ?? search.strategy));
    const table = el("section", { class: "card", hidden: true });
    this.#place.replaceChildren(table, el("div", { class: "sides" }, ...results.map(({ element }) => element)));
    const reports = await Promise.all(bodies.map((body, i) => answer(body, results[i], signal)));
    if (reports.some((report) => !report)) return;
    table.append(el("header", {}, el("h3", { text: "Side by side" })), compared(reports));
    table.hidden = false;
  }
}

function compared(reports) {
  const spent = reports.map((report) => Object.fromEntries(limits({ ...report, budget: { tokens: 1, seconds: 1, calls: 1, flops: 1 } }).map(({ name, spent: of }) => [name, of])));
  const rows = [
    ["score", reports.map(({ score }) => score), (value) => (value === null ? "not scored" : value.toFixed(3)), Math.max],
    ["tokens drawn", spent.map(({ tokens }) => tokens), whole, Math.min],
    ["time", spent.map(({ seconds }) => seconds), duration, Math.min],
    ["work", spent.map(({ flops }) => flops), work, Math.min],
    ["calls", spent.map(({ calls }) => calls), whole, Math.min],
  ];
  const comparable = new Set(reports.map(({ scorer }) => scorer)).size === 1;
  const head = el("tr", {}, el("td"), ...reports.map((report) => el("th", { scope: "col", text: titled(report.chosen ?? report.strategy) })));
  const body = rows.map(([name, values, shown, better]) => {
    const best = (name !== "score" || comparable) && values[0] !== values[1] ? better(...values.map((value) => value ?? 0)) : undefined;
    return el("tr", {}, el("th", { scope: "row", text: name }), ...values.map((value) => el("td", { class: value === best ? "best" : "", text: shown(value) })));
  });
  return el("div", { class: "wide", tabindex: "0", role: "region", "aria-label": "comparison" }, el("table", {}, el("thead", {}, head), el("tbody", {}, ...body)));
}
