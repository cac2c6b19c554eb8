import { shown } from "@gpu-scripts/openapi/characters.ts";
import { repairContext } from "@gpu-scripts/openapi/compose.ts";
import { type JsonObject, stringAt } from "@gpu-scripts/openapi/json.ts";
import { isUrl } from "@gpu-scripts/openapi/load.ts";
import { chooseKey, type Key, schemesOf } from "@gpu-scripts/openapi/normalize/key.ts";
import { normalized } from "@gpu-scripts/openapi/normalize/normalize.ts";
import type { RepairContext } from "@gpu-scripts/openapi/normalize/repair.ts";
import { operationKey, operationsOf } from "@gpu-scripts/openapi/operations.ts";
import { readPublished } from "@gpu-scripts/openapi/published.ts";
import { UserError } from "@gpu-scripts/openapi/user-error.ts";
import { refuseImplausible } from "@gpu-scripts/regenerate/refuse.ts";
import { whyLeftOut } from "./leave-out.ts";

/** The document of a vendor that the project does not know yet. */
export interface FirstDocument {
  /** The vendor's id. */
  id: string;
  /** The file or URL that it was read from. */
  place: string;
  /** Its URL; undefined when it came as a file. */
  url: string | undefined;
  context: RepairContext;
  /** As published. */
  document: JsonObject;
  text: string;
  key: Key;
  /** Operations that cannot be part of the client, as `METHOD /path`, each with the reason. */
  leftOut: Map<string, string>;
  /** What was removed from the document when it was read, a line each. */
  notes: string[];
}

/** Reads it, and refuses what cannot be a vendor's document or lacks what no rule could add. */
export async function readFirstDocument(id: string, place: string): Promise<FirstDocument> {
  const url = isUrl(place) ? place : undefined;
  const context = repairContext(id, { url });
  const { document, text, notes } = await readPublished(place, "vendor");
  // Without a previous document, it is compared with itself.
  refuseImplausible({ document, text, notes }, { document, text: "", size: 0, overlays: [] }, id, place);
  const version = stringAt(document, "openapi") ?? "";
  if (!/^3\.[01]\./.test(version)) {
    throw new UserError(`${place}: is OpenAPI ${shown(version)}; only 3.0 and 3.1 can be composed`);
  }
  const key = chooseKey(document) ?? refuseKey(document, place, id);
  const form = normalized(document, context).document;
  const leftOut = new Map<string, string>();
  for (const operation of operationsOf(form)) {
    const reason = whyLeftOut(form, operation, key.scheme);
    if (reason !== undefined) leftOut.set(operationKey(operation), reason);
  }
  return { id, place, url, context, document, text, key, leftOut, notes };
}

function refuseKey(document: JsonObject, place: string, id: string): never {
  const schemes = schemesOf(document);
  const byHand = `write specs/${id}/ by hand, with the scheme in fixes.overlay.yaml, and run new-vendor without --from`;
  if (schemes.length === 0)
    throw new UserError(`${place}: declares no security scheme, so how the key is sent is not known; ${byHand}`);
  const kinds = schemes.slice(0, 5).map(([name, scheme]) => `${shown(name, 40)} (${kindOf(scheme)})`);
  const more = schemes.length > kinds.length ? ` and ${schemes.length - kinds.length} more` : "";
  throw new UserError(`${place}: has no security scheme with one key in a header, only ${kinds.join(", ")}${more}; ${byHand}`);
}

function kindOf(scheme: JsonObject): string {
  const type = stringAt(scheme, "type") ?? "of no type";
  return shown([type, stringAt(scheme, "scheme") ?? stringAt(scheme, "in")].filter((part) => part !== undefined).join(" "), 40);
}
