import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonObject, JsonValue } from "@gpu-scripts/openapi/json.ts";
import { root } from "@gpu-scripts/openapi/vendors.ts";
import type { Outcome } from "@gpu-scripts/regenerate/outcome.ts";
import { describe, expect, it } from "vitest";
import { whyForPerson } from "../auto-merge.ts";
import { compareDocuments } from "../compare-documents.ts";
import type { StagedChange } from "../staged.ts";

const document: JsonObject = {
  openapi: "3.1.0",
  info: { title: "API", description: "Old.", version: "1" },
  servers: [{ url: "https://api.example.com", description: "Old." }],
  security: [{ key: [] }],
  tags: [{ name: "Machines", description: "Old." }],
  paths: {
    "/machines/{id}": {
      summary: "Old.",
      get: {
        operationId: "getInstance",
        summary: "Old.",
        description: "Old.",
        "x-paid": false,
        parameters: [{ name: "id", in: "path", required: true, description: "Old.", schema: { type: "string" } }],
        responses: {
          default: { description: "Old.", content: { "application/json": { schema: { $ref: "#/components/schemas/Machine" } } } },
        },
      },
    },
  },
  components: {
    securitySchemes: { key: { type: "http", scheme: "bearer", description: "Old." } },
    schemas: {
      Machine: {
        title: "Old.",
        type: "object",
        required: ["title"],
        properties: {
          title: { type: "string", description: "Old." },
          description: { type: "string", default: "Old.", description: "Old." },
          key: { type: "string", "x-secret": true, description: "Old." },
          size: {
            type: "object",
            default: { title: "Old." },
            example: { description: "Old." },
            examples: [{ summary: "Old." }],
            const: { title: "Old." },
            enum: [{ title: "Old." }],
            "x-known": { description: "Old." },
          },
        },
        discriminator: { propertyName: "title", mapping: { title: "#/components/schemas/Machine" } },
      },
    },
  },
};

const get = ["paths", "/machines/{id}", "get"];
const machine = ["components", "schemas", "Machine"];

/** The document with another value at a place; undefined removes it. */
function edited(place: readonly (string | number)[], value: JsonValue | undefined): JsonObject {
  const copy = structuredClone(document);
  let node = copy as Record<string | number, JsonValue>;
  for (const step of place.slice(0, -1)) node = node[step] as Record<string | number, JsonValue>;
  const last = place.at(-1) ?? "";
  if (value === undefined) delete node[last];
  else node[last] = value;
  return copy;
}

describe("two documents", () => {
  it.each<[string, (string | number)[]]>([
    ["the document's description", ["info", "description"]],
    ["a tag", ["tags", 0, "description"]],
    ["a path", ["paths", "/machines/{id}", "summary"]],
    ["an operation", [...get, "summary"]],
    ["a parameter", [...get, "parameters", 0, "description"]],
    ["the default response", [...get, "responses", "default", "description"]],
    ["a schema", [...machine, "title"]],
    ["a field named title", [...machine, "properties", "title", "description"]],
    ["a field that has a default", [...machine, "properties", "description", "description"]],
    ["a secret field", [...machine, "properties", "key", "description"]],
  ])("differ only in texts with another text of %s", (_, place) => {
    expect(compareDocuments(document, edited(place, "Neuer Text mit ü."))).toEqual({ kind: "texts", bytes: 18 });
    expect(compareDocuments(edited(place, "A longer text"), edited(place, "short"))).toEqual({ kind: "texts", bytes: 13 });
  });

  it("do not differ when they are equal", () => {
    expect(compareDocuments(document, structuredClone(document))).toEqual({ kind: "texts", bytes: 0 });
  });

  it.each<[string, (string | number)[], JsonValue | undefined]>([
    ["a server", ["servers", 0, "url"], "http://api.example.com"],
    ["the text of a server", ["servers", 0, "description"], "New."],
    ["another server", ["servers", 1], { url: "https://other.example.com" }],
    ["the security of all", ["security"], []],
    ["the security of an operation", [...get, "security"], []],
    ["the scheme of the key", ["components", "securitySchemes", "key", "scheme"], "basic"],
    ["the text of the key's scheme", ["components", "securitySchemes", "key", "description"], "New."],
    [
      "a reference",
      [...get, "responses", "default", "content", "application/json", "schema", "$ref"],
      "#/components/schemas/Other",
    ],
    ["a reference in the place of a text", [...machine, "title"], { $ref: "file:///etc/passwd" }],
    ["a default", [...machine, "properties", "description", "default"], "New."],
    ["a text in a default", [...machine, "properties", "size", "default", "title"], "New."],
    ["a text in an example", [...machine, "properties", "size", "example", "description"], "New."],
    ["a text in an example of several", [...machine, "properties", "size", "examples", 0, "summary"], "New."],
    ["a text in a constant", [...machine, "properties", "size", "const", "title"], "New."],
    ["a text in an enum", [...machine, "properties", "size", "enum", 0, "title"], "New."],
    ["a text in an extension", [...machine, "properties", "size", "x-known", "description"], "New."],
    ["a field that is no longer secret", [...machine, "properties", "key", "x-secret"], undefined],
    ["a new secret", [...machine, "properties", "title", "x-secret"], true],
    ["whether a call is paid", [...get, "x-paid"], true],
    ["a target of a discriminator", [...machine, "discriminator", "mapping", "title"], "#/components/schemas/Other"],
    ["a type", [...machine, "properties", "title", "type"], "integer"],
    ["a new text", [...get, "parameters", 0, "schema", "description"], "New."],
    ["a text that is gone", [...get, "description"], undefined],
    ["a field that is gone", [...machine, "properties", "title"], undefined],
    ["a required field", [...machine, "required", 0], "description"],
    ["the name of an operation", [...get, "operationId"], "getMachine"],
    ["a version", ["info", "version"], "2"],
    ["a name that every object has", [...machine, "properties", "constructor"], { type: "string" }],
  ])("differ in more than texts with another value of %s", (_, place, value) => {
    const difference = compareDocuments(document, edited(place, value));
    expect(difference.kind).toBe("values");
    expect(compareDocuments(edited(place, value), document).kind).toBe("values");
  });

  it("count as different in more than texts if nested too deeply", () => {
    const deep = (text: string) => {
      let node: JsonObject = { description: text };
      for (let depth = 0; depth < 5_000; depth += 1) node = { items: node };
      return node;
    };
    expect(compareDocuments(deep("a"), deep("b")).kind).toBe("values");
  });

  it("can be compared for large vendors", () => {
    for (const vendor of ["fal", "novita", "shadeform"]) {
      const text = readFileSync(join(root, "packages", vendor, "openapi.json"), "utf8");
      const other = text.replaceAll(/("(?:description|summary)": ".)/g, "$1x");
      expect(other).not.toBe(text);
      expect(compareDocuments(JSON.parse(text), JSON.parse(text))).toEqual({ kind: "texts", bytes: 0 });
    }
  });
});

describe("a change of a vendor's files", () => {
  const outcome: Outcome = {
    vendor: "fal",
    status: "written",
    reasons: [],
    impact: "patch",
    bump: "patch",
    changes: [],
    overlays: [],
    fixable: [],
    lookAt: [],
    notes: [],
    files: [],
  };
  const json = (value: JsonValue) => JSON.stringify(value, null, 2);
  const readme = (before: string, table: string) =>
    `# fal\n${before}\n<!-- operations:start -->\n${table}\n<!-- operations:end -->\n`;
  const source = (url: string, hash: string, date: string) =>
    `url: ${url}\nfile: upstream.yaml\nsha256: ${hash.repeat(64)}\ndate: ${date}\nsize: 5\n`;
  const changesetOf = (...bumps: string[]) => `---\n${bumps.map((bump) => `${bump}\n`).join("")}---\n\nText.\n`;

  const code = (text: string, body = "return 1;") => `export class Client {\n  /** ${text} */\n  get() {\n    ${body}\n  }\n}\n`;

  /** The files in a change that affects only texts. */
  const texts: Record<string, [before: string | undefined, after: string | undefined]> = {
    ".changeset/fal-0123abcd.md": [undefined, changesetOf('"@gpu/fal": patch')],
    "packages/fal/README.md": [readme("npm install", "old"), readme("npm install", "new")],
    "packages/fal/openapi.json": [json(document), json(edited([...get, "summary"], "New."))],
    "packages/fal/src/generated/client.ts": [code("Old."), code("New.\n   *\n   * Of two lines, with /** and a * in it.")],
    "packages/fal/src/generated/schema.ts": [code("Of two\n   * lines."), code("Of one.")],
    "specs/fal/source.yaml": [source("https://fal.ai", "0", "2026-11-01"), source("https://fal.ai", "a", "2026-11-02")],
    "specs/fal/upstream.yaml": ["old", "new"],
  };

  async function why(files: typeof texts, of: Outcome = outcome): Promise<string | undefined> {
    const blobs: string[] = [];
    const put = (text: string | undefined) => (text === undefined ? undefined : String(blobs.push(text) - 1));
    const changes = Object.entries(files).map(([path, [old, fresh]]): StagedChange => {
      const [before, after] = [put(old), put(fresh)];
      return { path, kind: "modified", ...(before && { before }), ...(after && { after }) };
    });
    return await whyForPerson("fal", of, changes, async (object) => blobs[Number(object)] ?? "");
  }

  it("needs no review if only texts and their record change", async () => {
    expect(await why(texts)).toBeUndefined();
  });

  it("needs review from 2,000 bytes of text on", async () => {
    const of = (length: number) => ({
      "packages/fal/openapi.json": [json(document), json(edited([...get, "summary"], "x".repeat(length)))] as [string, string],
    });
    expect(await why(of(1_999))).toBeUndefined();
    expect(await why(of(2_000))).toBe("packages/fal/openapi.json changes 2000 bytes of text");
  });

  it.each<[string, string, [before: string | undefined, after: string | undefined], RegExp]>([
    [
      "the document has another default",
      "packages/fal/openapi.json",
      [json(document), json(edited([...machine, "properties", "description", "default"], "New."))],
      /openapi\.json changes \/components\/schemas\/Machine\/properties\/description\/default$/,
    ],
    ["the document is new", "packages/fal/openapi.json", [undefined, json(document)], /is new/],
    ["a file is deleted", "packages/fal/README.md", ["x", undefined], /is deleted/],
    ...(
      [
        ["code differs", code("Old.", "return 2;")],
        ["code follows a comment", code("Old. */ evil(); /** x")],
        ["a comment ends early", code("Old.\n   */ evil();\n  /**")],
        ["a comment begins late", code("Old. */\n  * [evil()]() {}\n  /** x")],
        ["a comment is empty", code("Old. */\n  /**/\n  evil();\n  /** x")],
        ["a comment never ends", code("Old.").replace("*/", "")],
        ["a comment is code", code("Old.").replace("/**", "/*").replace("*/", "*/ evil();")],
      ] as const
    ).map(([title, fresh]): [string, string, [string, string], RegExp] => [
      title,
      "packages/fal/src/generated/client.ts",
      [code("Old."), fresh],
      /client\.ts changes outside its doc comments/,
    ]),
    [
      "the changeset is long",
      ".changeset/fal-0123abcd.md",
      [undefined, changesetOf('"@gpu/fal": patch') + "x".repeat(2_000)],
      /is long/,
    ],
    ["the exports differ", "packages/fal/src/index.ts", ["old", "new"], /index\.ts changes/],
    ["another generated file differs", "packages/fal/src/generated/more.ts", ["old", "new"], /more\.ts changes/],
    ["an overlay differs", "specs/fal/fixes.overlay.yaml", ["old", "new"], /fixes\.overlay\.yaml changes/],
    ["a hand-written document differs", "specs/fal/openapi.yaml", ["old", "new"], /openapi\.yaml changes/],
    [
      "the document comes from elsewhere",
      "specs/fal/source.yaml",
      [source("https://fal.ai", "0", "2026-11-01"), source("https://other.ai", "0", "2026-11-01")],
      /more than the record/,
    ],
    [
      "the record holds something else",
      "specs/fal/source.yaml",
      [source("https://fal.ai", "0", "2026-11-01"), `${source("https://fal.ai", "0", "2026-11-01")}sha256: [x]\n`],
      /more than the record/,
    ],
    [
      "the README's own text differs",
      "packages/fal/README.md",
      [readme("npm install", "old"), readme("npm install other", "new")],
      /outside the table/,
    ],
    ["the README has no table", "packages/fal/README.md", ["old", "new"], /outside the table/],
    [
      "the changeset raises the minor version",
      ".changeset/fal-0123abcd.md",
      [undefined, changesetOf('"@gpu/fal": minor')],
      /more than the patch version/,
    ],
    [
      "another package follows",
      ".changeset/fal-0123abcd-unified.md",
      [undefined, changesetOf('"@gpu/unified": patch')],
      /more than the patch version/,
    ],
  ])("needs review when %s", async (_, path, contents, reason) => {
    expect(await why({ ...texts, [path]: contents })).toMatch(reason);
  });

  it.each<[string, Partial<Outcome>, RegExp]>([
    ["adds something", { impact: "minor" }, /rated minor/],
    ["breaks something", { impact: "major" }, /rated major/],
    ["was refused", { status: "refused", impact: "none" }, /its status is "refused"/],
    [
      "must be fixed",
      { fixable: [{ kind: "compile", file: "packages/unified/src/x.ts", line: 1, message: "does not compile" }] },
      /must be fixed/,
    ],
    ["concerns an overlay", { overlays: [{ action: "fixes.overlay.yaml, action 1", verdict: "lost" }] }, /actions of overlays/],
  ])("needs review when the report shows that it %s", async (_, of, reason) => {
    expect(await why(texts, { ...outcome, ...of })).toMatch(reason);
  });

  it("is rejected when the document is not JSON", async () => {
    await expect(why({ "packages/fal/openapi.json": [json(document), "{"] })).rejects.toThrow(/is not a JSON object/);
    await expect(why({ "packages/fal/openapi.json": [json(document), "[]"] })).rejects.toThrow(/is not a JSON object/);
  });
});
