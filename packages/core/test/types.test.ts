import { describe, expectTypeOf, it } from "vitest";
import type {
  ClientOptions,
  EventStream,
  GpuError,
  GpuErrorCode,
  HttpClient,
  HttpInit,
  HttpResult,
  OperationOptions,
  OperationResult,
  PagedOperation,
} from "../src/index.js";

interface None {
  query?: never;
  header?: never;
  path?: never;
  cookie?: never;
}
type Json<Body> = { headers: Record<string, unknown>; content: { "application/json": Body } };
interface Empty {
  headers: Record<string, unknown>;
  content?: never;
}
interface Refusal {
  error: string;
}

/** Operations in the format of openapi-typescript. */
interface List {
  parameters: Omit<None, "query"> & { query?: { page?: number } };
  requestBody?: never;
  responses: { 200: Json<{ instances: string[] }>; default: Json<Refusal> };
}
interface Get {
  parameters: Omit<None, "path"> & { path: { id: string } };
  requestBody?: never;
  responses: { 200: Json<{ id: string }>; 404: Json<{ missing: true }>; 500: Empty; default: Json<Refusal> };
}
interface Create {
  parameters: Omit<None, "header"> & { header?: { "Idempotency-Key"?: string } };
  requestBody: { content: { "application/json": { name: string } } };
  responses: { 201: Json<{ id: string }>; 202: Json<{ job: number }>; 409: Json<Refusal> };
}
interface Update {
  parameters: None;
  requestBody?: { content: { "application/json": { name?: string } } };
  responses: { 200: Json<{ done: boolean }>; 204: Empty };
}
interface Delete {
  parameters: Omit<None, "path" | "query"> & { path: { id: string }; query: { force: boolean } };
  requestBody?: never;
  responses: { 204: Empty; 404: Json<Refusal> };
}
interface Metrics {
  parameters: None;
  requestBody?: never;
  responses: { 200: { headers: Record<string, unknown>; content: { "text/plain": string } } };
}
interface Logs {
  parameters: None;
  requestBody?: never;
  responses: { 200: { headers: Record<string, unknown>; content: { "text/event-stream": { line: string } } } };
}
interface Paths {
  "/instances": { parameters: None; get: List; post: Create; put?: never; delete?: never };
  "/instances/{id}": { parameters: None; get: Get; delete: Delete; put?: never };
}
declare const http: HttpClient<Paths>;
const types = (_check: () => unknown) => {};

describe("options of a named operation", () => {
  it("have exactly the operation's parts, required when the operation requires them", () => {
    expectTypeOf<keyof OperationOptions<List>>().toEqualTypeOf<
      "query" | "signal" | "timeoutMs" | "maxRetries" | "idempotencyKey" | "onHeaders"
    >();
    expectTypeOf<OperationOptions<List>["query"]>().toEqualTypeOf<{ page?: number } | undefined>();
    expectTypeOf<OperationOptions<Get>>().toMatchObjectType<{ path: { id: string } }>();
    expectTypeOf<OperationOptions<Create>["body"]>().toEqualTypeOf<{ name: string }>();
    expectTypeOf<OperationOptions<Create>["headers"]>().toEqualTypeOf<{ "Idempotency-Key"?: string } | undefined>();
    expectTypeOf<OperationOptions<Update>["body"]>().toEqualTypeOf<{ name?: string } | undefined>();
    expectTypeOf<OperationOptions<Delete>>().toMatchObjectType<{ path: { id: string }; query: { force: boolean } }>();
    expectTypeOf<OperationOptions<Metrics>>().toMatchObjectType<{ signal?: AbortSignal | undefined }>();
    expectTypeOf<object>().toExtend<OperationOptions<List>>();
    expectTypeOf<object>().not.toExtend<OperationOptions<Get>>();
    expectTypeOf<object>().not.toExtend<OperationOptions<Create>>();
    expectTypeOf<object>().toExtend<OperationOptions<Update>>();
  });
});

describe("the result of a named operation", () => {
  it("is the body of the successes, or undefined for one without a body", () => {
    expectTypeOf<OperationResult<List>>().toEqualTypeOf<{ instances: string[] }>();
    expectTypeOf<OperationResult<Create>>().toEqualTypeOf<{ id: string } | { job: number }>();
    expectTypeOf<OperationResult<Update>>().toEqualTypeOf<{ done: boolean } | undefined>();
    expectTypeOf<OperationResult<Delete>>().toEqualTypeOf<undefined>();
    expectTypeOf<OperationResult<Metrics>>().toEqualTypeOf<string>();
    expectTypeOf<OperationResult<Logs>>().toEqualTypeOf<EventStream<{ line: string }>>();
  });
});

describe("a list in pages", () => {
  interface Nested {
    parameters: Omit<None, "query"> & { query: { channel: string } };
    requestBody?: never;
    responses: { 200: Json<{ data?: { network?: { id: string }[] | null }; networks?: { name: string }[] } | { other: 1 }> };
  }
  it("yields pages like the call's result, and items from their place in the response", () => {
    types(async () => {
      const list = {} as PagedOperation<List, "/instances">;
      expectTypeOf(await list()).toEqualTypeOf<{ instances: string[] }>();
      for await (const page of list.pages({ query: { page: 1 } })) expectTypeOf(page).toEqualTypeOf<{ instances: string[] }>();
      for await (const item of list.items()) expectTypeOf(item).toEqualTypeOf<string>();
      const nested = {} as PagedOperation<Nested, "/data/network" | "/networks">;
      for await (const item of nested.items({ query: { channel: "a" } })) {
        expectTypeOf(item).toEqualTypeOf<{ id: string } | { name: string }>();
      }
      // @ts-expect-error: the query needs its channel
      nested.items();
      // @ts-expect-error: the query needs its channel
      nested.pages({});
    });
  });
});

describe("a result of `http`", () => {
  const narrow = (result: HttpResult<Get>) => {
    if (result.status === 200) {
      expectTypeOf(result.data).toEqualTypeOf<{ id: string }>();
      expectTypeOf(result.error).toEqualTypeOf<undefined>();
    } else if (result.status === 404) {
      expectTypeOf(result.error).toEqualTypeOf<{ missing: true } | string>();
      expectTypeOf(result.data).toEqualTypeOf<undefined>();
    } else if (result.status === 500) {
      expectTypeOf(result.error).toEqualTypeOf<string>();
    } else if (result.status === 429) {
      expectTypeOf(result.error).toEqualTypeOf<Refusal | string>();
    }
    if (result.data !== undefined) expectTypeOf(result.status).toEqualTypeOf<200>();
    expectTypeOf(result.response).toEqualTypeOf<Response>();
    // @ts-expect-error: 201 is not documented
    return result.status === 201;
  };
  it("is narrowed by its status, and by the presence of data or error", () => {
    expectTypeOf(narrow).parameter(0).toEqualTypeOf<HttpResult<Get>>();
    expectTypeOf<HttpResult<Create>["status"]>().toEqualTypeOf<201 | 202 | 409>();
    expectTypeOf<Extract<HttpResult<Delete>, { status: 204 }>["data"]>().toEqualTypeOf<undefined>();
  });
  it("is inferred from path and method", () => {
    types(async () => {
      expectTypeOf(await http.GET("/instances/{id}", { params: { path: { id: "1" } } })).toEqualTypeOf<HttpResult<Get>>();
      expectTypeOf(await http.GET("/instances")).toEqualTypeOf<HttpResult<List>>();
      expectTypeOf(await http.POST("/instances", { body: { name: "a" }, timeoutMs: 5, headers: { "x-own": "1" } })).toEqualTypeOf<
        HttpResult<Create>
      >();
      // @ts-expect-error: the path needs its parameter
      await http.GET("/instances/{id}");
      // @ts-expect-error: the body needs its name
      await http.POST("/instances", { body: {} });
      // @ts-expect-error: no such path
      await http.GET("/nowhere");
      // @ts-expect-error: no such method there
      await http.DELETE("/instances");
      // @ts-expect-error: no operation of the document has this method
      await http.PATCH("/instances");
      // @ts-expect-error: not an option
      await http.GET("/instances", { retries: 5 });
    });
    expectTypeOf<HttpInit<List>["params"]>().toEqualTypeOf<{ query?: { page?: number } } | undefined>();
  });
});

describe("the rest of the surface", () => {
  it("is open where vendors and versions add values, and contains no `any`", () => {
    expectTypeOf<"a_later_code">().toExtend<GpuErrorCode>();
    expectTypeOf<GpuError["body"]>().toBeUnknown();
    expectTypeOf<GpuError["cause"]>().toBeUnknown();
    expectTypeOf<GpuError["sideEffect"]>().toEqualTypeOf<"none" | "possible" | "committed">();
    expectTypeOf<NonNullable<ClientOptions["fetch"]>>().parameters.toExtend<[string, RequestInit]>();
    expectTypeOf<(url: string, init: RequestInit) => Promise<Response>>().toExtend<NonNullable<ClientOptions["fetch"]>>();
    expectTypeOf<typeof globalThis.fetch>().toExtend<NonNullable<ClientOptions["fetch"]>>();
  });
});
