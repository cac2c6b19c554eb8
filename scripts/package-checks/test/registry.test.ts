import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "@gpu-scripts/openapi/process.ts";
import { publish } from "@gpu-scripts/release/release.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runWithPnpm } from "../pnpm.ts";
import { readmeExamples, runExample } from "../readme-examples.ts";
import { type Registry, startRegistry } from "../registry.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { executable, installTools } from "../tools.ts";
import { foreignDependencies, publishedPackages, readManifest, root } from "../workspace.ts";

const temporary = temporaryFolder();
const packages = publishedPackages();
const names = packages.map(({ manifest }) => manifest.name);
const tools = await installTools("registry");
const bun = executable(tools, "bun", "bin/bun");
if (bun === undefined)
  console.warn(`SKIPPED: installation with Bun, which is not available for ${process.platform}-${process.arch}`);
let registry: Registry;

beforeAll(async () => {
  registry = await startRegistry(temporary.path, tools);
  // Same as `pnpm release publish`, but without Git tags.
  await publish((program, args, variables = {}) => {
    const untagged = program === "changeset" ? [...args, "--no-git-tag"] : args;
    return runWithPnpm(join(root, "node_modules/.bin", program), untagged, root, { ...registry.environment, ...variables }).then(
      () => {},
    );
  }, false);
});
afterAll(async () => {
  await registry?.close();
  temporary.remove();
});

/** How each package manager installs in a project. */
const managers: Record<string, (project: string, packageNames: readonly string[]) => Promise<unknown>> = {
  npm: (project, packageNames) =>
    run("npm", ["install", "--no-audit", "--no-fund", ...packageNames], { cwd: project, env: registry.environment }),
  pnpm: (project, packageNames) => runWithPnpm("pnpm", ["add", ...packageNames], project, registry.environment),
  bun: (project, packageNames) => {
    writeFileSync(
      join(project, "bunfig.toml"),
      `[install]\nregistry = "${registry.url}"\ncache = "${join(temporary.path, "bun-cache")}"\n`,
    );
    return run(bun ?? "bun", ["add", ...packageNames], { cwd: project });
  },
};

it("this workspace's pnpm settings reject packages that were just published", async () => {
  const project = join(temporary.path, "project-age");
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "project", private: true }));
  const add = () => runWithPnpm("pnpm", ["add", "@gpu/core"], project, registry.environment);
  const settings = readFileSync(join(root, "pnpm-workspace.yaml"), "utf8").match(
    /^(?:minimumReleaseAge|trustPolicy|blockExoticSubdeps): .*$/gm,
  );
  expect(settings).toHaveLength(3);
  writeFileSync(join(project, "pnpm-workspace.yaml"), `${settings?.join("\n")}\n`);
  await expect(add()).rejects.toThrow(/ERR_PNPM_(?:NO_MATURE_MATCHING_VERSION|MINIMUM_RELEASE_AGE_VIOLATION)/);
  writeFileSync(join(project, "pnpm-workspace.yaml"), "minimumReleaseAge: 0\n");
  await add();
});

const available = Object.keys(managers).filter((manager) => manager !== "bun" || bun !== undefined);
describe.each(available)("installed from a registry by %s", (manager) => {
  let project: string;
  const installed = (name: string) => join(project, "node_modules", name);

  beforeAll(async () => {
    project = join(temporary.path, `project-${manager}`);
    mkdirSync(project);
    writeFileSync(join(project, "package.json"), JSON.stringify({ name: "project", private: true, type: "module" }));
    await managers[manager]?.(project, names);
  });

  it("has every package in the expected version, with licence, README and changelog", () => {
    const found = names.map((name) => {
      const { version } = readManifest(installed(name));
      return [
        name,
        version,
        ...["LICENSE", "README.md", "CHANGELOG.md"].filter((file) => existsSync(join(installed(name), file))),
      ];
    });
    const expected = packages.map(({ manifest: { name, version } }) => [
      name,
      version,
      // A package has no changelog before its first release.
      ...["LICENSE", "README.md", ...(version === "0.0.0" ? [] : ["CHANGELOG.md"])],
    ]);
    expect(found).toEqual(expected);
  });

  it("has no packages other than their dependencies", () => {
    const store = join(project, "node_modules", manager === "pnpm" ? ".pnpm/node_modules" : "");
    const others = readdirSync(store).filter((name) => !name.startsWith(".") && name !== "@gpu");
    expect(others.sort()).toEqual(
      foreignDependencies()
        .map((folder) => readManifest(folder).name)
        .sort(),
    );
  });

  it.each(packages.flatMap(readmeExamples))("runs the example $title", async (example) => {
    const documents = names.map((name) => join(installed(name), "openapi.json")).filter((file) => existsSync(file));
    const runtime = manager === "bun" && bun !== undefined ? bun : process.execPath;
    const { code, stdout, stderr } = await runExample(example, project, documents, runtime);
    expect(code, stdout + stderr).toBe(0);
    if (example.isTest) return;
    if (/\bcreate\w+\(/.test(example.code)) expect(stdout).toMatch(/requests: [1-9]/);
    // An example that deletes its machine must not leave one running.
    if (/\.delete/.test(example.code)) expect(stdout).toMatch(/machines left: 0\n$/);
  });
});
