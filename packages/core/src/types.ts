import type { CallOptions } from "./options.js";

/** The statuses of success that documents use. */
export type SuccessStatus = 200 | 201 | 202 | 203 | 204 | 205 | 206;

type Digit = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;
type NumberOf<Text> = Text extends `${infer Value extends number}` ? Value : never;

/** The statuses of failure that `default` stands for, where a document does not list them itself: 300 to 599. */
export type FailureStatus = NumberOf<`${3 | 4 | 5}${Digit}${Digit}`>;

type Flat<T> = { [K in keyof T]: T[K] };

/** One key of the options: required, optional or absent, as in the operation. Checks the key, because values show it only under `strict`. */
type Part<Name extends string, Source, Key extends keyof Source> = [NonNullable<Source[Key]>] extends [never]
  ? unknown
  : Partial<Pick<Source, Key>> extends Pick<Source, Key>
    ? { [K in Name]?: NonNullable<Source[Key]> | undefined }
    : { [K in Name]: NonNullable<Source[Key]> };

interface AnyParameters {
  path?: unknown;
  query?: unknown;
  header?: unknown;
}

/** The shape in which openapi-typescript writes an operation. */
export interface AnyOperation {
  parameters: AnyParameters;
  requestBody?: unknown;
  responses: unknown;
}

type Body<Op extends AnyOperation> = Op extends { requestBody: { content: infer Content } }
  ? { body: Content[keyof Content] }
  : Op extends { requestBody?: { content: infer Content } | undefined }
    ? [NonNullable<Op["requestBody"]>] extends [never]
      ? unknown
      : { body?: Content[keyof Content] | undefined }
    : unknown;

/** The argument of a named operation. */
export type OperationOptions<Op extends AnyOperation> = Flat<
  Part<"path", Op["parameters"], "path"> &
    Part<"query", Op["parameters"], "query"> &
    Part<"headers", Op["parameters"], "header"> &
    Body<Op> &
    CallOptions
>;

type JsonOf<Response> = Response extends { content: infer Content }
  ? Content extends { "text/event-stream": infer Data }
    ? EventStream<Data>
    : Content[keyof Content]
  : undefined;

/** A server-sent event. */
export interface ServerSentEvent<Data = string> {
  /** The id of this event or of the last one before it, to resume with `Last-Event-ID`; undefined before the first id. */
  readonly id: string | undefined;
  /** The type of the event; `message` if the vendor sends none. */
  readonly event: string;
  readonly data: Data;
}

/**
 * The events of a response, as they arrive. `break` and `return()` close the connection, and so does the `signal` of the call, which
 * throws a `GpuError` with the code `aborted`. `timeoutMs` covers the time until the response begins, not the stream. A stream that
 * is not read stays open.
 */
export type EventStream<Data = string> = AsyncIterableIterator<ServerSentEvent<Data>>;

/** The result of a named operation: the content of its successful response; undefined where there is none. */
export type OperationResult<Op extends AnyOperation> = {
  [Status in keyof Op["responses"]]: Status extends SuccessStatus ? JsonOf<Op["responses"][Status]> : never;
}[keyof Op["responses"]];

type FieldOf<T, Name extends string> = T extends unknown ? (Name extends keyof T ? T[Name] : never) : never;

/** The value at a JSON pointer. */
type AtPointer<T, Pointer extends string> = Pointer extends `/${infer Name}/${infer Rest}`
  ? AtPointer<FieldOf<T, Name>, `/${Rest}`>
  : Pointer extends `/${infer Name}`
    ? FieldOf<T, Name>
    : T;

type ItemOf<List> = List extends readonly (infer Item)[] ? Item : never;

/**
 * A named operation whose list comes in pages, with two iterators that read it to its end. They throw `GpuError`: with the code
 * `vendor_contract` also where the vendor's pages do not show that the list is complete, and after 1,000 pages or 100,000 items.
 * `Items` is the JSON pointer to the items in the response.
 */
export interface PagedOperation<Op extends AnyOperation, Items extends string> {
  (...options: Argument<OperationOptions<Op>>): Promise<OperationResult<Op>>;
  /** The responses, page after page. */
  pages(...options: Argument<OperationOptions<Op>>): AsyncIterableIterator<OperationResult<Op>>;
  /** The items of all pages, one after the other. */
  items(...options: Argument<OperationOptions<Op>>): AsyncIterableIterator<ItemOf<AtPointer<OperationResult<Op>, Items>>>;
}

/** The argument of `http`. */
export type HttpInit<Op extends AnyOperation> = Flat<
  Params<Op["parameters"]> & Body<Op> & { headers?: Readonly<Record<string, string>> | undefined } & CallOptions
>;

type PresentParameters<P extends AnyParameters> = {
  [K in keyof P as [NonNullable<P[K]>] extends [never] ? never : K]: P[K];
};

type Params<P extends AnyParameters> = keyof PresentParameters<P> extends never
  ? unknown
  : Partial<PresentParameters<P>> extends PresentParameters<P>
    ? { params?: PresentParameters<P> | undefined }
    : { params: PresentParameters<P> };

/** The result of `http`, narrowed by `status`. An error that is not JSON is its text, or `HTTP` and the status when there is none. */
export type HttpResult<Op extends AnyOperation> = {
  [Status in keyof Op["responses"]]: Status extends SuccessStatus
    ? { status: Status; data: JsonOf<Op["responses"][Status]>; error?: undefined; response: Response }
    : {
        status: Status extends number ? Status : Exclude<FailureStatus, keyof Op["responses"]>;
        data?: undefined;
        error: Exclude<JsonOf<Op["responses"][Status]>, undefined> | string;
        response: Response;
      };
}[keyof Op["responses"]];

/** The paths of a document that have a method. */
export type PathsWith<Paths, Method extends string> = {
  [Path in keyof Paths]: Paths[Path] extends { [M in Method]: AnyOperation } ? Path : never;
}[keyof Paths];

/** The operation at a path and method. */
export type OperationAt<Paths, Path extends keyof Paths, Method extends string> = Paths[Path] extends {
  [M in Method]: infer Op extends AnyOperation;
}
  ? Op
  : never;

/** An argument that may be left out when all of it may. */
export type Argument<T> = Partial<T> extends T ? [options?: T] : [options: T];
