export type {
  ErrorContract,
  ErrorPhrase,
  OperationContract,
  PaginationContract,
  ResponseContract,
  VendorContract,
} from "./contract.js";
export { createVendorClient, type HttpCall, type HttpClient, redactText } from "./client.js";
export { GpuError, type GpuErrorCode, type GpuErrorInit, type KnownGpuErrorCode, type SideEffect } from "./error.js";
export { type HookEvent, type Hooks, type Logger, loggingHooks } from "./hooks.js";
export type { Middleware } from "./middleware.js";
export type { ApiKey, CallOptions, ClientOptions, Clock, Fetch, FetchedResponse, FetchInit } from "./options.js";
export type {
  AnyOperation,
  EventStream,
  HttpInit,
  HttpResult,
  OperationOptions,
  OperationResult,
  PagedOperation,
  ServerSentEvent,
} from "./types.js";
export { type EventReader, eventStream, type StreamFailure } from "./events.js";
export { followAbort, systemClock } from "./timers.js";
export { cursorPages, numberedPages, type PageIterators, partialListSign } from "./pages.js";
export { maxServerWorkMs } from "./pauses.js";
