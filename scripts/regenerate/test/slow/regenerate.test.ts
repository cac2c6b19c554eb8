import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { copyTree, snapshot } from "@gpu-scripts/codegen/test/tree.ts";
import { generateVendor } from "@gpu-scripts/codegen/vendor-files.ts";
import { isObject, type JsonObject, objectAt } from "@gpu-scripts/openapi/json.ts";
import { normalized } from "@gpu-scripts/openapi/normalize/normalize.ts";
import { operationKey, operationsOf } from "@gpu-scripts/openapi/operations.ts";
import { OverlayApplier } from "@gpu-scripts/openapi/overlay.ts";
import { root } from "@gpu-scripts/openapi/vendors.ts";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { messageOf } from "../../change-text.ts";
import type { Outcome } from "../../outcome.ts";
import { type RegenerateOptions, regenerateVendor } from "../../regenerate.ts";
import { renderOutcome } from "../../report.ts";

let tree: { root: string; remove: () => Promise<void> };
const freshTree = () => {
  beforeEach(async () => {
    tree = await copyTree();
  });
  afterEach(() => tree.remove());
};

const read = (path: string) => readFile(join(tree.root, path), "utf8");
const date = "2026-12-01";

async function regenerate(vendor: string, document?: JsonObject | string, options: Partial<RegenerateOptions> = {}) {
  let from: string | undefined;
  if (document !== undefined) {
    from = join(tree.root, "published.yaml");
    await writeFile(from, typeof document === "string" ? document : stringify(document, { aliasDuplicateObjects: false }));
  }
  return await regenerateVendor(vendor, { root: tree.root, from, date, ...options });
}

/** An outcome's changes with their messages. */
function shown({ changes }: Outcome) {
  return changes.map((change) => ({ operation: change.operation, impact: change.impact, message: messageOf(change) }));
}

async function upstream(vendor: string): Promise<JsonObject> {
  return parse(await read(`specs/${vendor}/upstream.yaml`)) as JsonObject;
}

/** Expects that the generated files match the specs in the tree. */
async function expectFresh(vendor: string): Promise<void> {
  const generated = await generateVendor(vendor, { specs: join(tree.root, "specs"), packages: join(tree.root, "packages") });
  for (const [path, text] of generated) expect(await readFile(path, "utf8"), path).toBe(text);
}

const vendored = ["fal", "shadeform", "thunder-compute"];
const handWritten = ["novita", "runcrate"];

/** Adds an optional field to a schema. */
function addField(document: JsonObject, schema: string): JsonObject {
  objectAt(objectAt(objectAt(objectAt(document, "components"), "schemas"), schema), "properties")["brand_new"] = {
    type: "string",
    description: "Something new.",
  };
  return document;
}

const requestSchemas: Record<string, string> = {
  shadeform: "CreateRequest",
  "thunder-compute": "thundertypes.InstanceCreateRequest",
};

describe("regenerate", { timeout: 60_000 }, () => {
  freshTree();

  it.each(Object.entries(requestSchemas))("adds a new field of %s to the package and the changeset", async (vendor, schema) => {
    const outcome = await regenerate(vendor, addField(await upstream(vendor), schema));
    expect(outcome.reasons).toEqual([]);
    expect(outcome.status).toBe("written");
    expect(outcome).toMatchObject({ vendor, impact: "minor", bump: "patch", overlays: [] });
    expect(shown(outcome)).toContainEqual({
      operation: "createInstance",
      impact: "minor",
      message: "request field `brand_new` is new",
    });
    const changeset = outcome.files.find((file) => file.startsWith(`.changeset/${vendor}`)) ?? "";
    expect(await read(changeset)).toMatch(
      new RegExp(`^---\\n"@gpu/${vendor}": patch\\n---\\n[^]*\`createInstance\`[^]*\`brand_new\` is new`),
    );
    expect(await read(`packages/${vendor}/src/generated/schema.ts`)).toContain("brand_new");
    expect(await read(`specs/${vendor}/source.yaml`)).toContain(`date: ${date}`);
    await expectFresh(vendor);
    expect((await regenerate(vendor, addField(await upstream(vendor), schema))).status).toBe("unchanged");
  });

  it.each(handWritten)(
    "replaces the handwritten document of %s, updates its operations, and bumps unified on a breaking change",
    async (vendor) => {
      const document = parse(await read(`specs/${vendor}/openapi.yaml`)) as JsonObject;
      const count = operationsOf(document).length;
      const last = operationsOf(document).at(-1);
      if (last) delete objectAt(objectAt(document, "paths"), last.path)[last.method];
      await cp(join(root, "README.md"), join(tree.root, "README.md"));
      // Removes unused components, which would be rejected as a mistake in the file.
      const outcome = await regenerate(vendor, withoutUnused(document));
      expect(outcome.reasons).toEqual([]);
      expect(outcome).toMatchObject({ impact: "major", bump: "minor" });
      expect(shown(outcome)).toContainEqual({
        operation: last?.object["operationId"],
        impact: "major",
        message: "the call was removed",
      });
      expect((parse(await read(`specs/${vendor}/source.yaml`)) as JsonObject)["operations"]).not.toContain(
        last && operationKey(last),
      );
      const unified = outcome.files.find((file) => file.endsWith("-unified.md")) ?? "";
      expect(await read(unified)).toMatch(/^---\n"@gpu\/unified": minor\n---\n/);
      const row = (await read("README.md")).split("\n").find((line) => line.includes(`(packages/${vendor})`));
      expect(row).toMatch(new RegExp(`\\| ${count - 1} \\|$`));
      await expectFresh(vendor);
    },
  );

  it.each([...vendored, ...handWritten])(
    "changes nothing for %s when the published document is the stored one",
    async (vendor) => {
      const before = await snapshot(tree.root);
      const file = vendored.includes(vendor) ? "upstream.yaml" : "openapi.yaml";
      const outcome = await regenerateVendor(vendor, { root: tree.root, from: join(tree.root, "specs", vendor, file), date });
      expect(outcome).toMatchObject({
        vendor,
        status: "unchanged",
        impact: "none",
        bump: "none",
        changes: [],
        overlays: [],
        files: [],
      });
      expect(await snapshot(tree.root)).toEqual(before);
    },
  );

  it("changes nothing with dryRun, and reports the same", async () => {
    const document = addField(await upstream("shadeform"), "CreateRequest");
    await writeFile(join(tree.root, "published.yaml"), stringify(document, { aliasDuplicateObjects: false }));
    const before = await snapshot(tree.root);
    const dry = await regenerate("shadeform", document, { dryRun: true });
    expect(await snapshot(tree.root)).toEqual(before);
    const wet = await regenerate("shadeform", document);
    expect(dry).toEqual({ ...wet, status: "would-write" });
    expect(wet.status).toBe("written");
  });

  it("repairs the tree after a run that was killed between its files, and keeps the changeset", async () => {
    const document = addField(await upstream("shadeform"), "CreateRequest");
    const paths = ["packages/shadeform/openapi.json", "packages/shadeform/src/generated/client.ts"];
    const old = await Promise.all(paths.map(read));
    const { files } = await regenerate("shadeform", document);
    const complete = await snapshot(tree.root);
    // Restores the files that a run writes last, as if it was killed before them.
    for (const [index, path] of paths.entries()) await writeFile(join(tree.root, path), old[index] ?? "");
    const again = await regenerate("shadeform", document);
    expect(again.status).toBe("written");
    expect(files).toEqual(expect.arrayContaining(again.files));
    expect(await snapshot(tree.root)).toEqual(complete);
  });

  it("keeps an operation that upstream removed, and drops unused parts of a larger document", async () => {
    const document = await upstream("fal");
    const before = await read("packages/fal/openapi.json");
    const platform = Object.fromEntries(
      Array.from({ length: 80 }, (_, index) => [
        `/models/${index}`,
        { get: { responses: { "200": { description: "A model. ".repeat(20) } } } },
      ]),
    );
    const outcome = await regenerate("fal", { ...document, paths: platform });
    expect(outcome.status).toBe("written");
    expect(outcome.overlays).toEqual([{ action: "operations.overlay.yaml (POST /compute/instances)", verdict: "lost" }]);
    expect(shown(outcome)).toContainEqual(
      expect.objectContaining({
        operation: "createInstance",
        impact: "none",
        message: expect.stringMatching(/^upstream no longer lists it/),
      }),
    );
    expect(outcome.notes.join()).toContain("80 operations");
    expect(operationsOf(await upstream("fal"))).toEqual([]);
    expect(await read("packages/fal/openapi.json")).toBe(before);
    await expectFresh("fal");

    const back = await regenerate(
      "fal",
      { ...document, paths: { ...objectAt(document, "paths"), ...platform } },
      { prune: true },
    );
    expect(back.reasons).toEqual([]);
    expect(back.overlays).toEqual([expect.objectContaining({ verdict: "unnecessary" })]);
    expect(operationsOf(await upstream("fal")).map(operationKey)).toEqual(["POST /compute/instances"]);
    expect(await read("packages/fal/openapi.json")).toBe(before);
  });

  it.each(vendored)(
    "reports overlays that a full document of %s makes unnecessary, and deletes them with prune",
    async (vendor) => {
      // Overlays apply to the repaired form of the document.
      const applier = new OverlayApplier(normalized(await upstream(vendor), { vendor, sourceUrl: "" }).document);
      applier.apply(parse(await read(`specs/${vendor}/operations.overlay.yaml`)) as JsonObject, "operations.overlay.yaml");
      const before = await snapshot(join(tree.root, "specs"));
      const document = parse(await read(`packages/${vendor}/openapi.json`));
      const pending = await regenerate(vendor, applier.document);
      expect(pending.status).toBe("refused");
      expect(pending.reasons).toEqual([{ kind: "overlays-to-prune" }]);
      expect(await snapshot(join(tree.root, "specs"))).toEqual(before);
      const actions = parse(await read(`specs/${vendor}/operations.overlay.yaml`)).actions as JsonObject[];
      expect(pending.overlays).toMatchObject(
        actions.map((action, index) => ({
          action: `operations.overlay.yaml, action ${index + 1} (${action["target"]})`,
          // If upstream's version lacks our marks, the part of the action that sets them is kept.
          verdict: expect.stringMatching(/^unnecessary$|^superseded$/),
        })),
      );
      const pruned = await regenerate(vendor, applier.document, { prune: true });
      expect(pruned.status).toBe("written");
      // Our marks now come after upstream's keys, so only the order of the document changes.
      expect(pruned.changes.filter(({ impact }) => impact !== "patch")).toEqual([]);
      expect(parse(await read(`packages/${vendor}/openapi.json`))).toEqual(document);
      expect(parse(await read(`specs/${vendor}/operations.overlay.yaml`)).actions).toEqual([]);
      await expectFresh(vendor);
    },
  );

  it("deletes part of an action, and keeps every other byte of the overlay", async () => {
    const document = await upstream("fal");
    const overlay = await read("specs/fal/operations.overlay.yaml");
    const ours = operationsOf({ paths: actionsAt(parse(overlay), "$.paths")[0] ?? {} }).find(({ method }) => method === "delete");
    if (!ours) throw new Error("fal's overlay has no delete");
    objectAt(document, "paths")[ours.path] = { [ours.method]: ours.object };
    // The overlays provide the components that the operation refers to.
    const outcome = await regenerate("fal", document, { prune: true });
    expect(outcome.reasons).toEqual([]);
    expect(outcome.overlays).toEqual([expect.objectContaining({ verdict: "superseded", parts: [operationKey(ours)] })]);
    const after = await read("specs/fal/operations.overlay.yaml");
    const kept = after.split("\n");
    expect(overlay.split("\n").filter((line) => !kept.includes(line)).length).toBeLessThan(60);
    expect(isSubsequence(kept, overlay.split("\n"))).toBe(true);
    await expectFresh("fal");
  });

  it("does not restore a field that upstream removed and an overlay describes", async () => {
    const document = await upstream("thunder-compute");
    const schema = objectAt(objectAt(objectAt(document, "components"), "schemas"), "thundertypes.InstanceCreateRequest");
    delete objectAt(schema, "properties")["ephemeral_disk_gb"];
    const expected = { operation: "createInstance", impact: "major", message: "request field `ephemeral_disk_gb` was removed" };
    const pending = await regenerate("thunder-compute", document);
    expect(pending.status).toBe("refused");
    expect(pending.overlays).toEqual([
      expect.objectContaining({ verdict: "unnecessary", cause: "dropped-upstream", parts: ["ephemeral_disk_gb"] }),
    ]);
    expect(shown(pending)).toContainEqual(expected);
    const pruned = await regenerate("thunder-compute", document, { prune: true });
    expect(pruned.status).toBe("written");
    expect(shown(pruned)).toContainEqual(expected);
    expect(await read("specs/thunder-compute/fixes.overlay.yaml")).not.toMatch(/^ *ephemeral_disk_gb:/m);
  });

  it("reports a value that upstream changed and an overlay sets", async () => {
    const document = await upstream("thunder-compute");
    const schema = objectAt(objectAt(objectAt(document, "components"), "schemas"), "thundertypes.InstanceCreateRequest");
    objectAt(objectAt(schema, "properties"), "disk_size_gb")["minimum"] = 50;
    const outcome = await regenerate("thunder-compute", document);
    expect(outcome.overlays).toEqual([
      expect.objectContaining({ verdict: "hides", fields: [{ field: "disk_size_gb.minimum", before: null, after: "50" }] }),
    ]);
    expect(renderOutcome(outcome)).toContain("**hides a change of upstream: disk_size_gb.minimum changed from nothing to 50**");
  });

  it("reports upstream's changes even if overlays no longer apply", async () => {
    const document = await upstream("fal");
    const [create] = operationsOf(document);
    const body = objectAt(objectAt(objectAt(create?.object, "requestBody"), "content"), "application/json");
    delete objectAt(objectAt(body, "schema"), "properties")["sector"];
    const { status, reasons, overlays, changes } = await regenerate("fal", document);
    expect([status, reasons]).toEqual(["refused", [{ kind: "overlays-misfit" }]]);
    expect(overlays).toContainEqual(expect.objectContaining({ verdict: "misfit" }));
    expect(changes).toContainEqual(expect.objectContaining({ operation: "createInstance", impact: "major" }));
  });

  it("names the action that no longer applies, and changes nothing", async () => {
    const document = await upstream("shadeform");
    const schemas = objectAt(objectAt(document, "components"), "schemas");
    schemas["Created"] = schemas["CreateResponse"] ?? {};
    delete schemas["CreateResponse"];
    const text = stringify(document, { aliasDuplicateObjects: false }).replaceAll("schemas/CreateResponse", "schemas/Created");
    const before = await snapshot(join(tree.root, "specs"));
    const outcome = await regenerate("shadeform", text);
    expect(outcome.status).toBe("refused");
    expect(outcome.overlays.filter(({ verdict }) => verdict === "misfit")).not.toEqual([]);
    expect(await snapshot(join(tree.root, "specs"))).toEqual(before);
  });

  it.each(Object.entries(requestSchemas))(
    "writes a new required field of %s, and lists the examples that lack it",
    async (vendor, schema) => {
      const document = addField(await upstream(vendor), schema);
      const required = objectAt(objectAt(objectAt(document, "components"), "schemas"), schema)["required"];
      if (Array.isArray(required)) required.push("brand_new");
      const outcome = await regenerate(vendor, document);
      expect(outcome.status).toBe("written");
      expect(outcome).toMatchObject({ impact: "major", bump: "minor" });
      expect(shown(outcome)).toContainEqual({
        operation: "createInstance",
        impact: "major",
        message: "request field `brand_new` is new and required",
      });
      expect(outcome.fixable).not.toEqual([]);
      const rule = "gpu/examples";
      for (const item of outcome.fixable)
        expect(item).toMatchObject({
          kind: "lint",
          operation: "createInstance",
          rule,
          message: expect.stringMatching(/brand_new/),
        });
      expect(renderOutcome(outcome)).toMatch(/\n### To fix\n\n- specs\/\S+: .*brand\S+new/);
    },
  );

  it("writes nothing on linter errors beyond texts and examples, but reports the changes", async () => {
    const document = parse(await read("specs/novita/openapi.yaml")) as JsonObject;
    const create = operationsOf(document).find(({ object }) => object["operationId"] === "createInstance");
    delete create?.object["x-paid"];
    delete create?.object["x-idempotent"];
    const before = await snapshot(tree.root);
    const outcome = await regenerate("novita", document);
    expect(outcome.status).toBe("refused");
    expect(outcome.reasons).toMatchObject([{ kind: "lint", problems: [{ rule: "gpu/money-and-repetition" }] }]);
    expect(renderOutcome(outcome)).toMatch(/does not pass the linter[\s\S]*gpu\/money-and-repetition/);
    expect(outcome).toMatchObject({ impact: "major" });
    expect(shown(outcome)).toContainEqual(
      expect.objectContaining({
        operation: "createInstance",
        impact: "major",
        message: expect.stringContaining("`x-paid` changed from `true` to nothing"),
      }),
    );
    const after = await snapshot(tree.root);
    after.delete("published.yaml");
    expect(after).toEqual(before);
  });

  /** Adds code that uses the package to a vendor's tests. */
  async function useIn(vendor: string, code: string): Promise<void> {
    const folder = join(tree.root, "packages", vendor, "test");
    await mkdir(folder);
    await writeFile(join(folder, "uses.ts"), code);
  }

  it("lists code that no longer compiles, and writes the files", async () => {
    await useIn(
      "shadeform",
      `import type { CreateInstanceRequest } from "../src/index.js";\nexport const field: keyof CreateInstanceRequest = "volume_mount";\n`,
    );
    const document = await upstream("shadeform");
    const properties = objectAt(objectAt(objectAt(objectAt(document, "components"), "schemas"), "CreateRequest"), "properties");
    properties["volume_mounting"] = properties["volume_mount"] ?? {};
    delete properties["volume_mount"];
    const outcome = await regenerate("shadeform", document);
    expect(outcome.reasons).toEqual([]);
    expect(outcome.status).toBe("written");
    expect(outcome.impact).toBe("major");
    const message = expect.stringMatching(/volume_mount/);
    expect(outcome.fixable).toEqual([{ kind: "compile", file: "packages/shadeform/test/uses.ts", line: 2, message }]);
  });

  it("lists code that no longer compiles even if no type of the document changed", async () => {
    await useIn(
      "runcrate",
      `import type { RuncrateClient } from "../src/index.js";\nexport const call: keyof RuncrateClient["listTransactions"] = "items";\n`,
    );
    const document = parse(await read("specs/runcrate/openapi.yaml")) as JsonObject;
    const list = operationsOf(document).find(({ object }) => object["operationId"] === "listTransactions");
    delete list?.object["x-pagination"];
    const outcome = await regenerate("runcrate", document);
    expect(outcome.reasons).toEqual([]);
    expect(outcome.impact).toBe("major");
    const message = expect.stringMatching(/"items"/);
    expect(outcome.fixable).toEqual([{ kind: "compile", file: "packages/runcrate/test/uses.ts", line: 2, message }]);
  });
});

describe("a document is rejected with the reason, and nothing changes, when it is", { timeout: 60_000 }, () => {
  beforeAll(async () => {
    tree = await copyTree();
  });
  afterAll(() => tree.remove());

  const cases: [string, (text: string, document: JsonObject) => JsonObject | string, RegExp][] = [
    [
      "truncated in the middle of a line",
      (text) => text.slice(0, text.lastIndexOf(": ", Math.floor(text.length * 0.8)) + 4),
      /truncated/,
    ],
    [
      "truncated at the end of a line",
      (text) => text.slice(0, text.lastIndexOf("\n", Math.floor(text.length * 0.9)) + 1),
      /truncated/,
    ],
    ["empty", () => "", /is empty/],
    ["without operations", (_, document) => ({ ...document, paths: {} }), /has no operations/],
    ["HTML", () => "<!doctype html><title>API</title>", /is HTML/],
    ["half the size", (_, document) => shrink(document), /% of the size/],
    ["Swagger 2", (_, document) => ({ ...document, openapi: undefined as never, swagger: "2.0" }), /Swagger 2\.0/],
    ["not OpenAPI", () => "openapi: yes\n", /not an OpenAPI 3 document/],
  ];
  it.each(cases.flatMap((row) => ["shadeform", "novita"].map((vendor) => [row[0], vendor, row] as const)))(
    "%s (%s)",
    async (_, vendor, [, make, reason]) => {
      const file = vendor === "novita" ? "openapi.yaml" : "upstream.yaml";
      const text = await read(`specs/${vendor}/${file}`);
      const before = await snapshot(join(tree.root, "specs"));
      const outcome = await regenerate(vendor, make(text, parse(text) as JsonObject));
      expect(outcome.status).toBe("refused");
      expect(outcome.reasons).toEqual([{ kind: "document", message: expect.stringMatching(reason) }]);
      expect(outcome).toMatchObject({ vendor, impact: "none", bump: "none" });
      expect(await snapshot(join(tree.root, "specs"))).toEqual(before);
    },
  );

  it.each([
    ["shadeform", "thunder-compute"],
    ["thunder-compute", "shadeform"],
    ["fal", "shadeform"],
    ["novita", "runcrate"],
    ["runcrate", "fal"],
  ])("another vendor's: %s with that of %s", async (vendor, other) => {
    const file = handWritten.includes(other) ? "openapi.yaml" : "upstream.yaml";
    const outcome = await regenerate(vendor, await read(`specs/${other}/${file}`));
    expect(outcome.reasons).toEqual([{ kind: "document", message: expect.stringMatching(/another vendor's/) }]);
  });
});

function shrink(document: JsonObject): JsonObject {
  const bare = JSON.parse(
    JSON.stringify(document, (key, value: unknown) =>
      key === "description" || key === "example" || key === "examples" ? undefined : value,
    ),
  ) as JsonObject;
  const paths = objectAt(bare, "paths");
  for (const path of Object.keys(paths).slice(1)) delete paths[path];
  delete bare["components"];
  return JSON.parse(JSON.stringify(bare).replaceAll(/"\$ref":"[^"]*"/g, '"type":"object"')) as JsonObject;
}

function withoutUnused(document: JsonObject): JsonObject {
  for (let found = true; found; ) {
    found = false;
    const text = JSON.stringify(document);
    for (const [section, entries] of Object.entries(objectAt(document, "components"))) {
      if (section === "securitySchemes" || !isObject(entries)) continue;
      for (const name of Object.keys(entries)) {
        if (text.includes(`"#/components/${section}/${name}"`)) continue;
        delete entries[name];
        found = true;
      }
      if (Object.keys(entries).length === 0) delete objectAt(document, "components")[section];
    }
  }
  const used = new Set(operationsOf(document).flatMap(({ object }) => (Array.isArray(object["tags"]) ? object["tags"] : [])));
  const tags = Array.isArray(document["tags"]) ? document["tags"] : [];
  document["tags"] = tags.filter((tag) => isObject(tag) && used.has(tag["name"] ?? null));
  return document;
}

function actionsAt(overlay: JsonObject, target: string): JsonObject[] {
  const actions = Array.isArray(overlay["actions"]) ? overlay["actions"].filter(isObject) : [];
  return actions.filter((action) => action["target"] === target).map((action) => objectAt(action, "update"));
}

function isSubsequence(part: readonly string[], whole: readonly string[]): boolean {
  let next = 0;
  for (const line of whole) if (line === part[next]) next += 1;
  return next === part.length;
}
