import type { WireRequest } from "./attempt.js";
import { ConfigurationError } from "./configuration-error.js";
import type { OperationContract } from "./contract.js";
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
  return Object.entries(query)
    .flatMap(([name, value]): [string, unknown][] => {
      if (typeof value !== "object" || value === null || value instanceof Date) return [[name, value]];
      if (Array.isArray(value) && commaSeparated.includes(name)) {
        const items = value.filter((item) => item !== undefined && item !== null);
        return items.length > 0 ? [[name, items]] : [];
      }
      return Object.entries(value).map(([field, item]) => [Array.isArray(value) ? name : `${name}[${field}]`, item]);
    })
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name, value]) => {
      const texts = [value].flat().map((given) => {
        const item = given instanceof Date ? dateText(name, given) : given;
        if (typeof item === "object") throw new ConfigurationError(`the query parameter "${name}" is nested too deeply`);
        return encodeURIComponent(String(item));
      });
      return `${name}=${texts.join(",")}`;
    })
    .join("&");
}

function dateText(name: string, date: Date): string {
  if (Number.isNaN(date.getTime())) throw new ConfigurationError(`the query parameter "${name}" is an invalid date`);
  return date.toISOString();
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
