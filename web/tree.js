/** The tree of a search as its events tell it: merged by id, and walked. Knows no page. */

/**
 * @typedef {object} TreeNode
 * @property {number} id
 * @property {number | null} parent
 * @property {"root" | "step" | "reply" | "written" | "idea"} kind
 * @property {string} text
 * @property {"open" | "finished" | "pruned" | "chosen" | "malformed"} state
 * @property {number} round
 * @property {number} tokens
 * @property {number} [reward]
 * @property {number} [score]
 * @property {number} [preference]
 * @property {string} [answer]
 * @property {number} [votes]
 * @property {string} [asked]
 * @property {number[]} [sources]
 * @property {string} [finish]
 * @property {boolean} [cut]
 */

export class Tree {
  /** @type {Map<number, TreeNode>} */
  nodes = new Map();
  /** @type {Map<number, number[]>} */
  #kids = new Map();

  /** Take news of nodes; what they do not tell stays as it is. @param {Partial<TreeNode>[]} news */
  merge(news) {
    for (const told of news) {
      const known = this.nodes.get(told.id);
      if (known) {
        Object.assign(known, told);
        continue;
      }
      this.nodes.set(told.id, { ...told });
      this.#kids.set(told.id, []);
      if (told.parent !== null) this.#kids.get(told.parent)?.push(told.id);
    }
  }

  /** @param {number} id @returns {number[]} its children's ids, in the order they came */
  kids(id) {
    return this.#kids.get(id) ?? [];
  }

  /** @param {number} id @returns {TreeNode[]} from the root to the node */
  path(id) {
    const found = [];
    for (let node = this.nodes.get(id); node; node = this.nodes.get(node.parent)) found.unshift(node);
    return found;
  }

  /** The node where the answer ends; the root before there is one. @returns {number} */
  get end() {
    let at = 0;
    for (;;) {
      const next = this.kids(at).find((id) => this.nodes.get(id).state === "chosen");
      if (next === undefined) return at;
      at = next;
    }
  }

  /** The child to walk to: of the answer's path, else the best. @param {number} id @returns {number | undefined} */
  best(id) {
    const worth = (kid) => (kid.state === "chosen" ? 2 : valueOf(kid) ?? -1);
    const kids = this.kids(id).map((kid) => this.nodes.get(kid));
    return kids.toSorted((a, b) => worth(b) - worth(a))[0]?.id;
  }
}

/**
 * The number a node is coloured by: what a scorer said of the step, else of its comparisons.
 * @param {TreeNode} node
 * @returns {number | undefined}
 */
export function valueOf(node) {
  return node.reward ?? node.score ?? node.preference;
}

/**
 * What stands in a node's chip: its number, else its votes, else what it is.
 * @param {TreeNode} node
 * @returns {string}
 */
export function chipOf(node) {
  const value = valueOf(node);
  if (value !== undefined) return value.toFixed(2);
  if (node.votes !== undefined) return `${node.votes}×`;
  return { root: "Q", idea: "idea", written: "text" }[node.kind] ?? "–";
}

/**
 * A node in one sentence, for who hears it.
 * @param {TreeNode} node
 * @returns {string}
 */
export function spoken(node) {
  if (node.kind === "root") return `Question: ${node.text}`;
  const value = valueOf(node);
  const worth = value === undefined ? "not scored" : `reward ${value.toFixed(2)}`;
  return `${named(node)} ${node.id}, ${worth}, ${node.state}: ${node.text.trim().slice(0, 200)}`;
}

/** @param {TreeNode} node @returns {string} what it is */
export function named(node) {
  return { root: "Question", step: "Step", reply: "Reply", written: "Written by the search", idea: "Idea" }[node.kind];
}
