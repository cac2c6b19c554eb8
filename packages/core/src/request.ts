import type { WireRequest } from "./attempt.js";
import type { OperationContract } from "./contract.js";
import { ConfigurationError } from "./error.js";
import { baseOf, serializePath } from "./url.js";

/** The options of a request, as in openapi-fetch. */
export interface RequestParts {
  params?: { path?: unknown; query?: unknown; header?: unknown } | undefined;
  body?: unknown;
  headers?: unknown;
}

/** Builds a request as openapi-fetch does, except that a path parameter cannot leave its segment. */
export function buildRequest(
  baseUrl: string,
  operation: OperationContract,
  { params, body, headers: own }: RequestParts,
  defaults: unknown,
): WireRequest {
  const { method, path: template, commaSeparated } = operation;
  const { path, query, header } = (params ?? {}) as Record<string, Record<string, unknown> | undefined>;
  // Otherwise the path could become part of the host.
  if (!template.startsWith("/")) throw new ConfigurationError(`the path "${template}" must begin with a slash`);
  const search = query && serializeQuery(query, commaSeparated);
  const url = baseOf(baseUrl, operation) + serializePath(template, path ?? {}) + (search ? `?${search}` : "");
  const headers = defaults || own || header ? mergeHeaders([defaults, own, header]) : {};
  if (body !== undefined) headers["content-type"] ??= "application/json";
  return { url, method, headers, body: body === undefined ? undefined : serializeBody(body) };
}

/**
 * Serializes a query in openapi-fetch's default styles: arrays as repeated parameters, objects as `name[field]`. Arrays of
 * `commaSeparated` parameters become one parameter, `name=a,b`. Dates as ISO 8601.
 */
export function serializeQuery(query: Readonly<Record<string, unknown>>, commaSeparated: readonly string[] = []): string {
  const parts: string[] = [];
  const add = (name: string, values: readonly unknown[]) => {
    const given = values.filter((value) => value !== undefined && value !== null);
    if (given.length > 0) parts.push(`${name}=${given.map((value) => encodeURIComponent(queryText(name, value))).join(",")}`);
  };
  for (const [name, value] of Object.entries(query)) {
    if (typeof value !== "object" || value === null || value instanceof Date) add(name, [value]);
    else if (Array.isArray(value) && commaSeparated.includes(name)) add(name, value);
    else for (const [field, item] of Object.entries(value)) add(Array.isArray(value) ? name : `${name}[${field}]`, [item]);
  }
  return parts.join("&");
}

function queryText(name: string, value: unknown): string {
  if (typeof value !== "object") return String(value);
  const isDate = value instanceof Date;
  if (isDate && !Number.isNaN(value.getTime())) return value.toISOString();
  throw new ConfigurationError(`the query parameter "${name}" is ${isDate ? "an invalid date" : "nested too deeply"}`);
}

export function serializeBody(body: unknown): string {
  return JSON.stringify(body);
}

/** Later headers override earlier ones; null removes a header, undefined keeps it. */
function mergeHeaders(sources: unknown[]): Record<string, string> {
  try {
    const merged = new Headers();
    for (const source of sources) {
      for (const [name, value] of source instanceof Headers ? source : Object.entries(source ?? {})) {
        if (value === null) merged.delete(name);
        else if (value !== undefined) merged.set(name, value as string);
      }
    }
    return Object.fromEntries(merged);
  } catch {
    // The runtime's own error quotes the value, which may be secret.
    throw new ConfigurationError("a header has an invalid name or value");
  }
}
