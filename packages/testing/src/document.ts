import { readFileSync } from "node:fs";

/** The parts of an OpenAPI document that the suites read. */
export interface OpenApiDocument {
  "x-gpu-client": {
    vendor: string;
    apiKeyEnv: string;
    apiKeyPrefix: string;
    errors?: { code?: string[]; message?: string[] };
  };
  paths: Record<string, PathItemObject>;
  components: { schemas: Record<string, SchemaObject> };
  [key: string]: unknown;
}

/** The operations of a path and their shared parameters. */
export type PathItemObject = { [Method in (typeof methods)[number]]?: OperationObject } & {
  parameters?: (ParameterObject | Reference)[];
};

export interface OperationObject {
  operationId: string;
  summary: string;
  security?: unknown[];
  parameters?: (ParameterObject | Reference)[];
  requestBody?: { required?: boolean; content: Record<string, MediaObject> };
  responses: Record<string, ResponseObject | Reference>;
  "x-paid"?: boolean;
  "x-idempotent"?: boolean;
  "x-reads"?: boolean;
  "x-idempotency-key"?: object;
  "x-pagination"?: Pagination;
}

/** How to read the next page of a list. */
export interface Pagination {
  style: "cursor" | "page" | "offset";
  request: string;
  next: string;
  more?: string;
  items: string | readonly string[];
  first?: number;
}

export interface ParameterObject {
  name: string;
  in: "path" | "query" | "header";
  required?: boolean;
  example?: unknown;
  schema?: SchemaObject;
  "x-no-example"?: boolean;
}

export interface ResponseObject {
  description: string;
  content?: Record<string, MediaObject>;
  "x-empty"?: boolean;
}

export interface MediaObject {
  schema?: SchemaObject;
  example?: unknown;
  examples?: Record<string, { value: unknown }>;
  /** No example of it can be made. */
  "x-no-example"?: boolean;
  "x-item-schema"?: SchemaObject;
}

export interface SchemaObject {
  $ref?: string;
  type?: string | string[];
  required?: string[];
  properties?: Record<string, SchemaObject>;
  enum?: unknown[];
  example?: unknown;
  [key: string]: unknown;
}

interface Reference {
  $ref: string;
}

/** An operation of a document, with its references resolved. */
export interface DocumentedOperation {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly isPublic: boolean;
  /** It may cost money. */
  readonly isPaid: boolean;
  /** Sending it twice has the same effect as sending it once. */
  readonly isIdempotent: boolean;
  /** It only reads, whatever its method. */
  readonly isRead: boolean;
  /** The vendor accepts an idempotency key. */
  readonly isKeyed: boolean;
  readonly pagination: Pagination | undefined;
  readonly parameters: readonly ParameterObject[];
  readonly body:
    | {
        required: boolean;
        schema: SchemaObject;
        pointer: string;
        examples: [name: string, value: unknown][];
        hasExample: boolean;
      }
    | undefined;
  /** Responses by status, or `default`. */
  readonly responses: ReadonlyMap<string, ResponseObject & { pointer: string }>;
}

const json = "application/json";
const methods = ["get", "put", "post", "delete", "patch", "head", "options"] as const;

/** Reads a composed document. */
export function readDocument(file: string | URL): OpenApiDocument {
  return readJson<OpenApiDocument>(file);
}

/** Reads a JSON file of this repository. Its shape is checked by the suite that reads it. */
export function readJson<T>(file: string | URL): T {
  return JSON.parse(readFileSync(file, "utf8")) as T;
}

export function documentedOperations(document: OpenApiDocument): DocumentedOperation[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    methods.flatMap((method): DocumentedOperation[] => {
      const operation = item[method];
      if (!operation) return [];
      const at = `#/paths/${escapePointer(path)}/${method}`;
      const media = operation.requestBody?.content[json];
      return [
        {
          name: operation.operationId,
          method: method.toUpperCase(),
          path,
          pagination: operation["x-pagination"],
          isPaid: operation["x-paid"] === true,
          isIdempotent: operation["x-idempotent"] === true,
          isRead: method === "get" || operation["x-reads"] === true,
          isKeyed: operation["x-idempotency-key"] !== undefined,
          isPublic: (operation.security ?? (document["security"] as unknown[])).length === 0,
          parameters: parametersOf(document, item.parameters, operation.parameters),
          body: media && {
            required: operation.requestBody?.required === true,
            schema: resolve(document, media.schema ?? {}).target as SchemaObject,
            pointer: `${at}/requestBody/content/${escapePointer(json)}/schema`,
            examples: examplesOf(media),
            hasExample: media["x-no-example"] !== true,
          },
          responses: new Map(
            Object.entries(operation.responses).map(([status, response]) => {
              const { target, pointer } = resolve(document, response, `${at}/responses/${status}`);
              return [status, { ...(target as unknown as ResponseObject), pointer }];
            }),
          ),
        },
      ];
    }),
  );
}

/** The parameters of an operation. They override the path's parameters of the same name. */
function parametersOf(document: OpenApiDocument, ...lists: (OperationObject["parameters"] | undefined)[]): ParameterObject[] {
  const all = lists
    .flatMap((list) => list ?? [])
    .map((parameter) => resolve(document, parameter).target as unknown as ParameterObject);
  return [...new Map(all.map((parameter) => [`${parameter.in} ${parameter.name}`, parameter])).values()];
}

/** Keys that only describe a schema. */
const annotations = ["title", "description", "default", "example", "examples", "deprecated"];

/** Whether no value breaks a schema. */
export function allowsEverything(schema: SchemaObject): boolean {
  return Object.keys(schema).every((key) => annotations.includes(key) || key.startsWith("x-"));
}

/** The examples of a body, by name. */
export function examplesOf(media: MediaObject | undefined): [name: string, value: unknown][] {
  if (!media) return [];
  if (media.examples) return Object.entries(media.examples).map(([name, { value }]) => [name, value]);
  return media.example === undefined ? [] : [["example", media.example]];
}

/** The options of a named call. */
export interface CallParts {
  path?: object;
  query?: object;
  headers?: object;
  body?: unknown;
}

/** The option of a named call that has the parameters of a place. */
export const optionOf = { path: "path", query: "query", header: "headers" } as const;

/** The options of a named call, from the document's examples. */
export function exampleCall(operation: DocumentedOperation, body: unknown, withOptional: boolean): CallParts {
  const given: CallParts = {};
  for (const parameter of operation.parameters) {
    const { name, in: place, required } = parameter;
    const example = parameter.example ?? parameter.schema?.example;
    if (!required && (!withOptional || example === undefined)) continue;
    if (example === undefined && !parameter["x-no-example"]) throw new Error(`${operation.name}: ${name} has no example`);
    given[optionOf[place]] = { ...given[optionOf[place]], [name]: example };
  }
  return body === undefined ? given : { ...given, body };
}

/** The declared responses of success. */
export function successes({ responses }: DocumentedOperation) {
  return [...responses].filter(([status]) => status.startsWith("2"));
}

/** The JSON pointer to a response's schema in the whole document. */
export function schemaPointer(response: { pointer: string }): string {
  return `${response.pointer}/content/${escapePointer(json)}/schema`;
}

/** The JSON body of a response, if it declares one. */
export function jsonOf(response: ResponseObject | undefined): MediaObject | undefined {
  return response?.content?.[json];
}

function escapePointer(step: string): string {
  return step.replaceAll("~", "~0").replaceAll("/", "~1");
}

function resolve(document: OpenApiDocument, value: object, pointer = ""): { target: object; pointer: string } {
  if (!("$ref" in value) || typeof value.$ref !== "string") return { target: value, pointer };
  let node: unknown = document;
  for (const step of value.$ref.split("/").slice(1)) {
    node = (node as Record<string, unknown>)[step.replaceAll("~1", "/").replaceAll("~0", "~")];
  }
  if (typeof node !== "object" || node === null) throw new Error(`${value.$ref} does not exist`);
  return resolve(document, node, value.$ref);
}
