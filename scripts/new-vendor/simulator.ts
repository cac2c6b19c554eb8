import { contractOf } from "@gpu-scripts/codegen/contract.ts";
import { dereference, isObject, type JsonObject, type JsonValue, list, objectAt, stringAt } from "@gpu-scripts/openapi/json.ts";
import { type Operation, operationsOf, takesKey } from "@gpu-scripts/openapi/operations.ts";
import { commentLine, identifier, literal } from "@gpu-scripts/openapi/text/code.ts";
import type { VendorNames } from "@gpu-scripts/openapi/vendor-names.ts";
import { type ErrorShape, errorShape } from "./error-shape.ts";
import { exampleCall, exampleOf, isCallable, responseOf } from "./examples.ts";

/** The handler of every unfinished operation; while the file contains it, the vendor is not finished. */
export const unfinishedHandler = "notWritten,";

/** The method of a driver that is not written; while the file contains it, the driver is not finished. */
export const unfinishedDriver = 'notWritten("';

/** `packages/simulator/src/vendors/<vendor>.ts`: a route for every operation, which fails in the vendor's error format. */
export function simulatorSkeleton(names: VendorNames, document: JsonObject): string {
  const { id, camel, title } = names;
  const shape = errorShape(document);
  const operations = operationsOf(document);
  const auth = objectAt(contractOf(document), "auth");
  const key = `${stringAt(auth, "prefix") ?? ""}\${apiKey}`;
  const expected = key === `\${apiKey}` ? "apiKey" : `\`${key}\``;
  const parameters = shape.hasCode ? "code: string, message: string" : "message: string";
  return `import { createStock } from "../catalogue.js";
import { ApiError, type ApiResponse, type Handler, type Operations, type VendorDefinition, type VendorServer, type World } from "../vendor.js";

const operations = {
${operations.map((operation) => route(document, operation)).join("\n")}
} as const satisfies Operations;

type Operation = keyof typeof operations;

/** ${commentLine(title)}. Every operation fails until its handler is written. */
export const ${camel}: VendorDefinition<Operation> = {
  vendor: "${id}",
  baseUrls: [${baseUrls(document).join(", ")}],
  operations,
  errorResponses: {
${errorResponses(document, shape)
  .map(([name, value]) => `    ${name}: ${value},`)
  .join("\n")}
  },
  defaults: { bootMs: 60_000, addressMs: 0, settleMs: 0, pageSize: 10, balanceUsd: 1_000 },
  start,
};

function failure(status: number, ${parameters}): ApiResponse {
  return { status, body: ${shape.body} };
}

const notWritten: Handler = ({ reference }) =>
  ${failure(shape, 501, "not_implemented", `\`the simulator does not implement \${reference.operation} yet\``)};

function start({ random }: World): VendorServer<Operation> {
  const apiKey = random.hex(32);
  return {
    apiKey,
    catalogue: createStock([], 100),
    authorize({ headers }) {
      if (headers.get(${literal(String(auth["header"]).toLowerCase())}) !== ${expected}) throw new ApiError(${camel}.errorResponses.unauthorized());
    },
    handlers: {
${operations.map(({ object }) => `      ${identifier(stringAt(object, "operationId") ?? "")}: ${unfinishedHandler}`).join("\n")}
    },
  };
}
`;
}

/** `packages/simulator/test/scenarios/<vendor>.ts`: every operation once, with the document's examples, and an unfinished driver. */
export function scenarioSkeleton({ id, camel, factory }: VendorNames, document: JsonObject): string {
  const calls = operationsOf(document).map((operation) => {
    const name = identifier(stringAt(operation.object, "operationId") ?? "");
    if (!isCallable(document, operation)) return `  // ${name}: no example can be made from the document; write the call.`;
    const call = exampleCall(document, operation);
    return `  await client.${name}(${call ? literal(call) : ""});`;
  });
  return `import { type ClientOptions, ${factory} } from "@gpu/${id}";
import type { CloudDriver, Scenario } from "../clouds.js";

const breakable = ${literal({ ...breakableField(document) })};

const notWritten = (method: string) => () =>
  Promise.reject(new Error(\`test/scenarios/${id}.ts: driver.\${method} is not written yet\`));

const driver: CloudDriver = {
  create: notWritten("create"),
  list: notWritten("list"),
  delete: notWritten("delete"),
  ready: "running",
  failed: "failed",
};

/** Calls every operation, each successfully. */
async function callEveryOperation(options: ClientOptions): Promise<void> {
  const client = ${factory}(options);
${calls.join("\n")}
}

export const ${camel}: Scenario = { breakable, driver, callEveryOperation };
`;
}

/** A read without parameters, and a number or flag in its response, for the test of broken responses. */
function breakableField(document: JsonObject): { operation: string; field: string } {
  for (const operation of operationsOf(document)) {
    if (operation.method !== "get" || exampleCall(document, operation) !== undefined) continue;
    const field = firstField(exampleOf(dereference(document, objectAt(operation.object, "responses")["200"])));
    if (field !== undefined) return { operation: stringAt(operation.object, "operationId") ?? "", field };
  }
  return { operation: stringAt(operationsOf(document)[0]?.object ?? {}, "operationId") ?? "", field: "" };
}

function firstField(value: JsonValue | undefined): string | undefined {
  if (Array.isArray(value)) return firstField(value[0]);
  if (!isObject(value)) return undefined;
  for (const [name, child] of Object.entries(value)) {
    const found = typeof child === "number" || typeof child === "boolean" ? name : firstField(child);
    if (found !== undefined) return found;
  }
  return undefined;
}

function route(document: JsonObject, operation: Operation): string {
  const name = identifier(stringAt(operation.object, "operationId") ?? "");
  const flags = [
    ...(takesKey(document, operation) ? [] : ["public: true"]),
    ...(name === "createInstance" ? ["boots: true"] : []),
    ...(name === "listInstances" ? ["listsInstances: true"] : []),
    ...laterPage(objectAt(operation.object, "x-pagination")),
  ];
  const fields = [`method: "${operation.method.toUpperCase()}"`, `path: ${literal(operation.path)}`, ...flags];
  return `  ${name}: { ${fields.join(", ")} },`;
}

function laterPage(pagination: JsonObject): string[] {
  const style = stringAt(pagination, "style");
  if (style === undefined) return [];
  const parameter = literal(stringAt(pagination, "request") ?? "");
  if (style === "cursor") return [`laterPage: (query: URLSearchParams) => query.has(${parameter})`];
  const first = style === "page" ? (pagination["first"] ?? 1) : 0;
  return [`laterPage: (query: URLSearchParams) => Number(query.get(${parameter}) ?? ${first}) > ${first}`];
}

function baseUrls(document: JsonObject): string[] {
  return list(document["servers"]).flatMap((server) => {
    const url = stringAt(server, "url");
    return url === undefined ? [] : [literal(url.replace(/\/$/, ""))];
  });
}

function failure(shape: ErrorShape, status: number, code: string, message: string): string {
  if (shape.isBare(String(status))) return `({ status: ${status} })`;
  return shape.hasCode ? `failure(${status}, ${literal(code)}, ${message})` : `failure(${status}, ${message})`;
}

function errorResponses(document: JsonObject, shape: ErrorShape): [name: string, value: string][] {
  const declared = (status: number) => responseOf(document, String(status)) !== undefined;
  const invalid = declared(422) && !declared(400) ? 422 : 400;
  const plain = (status: number, code: string, message: string) =>
    `() => ${failure(shape, status, shape.codeOf(String(status)) ?? code, literal(message))}`;
  return [
    [
      "invalidRequest",
      shape.isBare(String(invalid))
        ? plain(invalid, "", "")
        : `(problem) => ${failure(shape, invalid, shape.codeOf(String(invalid)) ?? "invalid_request", "problem")}`,
    ],
    ["unauthorized", plain(401, "unauthorized", "The API key is unknown")],
    ["expiredKey", plain(401, "unauthorized", "The API key has expired")],
    ["forbidden", plain(403, "forbidden", "The API key does not allow this")],
    ["notFound", plain(404, "not_found", "Not found")],
    ["rateLimited", plain(429, "rate_limited", "Too many requests")],
    ["internalError", plain(500, "internal_error", "An unexpected error occurred")],
    ["noCapacity", inVendorsWords(document, shape, "no_capacity", 503, "No capacity")],
    ["insufficientFunds", inVendorsWords(document, shape, "insufficient_funds", 402, "The balance is too low")],
  ];
}

/** An error that the client reads as `meaning`, if `x-gpu-client.errors` has a code or phrase for it. */
function inVendorsWords(document: JsonObject, shape: ErrorShape, meaning: string, status: number, message: string): string {
  const errors = objectAt(objectAt(document, "x-gpu-client"), "errors");
  const [word] = Object.entries(objectAt(errors, "words")).find(([, code]) => code === meaning) ?? [];
  if (word !== undefined) return `() => ${failure(shape, status, word, literal(message))}`;
  const phrase = list(errors["phrases"])
    .filter(isObject)
    .find(({ code }) => code === meaning);
  const own = typeof phrase?.["status"] === "number" ? phrase["status"] : status;
  const text = stringAt(phrase, "contains") ?? message;
  return `() => ${failure(shape, own, shape.codeOf(String(own)) ?? meaning, literal(text))}`;
}
