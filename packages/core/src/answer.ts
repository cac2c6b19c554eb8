import type { AnswerContract } from "./contract.js";
import { parseJson } from "./json.js";

/** What a successful response holds, or how it breaks what the document promises. */
export type ReadAnswer = { data: unknown; broken?: undefined } | { broken: string; data?: unknown };

const jsonType = /^\s*application\/([^;]+\+)?json\s*(;|$)/i;

/** Reads a successful response. Those of operations that return no content are never parsed. */
export function readAnswer(promised: AnswerContract | undefined, type: string | null, text: string): ReadAnswer {
  const isPage = /^\s*text\/html/i.test(type ?? "");
  // A sign-in page with the status 200 is not the vendor's acceptance of a delete request.
  if (!promised) return isPage && text.trim() !== "" ? { broken: "the response is a page of HTML" } : { data: undefined };
  const { type: wanted, required, mayBeEmpty } = promised;
  if (wanted === "text") return isPage ? { broken: "the response is a page of HTML" } : { data: text };
  if (isPage && text.trim() !== "") return { broken: `the response is ${type}, but JSON was promised` };
  let data: unknown;
  try {
    data = parseJson(text);
  } catch {
    if (text.trim() === "") return mayBeEmpty ? { data: undefined } : { broken: "the response is empty, but JSON was promised" };
    // Some vendors send JSON as plain text.
    return {
      broken:
        type && !jsonType.test(type) ? `the response is ${type}, but JSON was promised` : "the response is not complete JSON",
    };
  }
  const found = data === null ? "null" : Array.isArray(data) ? "array" : typeof data;
  if (wanted !== "any" && found !== wanted)
    return { broken: `the response is JSON of type ${found}, but ${wanted} was promised`, data };
  for (const name of required ?? []) {
    if ((data as Record<string, unknown>)[name] === undefined) return { broken: `the response lacks ${name}`, data };
  }
  return { data };
}
