export type { Catalogue, Product } from "./catalogue.js";
export { createVirtualClock, type VirtualClock, type VirtualClockOptions } from "./clock.js";
export type { Fault, FaultHandle, FaultKind } from "./faults.js";
export type { LedgerEntry, RequestReference } from "./ledger.js";
export type { RequestRecord } from "./router.js";
export type { Listening } from "./server.js";
export { createSimulator, type Simulator, type SimulatorOptions } from "./simulator.js";
export type { VendorName, VendorSettings } from "./vendor.js";
export type { OperationName } from "./vendors/index.js";
