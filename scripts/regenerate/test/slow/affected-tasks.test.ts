import { appendFile, cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { run } from "@gpu-scripts/openapi/process.ts";
import { allVendors, root } from "@gpu-scripts/openapi/vendors.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const vendors = allVendors();
let tree: string;
let before: Map<string, string>;

beforeAll(async () => {
  tree = await mkdtemp(join(tmpdir(), "gpu-tasks-"));
  const files = [".gitignore", "biome.json", "package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml", "redocly.yaml"];
  for (const part of [
    "examples",
    "packages",
    "scripts",
    "specs",
    "tsconfig.base.json",
    "tsconfig.json",
    "turbo.json",
    ...files,
  ]) {
    await cp(join(root, part), join(tree, part), {
      recursive: true,
      filter: (source) => !/(?:^|\/)(?:node_modules|dist|build|\.turbo)(?:\/|$)/.test(relative(root, source)),
    });
  }
  before = await taskHashes();
});
afterAll(() => rm(tree, { recursive: true, force: true }));

/** The cache hash of each task that turbo would run. */
async function taskHashes(): Promise<Map<string, string>> {
  const args = ["run", "generate", "build", "typecheck", "test", "lint", "--dry=json"];
  const options = { cwd: tree, env: { TURBO_TELEMETRY_DISABLED: "1" } };
  const { tasks } = JSON.parse(await run(join(root, "node_modules/.bin/turbo"), args, options)) as {
    tasks: { taskId: string; hash: string; command: string }[];
  };
  return new Map(tasks.filter(({ command }) => command !== "<NONEXISTENT>").map(({ taskId, hash }) => [taskId, hash]));
}

/** The tasks that turbo reruns after an edit. */
async function affectedBy(edit: (file: string) => Promise<void>, ...paths: string[]): Promise<string[]> {
  const files = paths.map((path) => join(tree, path));
  const texts = await Promise.all(files.map((file) => readFile(file, "utf8").catch(() => undefined)));
  try {
    for (const file of files) await edit(file);
    const after = await taskHashes();
    return [...after].flatMap(([task, hash]) => (before.get(task) === hash ? [] : [task])).sort();
  } finally {
    for (const [index, file] of files.entries()) {
      const text = texts[index];
      await (text === undefined ? rm(file) : writeFile(file, text));
    }
  }
}

const append = (file: string) => appendFile(file, "\n// Edited.\n");
const generateTasks = vendors.map((vendor) => `@gpu/${vendor}#generate`);

describe.each(vendors)("an edit of the document of %s", (vendor) => {
  it("rebuilds and retests that vendor, unified, and the packages that test or use them", async () => {
    const affected = await affectedBy(
      async (file) => {
        if (!file.endsWith(".json")) return await appendFile(file, file.endsWith(".ts") ? "\n// Edited.\n" : "\n# Edited.\n");
        await writeFile(file, (await readFile(file, "utf8")).replace('"description": "', '"description": "Edited. '));
      },
      `packages/${vendor}/openapi.json`,
      `packages/${vendor}/src/generated/client.ts`,
      `specs/${vendor}/source.yaml`,
    );
    // Tests of the scripts read documents. Tasks of other vendors do not depend on them.
    expect(affected.filter((task) => !/^@gpu-scripts\/[\w-]+#test$/.test(task))).toEqual(
      [
        ...["generate", "build", "test"].map((task) => `@gpu/${vendor}#${task}`),
        ...["build", "test"].map((task) => `@gpu/unified#${task}`),
        // The simulator's build does not read the documents, but its tests do.
        ...["@gpu/simulator#test", "@gpu/examples#test"],
        ...["//#lint", "//#typecheck:packages", "//#typecheck:scripts"],
      ].sort(),
    );
  });
});

describe("an edit of a script", () => {
  it("that does not generate vendors leaves every task of the packages cached", async () => {
    const folders = await readdir(join(tree, "scripts"), { withFileTypes: true });
    const others = folders.filter((entry) => entry.isDirectory() && !["openapi", "lint", "codegen"].includes(entry.name));
    expect(others.map(({ name }) => name)).toEqual(expect.arrayContaining(["bench", "release"]));
    const affected = await affectedBy(append, ...others.map(({ name }) => `scripts/${name}/edited.ts`));
    expect(affected.filter((task) => task.startsWith("@gpu/") || task === "//#typecheck:packages")).toEqual([]);
    expect(affected).toContain("//#typecheck:scripts");
  });

  it.each([
    ["scripts/openapi/json.ts", append],
    ["scripts/lint/rules/units.ts", append],
    ["scripts/codegen/client.ts", append],
    ["redocly.yaml", (file: string) => appendFile(file, "\n# Edited.\n")],
    [
      "pnpm-lock.yaml",
      async (file: string) => {
        const text = await readFile(file, "utf8");
        // Changes the version of a package that only scripts/openapi uses.
        const edited = text
          .replaceAll(/json-p3@\d+\.\d+\.\d+/g, "json-p3@9.9.9")
          .replaceAll(/(json-p3:\n\s+specifier: 'catalog:'\n\s+version: )\S+/g, "$19.9.9");
        expect(edited).not.toBe(text);
        await writeFile(file, edited);
      },
    ],
  ])("that generates vendors regenerates all of them, and builds none: %s", async (path, edit) => {
    const affected = await affectedBy(edit, path);
    expect(affected.filter((task) => task.startsWith("@gpu/"))).toEqual(generateTasks);
  });

  it.each(["openapi/test/names.test.ts", "openapi/test/document.ts", "lint/test/rules.test.ts", "codegen/test/client.test.ts"])(
    "that is a test generates nothing: %s",
    async (path) => {
      const affected = await affectedBy(append, `scripts/${path}`);
      expect(affected.filter((task) => task.startsWith("@gpu/"))).toEqual([]);
      expect(affected).toContain(`@gpu-scripts/${path.split("/")[0]}#test`);
    },
  );

  it("that other tests use reruns those tests", async () => {
    const affected = await affectedBy(append, "scripts/openapi/test/document.ts", "scripts/codegen/test/tree.ts");
    expect(affected).toEqual(
      expect.arrayContaining([
        ...["lint", "codegen", "new-vendor"].map((name) => `@gpu-scripts/${name}#test`),
        "//#typecheck:scripts",
      ]),
    );
  });
});
