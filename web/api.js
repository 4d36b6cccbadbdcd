/** The public HTTP API, and nothing else: no other place here sends a request. */

import { SseReader } from "./sse.js";

const KEY = "fathom.key";

/** An answer that says what is wrong, as OpenAI's error object does. */
export class ApiError extends Error {
  /** @param {number} status @param {{message?: string, code?: string}} error */
  constructor(status, error) {
    super(error.message ?? `the service answered ${status}`);
    this.status = status;
    this.code = error.code ?? "";
  }
}

/** Keep an API key until the tab is closed. @param {string} key */
export function setKey(key) {
  if (key) sessionStorage.setItem(KEY, key);
  else sessionStorage.removeItem(KEY);
}

/** @returns {string} the key; empty if none was given */
export function getKey() {
  return sessionStorage.getItem(KEY) ?? "";
}

/** Told when a key is wanted. Set once, by whoever can ask for one. */
export const wanted = { key: () => {} };

/**
 * Ask the API; a refusal is an error.
 * @param {string} path
 * @param {RequestInit} how
 * @returns {Promise<Response>}
 */
async function ask(path, how) {
  const key = getKey();
  const headers = { "content-type": "application/json", ...(key && { authorization: `Bearer ${key}` }) };
  const response = await fetch(path, { ...how, headers });
  if (response.ok) return response;
  if (response.status === 401) wanted.key();
  const told = await response.json().catch(() => ({}));
  throw new ApiError(response.status, told.error ?? {});
}

/**
 * @param {string} path
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>} the body
 */
export async function get(path, signal) {
  return (await ask(path, { signal })).json();
}

/**
 * @param {string} path
 * @param {object} body
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>} the body
 */
export async function post(path, body, signal) {
  return (await ask(path, { method: "POST", body: JSON.stringify(body), signal })).json();
}

/**
 * Ask for a chat completion, and give its events as they come.
 * @param {object} body with `stream`
 * @param {AbortSignal} signal
 * @returns {AsyncGenerator<import("./sse.js").Sent>}
 */
export async function* streamed(body, signal) {
  const response = await ask("/v1/chat/completions", { method: "POST", body: JSON.stringify(body), signal });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const events = new SseReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    yield* events.push(value);
  }
}
