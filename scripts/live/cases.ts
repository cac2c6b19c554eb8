import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isObject, type JsonObject, type JsonValue, list, stringAt } from "@gpu-scripts/openapi/json.ts";
import { parseObject } from "@gpu-scripts/openapi/parse.ts";
import { UserError } from "@gpu-scripts/openapi/user-error.ts";
import { identityOf } from "./check-value.ts";
import type { Finding } from "./outcome.ts";

/** A response that differs from its document, as stored in `packages/<vendor>/test/live/`. */
export interface Case {
  operation: string;
  status: number;
  why: string;
  findings: Finding[];
  /** With stand-ins for all values. Absent when the response was not JSON. */
  body?: JsonValue;
}

/** Reads the case files of a folder. The result checks whether one of them has a finding. */
export async function knownFindings(folder: string): Promise<(operation: string, status: number, finding: Finding) => boolean> {
  const known = new Set<string>();
  for (const file of await caseFiles(folder)) {
    const shownAs = join(folder, file);
    const read = parseObject(await readFile(shownAs, "utf8"), shownAs);
    for (const finding of list(read["findings"]).filter(isObject)) {
      known.add(keyOf(stringAt(read, "operation") ?? "", Number(read["status"]), findingIn(finding, shownAs)));
    }
  }
  return (operation, status, finding) => known.has(keyOf(operation, status, finding));
}

/** Writes a case as a new file and returns its path. */
export async function writeCase(folder: string, one: Case): Promise<string> {
  const present = new Set(await caseFiles(folder));
  const base = `${one.operation}-${one.status}`;
  let name = `${base}.json`;
  for (let number = 2; present.has(name); number += 1) name = `${base}-${number}.json`;
  await mkdir(folder, { recursive: true });
  const path = join(folder, name);
  await writeFile(path, `${JSON.stringify(withoutValues(one), null, 2)}\n`);
  return path;
}

/** A case as JSON, without the received values that findings carry. */
export function withoutValues({ operation, status, why, findings, ...rest }: Case): JsonObject {
  return {
    operation,
    status,
    why,
    findings: findings.map(({ kind, pointer, detail }) => ({ kind, pointer, detail })),
    ...(rest.body === undefined ? {} : { body: rest.body }),
  };
}

async function caseFiles(folder: string): Promise<string[]> {
  return existsSync(folder) ? (await readdir(folder)).filter((name) => name.endsWith(".json")).sort() : [];
}

function keyOf(operation: string, status: number, finding: Finding): string {
  return `${operation} ${status} ${identityOf(finding)}`;
}

function findingIn(finding: JsonObject, shownAs: string): Finding {
  const [kind, pointer, detail] = ["kind", "pointer", "detail"].map((key) => stringAt(finding, key));
  if (kind === undefined || pointer === undefined || detail === undefined) {
    throw new UserError(`${shownAs}: each of its findings needs kind, pointer and detail`);
  }
  return { kind: kind as Finding["kind"], pointer, detail };
}
