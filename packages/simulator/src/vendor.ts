import type { Catalogue } from "./catalogue.js";
import type { Ledger, RequestReference } from "./ledger.js";
import type { BootOutcome } from "./life-cycle.js";
import type { Random } from "./random.js";

/** The vendors that the simulator speaks for. */
export type VendorName = "thunder-compute" | "shadeform" | "fal" | "novita" | "runcrate";

/** How a vendor behaves, where its documents leave it open or where a test wants it otherwise. */
export interface VendorSettings {
  /** From the answer to create until the status says ready, in milliseconds. */
  bootMs: number;
  /** From that status until the address is known, in milliseconds. */
  addressMs: number;
  /** How old lists of instances are, in milliseconds: what is younger is missing, what was deleted since is still there. */
  listLagMs: number;
  /** Items on a page, where the vendor has pages and the request does not say. */
  pageSize: number;
  /** Number of the first page, where the vendor counts pages: 0 or 1. Other vendors ignore it. */
  firstPage: number;
  /** How far the vendor's clock is ahead, in milliseconds; negative: behind. Affects times in bodies and the `Date` header. */
  clockOffMs: number;
  /** What the account held at the beginning, in US dollars, for the vendors that tell. */
  balanceUsd: number;
}

/** What is the same for most vendors. */
export const usualSettings = { firstPage: 0, clockOffMs: 0 } as const satisfies Partial<VendorSettings>;

/** How faults distort the pages of a list. */
export interface PagesTraits {
  /** The query parameter that asks for a page. */
  readonly parameter?: string;
  /** By sign: returns a body that reports more items without a way to read them. */
  readonly cut: Readonly<Record<string, (body: Fields, query: URLSearchParams) => Fields>>;
  /** Returns a body that has another page after it. */
  readonly endless?: (body: Fields, query: URLSearchParams) => Fields;
}

/** The fields of a JSON object. */
export type Fields = Readonly<Record<string, unknown>>;

/** By what differs: returns the body of a create for another machine. */
export interface OtherMachines {
  readonly gpu?: (body: Fields) => Fields;
  readonly count?: (body: Fields) => Fields;
}

/** One operation of a vendor. */
export interface OperationRoute {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** As in the vendor's document, below its base URL. */
  readonly path: string;
  /** Answers without a key. */
  readonly public?: true;
  /** Boots a machine, which may stick or fail. */
  readonly boots?: true;
  /** Lists instances, so that the list may lag behind. */
  readonly listsInstances?: true;
  /** For lists in pages: whether the query asks for a page behind the first. */
  readonly laterPage?: (query: URLSearchParams) => boolean;
  /** For lists in pages, and for lists whose envelope can report more items. */
  readonly pages?: PagesTraits;
  /** Reads the id of the instance that a request is about. */
  readonly instanceId?: (request: Pick<ApiRequest, "path" | "query" | "body">) => unknown;
  /** Response fields of an instance that can carry the caller's mark. */
  readonly markFields?: readonly string[];
  /** Response fields with the price of an instance. */
  readonly priceFields?: readonly string[];
  /** For creates: how the fault `other_machine` changes what was asked for. */
  readonly otherMachines?: OtherMachines;
  /** Returns a machine's number as a JSON number. */
  readonly numbersMachines?: true;
}

/** The operations of a vendor, by the names of the typed clients. */
export type Operations = Readonly<Record<string, OperationRoute>>;

/** A request as a handler sees it. */
export interface ApiRequest {
  readonly reference: RequestReference;
  /** When it came, by the virtual clock. */
  readonly at: number;
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  /** The JSON; undefined when there was none. */
  readonly body: unknown;
  /** At which moment a list of instances is taken: earlier than `at` while lists lag behind. */
  readonly listAt: number;
  readonly bootOutcome: BootOutcome;
  /** Whether a new machine gets a number above 2^53. */
  readonly wantsBigId: boolean;
}

/** An answer before it becomes a `Response`. */
export interface Answer {
  status: number;
  /** Sent as JSON, a bigint with all its digits; undefined sends an empty body. */
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
}

/** Answers one operation. Throws `Refusal` or `Invalid` to refuse. */
export type Handler = (request: ApiRequest) => Answer | Promise<Answer>;

/** Ends a handler with an answer that says no. */
export class Refusal extends Error {
  override name = "Refusal";
  constructor(readonly answer: Answer) {
    super(`refused with ${answer.status}`);
  }
}

/** The refusals that each vendor words in its own way. */
export interface Refusals {
  invalidRequest(problem: string): Answer;
  unauthorized(): Answer;
  expiredKey(): Answer;
  forbidden(): Answer;
  notFound(): Answer;
  rateLimited(): Answer;
  internalError(): Answer;
  noCapacity(body: unknown): Answer;
  insufficientFunds(): Answer;
  /** For a path or method that the vendor does not have. Default: `notFound`. */
  unknownPath?(): Answer;
  /** A failure with this status and message, in the vendor's error format. Default: `{ message }`. */
  failure?(status: number, message: string): Answer;
}

/** What a vendor stands on. */
export interface World {
  readonly vendor: VendorName;
  readonly now: () => number;
  /** Its own stream: calls to another vendor do not change its values. */
  readonly random: Random;
  readonly ledger: Ledger;
  readonly settings: VendorSettings;
}

/** A vendor at work. */
export interface VendorServer<Operation extends string> {
  /** A key that the vendor takes, without any prefix. */
  readonly apiKey: string;
  /** Throws `Refusal` unless the request may do that. Not called for public operations. */
  authorize(request: Pick<ApiRequest, "headers">): void;
  readonly handlers: Readonly<Record<Operation, Handler>>;
  readonly catalogue: Catalogue;
  /** Does what the vendor would have done by itself until now. */
  settle?(): void;
}

/** A vendor as one file describes it. */
export interface VendorDefinition<Operation extends string = string> {
  readonly vendor: VendorName;
  /** Without a slash at the end; the first one is the usual. */
  readonly baseUrls: readonly [string, ...string[]];
  readonly operations: Readonly<Record<Operation, OperationRoute>>;
  readonly refusals: Refusals;
  readonly defaults: Omit<VendorSettings, keyof typeof usualSettings> & Partial<VendorSettings>;
  /** An answer is given again to a request with the same key in this header. */
  readonly replay?: { readonly operation: Operation; readonly header: string; readonly windowMs: number };
  start(world: World): VendorServer<Operation>;
}

/** 200 with JSON. */
export function ok(body: unknown): Answer {
  return { status: 200, body };
}

/** 200 with nothing in it. */
export const emptyOk: Answer = { status: 200 };

/** For `OperationRoute.instanceId`: the parameter `{id}` of the path. */
export const idInPath = ({ path }: Pick<ApiRequest, "path">): unknown => path["id"];

/** The key behind a word in `Authorization`; undefined when the header is missing or begins otherwise. */
export function keyAfter(word: string, headers: Headers): string | undefined {
  const value = headers.get("authorization");
  return value?.startsWith(`${word} `) ? value.slice(word.length + 1) : undefined;
}
