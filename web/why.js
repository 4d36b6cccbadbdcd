/** Why a search went as it did: what the policy said, each time it was asked, or who chose. */

import { coded, el } from "./dom.js";
import { percent, titled, whole } from "./numbers.js";

const ACTIONS = { search: "chose", continue: "went on", switch: "switched", stop: "stopped" };

/**
 * @param {object} report a completion's `search`
 * @param {object | undefined} card of the strategy, from the catalogue
 * @returns {HTMLElement}
 */
export function whyCard(report, card) {
  const advice = report.advice ?? [];
  return el("section", { class: "card why" },
    el("header", {}, el("h3", { text: "Why this strategy" })),
    report.difficulty ? difficulty(report.difficulty) : null,
    advice.length ? el("ol", { class: "advice" }, ...advice.map(decision)) : asked(report, card),
    ...(report.degradations ?? []).map((reason) => el("p", { class: "warning" }, el("b", { text: "Degraded: " }), reason)));
}

function asked(report, card) {
  return el("div", {},
    el("p", {}, el("b", { text: titled(report.strategy) }), " was asked for; a policy had no say in it."),
    card && el("p", { class: "muted" }, ...coded(`${card.description} Costs ${card.cost}. ${card.paper}`)));
}

function difficulty(told) {
  if (told.difficulty === null || told.difficulty === undefined) return el("p", { class: "muted", text: "The difficulty could not be measured." });
  const marks = Array.from({ length: told.bins ?? 0 }, (_, i) => el("span", { class: i + 1 === told.bin ? "bin here" : "bin", text: i + 1 === told.bin ? String(told.bin) : "" }));
  const by = `by ${told.estimator} of ${told.samples} sample${told.samples === 1 ? "" : "s"}`;
  return el("div", { class: "difficulty" },
    el("p", {}, "Difficulty ", el("b", { text: told.difficulty.toFixed(2) }), `, bin ${told.bin} of ${told.bins} `, el("span", { class: "muted", text: by })),
    el("div", { class: "bins", role: "img", "aria-label": `bin ${told.bin} of ${told.bins}, 1 the easiest` }, el("span", { class: "muted", text: "easy" }), ...marks, el("span", { class: "muted", text: "hard" })));
}

function decision(told) {
  return el("li", {},
    el("p", { class: "line" }, el("b", { text: ACTIONS[told.action] ?? told.action }), told.strategy ? el("span", { class: "mono", text: titled(told.strategy) }) : null),
    told.accuracy && el("p", { text: expected(told) }),
    el("p", { class: "muted", text: told.reason }),
    told.runners_up?.length ? rivals(told.runners_up) : null);
}

/** @param {object} told with `accuracy`, `tokens` and what it is compared with @returns {string} */
export function expected(told) {
  const { value, low, high } = told.accuracy;
  const gain = told.sure === undefined ? "" : `, ${signed(value - told.sure)} on the answer at hand`;
  return `expected right ${percent(value)} [${percent(low)} to ${percent(high)}] for ${whole(told.tokens)} tokens${gain}`;
}

function signed(share) {
  const points = Math.round(100 * share);
  return `${points < 0 ? "−" : "+"}${Math.abs(points)} points`;
}

function rivals(runners) {
  const rows = runners.slice(0, 5).map((one) => el("li", { text: `${titled(one.strategy)}: ${percent(one.accuracy.value)} for ${whole(one.tokens)} tokens` }));
  return el("details", {}, el("summary", { text: `${runners.length} runners-up` }), el("ul", { class: "muted" }, ...rows));
}
