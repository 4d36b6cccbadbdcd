/** Fields for a strategy's parameters, from their JSON Schema; and back, to what was changed. */

import { el, labelled } from "./dom.js";

/**
 * @param {Record<string, object>} schemas parameters' schemas by name
 * @returns {{element: HTMLElement, changed: () => Record<string, unknown>}}
 */
export function parameterFields(schemas) {
  const fields = Object.entries(schemas).map(([name, schema]) => {
    const control = controlOf(schema);
    return { name, control, element: labelled(name.replaceAll("_", " "), control.input, schema.description) };
  });
  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
  const changed = () => Object.fromEntries(fields
    .map(({ name, control }) => [name, control.value()])
    .filter(([name, value]) => !same(value, schemas[name].default)));
  return { element: el("div", { class: "fields" }, ...fields.map(({ element }) => element)), changed };
}

function controlOf(schema) {
  const kinds = schema.anyOf ?? [schema];
  const optional = kinds.some(({ type }) => type === "null");
  const [first, ...others] = kinds.filter(({ type }) => type !== "null");
  if (others.length) return written(schema.default);
  if (first.enum) return chosen(first.enum, schema.default, optional);
  if (first.type === "boolean") return ticked(schema.default);
  if (first.type === "integer" || first.type === "number") return numeric(first, schema.default);
  return written(schema.default);
}

function numeric(schema, value) {
  const step = schema.type === "integer" ? 1 : "any";
  const [min, max] = [schema.minimum ?? schema.exclusiveMinimum, schema.maximum ?? schema.exclusiveMaximum];
  const input = el("input", { type: "number", min, max, step, value });
  return { input, value: () => (input.value === "" ? null : Number(input.value)) };
}

function ticked(value) {
  const input = el("input", { type: "checkbox", checked: value });
  return { input, value: () => input.checked };
}

function chosen(options, value, optional) {
  const all = optional ? [null, ...options] : options;
  const input = el("select", {}, ...all.map((one) => el("option", { value: JSON.stringify(one), text: one ?? "as the policy says", selected: one === value })));
  return { input, value: () => JSON.parse(input.value) };
}

/** Whatever else there is, as JSON: a step's end is often a line break, which a field cannot hold. */
function written(value) {
  const input = el("input", { type: "text", value: JSON.stringify(value), spellcheck: "false" });
  input.addEventListener("input", () => {
    input.setCustomValidity(parsed(input.value) === undefined ? "This is not JSON" : "");
  });
  return { input, value: () => parsed(input.value) ?? value };
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
