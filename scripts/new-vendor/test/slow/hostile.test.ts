// A valid document with an attacker's texts is accepted, and the texts stay plain text in every generated file.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { staleFiles } from "@gpu-scripts/codegen/files.ts";
import { copyTree, snapshot } from "@gpu-scripts/codegen/test/tree.ts";
import { generateVendor } from "@gpu-scripts/codegen/vendor-files.ts";
import { hasHidden } from "@gpu-scripts/openapi/characters.ts";
import { isObject, type JsonObject, objectAt, walkObjects } from "@gpu-scripts/openapi/json.ts";
import { operationsOf } from "@gpu-scripts/openapi/operations.ts";
import { regenerateVendor } from "@gpu-scripts/regenerate/regenerate.ts";
import { renderOutcome } from "@gpu-scripts/regenerate/report.ts";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { newVendor } from "../../new-vendor.ts";
import { nimbus } from "../nimbus.ts";

const id = "nimbus-gpu";
const date = "2026-12-01";
let tree: { root: string; remove: () => Promise<void> };
let outside: string;

beforeAll(async () => {
  tree = await copyTree({ dependents: true });
  outside = await mkdtemp(join(tmpdir(), "gpu-hostile-"));
  await writeFile(
    join(tree.root, "README.md"),
    "<!-- vendors:start -->\n<!-- vendors:end -->\n<!-- live:start -->\n<!-- live:end -->\n",
  );
});
afterAll(async () => {
  await tree.remove();
  await rm(outside, { recursive: true, force: true });
});

const hostile =
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a template of the attacker.
  "*/ export const x = 1; /* `${x}` \" ' \\ | <!-- operations:end --> <script>alert(1)</script> [a](javascript:alert(1)) " +
  "![b](https://evil.example/) https://evil.example @everyone closes #1 \u202E\u2066\u200F\uD800\u0000\n@ts-ignore\n---\n# heading";

/** The part of the text that the linter allows in a description. It rejects the rest. */
const description = hostile.replace("<script>alert(1)</script> [a](javascript:alert(1))", "<b>a</b>");

/** The vendor's document with the hostile text in all of its texts, and with extensions that only we may set. */
function hostileDocument(): JsonObject {
  const document = parse(nimbus) as JsonObject;
  walkObjects(document, (object) => {
    for (const key of ["title", "summary"]) if (typeof object[key] === "string") object[key] = hostile;
    if (typeof object["description"] === "string") object["description"] = description;
  });
  objectAt(document, "info")["description"] = description;
  document["x-gpu-client"] = { vendor: "other", apiKeyEnv: "OTHER", apiKeyPrefix: "", errors: {} };
  for (const { object } of operationsOf(document)) {
    Object.assign(object, { summary: hostile, description, "x-paid": false, "x-idempotent": true });
    object["x-idempotency-key"] = { header: "X", windowSeconds: 1 };
  }
  for (const schema of Object.values(objectAt(objectAt(document, "components"), "schemas"))) {
    for (const property of Object.values(objectAt(schema, "properties"))) {
      if (isObject(property)) Object.assign(property, { description, "x-secret": false });
    }
  }
  return document;
}

const code = "export const x = 1";

/** Expects that the hostile text is plain text in every file of the folders. */
async function expectHarmless(folders: readonly string[]): Promise<void> {
  for (const folder of folders) {
    for (const [name, text] of await snapshot(join(tree.root, folder))) {
      expect([folder, name, hasHidden(text)]).toEqual([folder, name, false]);
      if (!name.endsWith(".ts")) continue;
      const file = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
      expect([name, (file as unknown as { parseDiagnostics: unknown[] }).parseDiagnostics]).toEqual([name, []]);
      expect([name, file.statements.some((statement) => statement.getText(file) === `${code};`)]).toEqual([name, false]);
    }
  }
}

describe("a document with hostile texts", { timeout: 60_000 }, () => {
  it("becomes a package in which they are plain text", async () => {
    const from = join(outside, "hostile.json");
    await writeFile(from, JSON.stringify(hostileDocument()));
    const { written, left } = await newVendor(tree.root, id, { from, date });
    expect(written).toContain(`packages/${id}/src/generated/client.ts`);
    expect(left.join("\n")).toMatch(/Hidden characters were removed from the document/);
    expect(left.join("\n")).toMatch(/Extensions that only we set were removed from the document/);
    await expectHarmless([
      `specs/${id}`,
      `packages/${id}`,
      "packages/unified/src/providers",
      "packages/simulator/src/vendors",
      ".changeset",
    ]);

    const all = await snapshot(tree.root);
    const readme = all.get(`packages/${id}/README.md`) ?? "";
    expect(readme.match(/^<!-- operations:end -->$/gm)).toHaveLength(1);
    for (const text of [readme, all.get(`.changeset/${id}.md`) ?? "", all.get("README.md") ?? ""]) {
      expect(text).not.toMatch(/<script|(?<!\\)\]\(javascript:|!\[/);
    }
    const composed = JSON.parse(all.get(`packages/${id}/openapi.json`) ?? "") as JsonObject;
    expect(composed["x-gpu-client"]).toMatchObject({ vendor: id });
    expect(operationsOf(composed).filter(({ object }) => object["x-idempotency-key"] !== undefined)).toEqual([]);
    const folders = { specs: join(tree.root, "specs"), packages: join(tree.root, "packages") };
    expect(await staleFiles(await generateVendor(id, folders))).toEqual([]);
  });

  it("is rejected in one line if the linter rejects a text", async () => {
    const from = join(outside, "refused.json");
    const document = hostileDocument();
    for (const { object } of operationsOf(document)) object["description"] = hostile;
    await writeFile(from, JSON.stringify(document));
    const before = await snapshot(tree.root);
    await expect(newVendor(tree.root, "stratus", { from, date })).rejects.toThrow(
      /^[^\n]*refused\.json: none of its 10 operations can be part of a client: Markdown [^;\n]*no-unsafe-markdown\); write [^;\n]*$/,
    );
    expect(await snapshot(tree.root)).toEqual(before);
  });

  it("can update a package in which they are plain text, and is unchanged the second time", async () => {
    const from = join(outside, "changed.json");
    const document = JSON.parse(
      await snapshot(join(tree.root, "specs")).then((files) => files.get(`${id}/upstream.yaml`) ?? ""),
    ) as JsonObject;
    for (const { object } of operationsOf(document)) object["summary"] = `Changed ${hostile}`;
    await writeFile(from, JSON.stringify(document));
    const outcome = await regenerateVendor(id, { root: tree.root, from, date });
    expect(outcome.status, JSON.stringify(outcome.reasons)).not.toBe("refused");
    expect(renderOutcome(outcome)).not.toMatch(/<script|(?<!\\)\]\(javascript:|!\[|(?<!`)@everyone/);
    await expectHarmless([`specs/${id}`, `packages/${id}`, ".changeset"]);
    const again = await regenerateVendor(id, { root: tree.root, from, date });
    expect([again.status, again.reasons, again.notes]).toEqual(["unchanged", [], []]);
  });
});
