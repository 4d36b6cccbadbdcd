/** Server-sent events, read from pieces of a stream. Knows no network. */

/**
 * @typedef {object} Sent
 * @property {string} name of the event; "message" if it has none, "comment" for a comment
 * @property {string} data
 */

/** Turns text that comes in pieces, cut anywhere, into events. */
export class SseReader {
  #rest = "";

  /**
   * Take a piece, and return the events it completes.
   * @param {string} text
   * @returns {Sent[]}
   */
  push(text) {
    const blocks = (this.#rest + text).split("\n\n");
    this.#rest = blocks.pop() ?? "";
    return blocks.filter((block) => block.trim()).map(read);
  }
}

/** @param {string} block @returns {Sent} */
function read(block) {
  const data = [];
  let name = "message";
  for (const line of block.split("\n")) {
    if (line.startsWith(":")) return { name: "comment", data: line.slice(1).trim() };
    const at = line.indexOf(":");
    const [field, value] = [line.slice(0, at), line.slice(at + 1).replace(/^ /, "")];
    if (field === "event") name = value;
    if (field === "data") data.push(value);
  }
  return { name, data: data.join("\n") };
}
