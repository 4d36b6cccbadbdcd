/** Numbers as people read them, and the scale of the budget. Knows no page. */

const LEAST = 500;
const MOST = 100_000;

/** Places of the budget's slider, from 0 on. */
export const PLACES = 100;

/**
 * The tokens at a place of the slider, on a logarithmic scale, to two digits.
 * @param {number} place from 0 to PLACES
 * @returns {number}
 */
export function tokensAt(place) {
  const exact = LEAST * (MOST / LEAST) ** (place / PLACES);
  const unit = 10 ** (Math.floor(Math.log10(exact)) - 1);
  return Math.round(exact / unit) * unit;
}

/**
 * The place of so many tokens; at the ends, those beyond.
 * @param {number} tokens
 * @returns {number}
 */
export function placeOf(tokens) {
  const share = Math.log(tokens / LEAST) / Math.log(MOST / LEAST);
  return Math.round(PLACES * Math.min(1, Math.max(0, share)));
}

/** @param {number} value @returns {string} such as 1,234 */
export function whole(value) {
  return Math.round(value).toLocaleString("en-US");
}

/** @param {number} value @returns {string} such as 1.2k, 64k, 3.4M */
export function short(value) {
  for (const [unit, name] of [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]]) {
    if (value >= unit) return `${Number((value / unit).toPrecision(2))}${name}`;
  }
  return String(Number(value.toPrecision(2)));
}

/** @param {number} value in [0, 1] @returns {string} such as 93 % */
export function percent(value) {
  const points = 100 * value;
  return `${points > 99 && points < 100 ? ">99" : Math.round(points)} %`;
}

/** @param {number} seconds @returns {string} */
export function duration(seconds) {
  return seconds < 10 ? `${seconds.toFixed(2)} s` : `${seconds.toFixed(1)} s`;
}

/** @param {number} flops @returns {string} such as 6.4 GFLOP */
export function work(flops) {
  for (const [unit, name] of [[1e15, "PFLOP"], [1e12, "TFLOP"], [1e9, "GFLOP"], [1e6, "MFLOP"]]) {
    if (flops >= unit) return `${(flops / unit).toPrecision(3)} ${name}`;
  }
  return `${whole(flops)} FLOP`;
}

/**
 * A strategy in a few words: its kind, and the numbers that say how much of it.
 * @param {Record<string, unknown>} strategy with its `kind`
 * @returns {string} such as "beam_search · n 4 · width 4"
 */
export function titled(strategy) {
  const told = ["n", "width", "chains", "length", "rounds", "proposers", "layers"];
  const sizes = told.filter((name) => name in strategy).slice(0, 2).map((name) => `${name} ${strategy[name]}`);
  return [strategy.kind, ...sizes].join(" · ");
}
