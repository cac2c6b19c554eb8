import { isObject, type JsonObject, type JsonValue, objectAt, resolvePointer } from "@gpu-scripts/openapi/json.ts";
import { literal } from "@gpu-scripts/openapi/text/code.ts";
import { exampleOf, responseOf } from "./examples.ts";

const codeMark = "\0code";
const messageMark = "\0message";

/** The format of a vendor's errors, read from the examples of its document. */
export interface ErrorShape {
  /** TypeScript expression of an error body with the variables `code` and `message`. */
  body: string;
  /** Whether the body has a field for a code. */
  hasCode: boolean;
  /** The vendor's code for a status, where an example shows it. */
  codeOf(status: string): string | undefined;
  /** Whether the response of the status has no body. */
  isBare(status: string): boolean;
}

/** Reads it from the document's `default` response and `x-gpu-client.errors`. */
export function errorShape(document: JsonObject): ErrorShape {
  const errors = objectAt(objectAt(document, "x-gpu-client"), "errors");
  const base = exampleOf(responseOf(document, "default"));
  const codes = pointers(errors["code"]);
  const messages = pointers(errors["message"]);
  const message = pointerInto(base, messages) ?? "/message";
  const code = pointerInto(
    base,
    codes.filter((pointer) => pointer !== message),
  );
  let body: JsonValue = isObject(base) ? structuredClone(base) : {};
  body = withValueAt(body, message, messageMark);
  if (code !== undefined) body = withValueAt(body, code, codeMark);
  return {
    body: literal(body).replace(literal(codeMark), "code").replace(literal(messageMark), "message"),
    hasCode: code !== undefined,
    codeOf(status) {
      const example = exampleOf(responseOf(document, status));
      const value = example === undefined || code === undefined ? undefined : resolvePointer(example, code);
      return typeof value === "string" ? value : undefined;
    },
    isBare(status) {
      const response = responseOf(document, status);
      return response !== undefined && Object.keys(objectAt(response, "content")).length === 0;
    },
  };
}

function pointers(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((pointer) => typeof pointer === "string") : [];
}

/** The first pointer to a string of the example, else the first whose top field the example lacks. */
function pointerInto(example: JsonValue | undefined, candidates: readonly string[]): string | undefined {
  const values = candidates.map((pointer) => (example === undefined ? undefined : resolvePointer(example, pointer)));
  const known = candidates.find((_, index) => typeof values[index] === "string");
  return known ?? candidates.find((pointer) => isObject(example) && example[pointer.split("/")[1] ?? ""] === undefined);
}

function withValueAt(value: JsonValue, pointer: string, set: string): JsonValue {
  const [step, ...rest] = pointer.split("/").slice(1);
  if (step === undefined) return set;
  const inner = `/${rest.join("/")}`;
  const change = (child: JsonValue) => (rest.length === 0 ? set : withValueAt(child, inner, set));
  if (Array.isArray(value)) return value.map((child, index) => (String(index) === step ? change(child) : child));
  const object = isObject(value) ? value : {};
  return { ...object, [step]: change(object[step] ?? {}) };
}
