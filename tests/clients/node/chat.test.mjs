// Chat completions by OpenAI's client for JavaScript.
import assert from "node:assert/strict";
import { test } from "node:test";
import OpenAI from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import { z } from "zod";
import { baseURL, client, plain, question } from "./fathom.mjs";

const search = { strategy: { kind: "best_of_n", n: 2 }, budget: { tokens: 64 } };
const operands = {
  type: "object",
  properties: { a: { enum: [3, 4] }, b: { enum: [3, 4] } },
  required: ["a", "b"],
  additionalProperties: false,
};
const multiply = { type: "function", function: { name: "multiply", parameters: operands } };

test("an answer is typed, and says what it cost", async () => {
  const answer = await client.chat.completions.create(plain);
  assert.equal(answer.object, "chat.completion");
  assert.ok(answer.choices[0].message.content);
  assert.ok(["stop", "length"].includes(answer.choices[0].finish_reason));
  assert.ok(answer.usage.completion_tokens > 0 && answer.usage.completion_tokens <= 16);
  assert.ok(answer._request_id);
});

test("a search is asked for in the body, and reported beside the answer", async () => {
  const answer = await client.chat.completions.create({
    ...plain, reasoning_effort: undefined, n: 2, search,
  });
  assert.equal(answer.search.strategy.kind, "best_of_n");
  assert.ok(answer.search.spent.generator.completion_tokens <= 64);
  assert.deepEqual(answer.choices.map((choice) => choice.index), [0, 1]);
});

test("a stream is read chunk by chunk", async () => {
  const stream = await client.chat.completions.create({
    ...plain, stream: true, stream_options: { include_usage: true },
  });
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  const usage = chunks.pop();
  assert.equal(chunks[0].choices[0].delta.role, "assistant");
  assert.ok(chunks.some((chunk) => chunk.choices[0].delta.content));
  assert.ok(chunks.at(-1).choices[0].finish_reason);
  assert.ok(usage.usage.total_tokens > 0);
});

test("the helper puts a stream of a search together", async () => {
  const pieces = [];
  const stream = client.chat.completions.stream({
    model: "fathom:majority", messages: question, max_tokens: 8, search: { budget: { tokens: 64 } },
  });
  stream.on("content", (delta) => pieces.push(delta));
  const whole = await stream.finalChatCompletion();
  assert.equal(pieces.join(""), whole.choices[0].message.content);
});

test("a stream that is given up does not stand in the way of the next request", async () => {
  const stream = await client.chat.completions.create({ ...plain, max_tokens: 500, stream: true });
  for await (const _ of stream) break;
  stream.controller.abort();
  assert.ok((await client.chat.completions.create(plain)).choices[0].message.content);
});

test("a call of a tool is made, and its result is answered", async () => {
  const first = await client.chat.completions.create({
    ...plain, max_tokens: 40, tools: [multiply], tool_choice: "required",
    parallel_tool_calls: false,
  });
  const [{ message, finish_reason }] = first.choices;
  assert.equal(finish_reason, "tool_calls");
  const { a, b } = JSON.parse(message.tool_calls[0].function.arguments);
  const result = { role: "tool", tool_call_id: message.tool_calls[0].id, content: `${a * b}` };
  const after = await client.chat.completions.create({
    ...plain, messages: [...question, message, result], tools: [multiply], tool_choice: "none",
  });
  assert.ok(after.choices[0].message.content);
});

test("the helper runs a function that is called", async () => {
  const products = [];
  const run = client.chat.completions.runTools({
    ...plain, max_tokens: 40, parallel_tool_calls: false,
    tool_choice: { type: "function", function: { name: "multiply" } },
    tools: [{
      type: "function",
      function: {
        name: "multiply",
        parameters: operands,
        parse: JSON.parse,
        function: ({ a, b }) => { products.push(a * b); return `${a * b}`; },
      },
    }],
  });
  await run.done();
  assert.equal(products.length, 1);
  assert.ok([9, 12, 16].includes(products[0]));
});

test("an answer of a schema is parsed", async () => {
  const Count = z.object({ pens: z.enum(["7", "12", "34"]), sure: z.boolean() });
  const answer = await client.chat.completions.parse({
    ...plain, max_tokens: 40, response_format: zodResponseFormat(Count, "count"),
  });
  assert.deepEqual(Count.parse(answer.choices[0].message.parsed), answer.choices[0].message.parsed);
});

test("a model that is not served is not found", async () => {
  await assert.rejects(client.chat.completions.create({ ...plain, model: "gpt-5" }), (error) => {
    assert.ok(error instanceof OpenAI.NotFoundError);
    assert.deepEqual([error.code, error.param], ["model_not_found", "model"]);
    assert.ok(error.requestID);
    return true;
  });
});

test("a field that cannot be honoured is a bad request that names it", async () => {
  await assert.rejects(client.chat.completions.create({ ...plain, top_k: 5 }), (error) => {
    assert.ok(error instanceof OpenAI.BadRequestError);
    assert.equal(error.param, "top_k");
    return true;
  });
});

test("what would fail again is not tried again", async () => {
  let tries = 0;
  const counted = new OpenAI({
    baseURL, apiKey: "none", maxRetries: 2,
    fetch: (...request) => { tries += 1; return fetch(...request); },
  });
  await assert.rejects(counted.chat.completions.create({ ...plain, model: "gpt-5" }));
  assert.equal(tries, 1);
});

test("headers are there, and the request's own id is kept", async () => {
  const { response, data } = await client.chat.completions
    .create(plain, { headers: { "x-request-id": "mine" } }).withResponse();
  assert.equal(response.headers.get("x-request-id"), "mine");
  assert.ok(Number(response.headers.get("openai-processing-ms")) >= 0);
  assert.ok(data.id.startsWith("chatcmpl-"));
});

test("models are listed and looked up", async () => {
  const names = [];
  for await (const model of client.models.list()) names.push(model.id);
  assert.ok(names.includes("fathom") && names.includes("fathom:majority"));
  assert.equal((await client.models.retrieve("fathom:majority")).id, "fathom:majority");
});
