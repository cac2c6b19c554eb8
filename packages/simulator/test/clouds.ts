import type { ClientOptions } from "@gpu/core";
import { createSimulator, type SimulatorOptions, type VendorName } from "../src/index.js";
import { createClients } from "./generated/vendors.js";
import type { AdvanceTime } from "./scenarios/index.js";

/** A simulator, and a typed client of every vendor that uses it. */
export function startClouds(options?: SimulatorOptions) {
  const simulator = createSimulator(options);
  const { fetch, clock, keys } = simulator;
  return { simulator, ...createClients((vendor: VendorName) => ({ fetch, clock, apiKey: keys[vendor] })) };
}

export type Clouds = ReturnType<typeof startClouds>;

/** Creates, lists and deletes machines of one vendor. */
export interface CloudDriver {
  /** Returns the id for `delete`. */
  create(clouds: Clouds): Promise<string>;
  /** The listed machines, with the ids that `create` returns. */
  list(clouds: Clouds): Promise<{ id: string; status: string | undefined; address: string | null | undefined }[]>;
  delete(clouds: Clouds, id: string): Promise<unknown>;
  /** The statuses of a ready and of a failed machine. */
  ready: string;
  failed: string;
  /** The address is known before the machine is ready. */
  hasAddressWhileBooting?: true;
}

/** The vendor-specific parts of the tests. */
export interface Scenario {
  /** A read without parameters, and a field of its response whose type the document fixes. */
  breakable: { operation: string; field: string };
  driver: CloudDriver;
  /** Calls every operation, each successfully. */
  callEveryOperation(options: ClientOptions, advance: AdvanceTime): Promise<void>;
}
