// Chat completions that are kept, by OpenAI's client for JavaScript.
import assert from "node:assert/strict";
import { test } from "node:test";
import OpenAI from "openai";
import { absent, client, plain } from "./fathom.mjs";

const skip = await absent("GET", "/chat/completions");
const kept = { ...plain, store: true, metadata: { lot: "pens" } };

test("a completion that is kept is looked up and listed by what was said of it", { skip }, async () => {
  const answer = await client.chat.completions.create(kept);
  const found = await client.chat.completions.retrieve(answer.id);
  assert.equal(found.choices[0].message.content, answer.choices[0].message.content);
  const listed = [];
  for await (const one of client.chat.completions.list({ metadata: { lot: "pens" } })) {
    listed.push(one.id);
  }
  assert.ok(listed.includes(answer.id));
});

test("what was asked is kept with it", { skip }, async () => {
  const answer = await client.chat.completions.create(kept);
  const asked = [];
  for await (const one of client.chat.completions.messages.list(answer.id)) asked.push(one);
  assert.deepEqual(asked.map((one) => one.content), plain.messages.map((one) => one.content));
});

test("what is said of it can be changed, and it can be deleted", { skip }, async () => {
  const answer = await client.chat.completions.create(kept);
  const changed = await client.chat.completions.update(answer.id, { metadata: { lot: "ink" } });
  assert.deepEqual({ ...changed.metadata }, { lot: "ink" });
  assert.equal((await client.chat.completions.delete(answer.id)).deleted, true);
  await assert.rejects(client.chat.completions.retrieve(answer.id), OpenAI.NotFoundError);
});
