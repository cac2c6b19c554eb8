import type { JsonObject } from "@gpu-scripts/openapi/json.ts";
import { operationKey, operationsOf } from "@gpu-scripts/openapi/operations.ts";
import { byImpact, greatest, type Impact, impacts } from "../impact.ts";
import type { Change } from "../report.ts";
import type { Finding } from "./finding.ts";
import { promiseFindings } from "./promises.ts";
import { redoclyFindings } from "./redocly-diff.ts";
import { surfaceFindings, type Version } from "./surface.ts";
import { operationName } from "./usage.ts";

/** What changed between two versions of a package, and what that asks of its users. */
export interface Comparison {
  impact: Impact;
  changes: Change[];
  /** Whether code that compiled against the old types may fail to compile against the new ones. */
  mayBreakCode: boolean;
}

/**
 * Compares two versions of a vendor's package. The impact is the greatest that any of three checks finds: a diff of the wire,
 * a check of the TypeScript surface, and our own rating of what the runtime does with money and the key.
 */
export async function compareVersions(before: Version, after: Version): Promise<Comparison> {
  const [old, fresh] = [withoutMark(before.document), withoutMark(after.document)];
  // The order counts too: the first server and the first security scheme are those that the runtime takes.
  if (JSON.stringify(old) === JSON.stringify(fresh) && before.schema === after.schema)
    return { impact: "none", changes: [], mayBreakCode: false };
  // The diff runs in a process of its own, while the types are checked in this one.
  const wire = redoclyFindings(old, fresh);
  // A failure of the diff is reported where it is awaited.
  wire.catch(() => undefined);
  const types = surfaceFindings({ ...before, document: old }, { ...after, document: fresh });
  const ours = [...types, ...promiseFindings(old, fresh)];
  const findings = [...ours, ...notToldBy(ours, await wire)];
  const changes = toChanges(findings, [old, fresh]);
  const impact = greatest(["patch", ...changes.map((change) => change.impact)]);
  return { impact, changes, mayBreakCode: impact === "major" || types.some(mayBreak) };
}

/**
 * What changed between two documents of upstream, before any overlay: for when the overlays no longer fit. Operations are named as
 * we name them.
 */
export async function compareUpstream(
  before: JsonObject,
  after: JsonObject,
  names: ReadonlyMap<string, string>,
): Promise<Change[]> {
  const documents = [before, after].map((document) => {
    const copy = structuredClone(document);
    for (const operation of operationsOf(copy))
      operation.object["operationId"] = names.get(operationKey(operation)) ?? operationKey(operation);
    return copy;
  });
  const [old = before, fresh = after] = documents;
  return toChanges(await redoclyFindings(old, fresh), documents);
}

/** What callers may send besides breaks nobody; even a new field of an answer breaks code that makes up such an answer. */
function mayBreak({ impact, where }: Finding): boolean {
  return impact === "major" || !/^\/(?:requestBody|parameters)\b/.test(where);
}

/** The mark of the generator at the top of `openapi.json` is no part of the document. */
export function withoutMark(document: JsonObject): JsonObject {
  const { "x-generated-by": _, ...rest } = document;
  return rest;
}

/**
 * What the diff found and our checks did not already tell of the same place. Ours count where they are at least as grave. The
 * diff rates a component once for all its users, so of an operation that only shares it, and of what the types show as well, ours
 * count in any case, unless the whole would be rated lower.
 */
function notToldBy(ours: readonly Finding[], wire: readonly Finding[]): Finding[] {
  const atLeast = (impact: Impact, other: Impact) => impacts.indexOf(impact) >= impacts.indexOf(other);
  const whole = greatest(ours.map(({ impact }) => impact));
  return wire.flatMap((finding) => {
    const oursDecide = (finding.shared === true || finding.inTypes === true) && atLeast(whole, finding.impact);
    const told = (operation: string | undefined) =>
      ours.some(
        (own) =>
          (operation === undefined || own.operations.includes(operation)) &&
          placeKey(own.where) === placeKey(finding.where) &&
          (oursDecide || atLeast(own.impact, finding.impact)),
      );
    if (finding.operations.length === 0) return told(undefined) ? [] : [finding];
    const operations = finding.operations.filter((operation) => !told(operation));
    return operations.length > 0 ? [{ ...finding, operations }] : [];
  });
}

/** The innermost thing that a place names: what two checks that name a place differently still agree on. */
function placeKey(where: string): string {
  const steps = where.split("/").slice(1);
  const property = steps.lastIndexOf("properties");
  if (property !== -1) return `field ${steps[property + 1]}`;
  if (steps[0] === "x-gpu-client") return steps[0];
  if (steps[0] === "parameters" || steps[0] === "responses") return steps.slice(0, steps[0] === "responses" ? 2 : 3).join("/");
  return steps[0] ?? "";
}

function toChanges(findings: readonly Finding[], documents: readonly JsonObject[]): Change[] {
  const order = [...new Set(documents.flatMap((document) => operationsOf(document).map(operationName)))];
  const seen = new Set<string>();
  return findings
    .flatMap(({ operations, impact, message }) =>
      (operations.length > 0 ? operations : ["*"]).map((operation): Change => ({ operation, impact, message })),
    )
    .filter((change) => {
      const key = `${change.operation}\n${change.message}`;
      return !seen.has(key) && seen.add(key);
    })
    .sort((a, b) => byImpact(a, b) || order.indexOf(a.operation) - order.indexOf(b.operation));
}
