import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { beside, compile, type Diagnostic } from "./compile.js";
import {
  type DocumentedOperation,
  documentedOperations,
  type OpenApiDocument,
  readDocument,
  type SchemaObject,
} from "./document.js";
import { typescriptBlocks } from "./readme-suite.js";

/** What the suite needs of a vendor's package. */
export interface TypesSuiteOptions {
  /** The composed document, `packages/<vendor>/openapi.json`. */
  documentFile: URL;
  /** The package's `tsconfig.json`. */
  projectFile: URL;
  readmeFile: URL;
  /** The interface of the client, such as `FalClient`. */
  clientInterface: string;
}

/** A line that is compiled and never run. */
interface TypedCall {
  operation: string;
  why: string;
  code: string;
  compiles: boolean;
}

/**
 * The types of every operation, driven by the document and asked of the compiler: calls as in the examples compile;
 * without a required parameter, body or field, with an unknown one, with a wrong type or a value that a closed enum lacks they do not.
 * Results of `http` are narrowed by their status.
 */
export function typesSuite(options: TypesSuiteOptions): void {
  const document = readDocument(options.documentFile);
  const operations = documentedOperations(document);
  const calls = operations.flatMap((operation) => typedCalls(document, operation));
  const header = `import type { ${options.clientInterface} } from "../src/index.js";\ndeclare const client: ${options.clientInterface};\n`;
  const headerLines = header.split("\n").length;
  const callsFile = beside(options.documentFile, "test/calls.compiled.ts");
  const blocks = typescriptBlocks(readFileSync(options.readmeFile, "utf8")).map((code, index): [string, string] => [
    beside(options.documentFile, `test/readme-${index + 1}.compiled.ts`),
    code,
  ]);
  let found: Diagnostic[] | undefined;
  const diagnostics = () => {
    found ??= compile(options.projectFile, new Map([[callsFile, header + calls.map(({ code }) => code).join("\n")], ...blocks]));
    return found;
  };

  describe("types", () => {
    it.each(operations.map(({ name }) => ({ name })))("of $name are those of the document", ({ name }) => {
      const expected = calls.flatMap(({ operation, why, compiles }) => (operation === name ? [{ why, compiles }] : []));
      const actual = calls.flatMap(({ operation, why }, index) => {
        if (operation !== name) return [];
        const errors = diagnostics().filter(({ file, line }) => file === callsFile && line === index + headerLines);
        return [{ why, compiles: errors.length === 0 }];
      });
      expect(actual).toEqual(expected);
    });

    it("are what the README's code is written for", () => {
      expect(blocks.length).toBeGreaterThan(0);
      expect(diagnostics().filter(({ file }) => file !== callsFile)).toEqual([]);
    });

    it("are asked about every operation", () => {
      expect([...new Set(calls.map(({ operation }) => operation))]).toEqual(operations.map(({ name }) => name));
    });
  });
}

const places = { path: "path", query: "query", header: "headers" } as const;

function typedCalls(document: OpenApiDocument, operation: DocumentedOperation): TypedCall[] {
  const bodies = operation.body?.examples ?? [["no body", undefined]];
  const required = operation.parameters.filter((parameter) => parameter.required);
  const call = (why: string, given: Record<string, unknown> | undefined, compiles: boolean): TypedCall => ({
    operation: operation.name,
    why,
    code: `client.${operation.name}(${given === undefined ? "" : JSON.stringify(given)});`,
    compiles,
  });
  const base = (body: unknown): Record<string, unknown> => {
    const given: Record<string, Record<string, unknown>> = {};
    for (const parameter of required) {
      const place = places[parameter.in];
      given[place] = { ...given[place], [parameter.name]: parameter.example ?? parameter.schema?.example };
    }
    return body === undefined ? given : { ...given, body };
  };
  const [, firstBody] = bodies[0] ?? [];
  const valid = base(firstBody);
  const calls = bodies.map(([name, body]) => call(`as in the example ${name}`, base(body), true));
  calls.push(call("with an option that it does not have", { ...valid, bodies: {} }, false));
  calls.push(call("with options of the call", { ...valid, maxRetries: 0, timeoutMs: 1_000 }, true));
  const needsOptions = required.length > 0 || operation.body?.required === true;
  calls.push(call("without options", undefined, !needsOptions));
  for (const parameter of required) {
    const place = places[parameter.in];
    const { [parameter.name]: _, ...rest } = valid[place] as Record<string, unknown>;
    calls.push(call(`without ${parameter.in} parameter ${parameter.name}`, { ...valid, [place]: rest }, false));
  }
  if (operation.body) calls.push(...bodyCalls(document, operation.body, valid, call));
  return [...calls, ...httpCalls(operation, valid)];
}

function httpCalls(operation: DocumentedOperation, { path, query, headers, body }: Record<string, unknown>): TypedCall[] {
  const init = JSON.stringify({ ...(path || query || headers ? { params: { path, query, header: headers } } : {}), body });
  const made = `const r = await client.http.${operation.method}(${JSON.stringify(operation.path)}, ${init});`;
  const successes = [...operation.responses.keys()].filter((status) => status.startsWith("2"));
  const isSuccess = successes.map((status) => `r.status === ${status}`).join(" || ");
  const result = `Awaited<ReturnType<typeof client.${operation.name}>>`;
  const line = (why: string, code: string, compiles: boolean): TypedCall => ({ operation: operation.name, why, code, compiles });
  return [
    line(
      "a result of success has data",
      `{ ${made} if (${isSuccess}) { r.data satisfies ${result}; r.error satisfies undefined; } }`,
      true,
    ),
    line(
      "a result of failure has none",
      `{ ${made} if (!(${isSuccess})) { r.data satisfies undefined; r.error satisfies {}; } }`,
      true,
    ),
    line("a result has an error only after asking", `{ ${made} r.error satisfies {}; }`, false),
  ];
}

function bodyCalls(
  document: OpenApiDocument,
  { required, schema }: NonNullable<DocumentedOperation["body"]>,
  valid: Record<string, unknown>,
  call: (why: string, given: Record<string, unknown>, compiles: boolean) => TypedCall,
): TypedCall[] {
  const { body, ...withoutBody } = valid;
  const calls = [
    call("without a body", withoutBody, !required),
    call("with a body that is a number", { ...valid, body: 42 }, false),
  ];
  if (!schema.properties || typeof body !== "object" || body === null) return calls;
  const fields = body as Record<string, unknown>;
  for (const name of schema.required ?? []) {
    const { [name]: _, ...rest } = fields;
    calls.push(call(`without the field ${name}`, { ...valid, body: rest }, false));
  }
  const isClosed = schema["additionalProperties"] === undefined || schema["additionalProperties"] === false;
  calls.push(call("with a field that it does not have", { ...valid, body: { ...fields, notAField: 1 } }, !isClosed));
  for (const [name, property] of Object.entries(schema.properties)) {
    const found = followed(document, property);
    const change = (value: unknown) => ({ ...valid, body: { ...fields, [name]: value } });
    if (typeof found.type === "string") calls.push(call(`with ${name} of a wrong type`, change(wrongValue(found.type)), false));
    if (found.enum) calls.push(call(`with a value that the enum of ${name} lacks`, change("not-a-value"), false));
    if (found["x-extensible-enum"]) calls.push(call(`with a new value of ${name}`, change("not-yet-known"), true));
  }
  return calls;
}

/** A value that is not of the type. */
function wrongValue(type: string): unknown {
  return type === "boolean" || type === "object" || type === "array" ? 42 : true;
}

function followed(document: OpenApiDocument, schema: SchemaObject): SchemaObject {
  const name = schema.$ref?.split("/").at(-1);
  const target = name === undefined ? undefined : document.components.schemas[name];
  return target ? followed(document, target) : schema;
}
