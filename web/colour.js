/** Colours of rewards: orange for low, blue for high, told apart by all common kinds of sight. */

const STOPS = [
  [0, [194, 76, 12]],
  [0.25, [240, 162, 92]],
  [0.5, [233, 228, 218]],
  [0.75, [125, 176, 222]],
  [1, [31, 95, 168]],
];

/** @param {number} reward in [0, 1] @returns {[number, number, number]} red, green, blue */
export function mixed(reward) {
  const at = Math.min(1, Math.max(0, reward));
  const next = Math.max(1, STOPS.findIndex(([stop]) => stop >= at));
  const [[low, from], [high, to]] = [STOPS[next - 1], STOPS[next]];
  const share = (at - low) / (high - low);
  return from.map((value, i) => Math.round(value + share * (to[i] - value)));
}

/** @param {number} reward @returns {string} a colour for CSS */
export function colourOf(reward) {
  return `rgb(${mixed(reward).join(" ")})`;
}

/** The relative luminance of a colour, WCAG 2.2. @param {number[]} colour @returns {number} */
export function luminance(colour) {
  const [r, g, b] = colour.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** What can be read on a reward's colour: black or white, one of which always can. @param {number} reward @returns {string} */
export function inkOn(reward) {
  const light = luminance(mixed(reward));
  return 1.05 / (light + 0.05) > (light + 0.05) / 0.05 ? "#ffffff" : "#000000";
}
