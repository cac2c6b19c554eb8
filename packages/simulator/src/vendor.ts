import type { Catalogue } from "./catalogue.js";
import type { VendorName } from "./generated/vendor-names.js";
import type { RequestReference, VendorLedger } from "./ledger.js";
import type { BootOutcome } from "./life-cycle.js";
import type { Random } from "./random.js";

/** The behaviour of a vendor that a test can change. */
export interface VendorSettings {
  /** From a create until the status reports that the machine is ready, in milliseconds. */
  bootMs: number;
  /** From then until the address is known, in milliseconds. */
  addressMs: number;
  /** How old lists of instances are, in milliseconds: newer instances are missing, and instances deleted since then are listed. */
  settleMs: number;
  /** Items on a page, where the vendor has pages and the request does not set the number. */
  pageSize: number;
  /** Number of the first page, where the vendor counts pages: 0 or 1. Other vendors ignore it. */
  firstPage: number;
  /** How far the vendor's clock is ahead, in milliseconds; negative: behind. Affects times in bodies and the `Date` header. */
  clockOffMs: number;
  /** The minimum time between two creates, in milliseconds: an earlier one is rejected as rate limited. Only for Lambda and Vast.ai. */
  createIntervalMs: number;
  /** The initial balance of the account in US dollars, for vendors that report it. */
  balanceUsd: number;
}

/** Defaults of settings that few vendors need. */
export const defaultSettings = { firstPage: 0, clockOffMs: 0, createIntervalMs: 0 } as const satisfies Partial<VendorSettings>;

/** How faults distort the pages of a list. */
export interface PagesTraits {
  /** The query parameter that selects the page. */
  readonly parameter?: string;
  /** By sign: returns a body that reports more items without a way to read them. */
  readonly cut: Readonly<Record<string, (body: Fields, query: URLSearchParams) => Fields>>;
  /** Returns a body that reports a next page. */
  readonly endless?: (body: Fields, query: URLSearchParams) => Fields;
}

/** The fields of a JSON object. */
export type Fields = Readonly<Record<string, unknown>>;

/** Returns the body of a create for a machine with another GPU or GPU count, or on the other market. */
export interface OtherMachines {
  readonly gpu?: (body: Fields) => Fields;
  readonly count?: (body: Fields) => Fields;
  readonly market?: (body: Fields) => Fields;
}

/** One operation of a vendor. */
export interface OperationRoute {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** As in the vendor's document, relative to its base URL. */
  readonly path: string;
  /** The path begins at the root of the host instead, outside of the base URL. */
  readonly atRoot?: true;
  /** Needs no key. */
  readonly public?: true;
  /** Boots a machine, which may hang or fail. */
  readonly boots?: true;
  /** Lists instances, so the list may be old. */
  readonly listsInstances?: true;
  /** For lists in pages: whether the query requests a page after the first. */
  readonly laterPage?: (query: URLSearchParams) => boolean;
  /** For lists in pages, and for other lists that can report more items. */
  readonly pages?: PagesTraits;
  /** Returns the id of the instance in a request. */
  readonly instanceId?: (request: Pick<ApiRequest, "path" | "query" | "body">) => unknown;
  /** Response fields of an instance that can carry the caller's mark. */
  readonly markFields?: readonly string[];
  /** Response fields with the price of an instance. */
  readonly priceFields?: readonly string[];
  /** For creates: whether the request is for a spot machine, which may be reclaimed. */
  readonly rentsSpot?: (body: Fields) => boolean;
  /** For creates: how the fault `other_machine` changes the request. */
  readonly otherMachines?: OtherMachines;
  /** Returns a machine's number as a JSON number. */
  readonly numbersMachines?: true;
}

/** The operations of a vendor, by the names of the typed clients. */
export type Operations = Readonly<Record<string, OperationRoute>>;

/** A parsed request for a handler. */
export interface ApiRequest {
  readonly reference: RequestReference;
  /** When it arrived, by the vendor's clock. */
  readonly at: number;
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  /** The parsed JSON; undefined when there is no body. */
  readonly body: unknown;
  /** The time that a list of instances shows: before `at` while lists are old. */
  readonly listAt: number;
  readonly bootOutcome: BootOutcome;
  /** How long after its create a spot machine is reclaimed; Infinity when it never is. */
  readonly preemptedAfterMs: number;
  /** Whether a new machine gets a number above 2^53. */
  readonly wantsBigId: boolean;
}

/** A handler's response. */
export interface ApiResponse {
  status: number;
  /** Sent as JSON; undefined sends an empty body. */
  body?: unknown;
  /** Sent as plain text instead of a body. */
  text?: string;
  headers?: Readonly<Record<string, string>>;
}

/** Processes one operation. Throws `ApiError` or `Invalid` to reject the request. */
export type Handler = (request: ApiRequest) => ApiResponse | Promise<ApiResponse>;

/** Ends a handler with an error response. */
export class ApiError extends Error {
  override name = "ApiError";
  constructor(readonly response: ApiResponse) {
    super(`rejected with ${response.status}`);
  }
}

/** A vendor's error responses. */
export interface ErrorResponses {
  invalidRequest(problem: string): ApiResponse;
  unauthorized(): ApiResponse;
  expiredKey(): ApiResponse;
  forbidden(): ApiResponse;
  notFound(): ApiResponse;
  rateLimited(): ApiResponse;
  internalError(): ApiResponse;
  noCapacity(body: unknown): ApiResponse;
  insufficientFunds(): ApiResponse;
  /** For an unknown path or method. Default: `notFound`. */
  unknownPath?(method: string, path: string): ApiResponse;
  /** An error with this status and message in the vendor's format. Default: `{ message }`. */
  failure?(status: number, message: string): ApiResponse;
}

/** The environment of a vendor. */
export interface World {
  readonly now: () => number;
  /** The vendor's own sequence: calls to other vendors do not change it. */
  readonly random: Random;
  readonly ledger: VendorLedger;
  readonly settings: VendorSettings;
}

/** A running vendor. */
export interface VendorServer<Operation extends string> {
  /** A valid key, without a prefix. */
  readonly apiKey: string;
  /** Throws `ApiError` unless the request is authorized. Not called for public operations. */
  authorize(request: Pick<ApiRequest, "headers">): void;
  readonly handlers: Readonly<Record<Operation, Handler>>;
  readonly catalogue: Catalogue;
  /** Applies everything that the vendor does by itself until now. */
  settle?(): void;
}

/** The definition of a vendor, one in each file of `vendors/`. */
export interface VendorDefinition<Operation extends string = string> {
  readonly vendor: VendorName;
  /** Without a trailing slash. `listen` serves the path of the first one. */
  readonly baseUrls: readonly [string, ...string[]];
  readonly operations: Readonly<Record<Operation, OperationRoute>>;
  readonly errorResponses: ErrorResponses;
  /** Each uninterrupted charge is rounded up to a multiple of this, in milliseconds. Default: 1,000. */
  readonly billingStepMs?: number;
  readonly defaults: Omit<VendorSettings, keyof typeof defaultSettings> & Partial<VendorSettings>;
  /** The same response is sent again to a request with the same key in this header. */
  readonly replay?: { readonly operation: Operation; readonly header: string; readonly windowMs: number };
  start(world: World): VendorServer<Operation>;
}

export function ok(body: unknown): ApiResponse {
  return { status: 200, body };
}

/** 200 with an empty body. */
export const emptyOk: ApiResponse = { status: 200 };

/** For `OperationRoute.instanceId`: the path parameter `{id}`. */
export const idInPath = ({ path }: Pick<ApiRequest, "path">): unknown => path["id"];

/** The key after a scheme in `Authorization`; undefined when the header is missing or has another scheme. */
export function keyAfter(scheme: string, headers: Headers): string | undefined {
  const value = headers.get("authorization");
  return value?.startsWith(`${scheme} `) ? value.slice(scheme.length + 1) : undefined;
}
