// Reads every kind of hostile document with each reader in this process. slow/hostile-commands.test.ts runs the commands.
import { cp, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { compose } from "@gpu-scripts/openapi/compose.ts";
import { admit } from "@gpu-scripts/openapi/door.ts";
import type { JsonObject } from "@gpu-scripts/openapi/json.ts";
import { readPublished } from "@gpu-scripts/openapi/published.ts";
import { bombs, disguises, type Hostile, references } from "@gpu-scripts/openapi/test/hostile/documents.ts";
import { planted, plantWitnesses, type Witnesses } from "@gpu-scripts/openapi/test/hostile/witnesses.ts";
import { root } from "@gpu-scripts/openapi/vendors.ts";
import { nextSpecs } from "@gpu-scripts/regenerate/specs.ts";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { specsFromDocument } from "../document/specs.ts";
import { nimbus } from "./nimbus.ts";

let witnesses: Witnesses;
let upstream: JsonObject;
/** A folder with the specs of one vendor. */
let tree: string;

beforeAll(async () => {
  witnesses = await plantWitnesses();
  tree = join(witnesses.folder, "tree");
  await cp(join(root, "specs", "fal"), join(tree, "specs", "fal"), { recursive: true });
  upstream = parse(await readFile(join(root, "specs", "fal", "upstream.yaml"), "utf8")) as JsonObject;
});
afterAll(() => witnesses.remove());
afterEach(() => expect(witnesses.requested).toEqual([]));

async function messageOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ name: "UserError" });
  const { message } = error as Error;
  expect(message).not.toMatch(/\n/);
  expect(message).not.toContain(planted);
  return message;
}

const all = [...references, ...bombs, ...disguises];

describe.each<[string, readonly Hostile[]]>([
  ["a reference to anything outside", references],
  ["a document that is expensive to process", bombs],
  ["a document with hidden content", disguises],
])("%s", (_, kinds) => {
  it.each(kinds.map((hostile): [string, Hostile] => [hostile.kind, hostile]))(
    "is rejected by every command: %s",
    async (_kind, { make, refused }) => {
      const file = join(witnesses.folder, "hostile.txt");
      await writeFile(file, make(structuredClone(upstream), witnesses));
      // `regenerate` reads the published document first.
      const options = { from: file, prune: false, date: "2026-12-01" };
      expect(await messageOf(nextSpecs(tree, "fal", options))).toMatch(refused);

      await writeFile(file, make(parse(nimbus) as JsonObject, witnesses));
      expect(await messageOf(specsFromDocument("nimbus-gpu", file, "2026-12-01"))).toMatch(refused);

      const specs = join(witnesses.folder, "specs");
      await cp(join(root, "specs", "fal"), join(specs, "fal"), { recursive: true });
      await writeFile(join(specs, "fal", "upstream.yaml"), make(structuredClone(upstream), witnesses));
      expect(await messageOf(compose("fal", specs))).toMatch(/^specs\/fal\/upstream\.yaml(?::\d+)?: /);
    },
  );
});

it("compose rejects outside references in a handwritten document", async () => {
  const specs = join(witnesses.folder, "ours");
  await mkdir(specs);
  await cp(join(root, "specs", "novita"), join(specs, "novita"), { recursive: true });
  const good = parse(await readFile(join(root, "specs", "novita", "openapi.yaml"), "utf8")) as JsonObject;
  for (const { make, refused } of references) {
    await writeFile(join(specs, "novita", "openapi.yaml"), make(structuredClone(good), witnesses));
    expect(await messageOf(compose("novita", specs))).toMatch(refused);
  }
});

it("compose rejects an overlay with an outside reference before the linter follows it", async () => {
  const specs = join(witnesses.folder, "overlay");
  await cp(join(root, "specs", "fal"), join(specs, "fal"), { recursive: true });
  const path = join(specs, "fal", "fixes.overlay.yaml");
  const overlay = parse(await readFile(path, "utf8")) as JsonObject & { actions: JsonObject[] };
  overlay.actions.push({ target: "$.info", description: "Hostile.", update: { "x-note": { $ref: witnesses.url } } });
  await writeFile(path, stringify(overlay));
  expect(await messageOf(compose("fal", specs))).toMatch(/\/info\/x-note\/\$ref refers to .*, outside of the document/);
});

describe("a symbolic link", () => {
  it("instead of a document is rejected", async () => {
    const link = join(witnesses.folder, "link.json");
    await symlink(witnesses.file, link);
    expect(await messageOf(readPublished(link, "vendor"))).toMatch(/link\.json: cannot be read: it is a symbolic link/);
  });

  it.each(["upstream.yaml", "fixes.overlay.yaml", "source.yaml"])("instead of %s is rejected", async (name) => {
    const specs = join(witnesses.folder, `linked-${name}`);
    await cp(join(root, "specs", "fal"), join(specs, "fal"), { recursive: true, filter: (source) => !source.endsWith(name) });
    await symlink(witnesses.file, join(specs, "fal", name));
    expect(await messageOf(compose("fal", specs))).toBe(
      `specs/fal/${name}: cannot be read: it is a symbolic link; give the file itself`,
    );
  });

  it("instead of a vendor's folder is rejected", async () => {
    const specs = join(witnesses.folder, "linked");
    await mkdir(specs);
    await symlink(join(root, "specs", "fal"), join(specs, "fal"));
    expect(await messageOf(compose("fal", specs))).toMatch(/^specs\/fal: is a symbolic link/);
  });
});

describe("an index of pages", () => {
  it("in a file can refer only to pages in its own folder", async () => {
    const folder = join(witnesses.folder, "index");
    await mkdir(folder);
    const page = `\`\`\`json\n{ "openapi": "3.1.0", "info": { "title": "${planted}" }, "paths": {} }\n\`\`\`\n`;
    await writeFile(join(witnesses.folder, "outside.md"), page);
    const links = [witnesses.url.replace(".json", ".md"), "../outside.md", join(witnesses.folder, "outside.md")];
    await writeFile(join(folder, "llms.txt"), links.map((link) => `- [Page](${link})\n`).join(""));
    expect(await messageOf(readPublished(join(folder, "llms.txt"), "vendor"))).toMatch(/has no OpenAPI document/);
  });

  it("has the size limit of one document, however many pages it has", async () => {
    const folder = join(witnesses.folder, "pages");
    await mkdir(folder);
    const page = `\`\`\`yaml\nopenapi: 3.1.0\n${"x: [1, 2, 3]\n".repeat(30_000)}\`\`\`\n`;
    const names = Array.from({ length: 20 }, (_, index) => `page-${index}.md`);
    // Only parsing can show that the pages contain nothing, so the limit must apply to their total size.
    for (const name of names) await writeFile(join(folder, name), page.replaceAll("x:", "#"));
    await writeFile(join(folder, "llms.txt"), names.map((name) => `- [Page](${name})\n`).join(""));
    expect(await messageOf(readPublished(join(folder, "llms.txt"), "vendor"))).toMatch(/is too large: it has \d+ lines/);
  });
});

describe("texts", () => {
  const text = (value: string) => JSON.stringify({ openapi: "3.1.0", info: { title: "A", description: value }, paths: {} });
  const described = (value: string) => (admit(text(value), "x.json", "vendor").document["info"] as JsonObject)["description"];

  it.each([
    ["bidirectional controls", "a\u202Eb\u2066c\u200Fd\u061Ce", "abcde"],
    ["line separators", "a\u2028b\u2029c", "abc"],
    ["byte order marks", "a\uFEFFb", "ab"],
    ["lone surrogates", "a\uD800b\uDC00c", "abc"],
    ["controls", "a\u0000b\u001B[31mc\u0085d\u007F", "ab[31mcd"],
    ["invisible letters", "a\u{E0041}b\u3164c\u00ADd", "abcd"],
    ["other line breaks", "a\r\nb\rc", "a\nb\nc"],
    ["nothing that is visible", "Grüße 😀 ⚠️ 👩‍💻 日本 \t “x”\n", "Grüße 😀 ⚠️ 👩‍💻 日本 \t “x”\n"],
    ["emoji modifiers outside of an emoji", "a\uFE0Fb\u200Dc", "abc"],
  ])("lose %s", (_, before, after) => {
    expect(described(before)).toBe(after);
  });

  it("are noted only if something was removed", () => {
    expect(admit(text("a\u202Eb"), "x.json", "vendor").notes).toEqual([
      "Hidden characters were removed from the document: `/info/description`.",
    ]);
    expect(admit(text("a"), "x.json", "vendor").notes).toEqual([]);
  });

  it("are stored as read", () => {
    const given = "openapi: 3.1.0\ninfo: { title: A\u202E }\n# \u2066 note\npaths: {}\n";
    const { text: stored, document } = admit(given, "x.yaml", "vendor");
    expect(stored).toBe("openapi: 3.1.0\ninfo: { title: A }\n#  note\npaths: {}\n");
    expect(admit(stored, "x.yaml", "vendor")).toEqual({ document, text: stored, notes: [] });
  });

  it("may start with a byte order mark", async () => {
    const file = join(witnesses.folder, "mark.json");
    await writeFile(file, `\uFEFF${JSON.stringify(upstream)}`);
    expect((await readPublished(file, "vendor")).document).toEqual(upstream);
  });
});

it("every kind has a unique name", () => {
  expect(new Set(all.map(({ kind }) => kind)).size).toBe(all.length);
});

describe("extensions that only we set", () => {
  const names = [
    "x-empty",
    "x-evidence",
    "x-generated-by",
    "x-gpu-client",
    "x-idempotency-key",
    "x-idempotent",
    "x-item-schema",
    "x-no-content",
    "x-paid",
    "x-pagination",
    "x-rate-limit-group",
    "x-secret",
  ];
  const marks = () => Object.fromEntries(names.map((name) => [name, name === "x-idempotency-key" ? { header: "K" } : true]));
  const marked = (): JsonObject => ({
    openapi: "3.1.0",
    info: { title: "A", ...marks() },
    paths: {
      "/a": {
        ...marks(),
        get: {
          ...marks(),
          responses: {
            ...marks(),
            "200": {
              description: "A.",
              ...marks(),
              headers: { "x-idempotency-key": { schema: { type: "string", ...marks() } } },
              content: { "application/json": { schema: { $ref: "#/components/schemas/headers" }, example: marks() } },
            },
          },
        },
      },
    },
    components: {
      schemas: {
        headers: { type: "object", ...marks(), properties: { "x-secret": { type: "string", ...marks() } } },
        properties: { ...marks(), allOf: [{ ...marks(), items: marks() }] },
      },
    },
    ...marks(),
  });

  it("are removed from everywhere in a vendor's document, except for headers and fields with their names", () => {
    const { document, notes } = admit(JSON.stringify(marked()), "x.json", "vendor");
    expect(document).toEqual({
      openapi: "3.1.0",
      info: { title: "A" },
      paths: {
        "/a": {
          get: {
            responses: {
              "200": {
                description: "A.",
                headers: { "x-idempotency-key": { schema: { type: "string" } } },
                content: { "application/json": { schema: { $ref: "#/components/schemas/headers" }, example: {} } },
              },
            },
          },
        },
      },
      components: {
        schemas: {
          headers: { type: "object", properties: { "x-secret": { type: "string" } } },
          properties: { allOf: [{ items: {} }] },
        },
      },
    });
    expect(notes).toEqual([
      expect.stringMatching(/^Extensions that only we set were removed from the document: `\/info\/x-empty`/),
    ]);
  });

  it("are kept in a handwritten document", () => {
    expect(admit(JSON.stringify(marked()), "x.json", "ours").document).toEqual(marked());
  });
});
