import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { copyTree, snapshot } from "@gpu-scripts/codegen/test/tree.ts";
import { isObject, type JsonObject, objectAt, walkObjects } from "@gpu-scripts/openapi/json.ts";
import { type Finished, runToEnd } from "@gpu-scripts/openapi/process.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";

let tree: { root: string; remove: () => Promise<void> };
beforeAll(async () => {
  tree = await copyTree({ scripts: true });
});
afterAll(() => tree.remove());

function run(script: string, ...args: string[]): Promise<Finished> {
  return runToEnd(process.execPath, [join(tree.root, "scripts", script), ...args], { cwd: tree.root });
}

const report = async () => JSON.parse(await readFile(join(tree.root, "out", "report.json"), "utf8")) as JsonObject[];

describe("pnpm regenerate", { timeout: 60_000 }, () => {
  it.each([
    [["--from", "x.yaml"], /--from needs exactly one vendor/],
    [["nobody"], /unknown vendor "nobody"; known vendors: /],
    [["fal", "novita", "--from", "x.yaml"], /--from needs exactly one vendor/],
    [["fal", "--from", "missing.yaml", "--dry-run"], /missing\.yaml: cannot be read/],
  ])("exits with code 1 and the reason for %j", async (args, reason) => {
    const { code, stdout, stderr } = await run("regenerate/main.ts", ...args);
    expect(code).toBe(1);
    expect(stdout + stderr).toMatch(reason);
  });

  it.each([
    ["a folder", "packages", /^error: --report packages: cannot be written: it is a folder; name a file\n$/],
    [
      "in a file",
      "package.json/report.json",
      /^error: --report package\.json\/report\.json: cannot be written: [^\n]+; name a file\n$/,
    ],
  ])("changes no vendor when the report is %s", async (_, place, reason) => {
    const document = parse(await readFile(join(tree.root, "specs/novita/openapi.yaml"), "utf8")) as JsonObject;
    objectAt(document, "info")["description"] = "Another text.";
    await writeFile(join(tree.root, "edited.yaml"), stringify(document));
    const before = await snapshot(tree.root);
    const { code, stderr, stdout } = await run("regenerate/main.ts", "novita", "--from", "edited.yaml", "--report", place);
    expect(stderr).toMatch(reason);
    expect(stdout).toBe("");
    expect(code).toBe(1);
    expect(await snapshot(tree.root)).toEqual(before);
  });

  it("exits with code 2 when code that depends on the vendor must be fixed, names the code, and bumps unified", async () => {
    const document = parse(await readFile(join(tree.root, "specs/runcrate/openapi.yaml"), "utf8")) as JsonObject;
    const name = firstOpenEnum(document);
    const before = objectAt(objectAt(objectAt(document, "components"), "schemas"), name)["x-extensible-enum"] as string[];
    const providers = join(tree.root, "packages", "unified", "src", "providers");
    await mkdir(providers, { recursive: true });
    const map = Object.fromEntries(before.map((value) => [value, "known"]));
    await writeFile(
      join(providers, "runcrate.ts"),
      `import type { Known${name} } from "@gpu/runcrate";\nexport const status = ${JSON.stringify(map)} satisfies Record<Known${name}, string>;\n`,
    );
    before.push("brand_new");
    await writeFile(join(tree.root, "edited.yaml"), stringify(document));

    const { code, stdout } = await run("regenerate/main.ts", "runcrate", "--from", "edited.yaml", "--report", "out/report.json");
    expect(stdout).toMatch(/- packages\/unified\/src\/providers\/runcrate\.ts:2: .*brand_new/);
    expect(code).toBe(2);
    const [entry, ...others] = await report();
    expect(others).toEqual([]);
    const ofRun = ["vendor", "status", "reasons", "versions", "impact", "bump"];
    const lists = ["changes", "overlays", "fixable", "lookAt", "notes", "files"];
    expect(Object.keys(entry ?? {}).sort()).toEqual([...ofRun, ...lists].sort());
    expect(entry).toMatchObject({ vendor: "runcrate", status: "written", impact: "minor", bump: "patch", overlays: [] });
    const type = `Known${name}`;
    const facts = { kind: "known-values-added", type, values: ['"brand_new"'] };
    const message = `\`${type}\` now has "brand_new": exhaustive maps need an entry for it`;
    expect(entry?.["changes"]).toContainEqual(expect.objectContaining({ impact: "minor", ...facts, message }));
    const file = "packages/unified/src/providers/runcrate.ts";
    expect(entry?.["fixable"]).toEqual([{ kind: "compile", file, line: 2, message: expect.stringMatching(/brand_new/) }]);
    const changesets = [...(await snapshot(join(tree.root, ".changeset"))).values()];
    expect(changesets.map((text) => /^"(@gpu\/\w+)": (\w+)$/m.exec(text)?.slice(1))).toEqual(
      expect.arrayContaining([
        ["@gpu/runcrate", "patch"],
        ["@gpu/unified", "patch"],
      ]),
    );
  });

  it("changes nothing with --dry-run", async () => {
    const document = parse(await readFile(join(tree.root, "specs/novita/openapi.yaml"), "utf8")) as JsonObject;
    objectAt(document, "info")["description"] = "Another text.";
    await writeFile(join(tree.root, "edited.yaml"), stringify(document));
    const before = await snapshot(tree.root);
    const dry = await run("regenerate/main.ts", "novita", "--from", "edited.yaml", "--dry-run");
    expect(dry.stderr).toBe("");
    expect(dry.stdout).toContain("patch change, version 0.1.0 → 0.1.1");
    expect(dry.code).toBe(0);
    expect(await snapshot(tree.root)).toEqual(before);
  });
});

/** An open enum that a response uses. */
function firstOpenEnum(document: JsonObject): string {
  let found: string | undefined;
  walkObjects(objectAt(objectAt(document, "components"), "schemas"), (object, location) => {
    const values = object["x-extensible-enum"];
    if (location.length === 1 && Array.isArray(values) && isObject(object)) found ??= String(location[0]);
  });
  if (!found) throw new Error("the document has no open enum");
  return found;
}
