import { existsSync, readdirSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { describe, expect, it } from "vitest";
import { documentedOperations, examplesOf, jsonOf, readDocument, readJson, schemaPointer } from "./document.js";

/** A response as the vendor's server sends it. */
export interface RecordedResponse {
  operation: string;
  status: number;
  why: string;
  body: unknown;
}

/** The responses in a file, and those that `pnpm live` wrote as single files into the folder `live` next to it. */
export function readRecorded(file: URL): RecordedResponse[] {
  const folder = new URL("live/", file);
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".json")) : [];
  const live = names.sort().map((name) => readJson<RecordedResponse>(new URL(name, folder)));
  // Responses that were not JSON are stored without a body, and skipped.
  return [...readJson<RecordedResponse[]>(file), ...live.filter((one) => "body" in one)];
}

/** Validates every example of the document, and recorded responses, against the document's schemas (JSON Schema 2020-12). */
export function responsesSuite(options: { documentFile: URL; recordedResponsesFile: URL }): void {
  const document = readDocument(options.documentFile);
  const operations = documentedOperations(document);
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema(document, "document");

  function errorsOf(pointer: string, value: unknown): string[] {
    // Compiles each schema once.
    const validate = ajv.getSchema(`document${fragment(pointer)}`);
    if (!validate) throw new Error(`the document has no schema at ${pointer}`);
    validate(value);
    return (validate.errors ?? []).map((error) => `${error.instancePath || "/"} ${error.message}`);
  }

  const examples = operations.flatMap((operation) => [
    ...(operation.body?.examples ?? []).map(([name, value]) => ({
      title: `${operation.name} request ${name}`,
      pointer: operation.body?.pointer ?? "",
      value,
    })),
    ...[...operation.responses].flatMap(([status, response]) =>
      examplesOf(jsonOf(response)).map(([name, value]) => ({
        title: `${operation.name} ${status} ${name}`,
        pointer: schemaPointer(response),
        value,
      })),
    ),
  ]);

  describe("examples of the document", () => {
    it.each(examples)("$title is valid", ({ pointer, value }) => {
      expect(errorsOf(pointer, value)).toEqual([]);
    });
    it.each(examples)("$title is realistic", ({ value }) => {
      expect(placeholders(value)).toEqual([]);
    });
  });

  describe("recorded responses", () => {
    const recorded = readRecorded(options.recordedResponsesFile);
    if (recorded.length === 0) it.skip("none are recorded yet");
    it.each(recorded)("$operation $status: $why", ({ operation: name, status, body }) => {
      const operation = operations.find((candidate) => candidate.name === name);
      const response = operation?.responses.get(String(status)) ?? operation?.responses.get("default");
      if (!response) throw new Error(`the document has no operation ${name}`);
      expect(errorsOf(schemaPointer(response), body)).toEqual([]);
    });
  });
}

/** A JSON pointer as the fragment of a URI reference. */
function fragment(pointer: string): string {
  return `#${pointer.replace(/^#/, "").split("/").map(encodeURIComponent).join("/")}`;
}

/** Values that are placeholders instead of realistic examples. */
function placeholders(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap(placeholders);
  if (typeof value === "object" && value !== null) return Object.values(value).flatMap(placeholders);
  return value === "string" || (typeof value === "string" && /^<.*>$/.test(value)) ? [value] : [];
}
