// Repairs mechanical faults of a vendor's document each time it is composed. Overlays contain what a person decided or knows.
import type { JsonObject } from "../json.ts";
import { inlineRequests, jsonBodies, namedBodies, otherDirections, readBodies } from "./bodies.ts";
import { otherNames, schemaNames, unusedComponents } from "./components.ts";
import { anyValue, compositions, oneEntry } from "./compositions.ts";
import { discriminators } from "./discriminators.ts";
import { duplicates } from "./duplicates.ts";
import { madeExamples, wrongExamples } from "./examples.ts";
import { errorBodyName, failures } from "./failures.ts";
import { bearerScheme, oneKey } from "./key.ts";
import { misplacedKeys, patterns, requiredNames } from "./keywords.ts";
import { nullable, nullableEnums } from "./nullable.ts";
import { openLists } from "./open-lists.ts";
import { parameters } from "./parameters.ts";
import { applyRepairs, type Repair, type RepairContext, type Repaired } from "./repair.ts";
import { requestSchemas } from "./request-schemas.ts";
import { secrets } from "./secrets.ts";
import { servers } from "./servers.ts";
import { statuses } from "./statuses.ts";
import { structure } from "./structure.ts";
import { documentTexts, operationTexts, tags } from "./texts.ts";
import { enumValues, types } from "./types.ts";
import { units } from "./units.ts";
import { exclusiveLimits, referenceSiblings, version } from "./upgrade.ts";
import { overlappingVariants } from "./variants.ts";

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
