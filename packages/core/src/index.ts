export type {
  AnswerContract,
  ErrorContract,
  ErrorPhrase,
  OperationContract,
  PaginationContract,
  VendorContract,
} from "./contract.js";
export { createVendorClient, type HttpCall, type HttpClient, redactText } from "./client.js";
export { GpuError, type GpuErrorCode, type GpuErrorInit, type KnownGpuErrorCode, type SideEffect } from "./error.js";
export { type HookEvent, type Hooks, type Logger, loggingHooks } from "./hooks.js";
export type { Middleware } from "./http.js";
export type { ApiKey, CallOptions, ClientOptions, Clock, Fetch } from "./options.js";
export type { AnyOperation, HttpInit, HttpResult, OperationOptions, OperationResult, PagedOperation } from "./types.js";
export { systemClock } from "./attempt.js";
export { partialListSign } from "./pages.js";
export { maxServerWorkMs } from "./pauses.js";
