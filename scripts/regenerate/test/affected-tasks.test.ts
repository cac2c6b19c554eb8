import { execFile } from "node:child_process";
import { appendFile, cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import { allVendors, root } from "@gpu-scripts/openapi/vendors.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const tasks = ["generate", "build", "typecheck", "test", "lint", "typecheck:scripts", "test:scripts"];

let tree: string;

beforeAll(async () => {
  tree = await mkdtemp(join(tmpdir(), "gpu-tasks-"));
  const files = [".gitignore", "biome.json", "package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml", "redocly.yaml"];
  const settings = ["tsconfig.base.json", "tsconfig.json", "turbo.json", "vitest.config.ts"];
  for (const part of ["examples", "packages", "scripts", "specs", ...files, ...settings]) {
    await cp(join(root, part), join(tree, part), {
      recursive: true,
      filter: (source) => !/(?:^|\/)(?:node_modules|dist|build|\.turbo)(?:\/|$)/.test(relative(root, source)),
    });
  }
});
afterAll(() => rm(tree, { recursive: true, force: true }));

/** What turbo would run, by task, with the hash by which it finds the task's result in its cache. */
async function taskHashes(): Promise<Map<string, string>> {
  const { stdout } = await promisify(execFile)(join(root, "node_modules/.bin/turbo"), ["run", ...tasks, "--dry=json"], {
    cwd: tree,
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1" },
    maxBuffer: 64 * 1024 * 1024,
  });
  const { tasks: planned } = JSON.parse(stdout) as { tasks: { taskId: string; hash: string; command: string }[] };
  return new Map(planned.filter(({ command }) => command !== "<NONEXISTENT>").map(({ taskId, hash }) => [taskId, hash]));
}

describe.each(allVendors())("an edit of the document of %s", (vendor) => {
  it("rebuilds and retests that vendor, unified and what tests or uses them, and nothing else", async () => {
    const before = await taskHashes();
    const document = join(tree, "packages", vendor, "openapi.json");
    await writeFile(document, (await readFile(document, "utf8")).replace('"description": "', '"description": "Edited. '));
    await appendFile(join(tree, "packages", vendor, "src/generated/client.ts"), "\n// Edited.\n");
    await appendFile(join(tree, "specs", vendor, "source.yaml"), "\n# Edited.\n");
    const after = await taskHashes();
    const changed = [...after].filter(([task, hash]) => before.get(task) !== hash).map(([task]) => task);
    expect(changed.sort()).toEqual(
      [
        ...["generate", "build", "typecheck", "test"].map((task) => `@gpu/${vendor}#${task}`),
        ...["build", "typecheck", "test"].map((task) => `@gpu/unified#${task}`),
        // The simulator is built from itself, and tested against the documents.
        ...["typecheck", "test"].flatMap((task) => [`@gpu/simulator#${task}`, `@gpu/examples#${task}`]),
        ...["@gpu/bench#typecheck", "@gpu/demo#typecheck"],
        ...["//#lint", "//#test:scripts"],
      ].sort(),
    );
    expect(after.size).toBeGreaterThan(changed.length * 2 - 5);
  });
});
