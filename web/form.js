/** What is asked, of which model, for how much: shared by the views that ask. */

import { BudgetField } from "./budget.js";
import { getKey, post } from "./api.js";
import { coded, copier, el, labelled } from "./dom.js";
import { curl, python } from "./snippet.js";

/** Questions to begin with, and the model each is for, if that is served. */
export const EXAMPLES = [
  { name: "arithmetic", question: "(9+6)*3-(8-3)*4+72-41=?", model: "lab-reasoner" },
  { name: "in words", question: "Tom has 3 boxes of 4 pens. How many pens has he?", model: "fathom" },
  { name: "a program", question: "Write a Python function add(a, b) that returns the sum of a and b.", model: "fathom" },
];
const SETTLED = 350;

export class Form {
  /**
   * @param {{models: string[], policies: Set<string>}} served
   * @param {import("./picker.js").Picker[]} pickers one, or two to be compared
   * @param {string} verb what the button says
   */
  constructor(served, pickers, verb) {
    this.#served = served;
    this.#pickers = pickers;
    this.#question = el("textarea", { rows: 3, required: true });
    this.#model = el("select", { on: { change: () => this.#modelled() } }, ...served.models.map((name) => el("option", { value: name, text: name })));
    this.#budget = new BudgetField(4000, () => this.changed());
    this.#run = el("button", { type: "submit", class: "primary", text: verb });
    this.#halt = el("button", { type: "button", text: "Stop", disabled: true });
    this.#keep = el("input", { type: "checkbox", id: "keep" });
    this.#plan = el("p", { class: "plan muted", role: "status" });
    const keep = el("label", { class: "tick", for: "keep", title: "to be found under Traces" }, this.#keep, "keep it");
    const code = pickers.length === 1 ? this.#code() : null;
    this.element = el("form", { class: "card form", on: { input: () => this.changed() } },
      labelled("Question", this.#question), this.#examples(), labelled("Model", this.#model),
      el("div", { class: pickers.length > 1 ? "pickers" : "" }, ...pickers.map((picker) => picker.element)),
      this.#budget.element, this.#plan, el("div", { class: "row actions" }, this.#run, this.#halt, keep), code);
    this.#begin();
  }

  #served;
  #pickers;
  #question;
  #model;
  #budget;
  #run;
  #halt;
  #plan;
  #keep;
  #timer;
  #shown = () => {};

  /** The body for one of the pickers. @param {import("./picker.js").Picker} picker */
  body(picker) {
    const cap = this.#budget.answer;
    return {
      model: this.#model.value,
      messages: [{ role: "user", content: this.#question.value }],
      ...(cap && { max_tokens: cap }),
      search: { strategy: picker.strategy, budget: this.#budget.limits, candidates: 5, ...(this.#keep.checked && { keep: true }) },
    };
  }

  /**
   * Do something whenever the form is sent; the button is off meanwhile, and stopping aborts.
   * @param {(signal: AbortSignal) => Promise<unknown>} work
   */
  onAsk(work) {
    this.element.addEventListener("submit", async (event) => {
      event.preventDefault();
      const abort = new AbortController();
      this.#halt.onclick = () => abort.abort();
      [this.#run.disabled, this.#halt.disabled] = [true, false];
      try {
        await work(abort.signal);
      } finally {
        [this.#run.disabled, this.#halt.disabled] = [false, true];
      }
    });
  }

  /** Take note of a change: the code is written anew at once, the plan once the hand rests. */
  changed() {
    this.#shown();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#foresee(), SETTLED);
  }

  #begin() {
    const first = EXAMPLES.find(({ model }) => this.#served.models.includes(model)) ?? EXAMPLES[1];
    this.#pose(first);
  }

  #pose({ question, model }) {
    this.#question.value = question;
    if (this.#served.models.includes(model)) this.#model.value = model;
    this.#modelled();
  }

  #modelled() {
    this.#pickers.forEach((picker) => picker.offer(this.#served.policies.has(this.#model.value)));
    this.#budget.mark(this.#model.value);
    this.changed();
  }

  async #foresee() {
    if (!this.#question.value.trim()) return;
    try {
      const plans = await Promise.all(this.#pickers.map((picker) => post("/v1/search/plan", this.body(picker))));
      this.#plan.classList.remove("error");
      this.#plan.replaceChildren(...coded(this.#pickers.length > 1 ? "" : foreseen(plans[0])));
    } catch (error) {
      this.#plan.classList.add("error");
      this.#plan.textContent = error.message;
    }
  }

  #examples() {
    const links = EXAMPLES.map((one) => el("button", { type: "button", class: "link", text: one.name, on: { click: () => this.#pose(one) } }));
    return el("p", { class: "muted examples" }, "Try ", ...links.flatMap((link, i) => (i ? [", ", link] : [link])));
  }

  #code() {
    const [shell, program] = [el("pre", { tabindex: "0", role: "region", "aria-label": "as curl" }), el("pre", { tabindex: "0", role: "region", "aria-label": "as Python" })];
    this.#shown = () => {
      const told = [this.body(this.#pickers[0]), location.origin, Boolean(getKey())];
      [shell.textContent, program.textContent] = [curl(...told), python(...told)];
    };
    const block = (name, pre) => el("div", { class: "code" }, el("div", { class: "line" }, el("b", { text: name }), copier("copy", () => pre.textContent)), pre);
    return el("details", { class: "more" }, el("summary", { text: "The same as code" }), block("curl", shell), block("Python, OpenAI's SDK", program));
  }
}

function foreseen(plan) {
  if (!plan.by_bin.length || plan.strategy) return `Costs ${plan.cost}.`;
  const choices = plan.by_bin.map((one) => one.strategy?.kind ?? "stop");
  const runs = [];
  choices.forEach((kind, i) => {
    const last = runs.at(-1);
    if (last?.kind === kind) last.to = i + 1;
    else runs.push({ kind, from: i + 1, to: i + 1 });
  });
  const told = runs.map(({ kind, from, to }) => `${from === to ? `bin ${from}` : `bins ${from} to ${to}`} ${kind}`);
  return `The policy looks at the question first. For this budget: ${told.join(", ")}; 1 is the easiest.`;
}
