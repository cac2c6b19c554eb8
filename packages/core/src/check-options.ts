import { ConfigurationError } from "./error.js";
import type { ClientOptions } from "./options.js";

const types: Readonly<Record<keyof ClientOptions, string>> = {
  apiKey: "string or function",
  baseUrl: "string",
  fetch: "function",
  headers: "object",
  timeoutMs: "number",
  maxRetries: "number",
  retryAfterMaxMs: "number",
  hooks: "object",
  clock: "object",
};

/** Throws for an option that a client does not have, and for one of another type. */
export function checkClientOptions(options: unknown): void {
  const names = Object.keys(types).join(", ");
  if (typeof options !== "object" || options === null)
    throw new ConfigurationError(`the client's options are an object with ${names}`);
  for (const [name, value] of Object.entries(options)) {
    const type = Object.hasOwn(types, name) && types[name as keyof ClientOptions];
    if (!type) throw new ConfigurationError(`the client has no option "${name}"; it takes ${names}`);
    if (value === undefined) continue;
    const isRight = value !== null && type.split(" or ").includes(typeof value);
    if (!isRight) throw new ConfigurationError(`the client's \`${name}\` must be of type ${type}`);
    if (name === "clock" && !["now", "sleep"].every((method) => typeof value[method] === "function")) {
      throw new ConfigurationError("the client's `clock` must have the functions `now` and `sleep`");
    }
  }
}
