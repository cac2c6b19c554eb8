import { generateTypes } from "@gpu-scripts/codegen/types.ts";
import {
  type JsonObject,
  pointerSteps,
  readReference,
  resolvePointer,
  stringAt,
  walkObjects,
} from "@gpu-scripts/openapi/json.ts";
import { operationKey, operationsOf, titleOf } from "@gpu-scripts/openapi/operations.ts";
import type { Change } from "../change.ts";
import { byImpact, greatest, type Impact } from "../impact.ts";
import type { Difference } from "./difference.ts";
import { promiseDifferences } from "./promises.ts";
import { documentDifferences, statedValueDifferences } from "./stated-differences.ts";
import { surfaceDifferences, type Version } from "./surface.ts";

/** What changed between two versions of a package, and how much that affects its users. */
export interface Comparison {
  impact: Impact;
  changes: Change[];
  /** Whether code that compiled against the old types may fail to compile against the new ones. */
  mayBreakCode: boolean;
}

/**
 * Compares two versions of a vendor's package. The impact is the greatest that any of three checks finds: whether callers' code
 * still compiles, whether what they send is still accepted, and what the runtime does with money and the key.
 */
export function compareVersions(before: Version, after: Version): Comparison {
  const [old, fresh] = [withoutMark(before.document), withoutMark(after.document)];
  // The order counts too: the runtime uses the first server and the first security scheme.
  if (JSON.stringify(old) === JSON.stringify(fresh) && before.schema === after.schema)
    return { impact: "none", changes: [], mayBreakCode: false };
  const types = surfaceDifferences({ ...before, document: old }, { ...after, document: fresh });
  const changes = toChanges([...types, ...promiseDifferences(old, fresh), ...statedDifferences(old, fresh)], [old, fresh]);
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
): Promise<Comparison> {
  const [old, fresh] = [prepared(before, names), prepared(after, names)];
  const types = await Promise.all([old, fresh].map(generateTypes)).then(
    ([schema = "", newSchema = ""]) => surfaceDifferences({ document: old, schema }, { document: fresh, schema: newSchema }),
    // Without its overlays, a document may have no types.
    () => [],
  );
  const changes = toChanges([...types, ...statedDifferences(old, fresh)], [old, fresh]);
  return { impact: greatest(changes.map(({ impact }) => impact)), changes, mayBreakCode: false };
}

/** A copy with our names of operations, and without references to what our overlays define. */
function prepared(document: JsonObject, names: ReadonlyMap<string, string>): JsonObject {
  const copy = structuredClone(document);
  for (const operation of operationsOf(copy))
    operation.object["operationId"] = names.get(operationKey(operation)) ?? operationKey(operation);
  walkObjects(copy, (object) => {
    const ref = stringAt(object, "$ref");
    if (ref?.startsWith("#/") && resolvePointer(copy, readReference(ref)) === undefined) delete object["$ref"];
  });
  return copy;
}

function statedDifferences(before: JsonObject, after: JsonObject): Difference[] {
  return [...statedValueDifferences(before, after), ...documentDifferences(before, after)];
}

/** An addition to what callers may send breaks no code; a new field of a response breaks code that builds such a response. */
function mayBreak({ impact, where }: Difference): boolean {
  return impact === "major" || !["requestBody", "parameters"].includes(pointerSteps(where)[0] ?? "");
}

/** The document without the generator's mark at the top of `openapi.json`. */
export function withoutMark(document: JsonObject): JsonObject {
  const { "x-generated-by": _, ...rest } = document;
  return rest;
}

/** One change per operation and fact. A patch is omitted where another check has rated the same place. */
function toChanges(differences: readonly Difference[], documents: readonly JsonObject[]): Change[] {
  const order = [...new Set(documents.flatMap((document) => operationsOf(document).map(titleOf)))];
  const changes = new Map<string, Change>();
  const rated = new Set(
    differences
      .filter(({ impact }) => impact !== "patch")
      .flatMap(({ operations, where }) => operations.map((name) => `${name} ${where}`)),
  );
  for (const { operations, impact, where, facts } of differences) {
    for (const operation of operations.length > 0 ? operations : ["*"]) {
      if (impact === "patch" && rated.has(`${operation} ${where}`)) continue;
      const key = `${operation} ${JSON.stringify(facts)}`;
      if (!changes.has(key)) changes.set(key, { operation, impact, ...facts });
    }
  }
  return [...changes.values()].sort((a, b) => byImpact(a, b) || order.indexOf(a.operation) - order.indexOf(b.operation));
}
