export {
  type ClientOptions,
  GpuError,
  type GpuErrorCode,
  type HttpCall,
  type HttpClient,
  type HttpInit,
  type HttpResult,
  type Middleware,
  type OperationOptions,
  type OperationResult,
  type SideEffect,
} from "@gpu/core";
export type { ListOptions, ListResult } from "./actions.js";
export type { Balance, BalanceOptions, BalancesResult } from "./balances.js";
export type { DeleteOptions, DeleteOutcome } from "./delete.js";
export { UnifiedGpuError } from "./errors.js";
export type { GpuEvent } from "./events.js";
export * from "./generated/providers.js";
export type { ExtendOptions } from "./extend.js";
export { createGpu, type Gpu, type GpuOptions } from "./gpu.js";
export { type FormFactor, type GpuIdentity, type GpuModel, gpuModels, identifyGpu, type KnownGpuModel } from "./gpu-models.js";
export type { CreateHandle } from "./handle.js";
export type { IntentStore, ReconciledIntent } from "./intents.js";
export type { LaunchRequest, LaunchResult } from "./launch.js";
export type { Lease } from "./lease.js";
export type { GpuLimits } from "./limits.js";
export type { Lifetime } from "./lifetime.js";
export type {
  Access,
  Billing,
  Instance,
  InstanceOf,
  InstancePort,
  InstanceRef,
  InstanceStatus,
  UnverifiedField,
} from "./instance.js";
export type { Availability, Market, Offer, OfferOf } from "./offer.js";
export type { AskOptions, OfferFilter, OffersResult } from "./offers.js";
export type {
  CallContext,
  CommonField,
  CommonFields,
  ConnectedProvider,
  FoundInstance,
  Guarantee,
  InstanceAction,
  PreparedCreate,
  Provider,
  ProviderCreateRequest,
  ProviderOptions,
  ProviderTypes,
  WantedOffers,
} from "./provider.js";
export type { ReconcileOutcome } from "./reconcile.js";
export type { Attempt, LaunchReport, ProviderFailure, SkippedOffer } from "./report.js";
export type { CreateOptions, CreateRequest, OfferArgument, Unsupported } from "./request.js";
export type { KeptInstance, KeptReason, SweepOptions, SweepResult } from "./sweep.js";
export type { WaitOptions } from "./wait.js";
