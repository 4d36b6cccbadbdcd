/** Searches of the past: a list, and each as it would have been seen. */

import { get } from "./api.js";
import { el } from "./dom.js";
import { duration, whole } from "./numbers.js";
import { Result } from "./result.js";

const PAGE = 20;

export class TracesView {
  /** @param {Map<string, object>} catalogue */
  constructor(catalogue) {
    this.#catalogue = catalogue;
    this.#list = el("ul", { class: "traces" });
    this.#more = el("button", { type: "button", text: "more", hidden: true, on: { click: () => this.#load() } });
    this.#note = el("p", { class: "muted", role: "status" });
    this.#place = el("div", { class: "place" });
    const again = el("button", { type: "button", class: "quiet", text: "refresh", on: { click: () => this.show() } });
    this.element = el("div", { class: "view" },
      el("section", { class: "card" }, el("header", {}, el("h2", { text: "Past searches" }), again), this.#note, this.#list, this.#more),
      this.#place);
  }

  #catalogue;
  #list;
  #more;
  #note;
  #place;
  #last = "";

  /** Show the newest. */
  async show() {
    this.#last = "";
    this.#list.replaceChildren();
    await this.#load();
  }

  async #load() {
    const after = this.#last && `&after=${encodeURIComponent(this.#last)}`;
    try {
      const page = await get(`/v1/search/traces?limit=${PAGE}${after}`);
      this.#list.append(...page.data.map((trace) => this.#row(trace)));
      this.#last = page.last_id;
      this.#more.hidden = !page.has_more;
      this.#note.textContent = this.#list.children.length ? "" : "No search has been kept yet: tick “keep” when you ask.";
    } catch (error) {
      this.#more.hidden = true;
      this.#note.textContent = hint(error);
    }
  }

  #row(trace) {
    const when = new Date(1000 * trace.created).toLocaleString();
    const told = [trace.strategy, trace.score === null ? "" : `score ${trace.score.toFixed(3)}`, `${whole(trace.tokens.generated)} tokens`, duration(trace.seconds)];
    return el("li", {}, el("button", { type: "button", class: "trace", on: { click: () => this.#open(trace) } },
      el("b", { text: trace.question || trace.id }), el("span", { class: "muted", text: told.filter(Boolean).join(" · ") }), el("span", { class: "muted", text: `${trace.model}, ${when}` })));
  }

  async #open({ id, question }) {
    const result = new Result(this.#catalogue, question || id);
    this.#place.replaceChildren(result.element);
    result.status("loading");
    try {
      const trace = await get(`/v1/search/traces/${encodeURIComponent(id)}`);
      if (!trace.search) throw new Error("Of this search the summary alone was kept.");
      result.say(trace.answer.choices[0].message.content ?? "");
      result.finish(trace.search, trace.answer.usage);
    } catch (error) {
      result.fail(error);
    }
  }
}

function hint(error) {
  if (error.status === 404 || error.status === 405) return "This server keeps no searches.";
  return error.message;
}
