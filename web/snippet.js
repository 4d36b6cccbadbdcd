/** A request as code that people can take with them. Knows no page. */

/**
 * @param {object} body of the chat completion
 * @param {string} origin of the service
 * @param {boolean} keyed whether the service wants a key
 * @returns {string} a command for a shell
 */
export function curl(body, origin, keyed) {
  const key = keyed ? ` \\\n  -H "authorization: Bearer $FATHOM_API_KEY"` : "";
  const quoted = JSON.stringify(body, null, 2).replaceAll("'", "'\\''");
  return `curl -s ${origin}/v1/chat/completions -H 'content-type: application/json'${key} -d '${quoted}'`;
}

/**
 * @param {object} body of the chat completion
 * @param {string} origin of the service
 * @param {boolean} keyed whether the service wants a key
 * @returns {string} a program for OpenAI's SDK
 */
export function python(body, origin, keyed) {
  const { search, ...own } = body;
  const lines = Object.entries(own).map(([name, value]) => `    ${name}=${literal(value)},`);
  const key = keyed ? 'os.environ["FATHOM_API_KEY"]' : '"none"';
  return [
    ...(keyed ? ["import os", ""] : []),
    "from openai import OpenAI",
    "",
    `client = OpenAI(base_url="${origin}/v1", api_key=${key})`,
    "answer = client.chat.completions.create(",
    ...lines,
    `    extra_body={"search": ${literal(search)}},`,
    ")",
    "print(answer.choices[0].message.content)",
    'print(answer.search["stop"], answer.search["spent"])',
  ].join("\n");
}

/** @param {unknown} value of JSON @returns {string} the same in Python */
export function literal(value) {
  if (value === null) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value !== "object") return JSON.stringify(value);
  return `{${Object.entries(value).map(([name, one]) => `${JSON.stringify(name)}: ${literal(one)}`).join(", ")}}`;
}
