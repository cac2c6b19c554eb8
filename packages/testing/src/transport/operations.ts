import {
  type DocumentedOperation,
  documentedOperations,
  examplesOf,
  jsonOf,
  type OpenApiDocument,
  type SchemaObject,
  successes,
} from "../document.js";
import type { OperationKind } from "./row.js";

/** An operation with its kinds, valid arguments and a documented response. */
export interface CallableOperation {
  readonly name: string;
  readonly kinds: ReadonlySet<OperationKind>;
  /** Path parameters, query and body that are valid. */
  arguments(path?: string): Record<string, unknown>;
  success(): Response;
}

export function callableOperations(document: OpenApiDocument): CallableOperation[] {
  return documentedOperations(document).map((operation) => ({
    name: operation.name,
    kinds: kindsOf(operation),
    arguments: (path) => argumentsOf(operation, path),
    success: () => successOf(document, operation),
  }));
}

function kindsOf(operation: DocumentedOperation): Set<OperationKind> {
  const { isRead, isPublic, isPaid, isIdempotent, isKeyed, parameters } = operation;
  const kinds = new Set<OperationKind>();
  if (isRead) kinds.add(isPublic ? "public" : "read");
  else if (isKeyed) kinds.add("keyed");
  else if (isPaid) kinds.add("paid");
  else kinds.add(isIdempotent ? "repeatable" : "unrepeatable");
  if (successes(operation).every(([, { content }]) => content === undefined)) kinds.add("without content");
  if (parameters.some((parameter) => parameter.in === "path")) kinds.add("with path");
  return kinds;
}

function argumentsOf({ parameters, body }: DocumentedOperation, path?: string): Record<string, unknown> {
  const given = (place: "path" | "query") =>
    parameters
      .filter((parameter) => parameter.in === place && (place === "path" || parameter.required))
      .map(({ name, example, schema }) => [
        name,
        (place === "path" ? path : undefined) ?? example ?? schema?.example ?? sampleOf(schema),
      ]);
  return {
    path: Object.fromEntries(given("path")),
    query: Object.fromEntries(given("query")),
    ...(body && { body: body.examples[0]?.[1] ?? {} }),
  };
}

function successOf(document: OpenApiDocument, operation: DocumentedOperation): Response {
  const [status, response] = successes(operation)[0] ?? [];
  if (!status || !response) throw new Error(`${operation.name} has no success response`);
  if (response.content === undefined) return new Response(null, { status: Number(status) });
  const media = jsonOf(response);
  if (!media)
    return new Response("text", { status: Number(status), headers: { "content-type": Object.keys(response.content)[0] ?? "" } });
  const example = examplesOf(media)[0];
  return Response.json(example ? example[1] : sampleOf(media.schema, document), { status: Number(status) });
}

/** A value with all required fields, for schemas without an example. */
function sampleOf(schema: SchemaObject | undefined, document?: OpenApiDocument): unknown {
  if (schema?.$ref) return sampleOf(document?.components.schemas[schema.$ref.split("/").at(-1) ?? ""], document);
  const { type, required = [], properties = {} } = schema ?? {};
  switch (Array.isArray(type) ? type[0] : type) {
    case "object":
      return Object.fromEntries(required.map((name) => [name, sampleOf(properties[name], document)]));
    case "array":
      return [];
    case "integer":
    case "number":
      return 1;
    case "boolean":
      return true;
    default:
      return schema?.enum?.[0] ?? "x";
  }
}
