import { dereference, isObject, type JsonObject, objectAt, stringAt } from "@gpu-scripts/openapi/json.ts";
import { hasEventStream, type Operation, operationsOf, parametersOf } from "@gpu-scripts/openapi/operations.ts";
import { comment, commentLine, identifier, literal } from "@gpu-scripts/openapi/text/code.ts";
import { vendorNames } from "@gpu-scripts/openapi/vendor-names.ts";
import { contractOf } from "./contract.ts";
import { evidenceText } from "./live.ts";
import { openEnumNames, schemaNames } from "./types.ts";

/** `src/generated/client.ts`: the contract, the client's interface with its documentation, and the factory. */
export function generateClient(document: JsonObject): string {
  const info = objectAt(document, "info");
  const contract = contractOf(document);
  const { pascal, title, factory, client } = vendorNames(document);
  const methods = operationsOf(document).map((operation) => methodOf(document, operation));
  const styles = new Set(operationsOf(document).flatMap(({ object }) => stringAt(object["x-pagination"], "style") ?? []));
  const iterators = [...styles].sort().map((style) => [style, style === "cursor" ? "cursorPages" : "numberedPages"] as const);
  const isPaged = iterators.length > 0;
  const isStreaming = hasEventStream(document);
  const readers = [...new Set(iterators.map(([, name]) => name)), ...(isStreaming ? ["eventStream"] : [])];
  const imports = [
    "type ClientOptions",
    "createVendorClient",
    ...readers.sort(),
    "type HttpClient",
    "type OperationOptions",
    "type OperationResult",
    ...(isPaged ? ["type PagedOperation"] : []),
    "type VendorContract",
  ];
  const pages = isPaged ? `{ ${iterators.map((entry) => entry.join(": ")).join(", ")} }` : "{}";
  const args = ["contract", "options", ...(isPaged || isStreaming ? [pages] : []), ...(isStreaming ? ["eventStream"] : [])];
  return `import { ${imports.join(", ")} } from "@gpu/core";
import type { operations, paths } from "./schema.js";

/** The calls of ${commentLine(title)}, by name. Each throws \`GpuError\`. */
export interface ${pascal}Operations {
${methods.join("\n\n")}
}

/**
 * Typed client of the ${commentLine(title)} API.
 *
 * ${comment(stringAt(info, "description") ?? "", " ")}
 */
export interface ${client} extends ${pascal}Operations {
  /** Calls by method and path, with results narrowed by \`status\`. */
  readonly http: HttpClient<paths>;
}

/** Set by the build. */
declare const PACKAGE_VERSION: string | undefined;

const contract: VendorContract = {
  "version": typeof PACKAGE_VERSION === "string" ? PACKAGE_VERSION : "0.0.0",
${JSON.stringify(contract, null, 2).slice(2)};

/**
 * Creates a client of the ${commentLine(title)} API. The first call reads the key and sends the first request.
 *
 * The key is \`apiKey\`, or the environment variable \`${String(contract["apiKeyEnv"])}\`.
 */
export function ${factory}(options: ClientOptions = {}): ${client} {
  return createVendorClient<paths, ${pascal}Operations>(${args.join(", ")});
}
`;
}

function methodOf(document: JsonObject, operation: Operation): string {
  const { object } = operation;
  const name = identifier(stringAt(object, "operationId") ?? "");
  const type = `operations[${literal(name)}]`;
  const doc = documentation(document, operation);
  if (isObject(object["x-pagination"])) {
    const items = [object["x-pagination"]["items"] ?? []].flat().map(literal);
    return `${doc}  readonly ${name}: PagedOperation<${type}, ${items.join(" | ")}>;`;
  }
  const optional = needsOptions(document, operation) ? "" : "?";
  return `${doc}  ${name}(options${optional}: OperationOptions<${type}>): Promise<OperationResult<${type}>>;`;
}

/** `src/index.ts`: everything that the package exports. */
export function generateIndex(document: JsonObject): string {
  const { pascal, factory, client } = vendorNames(document);
  const isStreaming = hasEventStream(document);
  const types = [
    "components",
    "operations",
    "paths",
    ...schemaNames(document),
    ...openEnumNames(document).map((name) => `Known${name}`),
  ];
  return `export {
  type CallOptions,
  type ClientOptions,
${isStreaming ? "  type EventStream,\n" : ""}  type Fetch,
  type FetchedResponse,
  type FetchInit,
  GpuError,
  type GpuErrorCode,
  type HookEvent,
  type Hooks,
  type HttpCall,
  type HttpClient,
  type HttpInit,
  type HttpResult,
  loggingHooks,
  type Middleware,
  type OperationOptions,
  type OperationResult,
${isStreaming ? "  type ServerSentEvent,\n" : ""}  type SideEffect,
} from "@gpu/core";
export { ${factory}, type ${client}, type ${pascal}Operations } from "./generated/client.js";
export type {
${types.map((name) => `  ${identifier(name)},`).join("\n")}
} from "./generated/schema.js";
`;
}

/** `src/openapi-fetch.ts`: openapi-fetch's client over the vendor's client, and the types that a user's declarations may name. */
export function generateOpenapiFetch(document: JsonObject): string {
  const { client, title } = vendorNames(document);
  return `import { createOpenapiFetch as create, type OpenapiFetchClient, type OpenapiFetchPaths } from "@gpu/core/openapi-fetch";
import type { ${client} } from "./generated/client.js";
import type { paths as documented } from "./generated/schema.js";

export type {
  ClientMethod,
  ClientRequestMethod,
  FetchOptions,
  FetchResponse,
  MaybeOptionalInit,
  Middleware,
  OpenapiFetchClient,
  OpenapiFetchPaths,
} from "@gpu/core/openapi-fetch";

/** The paths of the document, for openapi-fetch's types: open enums are \`string\`. */
export interface paths extends OpenapiFetchPaths<documented> {}

/**
 * openapi-fetch's client of the ${commentLine(title)} API, for openapi-react-query, swr-openapi and other libraries that take one.
 * Its requests go through the transport of \`client\`: retries, paid calls, errors, hooks and time limits are the same.
 */
export function createOpenapiFetch(client: ${client}): OpenapiFetchClient<paths> {
  return create<paths>(client);
}
`;
}

/** Whether a call needs options: one of its parameters, including those of its path, or its body is required. */
function needsOptions(document: JsonObject, operation: Operation): boolean {
  const body = dereference(document, operation.object["requestBody"]);
  if (isObject(body) && body["required"] === true) return true;
  return parametersOf(document, operation).some((parameter) => parameter["required"] === true);
}

function documentation(document: JsonObject, { path, method, object: operation }: Operation): string {
  const lines = [
    commentLine(stringAt(operation, "summary") ?? ""),
    "",
    commentLine(`\`${method.toUpperCase()} ${path}\``),
    "",
    ...(stringAt(operation, "description") ?? "")
      .trim()
      .split("\n")
      .map((line) => comment(line)),
    ...money(operation),
    ...evidence(operation),
    "",
    ...Object.entries(objectAt(operation, "responses")).flatMap(([status, response]) => {
      const found = dereference(document, response);
      if (status.startsWith("2") || status === "default" || !isObject(found)) return [];
      return [`@throws ${status}: ${commentLine(stringAt(found, "description") ?? "")}`];
    }),
  ];
  return `  /**\n${lines.map((line) => `   * ${line}`.trimEnd()).join("\n")}\n   */\n`;
}

function evidence(operation: JsonObject): string[] {
  const text = evidenceText(operation);
  return text === undefined ? [] : ["", `Evidence: ${text}.`];
}

function money(operation: JsonObject): string[] {
  if (operation["x-idempotency-key"] !== undefined) {
    return [
      "",
      "May cost money. Retried after a lost response only under the same idempotency key; each call generates its own by default.",
    ];
  }
  return operation["x-paid"] === true ? ["", "May cost money. Never retried."] : [];
}
