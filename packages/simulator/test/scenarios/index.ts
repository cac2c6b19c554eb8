import { readFileSync } from "node:fs";
import type { VendorName } from "../../src/index.js";

/** Advances the virtual time. */
export type AdvanceTime = (ms: number) => Promise<void>;

interface DocumentedOperation {
  operationId: string;
  security?: unknown[];
  responses: Record<string, unknown>;
}

type PathItem = { servers?: { url: string }[] } & Partial<
  Record<"get" | "post" | "put" | "patch" | "delete", DocumentedOperation>
>;

/** The operations of a path, by method. */
export function methodsOf({ servers: _, ...methods }: PathItem): [method: string, operation: DocumentedOperation][] {
  return Object.entries(methods);
}

/** The parts of a document that the tests read. */
export interface VendorDocument {
  paths: Record<string, PathItem>;
}

export const documentFile = (vendor: VendorName): URL => new URL(`../../../${vendor}/openapi.json`, import.meta.url);

export function readDocument(vendor: VendorName): VendorDocument {
  return JSON.parse(readFileSync(documentFile(vendor), "utf8")) as VendorDocument;
}

/** The operations of a document in one list. */
export function operationsOf(vendor: VendorName) {
  return Object.entries(readDocument(vendor).paths).flatMap(([path, item]) =>
    methodsOf(item).map(([method, operation]) => ({
      name: operation.operationId,
      method: method.toUpperCase(),
      path,
      // As the simulator knows it: the server of such a path has no path of its own.
      atRoot: item.servers?.[0] ? new URL(item.servers[0].url).pathname === "/" : false,
      isPublic: operation.security?.length === 0,
      statuses: Object.keys(operation.responses),
    })),
  );
}
