// Documents of an attacker, by kind. Each is a change to a valid document of any vendor, or a complete text.
import { type JsonObject, type JsonValue, objectAt } from "../../json.ts";
import { operationsOf } from "../../operations.ts";

/** Resources that a document must not reach. Both contain a text that must not appear anywhere. */
export interface Witness {
  /** An address on a server that records requests. */
  url: string;
  /** The path of a planted file. */
  file: string;
}

export interface Hostile {
  kind: string;
  /** Returns the text of the document. `good` is a copy that may be changed. */
  make: (good: JsonObject, witness: Witness) => string | Buffer;
  /** The expected error line. */
  refused: RegExp;
}

/** Changes a valid document, and returns it as JSON. */
const changed =
  (change: (document: JsonObject, witness: Witness) => void) =>
  (document: JsonObject, witness: Witness): string => {
    change(document, witness);
    return JSON.stringify(document);
  };

const info = (document: JsonObject) => objectAt(document, "info");
const operation = (document: JsonObject): JsonObject => operationsOf(document)[0]?.object ?? {};
const item = (document: JsonObject): JsonObject => objectAt(objectAt(document, "paths"), operationsOf(document)[0]?.path ?? "");
const schemas = (document: JsonObject): JsonObject => {
  const components = objectAt(document, "components");
  document["components"] = components;
  const present = objectAt(components, "schemas");
  components["schemas"] = present;
  return present;
};
const response = (document: JsonObject, media: JsonObject): void => {
  objectAt(operation(document), "responses")["418"] = { description: "A teapot.", content: { "application/json": media } };
};

/** Places in a document that may contain a reference. */
const places: [name: string, put: (document: JsonObject, reference: JsonObject) => void][] = [
  ["a schema", (document, reference) => (schemas(document)["Stolen"] = reference)],
  ["a property", (document, reference) => (schemas(document)["Stolen"] = { type: "object", properties: { a: reference } })],
  ["a branch of a schema", (document, reference) => (schemas(document)["Stolen"] = { if: { not: { allOf: [reference] } } })],
  ["a definition inside a schema", (document, reference) => (schemas(document)["Stolen"] = { $defs: { A: reference } })],
  ["an extension of the info", (document, reference) => (info(document)["x-note"] = reference)],
  ["the description", (document, reference) => (info(document)["description"] = reference)],
  ["a summary", (document, reference) => (operation(document)["summary"] = reference)],
  ["a path item", (document, reference) => Object.assign(item(document), reference)],
  ["another path item", (document, reference) => (objectAt(document, "paths")["/stolen"] = reference)],
  ["an example", (document, reference) => response(document, { schema: {}, example: { a: [reference] } })],
  ["a named example", (document, reference) => response(document, { schema: {}, examples: { a: reference } })],
  ["a default", (document, reference) => (schemas(document)["Stolen"] = { type: "object", default: reference })],
  ["a parameter", (document, reference) => (operation(document)["parameters"] = [reference])],
  ["a response", (document, reference) => (objectAt(operation(document), "responses")["418"] = reference)],
  ["a callback", (document, reference) => (operation(document)["callbacks"] = { a: { "{$request.body#/url}": reference } })],
  ["a webhook", (document, reference) => (document["webhooks"] = { a: reference })],
  ["a code sample", (document, reference) => (operation(document)["x-codeSamples"] = [{ lang: "sh", source: reference }])],
  ["a tag", (document, reference) => (document["tags"] = [reference as JsonValue])],
  ["the root", (document, reference) => Object.assign(document, reference)],
];

/** Ways to refer to resources outside the document. */
const outside: [name: string, reference: (witness: Witness) => JsonObject][] = [
  ["an address", ({ url }) => ({ $ref: url })],
  ["an address with a fragment", ({ url }) => ({ $ref: `${url}#/a` })],
  ["an absolute path", ({ file }) => ({ $ref: file })],
  ["a file address", ({ file }) => ({ $ref: `file://${file}` })],
  ["an encoded file address", ({ file }) => ({ $ref: `fil%65:${encodeURIComponent(file)}` })],
  ["a relative path", ({ file }) => ({ $ref: `./../../../../../../../..${file}` })],
  ["a path after a blank", ({ file }) => ({ $ref: ` ${file}` })],
  ["a dynamic reference", ({ url }) => ({ $dynamicRef: `${url}#a` })],
  ["a recursive reference", ({ url }) => ({ $recursiveRef: url })],
  ["a base that moves", ({ url }) => ({ $id: url, properties: { a: { $ref: "#/a" } } })],
  ["an external value", ({ url }) => ({ externalValue: url })],
  ["an external value in a file", ({ file }) => ({ externalValue: file })],
  ["an operation of a link", ({ url }) => ({ operationRef: url })],
  ["a mapping to an address", ({ url }) => ({ discriminator: { propertyName: "a", mapping: { a: url } } })],
  ["a mapping to a file", ({ file }) => ({ discriminator: { propertyName: "a", mapping: { a: `..${file}` } } })],
  ["a dialect", ({ url }) => ({ $schema: url })],
];

const refersOutside = /refers to .*, outside of the document; only references that begin with # are supported/;

/** References that must not be followed: an address in every place, and every kind of reference in a schema. */
export const references: Hostile[] = [
  ...places.map(
    ([place, put]): Hostile => ({
      kind: `a reference to an address in ${place}`,
      make: changed((document, { url }) => put(document, { $ref: url })),
      refused: refersOutside,
    }),
  ),
  ...outside.map(
    ([way, reference]): Hostile => ({
      kind: `${way} in a schema`,
      make: changed((document, witness) => (schemas(document)["Stolen"] = reference(witness))),
      refused: refersOutside,
    }),
  ),
  {
    kind: "a mapping to a schema whose name is an address",
    make: changed((document, { url }) => {
      schemas(document)[url] = { type: "object" };
      schemas(document)["Stolen"] = { discriminator: { propertyName: "a", mapping: { a: url } } };
    }),
    refused: refersOutside,
  },
  {
    kind: "a reference behind an alias of YAML",
    make: (_, { file }) => `openapi: 3.1.0\nx-a: &a { $ref: ${JSON.stringify(file)} }\ninfo: { x-b: *a }\npaths: {}\n`,
    refused: refersOutside,
  },
];

const levels = (count: number, name: string, next: (index: number) => JsonObject): JsonObject =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`${name}${index}`, next(index)]));
const refTo = (name: string): JsonObject => ({ $ref: `#/components/schemas/${name}` });

/** Documents that are far more expensive to process than their size suggests. */
export const bombs: Hostile[] = [
  {
    kind: "aliases that multiply",
    make: () => {
      const lines = Array.from({ length: 30 }, (_, index) => `a${index + 1}: &a${index + 1} [${`*a${index},`.repeat(9)}]`);
      return `openapi: 3.1.0\na0: &a0 [lol]\n${lines.join("\n")}\npaths: {}\n`;
    },
    refused: /is too large: it has more than \d+ values with its aliases expanded/,
  },
  {
    kind: "an alias that holds itself",
    make: () => "openapi: 3.1.0\ninfo: &a { title: A, x-more: [*a] }\npaths: {}\n",
    refused: /nested more than \d+ levels deep, or an alias contains itself/,
  },
  {
    kind: "lists that nest",
    make: () => `{"openapi":"3.1.0","x":${"[".repeat(2_000_000)}`.slice(0, 500_000),
    refused: /truncated or not JSON/,
  },
  {
    kind: "lists that nest and end",
    make: () => `{"openapi":"3.1.0","x":${"[".repeat(200_000)}${"]".repeat(200_000)}}`,
    refused: /nesting exceeded/,
  },
  {
    kind: "maps that nest by indentation",
    make: () => `openapi: 3.1.0\n${Array.from({ length: 1_500 }, (_, index) => `${" ".repeat(index)}a:`).join("\n")}\n`,
    refused: /nesting exceeded/,
  },
  {
    kind: "lists that nest in one line",
    make: () => `openapi: 3.1.0\nx:\n  ${"- ".repeat(300_000)}1\n`,
    refused: /nesting exceeded/,
  },
  {
    kind: "empty lists without end",
    make: () => `{"openapi":"3.1.0","x":[${"[],".repeat(5_000_000)}1]}`,
    refused: /is too large: it has \d+ lines, entries and keys/,
  },
  {
    kind: "line breaks without end",
    make: () => `openapi: 3.1.0\n${"\n".repeat(15_000_000)}paths: {}\n`,
    refused: /is too large: it has \d+ lines, entries and keys/,
  },
  {
    kind: "too many bytes",
    make: () => `openapi: 3.1.0\nx: ${"a".repeat(17 * 1024 * 1024)}\n`,
    refused: /is too large: at most 16 MiB are read/,
  },
  {
    kind: "schemas that multiply",
    make: changed((document) => {
      const parts = (index: number) => ({ allOf: Array.from({ length: 10 }, () => refTo(`Bomb${index + 1}`)) });
      Object.assign(schemas(document), levels(30, "Bomb", parts), { Bomb30: { type: "string" } });
    }),
    refused: /is too large: its references multiply/,
  },
  {
    kind: "schemas that lead down without end",
    make: changed((document) => {
      Object.assign(
        schemas(document),
        levels(20_000, "Bomb", (index) => refTo(`Bomb${index + 1}`)),
        { Bomb20000: {} },
      );
    }),
    refused: /is too large: its references (?:lead more than \d+ levels down|multiply)/,
  },
  {
    kind: "comments of HTML that could end in many ways",
    make: () => `${"<!---->".repeat(5_000)}!`,
    refused: /has no OpenAPI document/,
  },
  {
    kind: "links that never end",
    make: () => "](a".repeat(200_000),
    refused: /has no OpenAPI document/,
  },
];

const bytes = (text: string, ...added: number[]) => Buffer.concat([Buffer.from(text), Buffer.from(added)]);

/** Texts that hide their content. */
export const disguises: Hostile[] = [
  {
    kind: "bytes that are no UTF-8",
    make: (good) => bytes(JSON.stringify(good), 0x20, 0xff, 0xfe, 0x0a),
    refused: /is not UTF-8 text/,
  },
  {
    kind: "UTF-16",
    make: (good) => Buffer.from(`\uFEFF${JSON.stringify(good)}`, "utf16le"),
    refused: /is not UTF-8 text/,
  },
  {
    kind: "a zero byte",
    make: (good) => `# \0\n${JSON.stringify(good)}`,
    refused: /null byte|has no OpenAPI document/,
  },
  ...["\u202E", "\u2066", "\u200F", "\u061C", "\u2028", "\uFEFF", "\uD800", "\u0007", "\u{E0041}"].flatMap(
    (hidden): Hostile[] => {
      const name = `U+${hidden.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0")}`;
      const refused = new RegExp(`has the hidden character ${name.replace("+", "\\+")} in a name or value`);
      return [
        { kind: `${name} in a name`, make: changed((document) => (schemas(document)[`A${hidden}B`] = {})), refused },
        { kind: `${name} in a value`, make: changed((document) => (schemas(document)["A"] = { enum: [`a${hidden}`] })), refused },
      ];
    },
  ),
  {
    kind: "the name __proto__",
    make: (good) => JSON.stringify(good).replace(/\{"openapi"/, '{"__proto__":{"polluted":true},"openapi"'),
    refused: /has the name `__proto__`/,
  },
  {
    kind: "a tag of YAML",
    make: () => "openapi: 3.1.0\ninfo: !!js/function 'function () { throw 1; }'\npaths: {}\n",
    refused: /unknown scalar tag/,
  },
  {
    kind: "a name twice",
    make: (good) => JSON.stringify(good).replace(/\{"openapi"/, '{"openapi":"3.1.0","openapi"'),
    refused: /duplicated mapping key/,
  },
];
