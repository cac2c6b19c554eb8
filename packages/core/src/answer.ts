import type { AnswerContract, ErrorContract } from "./contract.js";
import { carriesError } from "./failure.js";

/** The JSON of a successful answer, or how it breaks what the document promises. */
export type ReadAnswer = { data: unknown } | { broken: string; body?: unknown };

/** Reads a successful answer. Operations whose answers have no content are never parsed. */
export function readAnswer(promised: AnswerContract | undefined, errors: ErrorContract, response: Response, text: string): ReadAnswer {
  if (!promised) return { data: undefined };
  if (text.trim() === "") {
    return promised.mayBeEmpty ? { data: undefined } : { broken: "the answer is empty, but JSON was promised" };
  }
  const type = response.headers.get("content-type");
  if (type && !/^\s*application\/(?:[\w.+-]+\+)?json\b/i.test(type)) {
    return { broken: `the answer is ${type.split(";")[0]?.trim()}, but JSON was promised` };
  }
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return { broken: "the answer is not complete JSON" };
  }
  return checkShape(promised, errors, data);
}

function checkShape(promised: AnswerContract, errors: ErrorContract, data: unknown): ReadAnswer {
  const type = data === null ? "null" : Array.isArray(data) ? "array" : typeof data;
  if (promised.type !== "any" && type !== promised.type) {
    return { broken: `the answer is JSON of type ${type}, but ${promised.type} was promised`, body: data };
  }
  if (promised.errorIsDistinct && carriesError(errors, data)) {
    return { broken: "the answer carries an error although its status says success", body: data };
  }
  const fields = data as Record<string, unknown>;
  const missing = promised.required?.filter((name) => fields[name] === undefined) ?? [];
  return missing.length > 0 ? { broken: `the answer lacks ${missing.join(", ")}`, body: data } : { data };
}
