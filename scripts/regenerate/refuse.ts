import { shown } from "@gpu-scripts/openapi/characters.ts";
import type { Admitted } from "@gpu-scripts/openapi/door.ts";
import {
  isObject,
  type JsonObject,
  objectAt,
  readReference,
  resolvePointer,
  stringAt,
  walkObjects,
} from "@gpu-scripts/openapi/json.ts";
import { operationKey, operationsOf } from "@gpu-scripts/openapi/operations.ts";
import { UserError } from "@gpu-scripts/openapi/user-error.ts";

/** The document that the new one replaces. */
export interface Previous {
  document: JsonObject;
  text: string;
  /** Characters of the document as JSON, before it was cut to what we use. */
  size: number;
  /** The document may refer to what its overlays define. */
  overlays: readonly JsonObject[];
}

/** Size of a document, independent of its format. */
export function sizeOf(document: JsonObject): number {
  return JSON.stringify(document).length;
}

/** Fails when a document is not a plausible successor of the previous one. */
export function refuseImplausible(next: Admitted, previous: Previous, vendor: string, place: string): void {
  const { document, text } = next;
  if (document["swagger"] !== undefined) throw new UserError(`${place}: is Swagger 2.0; an OpenAPI 3 document is needed`);
  if (!stringAt(document, "openapi")?.startsWith("3.")) throw new UserError(`${place}: is not an OpenAPI 3 document`);
  const operations = operationsOf(document);
  if (operations.length === 0) throw new UserError(`${place}: is empty: it has no operations`);
  refuseAnotherVendors(next, previous, vendor, place);
  refuseTruncated(document, text, previous, place);
  const size = sizeOf(document);
  if (size * 2 <= previous.size) {
    throw new UserError(
      `${place}: is ${Math.round((100 * size) / previous.size)} % of the size of the previous one (${size} of ${previous.size} characters as JSON), probably truncated; if the vendor did shrink it, replace the file under specs/${vendor} by hand`,
    );
  }
}

function refuseTruncated(document: JsonObject, text: string, previous: Previous, place: string): void {
  // A few whole lines may have been removed from the end on purpose.
  const tail = previous.text.startsWith(text) ? previous.text.slice(text.length) : "";
  if (tail !== "" && (!text.endsWith("\n") || tail.trimEnd().split("\n").length > 3)) {
    throw new UserError(`${place}: is truncated: it is the beginning of the previous one`);
  }
  const isYaml = !text.trimStart().startsWith("{");
  if (isYaml && !text.endsWith("\n") && previous.text.endsWith("\n")) {
    throw new UserError(`${place}: is truncated: its last line is incomplete`);
  }
  walkObjects(document, (object, location) => {
    const ref = object["$ref"];
    if (location.includes("example") || location.includes("examples")) return;
    if (typeof ref !== "string" || !ref.startsWith("#/") || resolvePointer(document, readReference(ref)) !== undefined) return;
    const name = ref.split("/").at(-1) ?? "";
    const isOurs =
      resolvePointer(previous.document, ref) === undefined && previous.overlays.some((overlay) => sets(overlay, name));
    if (!isOurs) {
      throw new UserError(`${place}: is truncated: ${shown(ref)} is used but not defined`);
    }
  });
}

/** Whether an overlay sets something of a name. */
function sets(overlay: JsonObject, name: string): boolean {
  let isFound = false;
  walkObjects(overlay, (object) => {
    isFound ||= object[name] !== undefined;
  });
  return isFound;
}

/**
 * Two vendors may share a path, such as POST /instances/create, and one vendor may move its servers or change its title. So a
 * document is treated as another vendor's when both differ, or when it has none of the previous operations and other servers.
 */
function refuseAnotherVendors({ document }: Admitted, previous: Previous, vendor: string, place: string): void {
  const named = stringAt(objectAt(document, "x-gpu-client"), "vendor");
  if (named !== undefined && named !== vendor)
    throw new UserError(`${place}: is another vendor's: x-gpu-client.vendor is "${shown(named)}"`);
  const title = stringAt(objectAt(document, "info"), "title");
  const oldTitle = stringAt(objectAt(previous.document, "info"), "title");
  const hosts = serverHosts(document);
  const oldHosts = serverHosts(previous.document);
  const sharesHost = hosts.length === 0 || oldHosts.length === 0 || hosts.some((host) => oldHosts.includes(host));
  if (title !== oldTitle && !sharesHost) {
    throw new UserError(
      `${place}: is another vendor's: it is "${shown(title ?? "")}" at ${hosts.join(", ")}, the previous one was "${shown(oldTitle ?? "")}" at ${oldHosts.join(", ")}`,
    );
  }
  const known = new Set(operationsOf(previous.document).map(operationKey));
  if (known.size > 0 && !sharesHost && !operationsOf(document).some((operation) => known.has(operationKey(operation)))) {
    throw new UserError(`${place}: is another vendor's: it has no operation of the previous one, and other servers`);
  }
}

function serverHosts(document: JsonObject): string[] {
  const servers = Array.isArray(document["servers"]) ? document["servers"] : [];
  return servers.filter(isObject).flatMap((server) => {
    const url = stringAt(server, "url") ?? "";
    return URL.canParse(url) ? [new URL(url).host] : [];
  });
}
