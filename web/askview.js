/** One question, one search. */

import { answer } from "./asking.js";
import { el } from "./dom.js";
import { Form } from "./form.js";
import { Picker } from "./picker.js";
import { Result } from "./result.js";

export class AskView {
  /** @param {object} served @param {Map<string, object>} catalogue */
  constructor(served, catalogue) {
    const picker = new Picker(catalogue, "auto", () => this.form.changed());
    this.form = new Form(served, [picker], "Ask");
    this.#place = el("div", { class: "place" }, empty());
    this.element = el("div", { class: "view" }, this.form.element, this.#place);
    this.form.onAsk((signal) => {
      const result = new Result(catalogue);
      this.#place.replaceChildren(result.element);
      return answer(this.form.body(picker), result, signal);
    });
  }

  #place;

  /** Nothing has to be asked for to show it. */
  show() {}
}

function empty() {
  return el("section", { class: "card welcome" },
    el("h2", { text: "Watch a search think" }),
    el("p", { text: "Fathom draws many solutions, has them judged, and goes on where it pays. Ask something, and the tree of what it draws grows here: every step with its reward, what was dropped, and the path to the answer." }));
}
