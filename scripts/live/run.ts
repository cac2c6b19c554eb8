import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import type { GpuError } from "@gpu/core";
import { type JsonObject, type JsonValue, list, objectAt, stringAt } from "@gpu-scripts/openapi/json.ts";
import { readText } from "@gpu-scripts/openapi/load.ts";
import { takesKey } from "@gpu-scripts/openapi/operations.ts";
import { readPublished } from "@gpu-scripts/openapi/published.ts";
import { readSource } from "@gpu-scripts/openapi/source.ts";
import { UserError } from "@gpu-scripts/openapi/user-error.ts";
import { type Case, knownFindings, writeCase } from "./cases.ts";
import { type Checked, checkResponse, parsedBody } from "./check-response.ts";
import type { ValueFinding } from "./check-value.ts";
import { type Access, type Call, openClient, type Parts } from "./client.ts";
import type { BlockedReason, CallResult, Finding, Outcome, RunKind, VendorRun } from "./outcome.ts";
import { idsAt, planReads, type Step } from "./plan.ts";

/** The options of a run. */
export interface RunOptions extends Access {
  /** The repository, or a copy of its `packages` and `specs`. */
  root: string;
  /** YYYY-MM-DD. */
  date: string;
  /** Receives each unknown value of a list. Nothing else exposes received values. */
  onValue?: ((operation: string, finding: ValueFinding) => void) | undefined;
}

/**
 * Runs against one vendor. With a key, it calls every read, with ids from lists. Without a key, it calls the reads that need no id,
 * expects the protected ones to be refused, and compares the published document. It writes new findings to case files.
 */
export async function runVendor(vendor: string, options: RunOptions): Promise<VendorRun> {
  const { root, apiKey, date } = options;
  const packageFolder = join(root, "packages", vendor);
  const document = await readPackageFile(packageFolder, "openapi.json");
  const kind: RunKind = apiKey === undefined ? "public" : "read";
  const call = await openClient(packageFolder, options);
  const folder = join(packageFolder, "test", "live");
  const record = recorder({ root, folder, date, isKnown: await knownFindings(folder), onValue: options.onValue });

  const results: CallResult[] = [];
  const bodies = new Map<string, JsonValue | undefined>();
  for (const step of planReads(document)) {
    const { name, operation } = step;
    const parts = partsOf(step, bodies, results);
    if ("skipped" in parts) {
      results.push({ ...empty(name), outcome: "skipped", reason: parts.skipped });
      continue;
    }
    const { received, error } = await call(name, parts);
    if (received && !error) bodies.set(name, parsedBody(received.text));
    const checked: Checked = received ? checkResponse(document, operation, received) : { findings: [], standIn: () => undefined };
    const needsKey = kind === "public" && takesKey(document, operation);
    if (needsKey && received && !error) {
      checked.findings.unshift({ kind: "open", pointer: "", detail: "responds without a key, which the document requires" });
    }
    const outcome = outcomeOf({ received, error }, checked.findings, needsKey);
    results.push({ ...(await record(name, received?.status ?? null, checked)), ...outcome });
  }
  if (kind === "public") results.push(...(await checkDocument(vendor, root)));
  const version = stringAt(await readPackageFile(packageFolder, "package.json"), "version") ?? "";
  return { vendor, kind, date, version, baseUrl: options.baseUrl ?? serverOf(document), results };
}

/** What blocks a call at the vendor, by the client's error code. */
const blocking = new Map<GpuError["code"], BlockedReason>([
  ["unauthenticated", "no key"],
  ["permission_denied", "no right"],
  ["insufficient_funds", "no balance"],
]);

function outcomeOf({ received, error }: Call, findings: readonly Finding[], needsKey: boolean): Outcome {
  const read: Outcome = findings.length > 0 ? { outcome: "drift" } : { outcome: "ok" };
  if (!error) return read;
  if (needsKey && (error.code === "unauthenticated" || error.code === "permission_denied")) return read;
  const reason = blocking.get(error.code);
  if (reason !== undefined) return { outcome: "blocked", reason };
  // A response that the client cannot read is drift when the check found the reason.
  if (error.code === "vendor_contract" && findings.length > 0) return { outcome: "drift" };
  // Without the vendor's message, which may contain personal data.
  return { outcome: "failed", reason: received ? `${error.code}, status ${received.status}` : error.code };
}

/** The parameters of a step, or the reason to skip it. */
function partsOf(
  { inputs }: Step,
  bodies: ReadonlyMap<string, JsonValue | undefined>,
  results: readonly CallResult[],
): Parts | { skipped: string } {
  const parts: Parts = { path: {}, query: {}, headers: {} };
  for (const { in: place, name, value } of inputs) {
    const section = place === "header" ? parts.headers : parts[place];
    if (value.kind === "fixed") section[name] = value.value;
    else if (value.kind === "none") return { skipped: `no id: no list of the document provides ${name}` };
    else {
      const { list, pointers } = value.source;
      const [id] = idsAt(bodies.get(list), pointers);
      if (id === undefined)
        return { skipped: `no id: ${bodies.has(list) ? `${list} has none` : `${list} ${stateOf(list, results)}`}` };
      section[name] = id;
    }
  }
  return parts;
}

function stateOf(list: string, results: readonly CallResult[]): string {
  const outcome = results.find(({ operation }) => operation === list)?.outcome;
  return outcome === undefined ? "was not called" : `is ${outcome}`;
}

interface RecorderOptions {
  root: string;
  folder: string;
  date: string;
  isKnown: (operation: string, status: number, finding: Finding) => boolean;
  onValue: RunOptions["onValue"];
}

/** Writes the new findings of a response to a case file. */
function recorder({ root, folder, date, isKnown, onValue }: RecorderOptions) {
  return async (operation: string, status: number | null, { findings, standIn }: Checked): Promise<ReturnType<typeof empty>> => {
    if (status === null) return empty(operation);
    for (const finding of findings) if (finding.value !== undefined) onValue?.(operation, finding);
    const fresh = findings
      .filter((finding) => !isKnown(operation, status, finding))
      .map(({ kind, pointer, detail }): Finding => ({ kind, pointer, detail }));
    const base = { operation, status, findings: fresh, known: findings.length - fresh.length };
    if (fresh.length === 0) return { ...base, caseFile: null };
    const why = `live, ${date}: ${fresh.length === 1 ? "a difference" : `${fresh.length} differences`} from the document`;
    const body = standIn();
    const one: Case = { operation, status, why, findings: fresh, ...(body === undefined ? {} : { body }) };
    return { ...base, caseFile: relative(root, await writeCase(folder, one)) };
  };
}

/** Compares the document that the vendor publishes with the stored one. */
async function checkDocument(vendor: string, root: string): Promise<CallResult[]> {
  const folder = join(root, "specs", vendor);
  const source = await readSource(folder, `specs/${vendor}`);
  if (source.url === undefined || source.file !== "upstream.yaml") return [];
  try {
    const published = await readPublished(source.url, "vendor");
    if (published.text === (await readFile(join(folder, source.file), "utf8"))) return [{ ...empty("document"), outcome: "ok" }];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [{ ...empty("document"), outcome: "failed", reason: error.message }];
  }
  const detail = `is not the one of ${source.date}; run \`pnpm regenerate ${vendor}\``;
  return [{ ...empty("document"), outcome: "drift", findings: [{ kind: "document", pointer: "", detail }] }];
}

function empty(operation: string): Pick<CallResult, "operation" | "status" | "findings" | "known" | "caseFile"> {
  return { operation, status: null, findings: [], known: 0, caseFile: null };
}

/** A JSON file of a vendor's package, which is generated or written in this repository. */
async function readPackageFile(packageFolder: string, file: string): Promise<JsonObject> {
  const path = join(packageFolder, file);
  return JSON.parse(await readText(path, path)) as JsonObject;
}

function serverOf(document: JsonObject): string {
  return stringAt(list(document["servers"])[0], "url") ?? "";
}

/** The environment variable of a vendor's key. */
export async function keyVariable(vendor: string, root: string): Promise<string> {
  const document = await readPackageFile(join(root, "packages", vendor), "openapi.json");
  return stringAt(objectAt(document, "x-gpu-client"), "apiKeyEnv") ?? "";
}
