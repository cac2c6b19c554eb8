import { existsSync, readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { dirname, join, normalize, relative } from "node:path";
import { run } from "@gpu-scripts/openapi/process.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type PackedPackage, packAll } from "../packed.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { installTools } from "../tools.ts";
import { type Manifest, publishedPackages, readManifest, root } from "../workspace.ts";

const repository = "https://github.com/gpu-clients/gpu-clients";

const temporary = temporaryFolder();
const packed = new Map<string, PackedPackage>();
let tools: string;

beforeAll(async () => {
  tools = await installTools("registry");
  for (const one of await packAll(temporary.path)) packed.set(one.name, one);
});
afterAll(() => temporary.remove());

describe.each(publishedPackages().map(({ manifest }) => manifest.name))("%s as a tarball", (name) => {
  const tarball = () => {
    const found = packed.get(name);
    if (!found) throw new Error(`${name} was not packed`);
    return found;
  };
  const files = async () =>
    (await readdir(tarball().content, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => relative(tarball().content, join(entry.parentPath, entry.name)))
      .sort();
  const text = (file: string) => readFileSync(join(tarball().content, file), "utf8");

  it("contains exactly the sources, the compiled files and the documents", async () => {
    const found = await files();
    const manifest = readManifest(tarball().content);
    const isReleased = manifest.version !== "0.0.0";
    const subpaths = Object.values(manifest["exports"] as object).filter((target) => typeof target === "string");
    const sources = found.filter((file) => file.startsWith("src/"));
    const declarations = sources.flatMap((source) => [distOf(source, ".d.ts"), distOf(source, ".d.ts.map")]);
    const { build } = manifest["scripts"] as { build: string };
    const isBundled = build.includes("rolldown.config.js") && name !== "@gpu/unified";
    const modules = isBundled ? entries(manifest).map((entry) => `src/${entry}.ts`) : sources;
    const compiled = modules.flatMap((source) => [distOf(source, ".js"), distOf(source, ".js.map")]);
    // Modules of @gpu/unified that only have types have no code, and those that only re-export have no source map.
    const code = name === "@gpu/unified" ? compiled.filter((file) => found.includes(file)) : compiled;
    expect(code).toContain("dist/index.js");
    const commonjs = [
      ...declarations.map((file) => file.replace(/^dist\//, "dist/cjs/")),
      ...entries(manifest).map((entry) => `dist/cjs/${entry}.js`),
      "dist/cjs/package.json",
    ];
    const texts = ["LICENSE", "README.md", "package.json", ...(isReleased ? ["CHANGELOG.md"] : [])];
    expect(sources).toContain("src/index.ts");
    expect(sources.filter((file) => !file.endsWith(".ts") || /\.(test|spec)\./.test(file))).toEqual([]);
    // Code shared by entries is in chunks. An entry that only re-exports them has no source map.
    const listed = found.filter((file) => !/^dist\/cjs\/(chunks\/.*|.*\.js\.map)$/.test(file));
    expect(listed).toEqual([...texts, ...subpaths.map(normalize), ...sources, ...declarations, ...code, ...commonjs].sort());
  });

  it("has the repository's licence, and a changelog with its version", () => {
    expect(text("LICENSE")).toBe(readFileSync(join(root, "LICENSE"), "utf8"));
    const { version } = readManifest(tarball().content);
    if (version !== "0.0.0") expect(text("CHANGELOG.md")).toContain(`# ${name}\n`);
    if (version !== "0.0.0") expect(text("CHANGELOG.md")).toContain(`\n## ${version}\n`);
  });

  it("has source maps of existing sources", async () => {
    const lost = (await files())
      .filter((file) => file.endsWith(".map"))
      .flatMap((map) => {
        const { sources } = JSON.parse(text(map)) as { sources: string[] };
        return sources
          .map((source) => join(dirname(map), source))
          .filter((source) => !existsSync(join(tarball().content, source)));
      });
    expect(lost).toEqual([]);
  });

  it("declares its repository, its Node version, and no side effects", () => {
    const { folder, content } = tarball();
    const manifest = readManifest(content);
    const directory = relative(root, folder);
    expect(manifest).toMatchObject({
      license: "MIT",
      type: "module",
      sideEffects: false,
      engines: { node: ">=20.19" },
      homepage: `${repository}/tree/main/${directory}#readme`,
      bugs: `${repository}/issues`,
      repository: { type: "git", url: `git+${repository}.git`, directory },
      publishConfig: { access: "public" },
    });
    expect(manifest["description"]).toMatch(/\.$/);
    expect(manifest["keywords"]).toContain("gpu");
    const scripts = Object.keys(manifest["scripts"] as object);
    expect(scripts.filter((script) => /^(pre|post)?(install|prepare|pack|publish)/.test(script))).toEqual([]);
  });

  it("exports types first, in both formats, and only existing files", async () => {
    const found = await files();
    const { main, types, exports } = readManifest(tarball().content);
    const targets = Object.values(exports as Record<string, Target>).flatMap((target) => {
      if (typeof target === "string") return [target];
      expect(Object.keys(target)).toEqual(["import", "require"]);
      return Object.values(target).flatMap((format) => {
        expect(Object.keys(format)).toEqual(["types", "default"]);
        return Object.values(format);
      });
    });
    for (const file of [String(main), String(types), ...targets]) expect(found).toContain(normalize(file));
  });

  it("depends exactly on the packages that it imports", async () => {
    const modules = (await files()).filter((file) => file.startsWith("dist/") && /\.(js|d\.ts)$/.test(file)).map(text);
    const specifiers = modules.flatMap((code) =>
      [...code.matchAll(/(?:from|import\(|require\()\s*"([^".][^"]*)"/g)].map(([, from]) => from ?? ""),
    );
    const imported = new Set(specifiers.filter((from) => !from.startsWith("node:")).map(packageOf));
    const { dependencies = {} } = readManifest(tarball().content);
    expect(Object.keys(dependencies).sort()).toEqual([...imported].sort());
    const foreign = Object.keys(dependencies).filter((dependency) => !packed.has(dependency));
    expect(foreign).toEqual(name === "@gpu/core" ? ["openapi-fetch"] : []);
    // `workspace:^` and `catalog:` are replaced by versions.
    for (const [dependency, range] of Object.entries(dependencies)) {
      expect(range).toBe(packed.has(dependency) ? `^${readManifest(packed.get(dependency)?.content ?? "").version}` : "0.17.0");
    }
  });

  it("passes publint", async () => {
    expect(await run(join(tools, ".bin/publint"), ["run", tarball().tarball, "--strict"], { cwd: temporary.path })).toContain(
      "All good!",
    );
  });

  it("resolves its types like its modules", async () => {
    const report = await run(join(tools, ".bin/attw"), [tarball().tarball, "--format", "json"], { cwd: temporary.path });
    const { analysis, problems } = JSON.parse(report);
    expect(analysis.types).toMatchObject({ kind: "included" });
    expect(Object.values(problems).flat()).toEqual([]);
  });
});

/** An entry of `exports`. */
type Target = string | Record<"import" | "require", Record<"types" | "default", string>>;

/** `dist/conformance/index.js` → `conformance/index`, for each entry that is code. */
function entries({ exports }: Manifest): string[] {
  return Object.values(exports as Record<string, Target>).flatMap((target) =>
    typeof target === "string" ? [] : target.import.default.replace(/^\.\/dist\//, "").replace(/\.js$/, ""),
  );
}

/** `src/index.ts` → `dist/index.js`. */
function distOf(source: string, extension: string): string {
  return source.replace(/^src\//, "dist/").replace(/\.ts$/, extension);
}

/** `@gpu/fal/openapi.json` → `@gpu/fal`. */
function packageOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}
