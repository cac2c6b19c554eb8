import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  dereference,
  isObject,
  type JsonObject,
  jsonPointer,
  list,
  objectAt,
  resolvePointer,
  stringAt,
} from "@gpu-scripts/openapi/json.ts";
import { withRedocly } from "@gpu-scripts/openapi/redocly.ts";
import { UserError } from "@gpu-scripts/openapi/user-error.ts";
import type { ChangeFacts } from "../change.ts";
import { type Impact, impacts } from "../impact.ts";
import { type Finding, jsonOrNull } from "./finding.ts";
import { Usage } from "./usage.ts";

/** What `redocly diff` finds between two documents. */
export async function redoclyFindings(before: JsonObject, after: JsonObject): Promise<Finding[]> {
  const args = ["diff", "before.json", "after.json", "--format", "json", "--output", "diff.json", "--fail-on", "none"];
  const documents = { "before.json": before, "after.json": after };
  const report = await withRedocly(args, documents, async ({ code, stderr }, folder): Promise<unknown> => {
    if (code !== 0) throw new UserError(`the documents cannot be compared: ${stderr.trim().split("\n").slice(0, 3).join(" ")}`);
    return JSON.parse(await readFile(join(folder, "diff.json"), "utf8"));
  });
  const changes = isObject(report) && Array.isArray(report["changes"]) ? report["changes"] : undefined;
  if (!changes) throw new UserError("the documents cannot be compared: redocly diff gave a report without changes");
  const usage = { before: new Usage(before), after: new Usage(after) };
  return changes.filter(isObject).flatMap((change) => toFindings(change, { before, after }, usage));
}

interface Both<T> {
  before: T;
  after: T;
}

function toFindings(change: JsonObject, documents: Both<JsonObject>, usage: Both<Usage>): Finding[] {
  const impact = impactOf(change);
  const path = stringAt(change, "path") ?? "#";
  const [inOperation, place = ""] = /^#\/paths\/[^/]+\/[a-z]+(\/.*)?$/.exec(path) ?? [];
  const where = inOperation === undefined ? path.slice(1) : nameParameter(place, path, documents);
  const here = union(usage.before.operationsAt(path), usage.after.operationsAt(path));
  const inTypes = showsInTypes(change);
  const findings: Finding[] = partsOf(change, where).map((part) => ({ ...part, operations: here, impact, inTypes }));
  // Redocly reports a shared component once, at its first use; it concerns every operation that uses it.
  const [base, revision] = [change["base"], change["revision"]].map((side) => stringAt(side, "pointer")?.slice(1));
  const pointer = revision ?? base ?? "";
  const component = pointer.split("/").slice(0, 4);
  if (component[1] !== "components" || (base ?? pointer).split("/").slice(0, 4).join("/") !== component.join("/"))
    return findings;
  const shared = union(usage.before.operationsAt(pointer), usage.after.operationsAt(pointer)).filter(
    (name) => !here.includes(name),
  );
  if (shared.length > 0) {
    const rest = pointer.split("/").slice(4);
    const property = stringAt(change, "property");
    // The pointer of a changed property of a schema ends with the property itself.
    const inside = change["kind"] === "modified" && property !== undefined && rest.at(-1) === property ? rest.slice(0, -1) : rest;
    const name = `/${component[3] ?? ""}${jsonPointer(inside)}`;
    findings.push(...partsOf(change, name).map((part) => ({ ...part, operations: shared, impact, inTypes, shared: true })));
  }
  return findings;
}

/** Rules whose findings also appear in the generated types, for each operation separately. */
const rulesOfTypes = [
  "enum-values-added",
  "enum-values-removed",
  "property-removed",
  "required-properties-added",
  "required-properties-removed",
  "schema-type-changed",
];

function showsInTypes(change: JsonObject): boolean {
  const verdicts = list(change["verdicts"]);
  return verdicts.length > 0 && verdicts.every((verdict) => rulesOfTypes.includes(stringAt(verdict, "ruleId") ?? ""));
}

type Part = Pick<Finding, "where" | "facts">;

/** One part for each property of a changed `required`; otherwise the change as a whole. */
function partsOf(change: JsonObject, outer: string): Part[] {
  const key = stringAt(change, "property");
  // What changed of the operation itself, such as its summary, has its own place.
  const where = outer === "" && change["typeName"] === "Operation" && key !== undefined ? `/${key}` : outer;
  if (key !== "required" || change["typeName"] !== "Schema") return [{ where, facts: factsOf(change, where) }];
  const [before, after] = ["base", "revision"].map((side) => list(objectAt(change, side)["value"]).map(String));
  const parts = (kind: "required" | "optional", names: readonly string[] = [], others: readonly string[] = []) =>
    names
      .filter((name) => !others.includes(name))
      .map((name) => `${where}/properties/${name}`)
      .map((place): Part => ({ where: place, facts: { kind, place } }));
  return [...parts("required", after, before), ...parts("optional", before, after)];
}

/** `/parameters/0/schema` → `/parameters/query/limit/schema`. */
function nameParameter(place: string, path: string, { before, after }: Both<JsonObject>): string {
  const [, index, rest = ""] = /^\/parameters\/(\d+)(\/.*)?$/.exec(place) ?? [];
  if (index === undefined) return place;
  const pointer = `${path.slice(0, path.length - place.length)}/parameters/${index}`;
  const parameter = dereference(after, resolvePointer(after, pointer)) ?? dereference(before, resolvePointer(before, pointer));
  return `/parameters/${stringAt(parameter, "in")}/${stringAt(parameter, "name")}${rest}`;
}

function impactOf(change: JsonObject): Impact {
  // Removing an optional request field breaks nothing on the wire, but typed code that sends it no longer compiles.
  const isField = /\/properties\/[^/]+$/.test(stringAt(change, "path") ?? "");
  if (change["kind"] === "removed" && isField) return "major";
  const impact = impacts.find((known) => known === change["impact"]);
  // An unknown rating must not be treated as harmless.
  return impact ?? "major";
}

function factsOf(change: JsonObject, place: string): ChangeFacts {
  const messages = list(change["verdicts"]).flatMap(
    (verdict) => stringAt(verdict, "message")?.replace(/\s+/g, " ").replace(/\.$/, "") ?? [],
  );
  if (messages.length > 0) return { kind: "rule-reported", place, text: messages.join("; ") };
  const property = stringAt(change, "property");
  const part = property ?? stringAt(change, "typeName") ?? "part";
  const values = { before: shortValue(change, "base"), after: shortValue(change, "revision") };
  if (property === "key") return { kind: "renamed", ...values };
  if (change["kind"] === "modified" || place === `/${property}`) return { kind: "property-changed", place, part, ...values };
  return { kind: "part-changed", place, part, text: String(change["kind"]) };
}

/** Long values are left to the document's own history. */
function shortValue(change: JsonObject, side: "base" | "revision"): string | null {
  const value = objectAt(change, side)["value"];
  const text = isObject(value) || Array.isArray(value) ? null : jsonOrNull(value);
  return text === null || text.length > 40 ? null : text;
}

function union(first: readonly string[], second: readonly string[]): string[] {
  return [...new Set([...first, ...second])];
}
