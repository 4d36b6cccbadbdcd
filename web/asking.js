/** One question asked, and its result filled in as it comes. */

import { ApiError, streamed } from "./api.js";

/**
 * Ask for a completion, and show what comes.
 * @param {object} body of the request
 * @param {import("./result.js").Result} result
 * @param {AbortSignal} signal
 * @returns {Promise<object | undefined>} the report, if there came one
 */
export async function answer(body, result, signal) {
  const streaming = { stream: true, stream_options: { include_usage: true } };
  const asked = { ...body, ...streaming, search: { ...body.search, events: "tree" } };
  result.status("asked");
  let report;
  let usage;
  try {
    for await (const event of streamed(asked, signal)) {
      const told = read(event, result, body.search?.budget);
      report = told.search ?? report;
      usage = told.usage ?? usage;
    }
    if (report) result.finish(report, usage);
    return report;
  } catch (error) {
    result.fail(error);
    return undefined;
  }
}

function read(event, result, limits) {
  if (event.name === "comment" || event.data === "[DONE]") return {};
  const told = JSON.parse(event.data);
  if (event.name === "search.progress") result.progress(told, limits);
  if (event.name === "search.tree") result.grow(told);
  if (event.name !== "message") return {};
  if (told.error) throw new ApiError(0, told.error);
  result.say(told.choices[0]?.delta.content ?? "");
  return told;
}
