import { appendFile, cp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { staleFiles } from "@gpu-scripts/codegen/files.ts";
import { snapshot } from "@gpu-scripts/codegen/test/tree.ts";
import { generateVendor } from "@gpu-scripts/codegen/vendor-files.ts";
import type { JsonObject } from "@gpu-scripts/openapi/json.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type NewVendor, newVendor } from "../../new-vendor.ts";
import { type CheckedTree, checkedTree } from "./checked-tree.ts";

const id = "acme-cloud";
const fixture = fileURLToPath(new URL(`./fixture/${id}`, import.meta.url));
let tree: CheckedTree;
let before: Map<string, string>;
let first: NewVendor;

beforeAll(async () => {
  tree = await checkedTree();
  await cp(fixture, join(tree.root, "specs", id), { recursive: true });
  before = await snapshot(tree.root);
  first = await newVendor(tree.root, id);
}, 60_000);
afterAll(() => tree.remove());

const read = (path: string) => tree.read(path);

describe("pnpm new-vendor", () => {
  it("writes the package, the provider, the simulated vendor, and the lists of vendors", async () => {
    expect(first.written.filter((path) => !path.startsWith(`packages/${id}/`))).toEqual([
      `.changeset/${id}.md`,
      "README.md",
      "packages/simulator/README.md",
      "packages/simulator/package.json",
      "packages/simulator/src/generated/vendor-names.ts",
      "packages/simulator/src/generated/vendors.ts",
      `packages/simulator/src/vendors/${id}.ts`,
      "packages/simulator/test/generated/vendors.ts",
      `packages/simulator/test/scenarios/${id}.ts`,
      "packages/unified/package.json",
      "packages/unified/src/generated/providers.ts",
      `packages/unified/src/providers/${id}.ts`,
    ]);
    expect(await read("README.md")).toMatch(
      /\|---\|---\|---\|---\|\n\| \[`@gpu\/acme-cloud`\]\(packages\/acme-cloud\) \| Acme Cloud \| `ACME_CLOUD_KEY` \| 5 \|\n.*packages\/fal\)/,
    );
    expect(await read("packages/unified/src/generated/providers.ts")).toContain(
      'export { acmeCloud, type AcmeCloudOptions, type AcmeCloudTypes } from "../providers/acme-cloud.js";\n',
    );
    const manifest = JSON.parse(await read("packages/unified/package.json")) as { dependencies: JsonObject; keywords: string[] };
    expect(manifest.dependencies).toMatchObject({ "@gpu/acme-cloud": "workspace:^" });
    expect(manifest.keywords).toContain(id);
    expect(Object.keys(manifest.dependencies)).toEqual(Object.keys(manifest.dependencies).sort());
    const own = JSON.parse(await read(`packages/${id}/package.json`)) as JsonObject;
    expect(own).toMatchObject({ name: "@gpu/acme-cloud", version: "0.0.0", repository: { directory: `packages/${id}` } });
    expect(await read(`.changeset/${id}.md`)).toMatch(
      /^---\n"@gpu\/acme-cloud": minor\n"@gpu\/unified": \w+\n"@gpu\/simulator": \w+\n---\n\n\S/,
    );
  });

  it("does not leave the name of the template vendor in the new package", async () => {
    const own = [...(await snapshot(join(tree.root, "packages", id)))];
    expect(own.filter(([, text]) => /(?<![\w-])fal(?![\w-])/i.test(text)).map(([path]) => path)).toEqual([]);
  });

  it("removes nothing from the lists of vendors", async () => {
    const words = (text: string) => text.match(/[\w@/.-]+/g) ?? [];
    for (const path of first.written.filter((written) => before.has(written))) {
      const now = words(await read(path));
      let place = 0;
      for (const word of now) if (word === words(before.get(path) ?? "")[place]) place += 1;
      expect([path, place]).toEqual([path, words(before.get(path) ?? "").length]);
    }
  });

  it("writes files that `generate --check` does not report as stale", async () => {
    const folders = { specs: join(tree.root, "specs"), packages: join(tree.root, "packages") };
    expect(await staleFiles(await generateVendor(id, folders))).toEqual([]);
  });

  it("maps the statuses that it knows, and leaves the others to a person", async () => {
    const provider = await read(`packages/unified/src/providers/${id}.ts`);
    expect(provider).toContain(
      'STARTING: "starting",\n  running: "running",\n  ENDED: "unknown",\n} satisfies Record<KnownInstanceStatus,',
    );
  });

  it("writes code that compiles, passes its tests against Prism, and rejects calls that are not implemented", {
    timeout: 60_000,
  }, async () => {
    const { compiled, passed, failed } = await tree.check(id, ["responses", "contract", "readme"], skeletonsTest);
    expect(compiled).toBe("");
    expect(failed).toEqual([]);
    expect(passed).toContain(`packages/${id}/test/contract.test.ts: covers every operation of the document`);
    expect(passed).toContain("check/skeletons.test.ts: the provider rejects every call and names its file");
    expect(passed.filter((test) => test.startsWith("check/"))).toHaveLength(4);
  });

  it("changes nothing on a second run, and keeps manual changes", { timeout: 30_000 }, async () => {
    expect(first.left.map((line) => line.slice(0, line.indexOf(":")))).toEqual([
      `packages/${id}/test/responses.json`,
      `packages/${id}/test/requests.json`,
      `packages/${id}/test/readme.test.ts`,
      `packages/unified/src/providers/${id}.ts`,
      `packages/simulator/src/vendors/${id}.ts`,
      `packages/simulator/test/scenarios/${id}.ts`,
    ]);
    await appendFile(join(tree.root, `packages/unified/src/providers/${id}.ts`), "// By hand.\n");
    await writeFile(join(tree.root, `packages/${id}/test/responses.json`), '[{ "operation": "getInstance" }]\n');
    // A release removes the changeset.
    await rm(join(tree.root, ".changeset", `${id}.md`));
    const between = await snapshot(tree.root);
    const again = await newVendor(tree.root, id);
    expect(again).toEqual({ written: [], left: first.left.slice(1) });
    expect(await snapshot(tree.root)).toEqual(between);
  });

  it.each([
    ["a name with a capital", "Acme", /^"Acme" cannot be a vendor's id; use lower-case letters/],
    ["a name that is a path", "../acme", /^"..\/acme" cannot be a vendor's id/],
    ["a reserved word", "new", /^"new" cannot be a vendor's id; it is a reserved word/],
    ["a package that is not a vendor's", "core", /^packages\/core is not a vendor's package/],
    [
      "a vendor without documents",
      "nobody",
      /^specs\/nobody\/source\.yaml: missing; write it with .*`operations`.*openapi\.yaml.*upstream\.yaml/,
    ],
    [
      "a document that does not compose",
      "broken",
      /^specs\/broken\/source\.yaml: lists GET \/nothing, which the document lacks$/,
    ],
    ["a document that does not pass the linter", "unlinted", /^specs\/unlinted: does not pass the linter\n.*x-paid/],
  ])("rejects %s, and writes nothing", { timeout: 30_000 }, async (_, name, message) => {
    if (name === "broken" || name === "unlinted") {
      const folder = join(tree.root, "specs", name);
      await cp(fixture, folder, { recursive: true });
      const document = (await read(`specs/${name}/openapi.yaml`)).replace(`vendor: ${id}`, `vendor: ${name}`);
      await writeFile(
        join(folder, "openapi.yaml"),
        name === "unlinted" ? document.replace("x-paid: true", "deprecated: true") : document,
      );
      if (name === "broken") await appendFile(join(folder, "source.yaml"), "  - GET /nothing\n");
    }
    const present = await snapshot(tree.root);
    await expect(newVendor(tree.root, name)).rejects.toThrow(message);
    expect(await snapshot(tree.root)).toEqual(present);
  });

  it("writes nothing when a README lacks the markers of a list", { timeout: 30_000 }, async () => {
    await writeFile(join(tree.root, "README.md"), "# No markers\n");
    await rm(join(tree.root, "packages", id), { recursive: true });
    const present = await snapshot(tree.root);
    await expect(newVendor(tree.root, id)).rejects.toThrow(/^README\.md: needs one line "<!-- vendors:start -->"/);
    expect(await snapshot(tree.root)).toEqual(present);
  });

  it("prints its usage", async () => {
    const usage = "usage: pnpm new-vendor <id> [--from FILE|URL]; without --from, the vendor's documents are in specs/<id>/\n";
    expect(await tree.run("scripts/new-vendor/main.ts", "--help")).toBe(usage);
    expect(await tree.run("scripts/new-vendor/main.ts")).toBe(`error: ${usage}`);
    expect(await tree.run("scripts/new-vendor/main.ts", "a", "--form", "b")).toBe(`error: Unknown option '--form'; ${usage}`);
  });
});

/** Runs in the tree, and tests the new files before a person completes them. */
const skeletonsTest = `
import { createAcmeCloudClient } from "@gpu/acme-cloud";
import { createSimulator } from "@gpu/simulator";
import { cases } from "@gpu/simulator/conformance";
import { acmeCloud, createGpu, fal } from "@gpu/unified";
import { expect, it } from "vitest";

const simulator = createSimulator();
const { fetch, clock } = simulator;
const options = { apiKey: simulator.keys["acme-cloud"], fetch, clock };

it("the provider rejects every call and names its file", async () => {
  const { connect } = acmeCloud(options);
  const connected = connect({});
  for (const call of ["listOffers", "prepareCreate", "get", "list", "delete", "access"]) {
    await expect(connected[call]("m-7", { clock })).rejects.toMatchObject({
      code: "unsupported",
      sideEffect: "none",
      vendor: "acme-cloud",
      message: expect.stringContaining("packages/unified/src/providers/acme-cloud.ts"),
    });
  }
  const gpu = createGpu({ providers: [acmeCloud(options), fal({ ...options, apiKey: simulator.keys.fal })] });
  const { offers, failures } = await gpu.offers();
  expect(offers.length).toBeGreaterThan(0);
  expect(failures).toMatchObject([{ provider: "acme-cloud", error: { code: "unsupported" } }]);
});

it("the provider fails every case of the conformance suite, with the reason", async () => {
  const outcomes = await Promise.all(cases(acmeCloud).map(({ run }) => run().then(() => "passed", (error) => error.message)));
  expect(outcomes.length).toBeGreaterThan(0);
  expect(outcomes).not.toContain("passed");
  expect(outcomes[0]).toContain("packages/unified/src/providers/acme-cloud.ts does not implement this yet");
});

it("the simulated vendor responds to every operation in the vendor's format, and checks its key", async () => {
  const client = createAcmeCloudClient({ ...options, maxRetries: 0 });
  const refusal = { status: 501, vendorCode: "not_implemented", vendorMessage: expect.stringContaining("does not implement") };
  await expect(client.listInstanceTypes()).rejects.toMatchObject(refusal);
  await expect(client.createInstance({ body: { type: "h100" } })).rejects.toMatchObject({ ...refusal, sideEffect: "none" });
  await expect(client.deleteInstance({ path: { id: "m-7" } })).rejects.toMatchObject(refusal);
  const stranger = createAcmeCloudClient({ ...options, apiKey: "other", maxRetries: 0 });
  await expect(stranger.listInstances()).rejects.toMatchObject({ code: "unauthenticated", vendorCode: "BAD_KEY" });
});

it("the simulated vendor's faults match the document", async () => {
  const client = createAcmeCloudClient({ ...options, maxRetries: 0 });
  for (const [kind, code] of [["no_capacity", "no_capacity"], ["insufficient_funds", "insufficient_funds"], ["rate_limited", "rate_limited"]]) {
    simulator.fault({ vendor: "acme-cloud", operation: "createInstance", kind });
    await expect(client.createInstance({ body: { type: "h100" } })).rejects.toMatchObject({ code, sideEffect: "none" });
  }
});
`;
