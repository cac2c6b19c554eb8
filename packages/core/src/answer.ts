import type { AnswerContract } from "./contract.js";

/** What a successful answer holds, or how it breaks what the document promises. */
export type ReadAnswer = { data: unknown; broken?: undefined } | { broken: string; data?: unknown };

const jsonType = /^\s*application\/([^;]+\+)?json\s*(;|$)/i;

/** Reads a successful answer. Operations whose answers have no content are never parsed. */
export function readAnswer(promised: AnswerContract | undefined, type: string | null, text: string): ReadAnswer {
  if (!promised) return { data: undefined };
  const { type: wanted, required, mayBeEmpty } = promised;
  if (wanted === "text") return type?.includes("text/html") ? { broken: "the answer is a page of HTML" } : { data: text };
  if (type && !jsonType.test(type) && text.trim() !== "") return { broken: `the answer is ${type}, but JSON was promised` };
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    if (text.trim() !== "") return { broken: "the answer is not complete JSON" };
    return mayBeEmpty ? { data: undefined } : { broken: "the answer is empty, but JSON was promised" };
  }
  const found = data === null ? "null" : Array.isArray(data) ? "array" : typeof data;
  if (wanted !== "any" && found !== wanted)
    return { broken: `the answer is JSON of type ${found}, but ${wanted} was promised`, data };
  for (const name of required ?? []) {
    if ((data as Record<string, unknown>)[name] === undefined) return { broken: `the answer lacks ${name}`, data };
  }
  return { data };
}
