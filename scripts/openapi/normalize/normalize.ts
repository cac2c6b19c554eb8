// Repairs mechanical faults of a vendor's document each time it is composed. Overlays contain what a person decided or knows.
import type { JsonObject } from "../json.ts";
import { anyValue } from "./any-value.ts";
import { inlineRequests, jsonBodies, otherDirections, readBodies } from "./bodies.ts";
import { otherNames, schemaNames } from "./component-names.ts";
import { compositions } from "./compositions.ts";
import { discriminators } from "./discriminators.ts";
import { duplicates } from "./duplicates.ts";
import { enumValues } from "./enum-values.ts";
import { madeExamples, wrongExamples } from "./examples.ts";
import { exclusiveLimits } from "./exclusive-limits.ts";
import { errorBodyName, failures } from "./failures.ts";
import { bearerScheme, oneKey } from "./key.ts";
import { misplacedKeys } from "./misplaced-keys.ts";
import { namedBodies } from "./named-bodies.ts";
import { nullable } from "./nullable.ts";
import { nullableEnums } from "./nullable-enums.ts";
import { oneEntry } from "./one-entry.ts";
import { openLists } from "./open-lists.ts";
import { parameters } from "./parameters.ts";
import { patterns } from "./patterns.ts";
import { referenceSiblings } from "./reference-siblings.ts";
import { applyRepairs, type Repair, type RepairContext, type Repaired } from "./repair.ts";
import { requestSchemas } from "./request-schemas.ts";
import { requiredNames } from "./required-names.ts";
import { secrets } from "./secrets.ts";
import { servers } from "./servers.ts";
import { statuses } from "./statuses.ts";
import { structure } from "./structure.ts";
import { documentTexts, operationTexts, tags } from "./texts.ts";
import { types } from "./types.ts";
import { units } from "./units.ts";
import { unusedComponents } from "./unused-components.ts";
import { overlappingVariants } from "./variants.ts";
import { version } from "./version.ts";

/** The form of the document: overlays are written for a document in this form. */
const form: readonly Repair[] = [
  referenceSiblings,
  nullable,
  exclusiveLimits,
  version,
  structure,
  types,
  misplacedKeys,
  patterns,
  enumValues,
  anyValue,
  compositions,
  oneEntry,
  nullableEnums,
  duplicates,
  requiredNames,
  overlappingVariants,
  discriminators,
  servers,
  bearerScheme,
  parameters,
  readBodies,
  inlineRequests,
  jsonBodies,
  otherDirections,
  statuses,
  schemaNames,
  otherNames,
  wrongExamples,
];

/** Fills in by rule what the document and the overlays omit. */
const completion: readonly Repair[] = [
  oneKey,
  namedBodies,
  requestSchemas,
  openLists,
  // Again, because an open list no longer distinguishes two variants.
  overlappingVariants,
  errorBodyName,
  failures,
  secrets,
  documentTexts,
  operationTexts,
  tags,
  units,
  unusedComponents,
  madeExamples,
];

/** Every repair, in the order in which they are made. */
export const repairs: readonly Repair[] = [...new Set([...form, ...completion])];

/** The form in which overlays see a vendor's document. The given document is not changed. */
export function normalized(document: JsonObject, context: RepairContext): { document: JsonObject; repaired: Repaired[] } {
  const copy = structuredClone(document);
  return { document: copy, repaired: applyRepairs(copy, form, context) };
}

/** The document with everything that follows by rule from it and its overlays. */
export function completed(document: JsonObject, context: RepairContext): { document: JsonObject; repaired: Repaired[] } {
  const copy = structuredClone(document);
  return { document: copy, repaired: applyRepairs(copy, completion, context) };
}
