/** The parts of the page that know no page. Run by node --test. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { inkOn, luminance, mixed } from "../../../web/colour.js";
import { limits, parts } from "../../../web/cost.js";
import { beside, fitted, layout, zoomed } from "../../../web/layout.js";
import { PLACES, duration, percent, placeOf, short, titled, tokensAt, work } from "../../../web/numbers.js";
import { logScale, ticks } from "../../../web/plot.js";
import { servedBy } from "../../../web/served.js";
import { curl, literal, python } from "../../../web/snippet.js";
import { SseReader } from "../../../web/sse.js";
import { Tree, chipOf, valueOf } from "../../../web/tree.js";

/** A tree of parents: the i-th number is the parent of node i. */
function grown(parents) {
  const tree = new Tree();
  tree.merge(parents.map((parent, id) => ({ id, parent, kind: "step", state: "open", text: "", round: 0, tokens: 0 })));
  return tree;
}

/** Numbers from 0 to 1 that look like chance and are the same each time. */
function* chance(seed) {
  for (let state = seed; ; state = (state * 1103515245 + 12345) % 2 ** 31) yield state / 2 ** 31;
}

test("no two nodes stand on each other, and children stand right of their parents in their order", () => {
  for (let seed = 1; seed < 60; seed++) {
    const draw = chance(seed);
    const parents = [null, ...Array.from({ length: 150 }, (_, i) => Math.floor(draw.next().value ** (seed % 3 ? 1 : 3) * (i + 1)))];
    const tree = grown(parents);
    const { places, columns, rows } = layout(tree, 2.5);
    for (const column of grouped(places.values()).values()) {
      const ys = column.map(({ y }) => y).sort((a, b) => a - b);
      ys.forEach((y, i) => assert.ok(i === 0 || y - ys[i - 1] >= 1 - 1e-9, `seed ${seed}: ${ys}`));
    }
    parents.forEach((parent, id) => id && assert.ok(places.get(id).x > places.get(parent).x));
    for (const { x, y } of places.values()) assert.ok(x >= 0 && x < columns && y >= 0 && y <= rows - 1 + 1e-9);
    for (const id of tree.nodes.keys()) {
      const ys = tree.kids(id).map((kid) => places.get(kid).y);
      assert.deepEqual(ys, ys.toSorted((a, b) => a - b));
    }
  }
});

function grouped(values) {
  const groups = new Map();
  for (const value of values) groups.set(value.x, [...(groups.get(value.x) ?? []), value]);
  return groups;
}

test("many leaves of one root stand in a block", () => {
  const { columns, rows, places } = layout(grown([null, ...Array(1000).fill(0)]), 2.5);
  assert.equal(places.size, 1001);
  assert.ok(columns > 15 && rows < 60);
});

test("a tree of one, and of none, is laid out", () => {
  assert.deepEqual(layout(grown([null]), 2).places.get(0), { x: 0, y: 0 });
  assert.equal(layout(new Tree(), 2).places.size, 0);
});

test("above and below are the nearest of the column", () => {
  const { places } = layout(grown([null, 0, 0, 0]), 2);
  assert.equal(beside(places, 2, 1), 3);
  assert.equal(beside(places, 2, -1), 1);
  assert.equal(beside(places, 3, 1), undefined);
});

test("what is zoomed about stays where it is", () => {
  const view = zoomed({ k: 1, x: 10, y: 20 }, 2, { x: 50, y: 50 });
  assert.deepEqual([(50 - view.x) / view.k, (50 - view.y) / view.k], [40, 30]);
  assert.deepEqual(fitted({ width: 200, height: 50 }, { width: 100, height: 100 }, 1), { k: 0.5, x: 0, y: 37.5 });
});

test("news of a node change what they tell, and nothing else", () => {
  const tree = grown([null, 0]);
  tree.merge([{ id: 1, reward: 0.5, state: "pruned" }]);
  assert.equal(tree.nodes.get(1).parent, 0);
  assert.equal(valueOf(tree.nodes.get(1)), 0.5);
  assert.equal(chipOf(tree.nodes.get(1)), "0.50");
  assert.deepEqual(tree.kids(0), [1]);
});

test("one walks to the answer first, then to the best", () => {
  const tree = grown([null, 0, 0, 0]);
  tree.merge([{ id: 1, reward: 0.2 }, { id: 2, reward: 0.9 }]);
  assert.equal(tree.best(0), 2);
  tree.merge([{ id: 0, state: "chosen" }, { id: 3, state: "chosen" }]);
  assert.equal(tree.best(0), 3);
  assert.equal(tree.end, 3);
  assert.deepEqual(tree.path(3).map(({ id }) => id), [0, 3]);
});

test("events are read however the stream is cut", () => {
  const text = 'data: {"a": 1}\n\n: drawing\n\nevent: search.tree\ndata: {"b": 2}\n\ndata: [DONE]\n\n';
  for (let size = 1; size < text.length; size++) {
    const reader = new SseReader();
    const found = [];
    for (let at = 0; at < text.length; at += size) found.push(...reader.push(text.slice(at, at + size)));
    assert.deepEqual(found.map(({ name }) => name), ["message", "comment", "search.tree", "message"]);
    assert.equal(JSON.parse(found[2].data).b, 2);
  }
});

test("the slider goes there and back", () => {
  for (let place = 0; place <= PLACES; place++) assert.ok(Math.abs(placeOf(tokensAt(place)) - place) <= 1);
  assert.deepEqual([tokensAt(0), tokensAt(PLACES), placeOf(1), placeOf(1e9)], [500, 100_000, 0, PLACES]);
});

test("numbers are said as people read them", () => {
  assert.deepEqual([short(950), short(1234), short(64_000)], ["950", "1.2k", "64k"]);
  assert.deepEqual([percent(0.934), percent(0.9999), percent(1)], ["93 %", ">99 %", "100 %"]);
  assert.deepEqual([duration(1.234), work(6.42e9)], ["1.23 s", "6.42 GFLOP"]);
  assert.equal(titled({ kind: "beam_search", n: 4, width: 2, rounds: 40 }), "beam_search · n 4 · width 2");
});

test("every reward can be read on its colour", () => {
  for (let reward = 0; reward <= 1; reward += 0.01) {
    const [ink, ground] = [inkOn(reward) === "#ffffff" ? 1 : 0, luminance(mixed(reward))];
    const [light, dark] = [Math.max(ink, ground), Math.min(ink, ground)];
    assert.ok((light + 0.05) / (dark + 0.05) >= 4.5, `reward ${reward}`);
  }
});

const USAGE = { prompt_tokens: 100, cached_tokens: 60, completion_tokens: 50, calls: 2, flops: 10, cost: 0 };

test("tokens are split without loss, and limits with their spending", () => {
  const split = parts({ generator: USAGE, verifier: USAGE }, 20);
  assert.deepEqual(split.map(({ tokens }) => tokens), [20, 30, 50, 80, 120]);
  const report = { spent: { seconds: 3, generator: USAGE, verifier: USAGE }, budget: { tokens: 400, seconds: 9 } };
  assert.deepEqual(limits(report), [{ name: "tokens", spent: 100, limit: 400 }, { name: "seconds", spent: 3, limit: 9 }]);
});

test("code has what is set, whatever is in the question", () => {
  const body = { model: "m", messages: [{ role: "user", content: "it's \"so\"\n" }], search: { keep: true, x: null } };
  assert.ok(curl(body, "http://h", false).includes("it'\\''s"));
  assert.ok(curl(body, "http://h", true).includes("FATHOM_API_KEY"));
  assert.ok(python(body, "http://h", false).includes('extra_body={"search": {"keep": True, "x": None}}'));
  assert.equal(literal([1, "a", { b: false }]), '[1, "a", {"b": False}]');
});

test("the axis of tokens is logarithmic", () => {
  const across = logScale(10, 1000, 0, 100);
  assert.deepEqual([across(10), Math.round(across(100)), Math.round(across(1000))], [0, 50, 100]);
  assert.deepEqual(ticks(50, 400), [100, 300]);
});

test("models are told from their aliases, whatever they are called", () => {
  const { models, policies } = servedBy(["llama3:8b", "fathom", "llama3:8b:majority", "fathom:auto", "fathom:low"]);
  assert.deepEqual(models, ["llama3:8b", "fathom"]);
  assert.deepEqual([...policies], ["fathom"]);
});
