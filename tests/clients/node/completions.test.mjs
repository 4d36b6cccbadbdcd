// Text completions by OpenAI's client for JavaScript.
import assert from "node:assert/strict";
import { test } from "node:test";
import { absent, client } from "./fathom.mjs";

const skip = await absent("POST", "/completions");
const plain = { model: "fathom:sample", prompt: "3 boxes of 4 pens are", max_tokens: 8 };

test("a text is gone on with", { skip }, async () => {
  const answer = await client.completions.create(plain);
  assert.equal(answer.object, "text_completion");
  assert.ok(answer.choices[0].text);
  assert.ok(answer.usage.completion_tokens <= 8);
});

test("a stream of it joins to a text", { skip }, async () => {
  let text = "";
  for await (const chunk of await client.completions.create({ ...plain, stream: true })) {
    text += chunk.choices[0]?.text ?? "";
  }
  assert.ok(text);
});
