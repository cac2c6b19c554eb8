// The only file that imports openapi-fetch, which gets no more updates: the one place where it would be replaced.
import { type Middleware, mergeHeaders } from "openapi-fetch";
import type { WireRequest } from "./attempt.js";
import type { OperationContract } from "./contract.js";
import { ConfigurationProblem } from "./problem.js";
import { serializePath } from "./url.js";

export type { Middleware };
/** What openapi-fetch tells middleware beside the request. */
export type CallContext = Omit<Parameters<NonNullable<Middleware["onRequest"]>>[0], "request">;

/** What one call sends, in openapi-fetch's terms. */
export interface RequestParts {
  params?: { path?: unknown; query?: unknown; header?: unknown } | undefined;
  body?: unknown;
  headers?: unknown;
}

/**
 * Writes a query in openapi-fetch's default styles: a list as repeated parameters, an object as `name[field]`. Its own serializer
 * brings all the other styles along.
 */
function querySerializer(query: Readonly<Record<string, unknown>>): string {
  const parameters = Object.entries(query).flatMap(([name, value]): [string, unknown][] => {
    if (typeof value !== "object" || value === null) return [[name, value]];
    return Object.entries(value).map(([field, one]) => [Array.isArray(value) ? name : `${name}[${field}]`, one]);
  });
  return parameters
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name, value]) => {
      if (typeof value === "object") throw new ConfigurationProblem(`the query parameter "${name}" is nested too deeply`);
      return `${name}=${encodeURIComponent(String(value))}`;
    })
    .join("&");
}

const bodySerializer = (body: unknown) => JSON.stringify(body);

/** Builds the request of a call as openapi-fetch does, but for path parameters, which cannot leave their segment. */
export function buildRequest(
  baseUrl: string,
  { method, path: template }: OperationContract,
  { params, body, headers: own }: RequestParts,
  defaults: Readonly<Record<string, string>> | undefined,
): WireRequest {
  const { path, query, header } = (params ?? {}) as Record<string, Record<string, unknown> | undefined>;
  // What follows the host of the base URL must not become part of it.
  if (!template.startsWith("/")) throw new ConfigurationProblem(`the path "${template}" does not begin with a slash`);
  const search = query && querySerializer(query);
  const url = baseUrl + serializePath(template, path ?? {}) + (search ? `?${search}` : "");
  const headers: Record<string, string> = {};
  if (body !== undefined) headers["content-type"] = "application/json";
  if (defaults || own || header) {
    try {
      Object.assign(headers, Object.fromEntries(mergeHeaders(defaults, own as undefined, header as undefined)));
    } catch {
      // The runtime's error quotes the value, which may be a secret.
      throw new ConfigurationProblem("a header has a name or a value that HTTP cannot carry");
    }
  }
  return { url, method, headers, body: body === undefined ? undefined : bodySerializer(body) };
}

/** What middleware is told of a call. */
export function describeCall(baseUrl: string, { path }: OperationContract, { params = {} }: RequestParts): CallContext {
  const options = { baseUrl, parseAs: "json" as const, fetch, querySerializer, bodySerializer, pathSerializer: serializePath };
  return { schemaPath: path, params: params as CallContext["params"], id: crypto.randomUUID(), options: Object.freeze(options) };
}
