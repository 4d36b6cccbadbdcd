// Files and batches by OpenAI's client for JavaScript.
import assert from "node:assert/strict";
import { test } from "node:test";
import OpenAI, { toFile } from "openai";
import { absent, client, eventually, plain } from "./fathom.mjs";

const noFiles = await absent("GET", "/files");
const noBatches = noFiles || (await absent("GET", "/batches"));
const over = ["completed", "failed", "expired", "cancelled"];

function line(name, body) {
  const url = "/v1/chat/completions";
  return JSON.stringify({ custom_id: name, method: "POST", url, body });
}

async function upload(...lines) {
  const file = await toFile(Buffer.from(lines.join("\n")), "asked.jsonl");
  return client.files.create({ file, purpose: "batch" });
}

async function lines(id) {
  const text = await (await client.files.content(id)).text();
  return text.trim().split("\n").map((one) => JSON.parse(one));
}

test("a file is kept, listed, read and deleted", { skip: noFiles }, async () => {
  const file = await upload(line("a", plain));
  assert.deepEqual([file.object, file.purpose, file.filename], ["file", "batch", "asked.jsonl"]);
  const listed = [];
  for await (const one of client.files.list()) listed.push(one.id);
  assert.ok(listed.includes(file.id));
  assert.equal((await client.files.retrieve(file.id)).bytes, file.bytes);
  assert.equal((await lines(file.id))[0].custom_id, "a");
  assert.equal((await client.files.delete(file.id)).deleted, true);
  await assert.rejects(client.files.retrieve(file.id), OpenAI.NotFoundError);
});

test("the lines of a batch are answered, each or with its error", { skip: noBatches }, async () => {
  const file = await upload(line("a", plain), line("b", { ...plain, top_k: 5 }));
  const batch = await client.batches.create({
    input_file_id: file.id, endpoint: "/v1/chat/completions", completion_window: "24h",
  });
  const last = await eventually(
    () => client.batches.retrieve(batch.id), (state) => over.includes(state.status),
  );
  assert.equal(last.status, "completed");
  assert.deepEqual({ ...last.request_counts }, { total: 2, completed: 1, failed: 1 });
  const [answered] = await lines(last.output_file_id);
  assert.deepEqual([answered.custom_id, answered.response.status_code], ["a", 200]);
  assert.ok(answered.response.body.choices[0].message.content);
  const [failed] = await lines(last.error_file_id);
  assert.deepEqual([failed.custom_id, failed.response.status_code], ["b", 400]);
});

test("batches are listed, and one can be given up", { skip: noBatches }, async () => {
  const file = await upload(...[..."abcdefgh"].map((name) => line(name, plain)));
  const batch = await client.batches.create({
    input_file_id: file.id, endpoint: "/v1/chat/completions", completion_window: "24h",
  });
  assert.ok(["cancelling", "cancelled"].includes((await client.batches.cancel(batch.id)).status));
  const listed = [];
  for await (const one of client.batches.list({ limit: 2 })) listed.push(one.id);
  assert.ok(listed.includes(batch.id));
});

test("what does not exist is not found", { skip: noBatches }, async () => {
  await assert.rejects(client.files.retrieve("file-none"), OpenAI.NotFoundError);
  await assert.rejects(client.batches.retrieve("batch_none"), OpenAI.NotFoundError);
});
