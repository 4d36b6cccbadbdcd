// The client as its users make it, and what the tests ask.
import OpenAI from "openai";

export const baseURL = process.env.FATHOM_URL;
export const client = new OpenAI({ baseURL, apiKey: "none", maxRetries: 0 });
export const question = [
  { role: "user", content: "Tom has 3 boxes of 4 pens. How many pens has he?" },
];
export const plain = {
  model: "fathom",
  messages: question,
  max_tokens: 16,
  reasoning_effort: "none",
};

// The reason to skip a test of a route that this service does not have; false if it has it.
export async function absent(method, path) {
  const sent = method === "GET" ? {} : { body: "{}", headers: { "content-type": "application/json" } };
  const response = await fetch(`${baseURL}${path}`, { method, ...sent });
  const code = response.ok ? null : (await response.json()).error.code;
  return ["not_found", "method_not_allowed"].includes(code) && `${method} ${path}: ${code}`;
}

// The newest state of something that takes its time, once `ended` says that it is over.
export async function eventually(look, ended) {
  for (let state = await look(); ; state = await look()) {
    if (ended(state)) return state;
    await new Promise((done) => setTimeout(done, 200));
  }
}
