/** One search shown: while it goes on, when it has ended, and when it is one of the past. */

import { costCard, gauge } from "./cost.js";
import { el } from "./dom.js";
import { duration, titled, whole } from "./numbers.js";
import { TreeCard } from "./treecard.js";
import { whyCard } from "./why.js";

export class Result {
  #answer = el("div", { class: "answer", "aria-live": "polite" });
  #chips = el("div", { class: "chips" });
  #status = el("p", { class: "status", role: "status" });
  #live = el("div", { class: "live" });
  #cards = el("div", { class: "pair" });

  /** @param {Map<string, object>} catalogue strategies' cards by kind @param {string} [title] */
  constructor(catalogue, title = "Answer") {
    this.#catalogue = catalogue;
    this.card = new TreeCard();
    this.element = el("div", { class: "result" },
      el("section", { class: "card answercard" }, el("header", {}, el("h2", { text: title }), this.#chips), this.#answer, this.#status, this.#live),
      this.card.element, this.#cards);
  }

  #catalogue;

  /** Take a piece of the answer. @param {string} text */
  say(text) {
    this.#answer.textContent += text;
  }

  /** Say what is being done. @param {string} text */
  status(text) {
    this.#status.textContent = text;
  }

  /** Take an event of progress. @param {object} told @param {object} [limits] of the search */
  progress(told, limits = {}) {
    const best = told.best === null ? "" : `, best ${told.best.toFixed(2)}`;
    this.status(`${told.doing}: ${whole(told.samples)} samples, ${whole(told.tokens)} tokens, ${duration(told.seconds)}${best}`);
    const bars = Object.entries(told.left).filter(([name]) => limits[name]).map(([name, left]) => gauge(name, limits[name] - left, limits[name]));
    this.#live.replaceChildren(...bars);
  }

  /** Take news of the tree. @param {object} news */
  grow(news) {
    this.card.grow(news);
    if (news.ended) this.card.settle();
  }

  /**
   * Show how it ended.
   * @param {object} report a completion's `search`
   * @param {object} [usage] OpenAI's; kept tokens are read off the tree without it
   */
  finish(report, usage) {
    if (report.tree && !this.card.tree.nodes.size) this.grow({ ...report.tree, ended: true });
    const drawn = report.spent.generator.completion_tokens;
    const kept = usage ? drawn - usage.completion_tokens_details.reasoning_tokens : this.#keptByTree();
    const exhausted = report.exhausted ? `out of ${report.exhausted}` : report.stop;
    this.#live.replaceChildren();
    this.status("");
    this.#chips.replaceChildren(...[
      titled(report.chosen ?? report.strategy), report.score === null ? report.abstained : `score ${report.score.toFixed(3)} by ${report.scorer}`,
      exhausted, `${whole(drawn)} tokens`, duration(report.spent.seconds)].filter(Boolean).map((text) => el("span", { class: "chip", text })));
    this.#cards.replaceChildren(whyCard(report, this.#catalogue.get(report.strategy.kind)), costCard(report, kept));
    if (report.candidates?.length) this.#cards.append(ranking(report.candidates));
    if (!this.#answer.textContent) this.#answer.append(el("span", { class: "muted", text: "There is no answer: the budget did not allow one." }));
  }

  /** Say that it failed, and why. @param {Error} error */
  fail(error) {
    const stopped = error.name === "AbortError";
    this.#live.replaceChildren();
    this.#status.classList.toggle("error", !stopped);
    this.status(stopped ? "stopped" : error.message);
  }

  #keptByTree() {
    const path = this.card.tree.path(this.card.tree.end).filter((node) => node.state === "chosen");
    return path.reduce((sum, node) => sum + node.tokens, 0);
  }
}

function ranking(candidates) {
  const rows = candidates.map((one) => el("li", {},
    el("b", { text: one.score === null ? "not scored" : one.score.toFixed(3) }),
    el("pre", { class: "text", tabindex: "0", role: "region", "aria-label": "a solution", text: one.content ?? JSON.stringify(one.tool_calls, null, 1) })));
  return el("section", { class: "card candidates" }, el("header", {}, el("h3", { text: "Best solutions" })), el("ol", {}, ...rows));
}
