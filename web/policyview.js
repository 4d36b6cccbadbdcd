/** What a model's policy expects: accuracy against budget for each bin of difficulty, and its choices. */

import { post } from "./api.js";
import { el, labelled } from "./dom.js";
import { EXAMPLES } from "./form.js";
import { percent, short, titled, whole } from "./numbers.js";
import { plot } from "./plot.js";

const BUDGETS = [64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384];

export class PolicyView {
  /** @param {{models: string[], policies: Set<string>}} served */
  constructor(served) {
    const first = EXAMPLES.map(({ model }) => model);
    const place = (name) => (first.includes(name) ? first.indexOf(name) : first.length);
    const able = served.models.filter((name) => served.policies.has(name)).toSorted((a, b) => place(a) - place(b));
    this.#model = el("select", { on: { change: () => this.show() } }, ...able.map((name) => el("option", { value: name, text: name })));
    this.#body = el("div", { class: "stacked" });
    const none = "No model here has a policy. `fathom calibrate` makes one, of your own questions.";
    this.element = el("div", { class: "view single" },
      el("section", { class: "card" },
        el("header", {}, el("h2", { text: "The policy" })),
        el("p", { class: "muted", text: "What auto expects to be right, by difficulty and budget, as it was measured when the policy was fitted. Nothing is drawn to show this." }),
        able.length ? labelled("Model", this.#model) : el("p", { class: "hint", text: none })),
      this.#body);
    this.#able = able.length > 0;
  }

  #model;
  #body;
  #able;

  /** Ask for the plans of every budget, and draw what they say. */
  async show() {
    if (!this.#able) return;
    this.#body.replaceChildren(el("p", { class: "status", text: "asking the policy" }));
    try {
      const plans = await Promise.all(BUDGETS.map((tokens) => post("/v1/search/plan", asked(this.#model.value, tokens))));
      this.#body.replaceChildren(...drawn(plans));
    } catch (error) {
      this.#body.replaceChildren(el("p", { class: "error", text: error.message }));
    }
  }
}

function asked(model, tokens) {
  return { model, messages: [{ role: "user", content: "?" }], search: { strategy: "auto", budget: { tokens } } };
}

function drawn(plans) {
  const bins = plans[0].by_bin.map((_, i) => ({ name: `bin ${i + 1}`, points: pointsOf(plans, i) })).filter(({ points }) => points.length > 1);
  const label = `Expected accuracy against budget for ${bins.length} bins of difficulty`;
  return [
    el("section", { class: "card" },
      el("header", {}, el("h3", { text: "Expected accuracy against budget" }), el("span", { class: "muted", text: plans[0].by_bin[0]?.policy ?? "" })),
      bins.length ? plot(bins, label) : el("p", { class: "hint", text: "The policy says nothing by bins." }),
      el("p", { class: "muted", text: "Bin 1 is the easiest. Bands are the intervals of the measurement." })),
    el("section", { class: "card" }, el("header", {}, el("h3", { text: "What it would run" })), choices(plans)),
  ];
}

function pointsOf(plans, bin) {
  return plans.map((plan, i) => ({ told: plan.by_bin[bin], x: BUDGETS[i] })).filter(({ told }) => told?.accuracy).map(({ told, x }) => ({
    x, y: told.accuracy.value, low: told.accuracy.low, high: told.accuracy.high,
    title: `${titled(told.strategy)}: ${percent(told.accuracy.value)} for ${whole(told.tokens)} tokens`,
  }));
}

function choices(plans) {
  const bins = plans[0].by_bin;
  const head = el("tr", {}, el("th", { scope: "col", text: "budget" }), ...bins.map((_, i) => el("th", { scope: "col", text: `bin ${i + 1}` })));
  const rows = plans.map((plan, i) => el("tr", {}, el("th", { scope: "row", text: short(BUDGETS[i]) }), ...plan.by_bin.map((told) => el("td", { title: told.reason },
    el("span", { class: "mono", text: told.strategy ? titled(told.strategy) : "–" }), told.accuracy ? el("span", { class: "muted", text: ` ${percent(told.accuracy.value)}` }) : null))));
  return el("div", { class: "wide", tabindex: "0", role: "region", "aria-label": "choices by budget and bin" }, el("table", {}, el("thead", {}, head), el("tbody", {}, ...rows)));
}
