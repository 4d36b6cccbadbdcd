/** What is served: models, and which of them have a policy. Knows no network. */

/**
 * Tell models from their aliases, which have a colon and more behind a model's name. A model's own
 * name may have a colon, too.
 * @param {string[]} names of `/v1/models`
 * @returns {{models: string[], policies: Set<string>}}
 */
export function servedBy(names) {
  const all = new Set(names);
  const models = names.filter((name) => !parents(name).some((parent) => all.has(parent)));
  return { models, policies: new Set(models.filter((name) => all.has(`${name}:auto`))) };
}

/** A name without what is behind each of its colons. */
function parents(name) {
  const parts = name.split(":");
  return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join(":"));
}
