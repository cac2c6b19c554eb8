import type { JsonObject } from "@gpu-scripts/openapi/json.ts";
import { operationKey, operationsOf } from "@gpu-scripts/openapi/operations.ts";
import type { Change } from "../change.ts";
import { byImpact, greatest, type Impact, impacts } from "../impact.ts";
import type { Finding } from "./finding.ts";
import { promiseFindings } from "./promises.ts";
import { redoclyFindings } from "./redocly-diff.ts";
import { surfaceFindings, type Version } from "./surface.ts";
import { operationName } from "./usage.ts";

/** What changed between two versions of a package, and how much that affects its users. */
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
  // The order counts too: the runtime uses the first server and the first security scheme.
  if (JSON.stringify(old) === JSON.stringify(fresh) && before.schema === after.schema)
    return { impact: "none", changes: [], mayBreakCode: false };
  // The diff runs in its own process while this one checks the types.
  const wire = redoclyFindings(old, fresh);
  // A failure of the diff is reported where it is awaited.
  wire.catch(() => undefined);
  const types = surfaceFindings({ ...before, document: old }, { ...after, document: fresh });
  const ours = [...types, ...promiseFindings(old, fresh)];
  const findings = [...ours, ...notReportedBy(ours, await wire)];
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

/** An addition to what callers may send breaks no code; a new field of a response breaks code that builds such a response. */
function mayBreak({ impact, where }: Finding): boolean {
  return impact === "major" || !/^\/(?:requestBody|parameters)\b/.test(where);
}

/** The document without the generator's mark at the top of `openapi.json`. */
export function withoutMark(document: JsonObject): JsonObject {
  const { "x-generated-by": _, ...rest } = document;
  return rest;
}

/**
 * Findings of the diff that our checks did not report for the same place. Ours replace them where they are rated at least as high.
 * The diff rates a component once for all its users, so for an operation that only shares it, and for what the types show too,
 * ours always replace them, unless that lowers the rating of the whole.
 */
function notReportedBy(ours: readonly Finding[], wire: readonly Finding[]): Finding[] {
  const atLeast = (impact: Impact, other: Impact) => impacts.indexOf(impact) >= impacts.indexOf(other);
  const whole = greatest(ours.map(({ impact }) => impact));
  return wire.flatMap((finding) => {
    const oursDecide = (finding.shared === true || finding.inTypes === true) && atLeast(whole, finding.impact);
    const isReported = (operation: string | undefined) =>
      ours.some(
        (own) =>
          (operation === undefined || own.operations.includes(operation)) &&
          placeKey(own.where) === placeKey(finding.where) &&
          (oursDecide || atLeast(own.impact, finding.impact)),
      );
    if (finding.operations.length === 0) return isReported(undefined) ? [] : [finding];
    const operations = finding.operations.filter((operation) => !isReported(operation));
    return operations.length > 0 ? [{ ...finding, operations }] : [];
  });
}

/** The innermost part of a place: two checks that name a place differently still agree on it. */
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
  const changes = new Map<string, Change>();
  for (const { operations, impact, facts } of findings) {
    for (const operation of operations.length > 0 ? operations : ["*"]) {
      const key = `${operation} ${JSON.stringify(facts)}`;
      if (!changes.has(key)) changes.set(key, { operation, impact, ...facts });
    }
  }
  return [...changes.values()].sort((a, b) => byImpact(a, b) || order.indexOf(a.operation) - order.indexOf(b.operation));
}
