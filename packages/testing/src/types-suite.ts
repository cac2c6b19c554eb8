import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { compile, type Diagnostic, pathNextTo } from "./compile.js";
import {
  type DocumentedOperation,
  documentedOperations,
  exampleCall,
  type OpenApiDocument,
  optionOf,
  readDocument,
  type SchemaObject,
  successes,
} from "./document.js";
import { typescriptBlocks } from "./readme-suite.js";

/** A vendor's package, as the suite needs it. */
export interface TypesSuiteOptions {
  /** The composed document, `packages/<vendor>/openapi.json`. */
  documentFile: URL;
  /** The package's `tsconfig.json`. */
  projectFile: URL;
  readmeFile: URL;
  /** The interface of the client, such as `FalClient`. */
  clientInterface: string;
}

/** A call that is compiled and never run. */
interface TypedCall {
  operation: string;
  why: string;
  code: string;
  compiles: boolean;
}

/**
 * Tests the types of every operation with the compiler. Calls with the document's examples compile. Calls do not compile when a
 * required part is missing, when a part is unknown, or when a value has the wrong type. Results of `http` are narrowed by status.
 */
export function typesSuite(options: TypesSuiteOptions): void {
  const document = readDocument(options.documentFile);
  const operations = documentedOperations(document);
  const calls = operations.flatMap((operation) => typedCalls(document, operation));
  const header = `import type { ${options.clientInterface} } from "../src/index.js";\ndeclare const client: ${options.clientInterface};\n`;
  const headerLines = header.split("\n").length;
  const callsFile = pathNextTo(options.documentFile, "test/calls.compiled.ts");
  const blocks = typescriptBlocks(readFileSync(options.readmeFile, "utf8")).map((code, index): [string, string] => [
    pathNextTo(options.documentFile, `test/readme-${index + 1}.compiled.ts`),
    code,
  ]);
  let found: Diagnostic[] | undefined;
  const diagnostics = () => {
    found ??= compile(options.projectFile, new Map([[callsFile, header + calls.map(({ code }) => code).join("\n")], ...blocks]));
    return found;
  };

  describe("types", () => {
    // Compiles all calls at once, which takes longer than a test may.
    beforeAll(() => void diagnostics(), 60_000);

    it.each(operations.map(({ name }) => ({ name })))("of $name match the document", ({ name }) => {
      const expected = calls.flatMap(({ operation, why, compiles }) => (operation === name ? [{ why, compiles }] : []));
      const actual = calls.flatMap(({ operation, why }, index) => {
        if (operation !== name) return [];
        const errors = diagnostics().filter(({ file, line }) => file === callsFile && line === index + headerLines);
        return [{ why, compiles: errors.length === 0 }];
      });
      expect(actual).toEqual(expected);
    });

    it("accept the README's code", () => {
      expect(blocks.length).toBeGreaterThan(0);
      expect(diagnostics().filter(({ file }) => file !== callsFile)).toEqual([]);
    });

    it("are tested for every operation", () => {
      expect([...new Set(calls.map(({ operation }) => operation))]).toEqual(operations.map(({ name }) => name));
    });
  });
}

function typedCalls(document: OpenApiDocument, operation: DocumentedOperation): TypedCall[] {
  const bodies = operation.body?.examples ?? [["no body", undefined]];
  const required = operation.parameters.filter((parameter) => parameter.required);
  const call = (why: string, given: Record<string, unknown> | undefined, compiles: boolean): TypedCall => ({
    operation: operation.name,
    why,
    code: `client.${operation.name}(${given === undefined ? "" : JSON.stringify(given)});`,
    compiles,
  });
  const base = (body: unknown) => ({ ...exampleCall(operation, body, false) });
  const [, firstBody] = bodies[0] ?? [];
  const valid = base(firstBody);
  const calls = bodies.map(([name, body]) => call(`with the example ${name}`, base(body), true));
  calls.push(call("with an unknown option", { ...valid, bodies: {} }, false));
  calls.push(call("with call options", { ...valid, maxRetries: 0, timeoutMs: 1_000 }, true));
  const needsOptions = required.length > 0 || operation.body?.required === true;
  calls.push(call("without options", undefined, !needsOptions));
  for (const parameter of required) {
    const place = optionOf[parameter.in];
    const { [parameter.name]: _, ...rest } = valid[place] as Record<string, unknown>;
    calls.push(call(`without ${parameter.in} parameter ${parameter.name}`, { ...valid, [place]: rest }, false));
  }
  if (operation.body) calls.push(...bodyCalls(document, operation.body, valid, call));
  return [...calls, ...httpCalls(operation, valid)];
}

function httpCalls(operation: DocumentedOperation, { path, query, headers, body }: Record<string, unknown>): TypedCall[] {
  const init = JSON.stringify({ ...(path || query || headers ? { params: { path, query, header: headers } } : {}), body });
  const made = `const r = await client.http.${operation.method}(${JSON.stringify(operation.path)}, ${init});`;
  const isSuccess = successes(operation)
    .map(([status]) => `r.status === ${status}`)
    .join(" || ");
  const result = `Awaited<ReturnType<typeof client.${operation.name}>>`;
  const line = (why: string, code: string, compiles: boolean): TypedCall => ({ operation: operation.name, why, code, compiles });
  return [
    line(
      "a success has data",
      `{ ${made} if (${isSuccess}) { r.data satisfies ${result}; r.error satisfies undefined; } }`,
      true,
    ),
    line("a failure has no data", `{ ${made} if (!(${isSuccess})) { r.data satisfies undefined; r.error satisfies {}; } }`, true),
    line("an error must be narrowed first", `{ ${made} r.error satisfies {}; }`, false),
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
  calls.push(call("with an unknown field", { ...valid, body: { ...fields, notAField: 1 } }, !isClosed));
  for (const [name, property] of Object.entries(schema.properties)) {
    const found = resolve(document, property);
    const change = (value: unknown) => ({ ...valid, body: { ...fields, [name]: value } });
    if (typeof found.type === "string") calls.push(call(`with ${name} of the wrong type`, change(wrongValue(found.type)), false));
    if (found.enum) calls.push(call(`with an unknown value of the closed enum ${name}`, change("not-a-value"), false));
    if (found["x-extensible-enum"])
      calls.push(call(`with an unknown value of the open enum ${name}`, change("not-yet-known"), true));
  }
  return calls;
}

/** A value that does not have the type. */
function wrongValue(type: string): unknown {
  return type === "boolean" || type === "object" || type === "array" ? 42 : true;
}

function resolve(document: OpenApiDocument, schema: SchemaObject): SchemaObject {
  const name = schema.$ref?.split("/").at(-1);
  const target = name === undefined ? undefined : document.components.schemas[name];
  return target ? resolve(document, target) : schema;
}
