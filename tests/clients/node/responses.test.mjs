// The Responses API by OpenAI's client for JavaScript.
import assert from "node:assert/strict";
import { test } from "node:test";
import OpenAI from "openai";
import { absent, client, eventually, question } from "./fathom.mjs";

const skip = await absent("POST", "/responses");
const input = question[0].content;
const plain = {
  model: "fathom", input, max_output_tokens: 16, reasoning: { effort: "none" },
};
const over = ["completed", "incomplete", "failed", "cancelled"];

test("an answer has its text and its cost", { skip }, async () => {
  const answer = await client.responses.create(plain);
  assert.equal(answer.object, "response");
  assert.ok(["completed", "incomplete"].includes(answer.status));
  assert.ok(answer.output_text);
  assert.ok(answer.usage.output_tokens > 0);
  assert.equal(
    answer.usage.total_tokens, answer.usage.input_tokens + answer.usage.output_tokens,
  );
});

test("events of a stream are numbered, and join to the answer", { skip }, async () => {
  const stream = await client.responses.create({ ...plain, stream: true });
  const events = [];
  for await (const event of stream) events.push(event);
  assert.equal(events[0].type, "response.created");
  assert.deepEqual(events.map((event) => event.sequence_number), [...events.keys()]);
  const text = events.filter((event) => event.type === "response.output_text.delta")
    .map((event) => event.delta).join("");
  assert.equal(events.at(-1).response.output[0].content[0].text, text);
});

test("the helper puts a stream together", { skip }, async () => {
  const whole = await client.responses.stream(plain).finalResponse();
  assert.ok(whole.output_text);
});

test("an answer that is kept is looked up, gone on from, and deleted", { skip }, async () => {
  const first = await client.responses.create({ ...plain, store: true });
  assert.equal((await client.responses.retrieve(first.id)).output_text, first.output_text);
  const next = await client.responses.create({
    ...plain, input: "And of 5?", previous_response_id: first.id,
  });
  assert.equal(next.previous_response_id, first.id);
  await client.responses.delete(first.id);
  await assert.rejects(client.responses.retrieve(first.id), OpenAI.NotFoundError);
});

test("an answer in the background is waited for", { skip }, async () => {
  const first = await client.responses.create({ ...plain, background: true, store: true });
  assert.ok(["queued", "in_progress", ...over].includes(first.status));
  const last = await eventually(
    () => client.responses.retrieve(first.id), (state) => over.includes(state.status),
  );
  assert.ok(["completed", "incomplete"].includes(last.status));
  assert.ok(last.output_text);
});

test("an answer in the background can be given up", { skip }, async () => {
  const first = await client.responses.create({
    ...plain, max_output_tokens: 2000, background: true, store: true,
  });
  assert.equal((await client.responses.cancel(first.id)).status, "cancelled");
});

test("what does not exist, and what cannot be honoured, is told apart", { skip }, async () => {
  await assert.rejects(client.responses.create({ ...plain, model: "gpt-5" }), OpenAI.NotFoundError);
  await assert.rejects(client.responses.retrieve("resp_none"), OpenAI.NotFoundError);
  await assert.rejects(client.responses.create({ ...plain, top_k: 5 }), OpenAI.BadRequestError);
});
