/** Puts the page together: what is served, the views, the theme, and the key. */

import { get, getKey, setKey, wanted } from "./api.js";
import { AskView } from "./askview.js";
import { CompareView } from "./compareview.js";
import { el } from "./dom.js";
import { PolicyView } from "./policyview.js";
import { servedBy } from "./served.js";
import { TracesView } from "./tracesview.js";

const $ = (id) => document.getElementById(id);
const THEMES = ["auto", "light", "dark"];

async function start() {
  theme();
  keyField();
  wanted.key = () => { $("key").hidden = false; };
  try {
    const [strategies, models] = await Promise.all([get("/v1/search/strategies"), get("/v1/models")]);
    await begin(strategies.data, models.data.map(({ id }) => id));
  } catch (error) {
    $("main").replaceChildren(el("section", { class: "card" }, el("p", { class: "error", role: "alert", text: error.message })));
  }
}

async function begin(cards, names) {
  const served = servedBy(names);
  const catalogue = new Map(cards.map((card) => [card.kind, card]));
  const views = {
    ask: new AskView(served, catalogue),
    compare: new CompareView(served, catalogue),
    traces: new TracesView(catalogue),
    policy: new PolicyView(served),
  };
  const show = () => {
    const name = location.hash.slice(1) in views ? location.hash.slice(1) : "ask";
    $("main").replaceChildren(views[name].element);
    document.querySelectorAll("nav a").forEach((link) => {
      if (link.hash === `#${name}`) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    });
    views[name].show();
  };
  window.onhashchange = show;
  show();
}

function theme() {
  const chosen = () => localStorage.getItem("fathom.theme") ?? "auto";
  const show = () => {
    document.documentElement.dataset.theme = chosen();
    $("theme").textContent = chosen();
    $("theme").setAttribute("aria-label", `Theme: ${chosen()}`);
  };
  $("theme").addEventListener("click", () => {
    localStorage.setItem("fathom.theme", THEMES[(THEMES.indexOf(chosen()) + 1) % THEMES.length]);
    show();
  });
  show();
}

/** The key is kept until the tab is closed, and goes nowhere but to this service. */
function keyField() {
  if (getKey()) $("key").hidden = false;
  $("key").addEventListener("submit", (event) => {
    event.preventDefault();
    setKey($("keytext").value.trim());
    $("keytext").value = "";
    $("key").hidden = true;
    start.again();
  });
}

start.again = () => location.reload();
start();
