/** Making elements: text goes in as text, so nothing that is shown can be markup. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * @param {string} tag
 * @param {Record<string, any>} [facts] `class`, `text`, `on`: {event: listener}, else attributes
 * @param {...(Node | string | null | undefined | false)} children
 * @returns {any}
 */
export function el(tag, facts = {}, ...children) {
  return filled(document.createElement(tag), facts, children);
}

/** The same of SVG. @param {string} tag @param {Record<string, any>} [facts] @param {...any} children */
export function svg(tag, facts = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), facts, children);
}

function filled(made, facts, children) {
  for (const [name, value] of Object.entries(facts)) {
    if (name === "on") Object.entries(value).forEach(([event, listen]) => made.addEventListener(event, listen));
    else if (name === "text") made.textContent = value;
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, String(value));
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

/** A list of facts. @param {[string, string][]} pairs @returns {HTMLElement} */
export function facts(pairs) {
  return el("dl", { class: "facts" }, ...pairs.flatMap(([name, value]) => [el("dt", { text: name }), el("dd", { text: value })]));
}

/** A text with names in backticks, as in docstrings. @param {string} text @returns {(string | HTMLElement)[]} */
export function coded(text) {
  return text.split("`").map((part, i) => (i % 2 ? el("code", { text: part }) : part));
}

let numbered = 0;

/** An id that is not taken. @param {string} about @returns {string} */
export function freshId(about) {
  numbered += 1;
  return `${about}-${numbered}`;
}

/**
 * A control under its name.
 * @param {string} name
 * @param {HTMLElement} control
 * @param {string} [hint] shown when pointed at
 * @returns {HTMLElement}
 */
export function labelled(name, control, hint) {
  control.id ||= freshId("control");
  const label = el("label", { for: control.id, text: name, title: hint });
  if (hint) control.title = hint;
  return el("div", { class: "field" }, label, control);
}

/**
 * A button that copies what it is asked for when it is pressed.
 * @param {string} name
 * @param {() => string} text
 */
export function copier(name, text) {
  const button = el("button", { type: "button", class: "quiet", text: name });
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text());
    button.textContent = "copied";
    setTimeout(() => { button.textContent = name; }, 1200);
  });
  return button;
}
