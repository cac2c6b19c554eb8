import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { isObject, objectAt } from "@gpu-scripts/openapi/json.ts";
import { afterEach, beforeEach, expect, it } from "vitest";
import { registryFiles } from "../registries.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "gpu-registries-"));
  await write(
    "README.md",
    "# Ours\n\n<!-- vendors:start -->\nold\n<!-- vendors:end -->\n\nBy hand.\n\n<!-- live:start -->\n<!-- live:end -->\n",
  );
  await write("packages/simulator/README.md", "<!-- vendors:start -->\n<!-- vendors:end -->\n");
  await write("packages/core/package.json", "{}");
  await vendor("acme-cloud", "Acme Cloud API");
  await vendor("zeta", "Zeta");
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}

const documentOf = (id: string, title: string): string =>
  JSON.stringify({
    info: { title },
    "x-gpu-client": { vendor: id, apiKeyEnv: "ITS_KEY" },
    paths: { "/a": { get: {}, post: {} } },
  });

async function vendor(id: string, title: string): Promise<void> {
  await write(`specs/${id}/source.yaml`, "");
  await write(`packages/${id}/package.json`, "{}");
  await write(`packages/${id}/openapi.json`, documentOf(id, title));
  await write(`packages/unified/src/providers/${id}.ts`, "");
  await write(`packages/simulator/src/vendors/${id}.ts`, "");
}

async function made(pending?: ReadonlyMap<string, string>): Promise<ReadonlyMap<string, string>> {
  const files = await registryFiles({ root, ...(pending ? { pending } : {}) });
  return new Map([...files].map(([path, text]) => [relative(root, path), text]));
}

it("lists the vendors that have a folder and a package, and keeps the rest of a README", async () => {
  await write("specs/waits-for-new-vendor/source.yaml", "");
  await write("specs/zeta/live.yaml", "runs: { public: { date: 2026-11-29, version: 1.2.0, calls: { ok: 7 } } }");
  await write("specs/no-vendor/notes.md", "");
  const files = await made();
  expect(files.get("README.md")).toBe(`# Ours

<!-- vendors:start -->

| package | vendor | key | operations |
|---|---|---|---|
| [\`@gpu/acme-cloud\`](packages/acme-cloud) | Acme Cloud | \`ITS_KEY\` | 2 |
| [\`@gpu/zeta\`](packages/zeta) | Zeta | \`ITS_KEY\` | 2 |

<!-- vendors:end -->

By hand.

<!-- live:start -->

| package | public calls, without a key | reads, with a key | a rental, from create to delete |
|---|---|---|---|
| [\`@gpu/acme-cloud\`](packages/acme-cloud) | never | never | never |
| [\`@gpu/zeta\`](packages/zeta) | 2026-11-29, 1.2.0: 7 ok | never | never |

<!-- live:end -->
`);
  expect(files.get("packages/simulator/src/generated/vendor-names.ts")).toContain('VendorName = "acme-cloud" | "zeta";');
  expect(files.get("packages/simulator/src/generated/vendors.ts")).toContain('  "acme-cloud": acmeCloud,\n');
  expect(files.get("packages/simulator/test/generated/vendors.ts")).toContain(
    '    acmeCloud: createAcmeCloudClient(optionsOf("acme-cloud")),\n',
  );
  expect(files.get("packages/unified/src/generated/providers.ts")).toContain(
    'export { zeta, type ZetaOptions, type ZetaTypes } from "../providers/zeta.js";\n',
  );
});

it("writes the demo's providers with the variables of their keys, if the tree has a demo", async () => {
  const path = "scripts/demo/generated/providers.ts";
  expect((await made()).has(path)).toBe(false);
  await write("scripts/demo/main.ts", "");
  expect((await made()).get(path)).toContain('  "acme-cloud": { provider: acmeCloud, apiKeyEnv: "ITS_KEY" },\n');
});

it("skips the lists of packages without sources", async () => {
  await rm(join(root, "packages/unified/src"), { recursive: true });
  await rm(join(root, "packages/simulator/src"), { recursive: true });
  await write("packages/unified/package.json", JSON.stringify({ dependencies: { "@gpu/zeta": "workspace:^" } }));
  expect([...(await made()).keys()]).toEqual(["README.md"]);
});

it("skips providers and simulated vendors without a file", async () => {
  await rm(join(root, "packages/unified/src/providers/zeta.ts"));
  await rm(join(root, "packages/simulator/src/vendors/acme-cloud.ts"));
  const files = await made();
  expect(files.get("packages/unified/src/generated/providers.ts")).not.toMatch(/zeta/i);
  expect(files.get("packages/simulator/src/generated/vendor-names.ts")).toContain('VendorName = "zeta";');
  expect(files.get("README.md")).toContain("`@gpu/zeta`");
});

it("updates the dependencies on vendors, and keeps the others, sorted by name", async () => {
  const others = { "@gpu/core": "workspace:^", yaml: "catalog:" };
  await write(
    "packages/unified/package.json",
    JSON.stringify({
      name: "u",
      keywords: ["gpu", "zeta", "typescript"],
      dependencies: { ...others, "@gpu/gone": "workspace:^", "@gpu/zeta": "1.0.0" },
    }),
  );
  const files = await made();
  const manifest: unknown = JSON.parse(files.get("packages/unified/package.json") ?? "");
  if (!isObject(manifest)) throw new Error("no manifest");
  expect(Object.entries(objectAt(manifest, "dependencies"))).toEqual([
    ["@gpu/acme-cloud", "workspace:^"],
    ["@gpu/core", "workspace:^"],
    ["@gpu/zeta", "workspace:^"],
    ["yaml", "catalog:"],
  ]);
  expect(manifest).toMatchObject({ name: "u", keywords: ["gpu", "acme-cloud", "zeta", "typescript"] });
  expect(files.has("scripts/bench/package.json")).toBe(false);
});

it("reads pending files before those on disk", async () => {
  const pending = new Map([
    ["specs/middle/source.yaml", ""],
    ["packages/middle/package.json", "{}"],
    ["packages/middle/openapi.json", documentOf("middle", "Middle")],
    ["packages/zeta/openapi.json", documentOf("zeta", "Renamed")],
    ["packages/unified/src/providers/middle.ts", ""],
  ]);
  const files = await made(pending);
  expect(files.get("README.md")).toMatch(/acme-cloud.*\n.*middle.*\n.*\| Renamed \|/);
  expect(files.get("packages/unified/src/generated/providers.ts")).toContain("MiddleClient");
  expect(files.get("packages/simulator/src/generated/vendor-names.ts")).not.toContain("middle");
});

it.each([
  ["README.md", "# No markers\n"],
  ["packages/simulator/README.md", "<!-- vendors:end -->\n<!-- vendors:start -->\n"],
])("rejects %s without its markers", async (path, text) => {
  await write(path, text);
  await expect(made()).rejects.toThrow(`${path}: needs one line "<!-- vendors:start -->"`);
});
