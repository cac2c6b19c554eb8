import { join } from "node:path";
import { shown } from "./characters.ts";
import { blamingDocument, readDocument, readObject } from "./door.ts";
import { refuseDuplicates } from "./duplicates.ts";
import { isObject, type JsonObject, objectAt, stringAt } from "./json.ts";
import { refuseNames, refuseServers } from "./names.ts";
import { completed, normalized } from "./normalize/normalize.ts";
import type { RepairContext, Repaired } from "./normalize/repair.ts";
import { operationKey, operationsOf } from "./operations.ts";
import { OverlayApplier } from "./overlay.ts";
import { lint } from "./redocly.ts";
import { refuseOutsideReferences } from "./references.ts";
import { readSource, type Source } from "./source.ts";
import { UserError } from "./user-error.ts";

/** The overlays of a vendored document, in the order in which they are applied. */
export const overlayFiles = ["operations.overlay.yaml", "fixes.overlay.yaml"] as const;

/** A composed document, and what was done to the vendor's document by rule. */
export interface Composed {
  document: JsonObject;
  repaired: Repaired[];
}

/** One vendor's document: what its package is generated from. */
export async function compose(vendor: string, specs: string): Promise<JsonObject> {
  return (await composeWithReport(vendor, specs)).document;
}

/** The same with a report. Errors call `specs`, the folder of all vendors, `specsShownAs`. */
export async function composeWithReport(vendor: string, specs: string, specsShownAs = "specs"): Promise<Composed> {
  const folder = join(specs, vendor);
  const shownAs = join(specsShownAs, vendor);
  return await blamingDocument(shownAs, async () => {
    const source = await readSource(folder, shownAs);
    const { document, repaired } =
      source.file === "upstream.yaml"
        ? await overlayUpstream(folder, shownAs, source, vendor)
        : { document: await readDocument(join(folder, source.file), `${shownAs}/${source.file}`, "ours"), repaired: [] };
    const composed = checkComposed(document, source, vendor, shownAs);
    await lint(composed, shownAs);
    return { document: composed, repaired };
  });
}

/** What repairs may know of a vendor. */
export function repairContext(vendor: string, source: Pick<Source, "url">): RepairContext {
  return { vendor, sourceUrl: source.url?.startsWith("https://") ? source.url : "" };
}

/** The checks of a composed document that need no linter. Returns the document in reading order. */
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

async function overlayUpstream(folder: string, shownAs: string, source: Source, vendor: string): Promise<Composed> {
  const shownFile = `${shownAs}/${source.file}`;
  const upstream = await readDocument(join(folder, source.file), shownFile, "vendor");
  if (!isObject(upstream["paths"])) throw new UserError(`${shownFile}: is not an OpenAPI document (it has no paths)`);
  const context = repairContext(vendor, source);
  const form = normalized(upstream, context);
  const applier = new OverlayApplier(form.document);
  for (const file of overlayFiles) {
    applier.apply(await readObject(join(folder, file), `${shownAs}/${file}`), `${shownAs}/${file}`);
  }
  const complete = completed(applier.document, context);
  return { document: complete.document, repaired: [...form.repaired, ...complete.repaired] };
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
