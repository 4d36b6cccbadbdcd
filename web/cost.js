/** What a search cost: tokens by what became of them, time, FLOPs, and what is left of the budget. */

import { el, facts } from "./dom.js";
import { duration, percent, whole, work } from "./numbers.js";

/** @typedef {{name: string, tokens: number, kind: string, hint: string}} Part */

/**
 * Split the tokens of a search by what became of them.
 * @param {{generator: object, verifier: object}} spent
 * @param {number} kept tokens of the answer
 * @returns {Part[]}
 */
export function parts(spent, kept) {
  const { generator, verifier } = spent;
  const drawn = generator.completion_tokens;
  const [prompt, cached] = ["prompt_tokens", "cached_tokens"].map((name) => generator[name] + verifier[name]);
  return [
    { name: "kept", tokens: Math.min(kept, drawn), kind: "kept", hint: "drawn, and in the answer" },
    { name: "discarded", tokens: Math.max(0, drawn - kept), kind: "discarded", hint: "drawn for other solutions, or thinking" },
    { name: "verifier", tokens: verifier.completion_tokens, kind: "verifier", hint: "written by verifiers" },
    { name: "read", tokens: prompt - cached, kind: "read", hint: "of prompts, by generator and verifiers" },
    { name: "cached", tokens: cached, kind: "cached", hint: "of prompts, found in the prefix cache" },
  ];
}

/**
 * What was spent of each limit there is.
 * @param {object} report a completion's `search`
 * @returns {{name: string, spent: number, limit: number}[]}
 */
export function limits(report) {
  const { generator, verifier, seconds } = report.spent;
  const both = (name) => generator[name] + verifier[name];
  const spent = { tokens: both("completion_tokens"), seconds, calls: both("calls"), flops: both("flops"), cost: both("cost") };
  return Object.entries(report.budget ?? {}).map(([name, limit]) => ({ name, spent: spent[name], limit }));
}

/**
 * @param {object} report a completion's `search`
 * @param {number} kept tokens of the answer
 * @returns {HTMLElement}
 */
export function costCard(report, kept) {
  const { generator, verifier, seconds } = report.spent;
  const split = parts(report.spent, kept);
  const flops = generator.flops + verifier.flops;
  const money = generator.cost + verifier.cost;
  const told = [
    ["time", duration(seconds)],
    ["work", flops ? `${work(flops)}, ${percent(verifier.flops / flops)} of it verifying` : "not counted"],
    ["calls", `${whole(generator.calls)} to the generator, ${whole(verifier.calls)} to verifiers`],
  ];
  if (money) told.push(["cost", money.toPrecision(3)]);
  return el("section", { class: "card cost" },
    el("header", {}, el("h3", { text: "What it cost" })),
    stack(split), el("ul", { class: "parts" }, ...split.map(legendOf)), facts(told),
    ...limits(report).map(({ name, spent, limit }) => gauge(name, spent, limit)));
}

function stack(split) {
  const total = split.reduce((sum, part) => sum + part.tokens, 0);
  const told = split.map((part) => `${part.tokens} ${part.name}`).join(", ");
  const bars = split.filter((part) => part.tokens).map((part) => {
    const bar = el("span", { class: `part ${part.kind}`, title: `${whole(part.tokens)} ${part.name}: ${part.hint}` });
    bar.style.flexGrow = String(part.tokens / Math.max(1, total));
    return bar;
  });
  return el("div", { class: "stack", role: "img", "aria-label": `Tokens: ${told}` }, ...bars);
}

function legendOf(part) {
  return el("li", { title: part.hint }, el("span", { class: `swatch ${part.kind}` }), el("span", { text: part.name }), el("b", { text: whole(part.tokens) }));
}

/**
 * A bar of what was spent of a limit.
 * @param {string} name
 * @param {number} spent
 * @param {number} limit
 * @returns {HTMLElement}
 */
export function gauge(name, spent, limit) {
  const shown = { seconds: duration, flops: work, cost: (value) => value.toPrecision(3) }[name] ?? whole;
  const fill = el("span", { class: "fill" });
  fill.style.width = `${Math.min(100, (100 * spent) / limit)}%`;
  return el("div", { class: "gauge" },
    el("div", { class: "line" }, el("span", { text: `${name}: ${shown(spent)} of ${shown(limit)}` }), el("span", { class: "muted", text: `${shown(Math.max(0, limit - spent))} left` })),
    el("div", { class: "bar", "aria-hidden": "true" }, fill));
}
