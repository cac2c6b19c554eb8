import { readFileSync } from "node:fs";
import { type ClientOptions, createFalClient } from "@gpu/fal";
import { createNovitaClient } from "@gpu/novita";
import { createRuncrateClient } from "@gpu/runcrate";
import { createShadeformClient } from "@gpu/shadeform";
import { createThunderComputeClient } from "@gpu/thunder-compute";
import type { VendorName } from "../../src/index.js";
import { falScenario } from "./fal.js";
import { novitaScenario } from "./novita.js";
import { runcrateScenario } from "./runcrate.js";
import { shadeformScenario } from "./shadeform.js";
import { thunderComputeScenario } from "./thunder-compute.js";

/** Advances the virtual time. */
export type AdvanceTime = (ms: number) => Promise<void>;

/** Runs every operation of a vendor, with a client that has these options. */
export const scenarios: Readonly<Record<VendorName, (options: ClientOptions, advance: AdvanceTime) => Promise<void>>> = {
  "thunder-compute": (options, advance) => thunderComputeScenario(createThunderComputeClient(options), advance),
  shadeform: (options, advance) => shadeformScenario(createShadeformClient(options), advance),
  fal: (options, advance) => falScenario(createFalClient(options), advance),
  novita: (options, advance) => novitaScenario(createNovitaClient(options), advance),
  runcrate: (options, advance) => runcrateScenario(createRuncrateClient(options), advance),
};

/** The parts of a document that the tests read. */
export interface VendorDocument {
  paths: Record<string, Record<string, { operationId: string; security?: unknown[]; responses: Record<string, unknown> }>>;
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
      isPublic: operation.security?.length === 0,
      statuses: Object.keys(operation.responses),
    })),
  );
}
