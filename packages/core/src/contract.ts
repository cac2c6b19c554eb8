import type { GpuErrorCode, SideEffect } from "./error.js";

/** What the runtime needs to know about a vendor. Generated from the vendor's OpenAPI document. */
export interface VendorContract {
  /** Provider id, such as `shadeform`. */
  readonly vendor: string;
  /** Version of the vendor's package, for the `User-Agent`. */
  readonly version: string;
  /** The first entry of `servers`. */
  readonly baseUrl: string;
  /** Environment variable that holds the key when no `apiKey` is given. */
  readonly apiKeyEnv: string;
  /** The header that carries the key, and the text before the key in it. */
  readonly auth: { readonly header: string; readonly prefix: string };
  /** How the vendor's error bodies are read. */
  readonly errors: ErrorContract;
  /** Names of fields whose values are secret (`x-secret`). */
  readonly secrets: readonly string[];
  readonly operations: Readonly<Record<string, OperationContract>>;
}

/** How to read a vendor's error bodies, and what the vendor's error codes and messages mean. */
export interface ErrorContract {
  /** JSON pointers to the vendor's error code; the first that leads to a value wins. */
  readonly code: readonly string[];
  /** JSON pointers to the error message. */
  readonly message: readonly string[];
  /** JSON pointers to the vendor's request id. */
  readonly requestId: readonly string[];
  /** Vendor's codes in lower case → ours. */
  readonly words: Readonly<Record<string, GpuErrorCode>>;
  /** For vendors that describe an error only in its message. */
  readonly phrases: readonly ErrorPhrase[];
  /** For vendors that report failures with a success status. */
  readonly failure?: FailureMark;
  /** JSON pointers to the id of a resource that a refused request has created. */
  readonly created?: readonly string[];
}

/** The value that marks the body of a success status as a failure, such as `false` at `/success`. */
export interface FailureMark {
  readonly pointer: string;
  readonly value: string | number | boolean;
  /** The code of a failure without a known word or phrase. */
  readonly code: GpuErrorCode;
}

/** Text in a vendor's error message, and what it means. */
export interface ErrorPhrase {
  /** Only with this status; any status when absent. */
  readonly status?: number;
  /** Text to look for, in lower case. */
  readonly contains: string;
  readonly code: GpuErrorCode;
  readonly sideEffect?: SideEffect;
}

/** What the runtime needs to know about one operation. */
export interface OperationContract {
  readonly method: HttpMethod;
  /** Path template, such as `/instances/{id}/info`. */
  readonly path: string;
  /** The end of the base URL that this operation leaves out, such as `/v1` for an operation with its own server. */
  readonly baseWithout?: string;
  /** May cost money: never sent again, except under the vendor's idempotency key. */
  readonly paid?: true;
  /** May be sent again although it is not a read. */
  readonly idempotent?: true;
  /** Only reads, although its method is not GET, such as a search by POST. */
  readonly reads?: true;
  /** Needs no key. */
  readonly public?: true;
  /** The header of the idempotency key, and for how many seconds the vendor remembers a key. */
  readonly idempotencyKey?: { readonly header: string; readonly windowSeconds: number };
  /** Operations of one group share the vendor's rate limit, so a pause applies to all of them. */
  readonly rateLimitGroup?: string;
  /** Query parameters that hold a whole list, as `a=1,2` (`explode: false`). Other lists repeat the parameter, as `a=1&a=2`. */
  readonly commaSeparated?: readonly string[];
  readonly pagination?: PaginationContract;
  /** What a successful response must contain; absent when successful responses have no content. */
  readonly response?: ResponseContract;
}

/** The documented shape of a successful response. */
export interface ResponseContract {
  /** Of JSON; `events` for `text/event-stream`, `text` where the content is something else. */
  readonly type: "object" | "array" | "any" | "text" | "events";
  /** Fields that must be present: the id of what a paid call created, and the items of a list. */
  readonly required?: readonly string[];
  /** A success without content is valid. */
  readonly mayBeEmpty?: true;
  /** No documented field has the name of the vendor's error code, so an error with status 200 can be recognized. */
  readonly errorIsDistinct?: true;
  /** The data of each event is JSON. */
  readonly jsonEvents?: true;
  /** Has a secret field, so errors withhold a body that cannot be parsed. */
  readonly secret?: true;
}

/** How to read the next page of a list. */
export interface PaginationContract {
  readonly style: "cursor" | "page" | "offset";
  /** Query parameter that takes the cursor, the page number or the offset. */
  readonly request: string;
  /** JSON pointer in the response to the next cursor, or to the total count. */
  readonly next: string;
  /** JSON pointer in the response to a boolean: whether more follows. */
  readonly more?: string;
  /** JSON pointer in the response to the items; several if the vendor uses several places. */
  readonly items: string | readonly string[];
  /** The first page's number (style `page`). */
  readonly first?: number;
}

export type HttpMethod = "GET" | "PUT" | "POST" | "DELETE" | "PATCH" | "HEAD" | "OPTIONS";

/** What decides whether an operation may be repeated. */
interface Repetition {
  readonly method: string;
  readonly idempotent?: boolean;
  readonly paid?: boolean;
}

/** Whether sending the operation twice has the same effect as sending it once. */
export function isRepeatable({ method, idempotent = false, paid = false }: Repetition): boolean {
  return isRead(method) || (idempotent && !paid);
}

const reads = ["GET", "HEAD", "OPTIONS"];

/** Whether the method only reads. */
export function isRead(method: string): boolean {
  return reads.includes(method);
}
