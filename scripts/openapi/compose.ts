import { join } from "node:path";
import { shown } from "./characters.ts";
import { blamingDocument, readDocument, readObject } from "./door.ts";
import { refuseDuplicates } from "./duplicates.ts";
import { isObject, type JsonObject, objectAt, stringAt } from "./json.ts";
import { refuseNames, refuseServers } from "./names.ts";
import { operationKey, operationsOf } from "./operations.ts";
import { OverlayApplier } from "./overlay.ts";
import { lint } from "./redocly.ts";
import { refuseOutsideReferences } from "./references.ts";
import { readSource, type Source } from "./source.ts";
import { UserError } from "./user-error.ts";

/** The overlays of a vendored document, in the order in which they are applied. */
export const overlayFiles = ["operations.overlay.yaml", "fixes.overlay.yaml"] as const;

/** One vendor's document: what its package is generated from. Errors call `specs`, the folder of all vendors, `specsShownAs`. */
export async function compose(vendor: string, specs: string, specsShownAs = "specs"): Promise<JsonObject> {
  const shownAs = join(specsShownAs, vendor);
  return await blamingDocument(shownAs, () => composeIn(join(specs, vendor), shownAs, vendor));
}

async function composeIn(folder: string, shownAs: string, vendor: string): Promise<JsonObject> {
  const source = await readSource(folder, shownAs);
  const document =
    source.file === "upstream.yaml"
      ? await overlayUpstream(folder, shownAs, source)
      : await readDocument(join(folder, source.file), `${shownAs}/${source.file}`, "ours");
  const composed = checkComposed(document, source, vendor, shownAs);
  await lint(composed, shownAs);
  return composed;
}

/** The checks of a composed document that need no linter; gives it in reading order. */
export function checkComposed(document: JsonObject, source: Source, vendor: string, shownAs = `specs/${vendor}`): JsonObject {
  // An overlay may refer outside, too.
  refuseOutsideReferences(document, shownAs);
  refuseDuplicates(document, shownAs);
  refuseOtherOperations(document, source, shownAs);
  refuseNames(document, shownAs);
  refuseServers(document, shownAs);
  const version = stringAt(document, "openapi");
  if (version !== "3.1.0")
    throw new UserError(`${shownAs}: the composed document must be OpenAPI 3.1.0, not ${shown(version ?? "")}`);
  if (stringAt(objectAt(document, "x-gpu-client"), "vendor") !== vendor) {
    throw new UserError(`${shownAs}: x-gpu-client.vendor must be "${vendor}"`);
  }
  return inReadingOrder(document);
}

async function overlayUpstream(folder: string, shownAs: string, source: Source): Promise<JsonObject> {
  const shownFile = `${shownAs}/${source.file}`;
  const upstream = await readDocument(join(folder, source.file), shownFile, "vendor");
  if (!isObject(upstream["paths"])) throw new UserError(`${shownFile}: is not an OpenAPI document (it has no paths)`);
  const applier = new OverlayApplier(upstream);
  for (const file of overlayFiles) {
    applier.apply(await readObject(join(folder, file), `${shownAs}/${file}`), `${shownAs}/${file}`);
  }
  return applier.document;
}

/** The composed document has exactly the operations that `source.yaml` lists. */
function refuseOtherOperations(document: JsonObject, source: Source, shownAs: string): void {
  const present = operationsOf(document).map(operationKey);
  const missing = source.operations.filter((operation) => !present.includes(operation));
  if (missing.length > 0) throw new UserError(`${shownAs}/source.yaml: lists ${missing.join(", ")}, which the document lacks`);
  const unlisted = present.filter((operation) => !source.operations.includes(operation));
  if (unlisted.length > 0)
    throw new UserError(`${shownAs}/source.yaml: does not list ${unlisted.join(", ")}, which the document has`);
}

const readingOrder = ["openapi", "info", "externalDocs", "servers", "security", "tags", "paths", "components"];

function inReadingOrder(document: JsonObject): JsonObject {
  const rank = (key: string) => (readingOrder.includes(key) ? readingOrder.indexOf(key) : -1);
  return Object.fromEntries(Object.entries(document).sort(([a], [b]) => rank(a) - rank(b)));
}
