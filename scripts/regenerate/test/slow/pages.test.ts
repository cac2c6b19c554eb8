import { cp, readFile, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { copyTree, snapshot } from "@gpu-scripts/codegen/test/tree.ts";
import type { JsonObject } from "@gpu-scripts/openapi/json.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { pageNotes, sha256 } from "../../pages.ts";
import { regenerateVendor } from "../../regenerate.ts";
import { renderOutcome } from "../../report.ts";

let server: Server;
let base: string;
const served = new Map<string, () => string>();
let requested: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    requested.push(request.url ?? "");
    const text = served.get(request.url ?? "");
    response.statusCode = text === undefined ? 404 : 200;
    response.end(text?.() ?? "nothing here");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => {
  served.clear();
  requested = [];
});

/** Serves a page, and returns its entry in `source.yaml`. */
function page(name: string, text: string | (() => string), known?: string) {
  served.set(`/${name}`, typeof text === "string" ? () => text : text);
  return { url: `${base}/${name}`, sha256: known === undefined ? undefined : sha256(known) };
}

const notes = (...pages: { url: string; sha256: string | undefined }[]) => pageNotes({ pages, file: "openapi.yaml" });

describe("pageNotes", () => {
  it("omits pages that did not change, as HTML or as Markdown", async () => {
    page("html-and-markdown.md", "# The same");
    expect(
      await notes(
        page("html", "<p>The same", "<p>The same"),
        page("text.md", "# The same", "# The same"),
        page("html-and-markdown", "<p>Other", "# The same"),
        page("html-and-markdown", "<p>The same", "<p>The same"),
      ),
    ).toEqual([]);
  });

  it("names changed pages, with their current hash", async () => {
    page("two.md", "# New");
    const [note, ...others] = await notes(page("one", "<p>New", "<p>Old"), page("two", "<p>New", "# Old"));
    expect(others).toEqual([]);
    expect(note).toBe(
      "A page changed. Read it, correct `openapi.yaml` where it differs, and then set its `sha256` in `source.yaml` to today's hash:" +
        `\n  - ${base}/one: \`${sha256("<p>New")}\`\n  - ${base}/two: \`${sha256("# New")}\``,
    );
  });

  it("names pages without a hash, with their current hash", async () => {
    page("one.md", "<!doctype html><p>No such page");
    page("two.md", "# Two");
    const [note, ...others] = await notes(page("one", "<p>One"), page("two", "<p>Two"));
    expect(others).toEqual([]);
    expect(note).toMatch(
      /^A page has no hash yet, so its changes go unnoticed\. Read it, correct `openapi\.yaml` where it differs/,
    );
    expect(note).toContain(`\n  - ${base}/one: \`${sha256("<p>One")}\`\n  - ${base}/two: \`${sha256("# Two")}\``);
    expect(await notes(page("one", "<p>One", "<p>One"), page("two", "<p>Two", "# Two"))).toEqual([]);
  });

  it("names pages that differ on every request", async () => {
    let times = 0;
    const unstable = () => {
      times += 1;
      return `<p>${times}`;
    };
    const [note, ...others] = await notes(page("one", unstable), page("two", unstable, "<p>0"));
    expect(others).toEqual([]);
    expect(note).toMatch(/^A page differs on every request, so a hash cannot track it\./);
    expect(note).toContain(`\n  - ${base}/one\n  - ${base}/two`);
  });

  it("names pages that cannot be read, with the reason", async () => {
    const unread = { url: `${base}/gone`, sha256: undefined };
    expect(await notes(unread)).toEqual([
      `A page could not be read, so it may have changed:\n  - ${base}/gone: cannot be fetched: status 404`,
    ]);
  });

  it("reads all pages, however many there are", async () => {
    const many = Array.from({ length: 20 }, (_, index) => page(`page-${index}.md`, `# ${index}`));
    const [note] = await notes(...many);
    expect(note?.match(/\n {2}- /g)).toHaveLength(20);
  });
});

describe("regenerate", { timeout: 60_000 }, () => {
  let tree: { root: string; remove: () => Promise<void> };
  beforeAll(async () => {
    tree = await copyTree();
  });
  afterAll(() => tree.remove());

  it.each([
    ["novita", "openapi.yaml", "`openapi.yaml`"],
    ["fal", "upstream.yaml", "the overlays"],
  ])("reports the pages of %s, and does not count them as a change of the document", async (vendor, file, ours) => {
    const folder = join(tree.root, "specs", vendor);
    const source = parse(await readFile(join(folder, "source.yaml"), "utf8")) as JsonObject;
    const document = await readFile(join(folder, file), "utf8");
    served.set("/document.yaml", () => document);
    const pages = [page("seen.md", "# Seen", "# Seen"), page("unseen.md", "# Unseen")];
    const listed = pages.map(({ url, sha256 }) => ({ url, sha256: sha256 ?? null }));
    const url = file === "upstream.yaml" ? `${base}/document.yaml` : null;
    await writeFile(join(folder, "source.yaml"), stringify({ ...source, url, pages: listed }));

    const before = await snapshot(tree.root);
    const outcome = await regenerateVendor(vendor, { root: tree.root });
    expect(outcome).toMatchObject({ vendor, status: "unchanged", impact: "none", bump: "none", changes: [], overlays: [] });
    expect(await snapshot(tree.root)).toEqual(before);
    expect(renderOutcome(outcome)).toBe(
      `## ${vendor}: no change\n\n### For a person\n\n` +
        `- A page has no hash yet, so its changes go unnoticed. Read it, correct ${ours} where it differs, and then set its ` +
        `\`sha256\` in \`source.yaml\` to today's hash:\n  - \`${base}/unseen.md\`: \`${sha256("# Unseen")}\`\n`,
    );

    // With a document passed as a file, the pages are not read.
    requested = [];
    await cp(join(folder, file), join(tree.root, "given.yaml"));
    const given = await regenerateVendor(vendor, { root: tree.root, from: join(tree.root, "given.yaml") });
    expect(given.notes).toEqual([]);
    expect(requested).toEqual([]);
  });
});
