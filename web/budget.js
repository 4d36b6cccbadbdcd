/** The budget: tokens on a logarithmic slider, marked by the presets of `reasoning_effort`; seconds. */

import { post } from "./api.js";
import { el, labelled } from "./dom.js";
import { PLACES, placeOf, short, tokensAt } from "./numbers.js";

const EFFORTS = ["minimal", "low", "medium", "high", "xhigh", "max"];

export class BudgetField {
  /** @param {number} tokens at first @param {() => void} changed */
  constructor(tokens, changed) {
    this.#changed = changed;
    this.#slider = el("input", { type: "range", min: 0, max: PLACES, value: placeOf(tokens), on: { input: () => this.#slide() } });
    this.#tokens = el("input", { type: "number", min: 1, value: tokens, "aria-label": "most tokens, exactly", class: "short", on: { input: () => this.#type() } });
    this.#seconds = el("input", { type: "number", min: 1, value: 60, class: "short", on: { input: () => changed() } });
    this.#answer = el("input", { type: "number", min: 1, placeholder: "as set", class: "short", on: { input: () => changed() } });
    this.#marks = el("div", { class: "marks" });
    this.element = el("div", { class: "budget" },
      el("div", { class: "spread" }, labelled("Budget in tokens", this.#slider), this.#tokens),
      this.#marks,
      el("div", { class: "row" }, labelled("Most seconds", this.#seconds), labelled("Tokens of an answer", this.#answer, "the most that each solution may have")));
  }

  #changed;
  #slider;
  #tokens;
  #seconds;
  #answer;
  #marks;

  /** @returns {{tokens?: number, seconds?: number}} */
  get limits() {
    const told = { tokens: Number(this.#tokens.value), seconds: Number(this.#seconds.value) };
    return Object.fromEntries(Object.entries(told).filter(([, value]) => value > 0));
  }

  /** @returns {number | undefined} the cap on each answer */
  get answer() {
    return Number(this.#answer.value) || undefined;
  }

  /** Mark what each effort may spend of a model, as the service says. @param {string} model */
  async mark(model) {
    const plans = await Promise.all(EFFORTS.map((effort) => post("/v1/search/plan", asked(model, effort)).catch(() => null)));
    const marks = EFFORTS.map((effort, i) => [effort, plans[i]?.budget.tokens]).filter(([, tokens]) => tokens);
    this.#marks.replaceChildren(...marks.map(([effort, tokens]) => this.#mark(effort, tokens)));
  }

  #mark(effort, tokens) {
    const title = `${short(tokens)} tokens, the budget of reasoning_effort ${effort}`;
    const mark = el("button", { type: "button", class: "mark", title, "aria-label": title, on: { click: () => this.#set(tokens) } },
      el("span", { text: effort }), el("span", { class: "muted", text: short(tokens) }));
    // As wide as the slider's track, which ends half a thumb from both sides.
    mark.style.left = `calc(8px + ${(placeOf(tokens) / PLACES).toFixed(4)} * (100% - 16px))`;
    return mark;
  }

  #set(tokens) {
    this.#tokens.value = tokens;
    this.#type();
  }

  #type() {
    const tokens = Number(this.#tokens.value);
    if (tokens > 0) this.#slider.value = placeOf(tokens);
    this.#changed();
  }

  #slide() {
    this.#tokens.value = tokensAt(Number(this.#slider.value));
    this.#changed();
  }
}

function asked(model, effort) {
  return { model, messages: [{ role: "user", content: "?" }], reasoning_effort: effort };
}
