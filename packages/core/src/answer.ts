import type { AnswerContract } from "./contract.js";

/** What a successful answer holds, or how it breaks what the document promises. */
export type ReadAnswer = { data: unknown; broken?: undefined } | { broken: string; data?: unknown };

/** Reads a successful answer. Operations whose answers have no content are never parsed. */
export function readAnswer(promised: AnswerContract | undefined, type: string | null, text: string): ReadAnswer {
  if (!promised) return { data: undefined };
  const { type: wanted, required = [], mayBeEmpty } = promised;
  const mediaType = type?.split(";")[0]?.trim().toLowerCase();
  if (wanted === "text") return mediaType === "text/html" ? { broken: "the answer is a page of HTML" } : { data: text };
  if (text.trim() === "") return mayBeEmpty ? { data: undefined } : { broken: "the answer is empty, but JSON was promised" };
  if (mediaType && !/^application\/(.+\+)?json$/.test(mediaType)) {
    return { broken: `the answer is ${mediaType}, but JSON was promised` };
  }
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return { broken: "the answer is not complete JSON" };
  }
  const found = data === null ? "null" : Array.isArray(data) ? "array" : typeof data;
  if (wanted !== "any" && found !== wanted) return { broken: `the answer is JSON of type ${found}, but ${wanted} was promised`, data };
  const missing = required.filter((name) => (data as Record<string, unknown>)[name] === undefined);
  return missing.length > 0 ? { broken: `the answer lacks ${missing.join(", ")}`, data } : { data };
}
