import { existsSync } from "node:fs";
import { join } from "node:path";
import { readObject } from "./door.ts";
import { isObject, type JsonObject, type JsonValue, objectAt, stringAt } from "./json.ts";
import { UserError } from "./user-error.ts";

/** The purposes of a key, from the least right to the most. */
export const rights = ["read", "sweep", "rent"] as const;
export type Right = (typeof rights)[number];

/** The kinds of runs against a live API. */
export const proofs = ["public", "read", "rent"] as const;
export type Proof = (typeof proofs)[number];

/** The last run of one kind. */
export interface LiveRun {
  /** YYYY-MM-DD. */
  date: string;
  /** The version of the vendor's package that ran. */
  version: string;
  /** The number of calls by outcome. */
  calls: { [outcome: string]: number };
}

/** `specs/<vendor>/live.yaml`: the results of runs against a vendor's live API. */
export interface LiveResults {
  /** The least right that a key needs for each purpose, in words. */
  rights: { [right in Right]?: string };
  runs: { [proof in Proof]?: LiveRun };
  /** By operation, the last day on which a successful response matched the document. */
  seen: { [operation: string]: string };
  /** What no public source shows of the API, by hand: indirect questions, such as `When billing begins.` */
  unknown: readonly string[];
}

/** The results of a vendor without runs. */
export const noLiveResults: LiveResults = { rights: {}, runs: {}, seen: {}, unknown: [] };

/** Reads `live.yaml` in a vendor's folder. A vendor without one has no results. */
export async function readLive(folder: string, shownAs: string): Promise<LiveResults> {
  const path = join(folder, "live.yaml");
  if (!existsSync(path)) return noLiveResults;
  return checkLive(await readObject(path, `${shownAs}/live.yaml`), `${shownAs}/live.yaml`);
}

function checkLive(raw: JsonObject, name: string): LiveResults {
  for (const key of Object.keys(raw)) {
    if (!["rights", "unknown", "runs", "seen"].includes(key))
      throw new UserError(`${name}: does not have "${key}"; it has rights, unknown, runs and seen`);
  }
  return {
    rights: section(raw, "rights", rights, name, (text, place) => textOf(text, place)),
    runs: section(raw, "runs", proofs, name, runOf),
    seen: section(raw, "seen", undefined, name, dateOf),
    unknown: unknownOf(raw["unknown"], name),
  };
}

function unknownOf(value: JsonValue | undefined, file: string): string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new UserError(`${file}: unknown must be a list of texts`);
  const statements = value.map((statement, index) => {
    const place = `${file}: unknown[${index}]`;
    if (isObject(statement)) throw new UserError(`${place} must be a text; put it in quotes if it has a colon before a space`);
    return textOf(statement, place);
  });
  const twice = statements.find((statement, index) => statements.indexOf(statement) < index);
  if (twice !== undefined) throw new UserError(`${file}: unknown has "${twice}" twice`);
  return statements;
}

function section<Value>(
  raw: JsonObject,
  key: string,
  names: readonly string[] | undefined,
  file: string,
  read: (value: JsonValue, place: string) => Value,
): Record<string, Value> {
  const entries = Object.entries(objectAt(raw, key));
  const unknown = entries.find(([name]) => names && !names.includes(name));
  if (unknown) throw new UserError(`${file}: ${key} does not have "${unknown[0]}"; it has ${names?.join(", ")}`);
  return Object.fromEntries(entries.map(([name, value]) => [name, read(value, `${file}: ${key}.${name}`)]));
}

function runOf(value: JsonValue, place: string): LiveRun {
  const calls = Object.entries(objectAt(value, "calls")).map(([outcome, count]): [string, number] => {
    if (typeof count !== "number") throw new UserError(`${place}.calls.${outcome} must be a number`);
    return [outcome, count];
  });
  if (!isObject(value)) throw new UserError(`${place} must have date, version and calls`);
  return {
    date: dateOf(value["date"], `${place}.date`),
    version: textOf(value["version"], `${place}.version`),
    calls: Object.fromEntries(calls),
  };
}

function dateOf(value: JsonValue | undefined, place: string): string {
  if (typeof value === "string" && /^\d{4}-\d\d-\d\d$/.test(value)) return value;
  throw new UserError(`${place} must be YYYY-MM-DD`);
}

function textOf(value: JsonValue | undefined, place: string): string {
  if (typeof value === "string" && value.trim() !== "") return value;
  throw new UserError(`${place} must be a text`);
}

/** The source of an operation's description: the vendor's document, responses published by others, or the live API. */
export const evidenceSources = ["document", "observed", "live"] as const;
export type EvidenceSource = (typeof evidenceSources)[number];
export interface Evidence {
  source: EvidenceSource;
  /** YYYY-MM-DD. */
  date: string;
}

/** The evidence of an operation: live when it was seen, else its `x-evidence`, else undefined. */
export function evidenceOf(operation: JsonObject, { seen }: LiveResults = noLiveResults): Evidence | undefined {
  const name = stringAt(operation, "operationId") ?? "";
  const date = seen[name];
  if (date !== undefined) return { source: "live", date };
  const given = operation["x-evidence"];
  if (given === undefined) return undefined;
  const source = evidenceSources.find((one) => one === stringAt(given, "source"));
  const place = `x-evidence of ${name}`;
  if (!source) throw new UserError(`${place}: source must be one of ${evidenceSources.join(", ")}`);
  return { source, date: dateOf(stringAt(given, "date"), `${place}: date`) };
}
