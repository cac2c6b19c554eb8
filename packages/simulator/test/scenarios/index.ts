import { readFileSync } from "node:fs";
import type { VendorName } from "../../src/index.js";

/** Advances the virtual time. */
export type AdvanceTime = (ms: number) => Promise<void>;

interface DocumentedOperation {
  operationId: string;
  servers?: { url: string }[];
  security?: unknown[];
  responses: Record<string, unknown>;
}

/** The parts of a document that the tests read. */
export interface VendorDocument {
  paths: Record<string, Record<string, DocumentedOperation>>;
}

export const documentFile = (vendor: VendorName): URL => new URL(`../../../${vendor}/openapi.json`, import.meta.url);

export function readDocument(vendor: VendorName): VendorDocument {
  return JSON.parse(readFileSync(documentFile(vendor), "utf8")) as VendorDocument;
}

/** The operations of a document in one list. */
export function operationsOf(vendor: VendorName) {
  return Object.entries(readDocument(vendor).paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: operation.operationId,
      method: method.toUpperCase(),
      path,
      // Whether the operation's own server has no path, which the simulator calls `atRoot`.
      atRoot: (operation.servers ?? []).some(({ url }) => new URL(url).pathname === "/"),
      isPublic: operation.security?.length === 0,
      statuses: Object.keys(operation.responses),
    })),
  );
}
