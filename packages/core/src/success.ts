import type { ResponseContract } from "./contract.js";
import { parseIfJson } from "./json.js";

/** A successful response. `problem`: how it differs from the document. */
export interface Success {
  data?: unknown;
  problem?: string;
}

/** Reads a successful response. Nothing is parsed if the operation returns no content. */
export function readSuccess(promised: ResponseContract | undefined, contentType: string | null, text: string): Success {
  const isHtml = /^\s*text\/html/i.test(contentType ?? "");
  // A sign-in page with the status 200 does not prove that the vendor accepted the request.
  if (!promised) return isHtml && text.trim() ? { problem: "the response is an HTML page" } : {};
  const { type, required = [], mayBeEmpty } = promised;
  if (type === "text" && !isHtml) return { data: text };
  const data = isHtml ? undefined : parseIfJson(text);
  if (data === undefined) {
    const isEmpty = text.trim() === "";
    if (isEmpty && mayBeEmpty) return {};
    const wanted = /text|events/.test(type) ? type : "complete JSON";
    return { problem: `the response is ${isEmpty ? "empty" : (contentType ?? "text")}, but ${wanted} was expected` };
  }
  if (data === null && mayBeEmpty) return {};
  const found = data === null ? "null" : Array.isArray(data) ? "array" : typeof data;
  if (type !== "any" && found !== type) return { data, problem: `the response is of type ${found}, but ${type} was expected` };
  const missing = required.find((name) => (data as Record<string, unknown>)[name] === undefined);
  return missing === undefined ? { data } : { data, problem: `the response lacks ${missing}` };
}
