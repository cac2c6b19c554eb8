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

/** Lets virtual time pass. */
export type Pass = (ms: number) => Promise<void>;

/** Runs every operation of a vendor with a client of these options. */
export const scenarios: Readonly<Record<VendorName, (options: ClientOptions, pass: Pass) => Promise<void>>> = {
  "thunder-compute": (options, pass) => thunderComputeScenario(createThunderComputeClient(options), pass),
  shadeform: (options, pass) => shadeformScenario(createShadeformClient(options), pass),
  fal: (options, pass) => falScenario(createFalClient(options), pass),
  novita: (options, pass) => novitaScenario(createNovitaClient(options), pass),
  runcrate: (options, pass) => runcrateScenario(createRuncrateClient(options), pass),
};

/** As much of a document as the tests read. */
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
