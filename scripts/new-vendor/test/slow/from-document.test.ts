import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { staleFiles } from "@gpu-scripts/codegen/files.ts";
import { snapshot } from "@gpu-scripts/codegen/test/tree.ts";
import { generateVendor } from "@gpu-scripts/codegen/vendor-files.ts";
import { compose } from "@gpu-scripts/openapi/compose.ts";
import { isObject, type JsonObject, objectAt, resolvePointer, stringAt } from "@gpu-scripts/openapi/json.ts";
import { operationsOf } from "@gpu-scripts/openapi/operations.ts";
import { parseObject } from "@gpu-scripts/openapi/parse.ts";
import { runToEnd } from "@gpu-scripts/openapi/process.ts";
import { lintProblems } from "@gpu-scripts/openapi/redocly.ts";
import { sha256 } from "@gpu-scripts/regenerate/pages.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { specsFromDocument } from "../../document/specs.ts";
import { type NewVendor, newVendor } from "../../new-vendor.ts";
import { nimbus } from "../nimbus.ts";
import { type CheckedTree, checkedTree } from "./checked-tree.ts";

const id = "nimbus-gpu";
const date = "2026-11-21";
let tree: CheckedTree;
let outside: string;
let made: NewVendor;
let composed: JsonObject;

beforeAll(async () => {
  tree = await checkedTree();
  outside = await mkdtemp(join(tmpdir(), "gpu-document-"));
  made = await newVendor(tree.root, id, { from: await file("nimbus.yaml", nimbus), date });
  composed = JSON.parse(await tree.read(`packages/${id}/openapi.json`)) as JsonObject;
}, 60_000);
afterAll(async () => {
  await tree.remove();
  await rm(outside, { recursive: true, force: true });
});

/** Writes a document outside the tree. */
async function file(name: string, text: string): Promise<string> {
  const path = join(outside, name);
  await writeFile(path, text);
  return path;
}

const operation = (name: string) => operationsOf(composed).find(({ object }) => object["operationId"] === name)?.object;

describe("pnpm new-vendor --from", () => {
  it("writes the specs and everything that is generated from them", async () => {
    expect(made.written.filter((path) => path.startsWith("specs/"))).toEqual([
      `specs/${id}/fixes.overlay.yaml`,
      `specs/${id}/operations.overlay.yaml`,
      `specs/${id}/source.yaml`,
      `specs/${id}/upstream.yaml`,
    ]);
    expect(made.written).toEqual(
      expect.arrayContaining([
        `.changeset/${id}.md`,
        "README.md",
        `packages/${id}/src/generated/client.ts`,
        `packages/${id}/test/contract.test.ts`,
        `packages/${id}/test/source.test.ts`,
        "packages/simulator/src/generated/vendors.ts",
        `packages/simulator/src/vendors/${id}.ts`,
        "packages/unified/package.json",
        "packages/unified/src/generated/providers.ts",
        `packages/unified/src/providers/${id}.ts`,
      ]),
    );
    expect(await tree.read(`specs/${id}/upstream.yaml`)).toBe(nimbus);
    expect(parseObject(await tree.read(`specs/${id}/source.yaml`), "source.yaml")).toEqual({
      url: null,
      pages: [],
      file: "upstream.yaml",
      sha256: sha256(nimbus),
      date,
      operations: operationsOf(composed).map(({ method, path }) => `${method.toUpperCase()} ${path}`),
    });
    expect(await tree.read("README.md")).toContain(`| Nimbus GPU Cloud | \`NIMBUS_TOKEN\` | 10 |`);
  });

  it("leaves no temporary files in the tree", async () => {
    const strange = [...(await snapshot(tree.root)).keys()].filter((path) => /\.tmp$|^\.regenerate/.test(path));
    expect(strange).toEqual([]);
  });

  it("gives each action a description with the reason", async () => {
    const { actions } = parseObject(await tree.read(`specs/${id}/fixes.overlay.yaml`), "overlay");
    const all = Array.isArray(actions) ? actions.filter(isObject) : [];
    expect(all.length).toBe(operationsOf(composed).length);
    expect(all.filter((action) => !/^[A-Z`].*[.;]$/.test(stringAt(action, "description") ?? ""))).toEqual([]);
    expect(parseObject(await tree.read(`specs/${id}/operations.overlay.yaml`), "overlay")["actions"]).toEqual([]);
  });

  it("composes to a document without errors and warnings, and `generate --check` finds no stale files", async () => {
    expect(await lintProblems(composed, `specs/${id}`)).toEqual([]);
    const folders = { specs: join(tree.root, "specs"), packages: join(tree.root, "packages") };
    expect(await staleFiles(await generateVendor(id, folders))).toEqual([]);
  }, 30_000);

  it("describes how to send the key and how to read a failure", () => {
    expect(composed["x-gpu-client"]).toEqual({
      vendor: id,
      apiKeyEnv: "NIMBUS_TOKEN",
      apiKeyPrefix: "Bearer ",
      errors: { code: ["/error/code"], message: ["/error/message"], requestId: ["/request_id"], words: {}, phrases: [] },
    });
    expect(composed["servers"]).toEqual([{ url: "https://eu.api.nimbus.example/v2" }]);
    expect(composed["security"]).toEqual([{ bearer: [] }]);
    expect(Object.keys(objectAt(composed["components"], "securitySchemes"))).toEqual(["bearer"]);
  });

  it.each<[name: string, paid: boolean | undefined, idempotent: boolean | undefined]>([
    ["listInstances", undefined, undefined],
    ["createInstance", true, false],
    ["getInstance", undefined, undefined],
    ["updateInstance", true, false],
    ["deleteInstance", undefined, true],
    ["rebootInstance", true, false],
    ["listSshKeys", undefined, undefined],
    ["createSshKey", false, false],
    ["deleteSshKey", undefined, false],
    ["listPlans", undefined, undefined],
  ])("sets the cost and repetition of %s", (name, paid, idempotent) => {
    expect(operation(name)).toBeDefined();
    expect([operation(name)?.["x-paid"], operation(name)?.["x-idempotent"]]).toEqual([paid, idempotent]);
  });

  it.each<[what: string, pointer: string, value: unknown]>([
    ["a nullable text", "/components/schemas/Instance/properties/name/type", ["string", "null"]],
    [
      "a nullable reference",
      "/components/schemas/Instance/properties/previous/anyOf",
      [{ $ref: "#/components/schemas/Instance" }, { type: "null" }],
    ],
    [
      "a nullable allOf",
      "/components/schemas/CreateInstanceRequest/properties/volume/anyOf",
      [{ $ref: "#/components/schemas/VolumeSpec" }, { type: "null" }],
    ],
    [
      "an exclusive limit",
      "/components/schemas/ListPlansResponse/properties/plans/items/properties/price_per_hour/exclusiveMinimum",
      0,
    ],
    [
      "an enum of a response",
      "/components/schemas/InstanceState/x-extensible-enum",
      ["booting", "running", "failed", "terminated"],
    ],
    ["a nullable enum of a response", "/components/schemas/InstanceBilling/x-extensible-enum", ["hourly", "monthly"]],
    ["an enum of a catalogue", "/components/schemas/CreateInstanceImage/x-extensible-enum", ["ubuntu-22.04", "debian-12"]],
    ["an enum of a request", "/components/schemas/CreateInstanceRequest/properties/billing/enum", ["hourly", "monthly"]],
    ["a required field that does not exist", "/components/schemas/CreateSshKeyRequest/required", ["name", "public_key"]],
    ["a field that is listed as required twice", "/components/schemas/VolumeSpec/required", ["size"]],
    ["a schema without a type", "/components/schemas/ApiImage/type", "object"],
    [
      "a body with two variants that both match",
      "/paths/~1instances~1{instance_id}/patch/requestBody/content/application~1json/schema",
      { $ref: "#/components/schemas/InstancePatch" },
    ],
    [
      "a failure without a body",
      "/paths/~1instances/post/responses/402/content/application~1json/schema",
      { $ref: "#/components/schemas/ApiErrorBody" },
    ],
    ["a password", "/components/schemas/Instance/properties/root_password/x-secret", true],
    ["an environment", "/components/schemas/CreateInstanceRequest/properties/env/x-secret", true],
    ["a size with its unit in its name", "/components/schemas/ApiImage/properties/size_gb/description", "In GB, by its name."],
    ["a price without a unit", "/components/schemas/Instance/properties/cost/description", "Its unit is not documented."],
    ["an operation that needs no key", "/paths/~1plans/get/security", []],
    ["the version", "/openapi", "3.1.0"],
  ])("repairs %s", (_, pointer, value) => {
    expect(resolvePointer(composed, pointer)).toEqual(value);
  });

  it("declares the statuses of each operation's responses", () => {
    const statuses = Object.fromEntries(
      operationsOf(composed).map(({ object }) => [object["operationId"], Object.keys(objectAt(object, "responses"))]),
    );
    expect(statuses).toMatchObject({
      createInstance: ["202", "401", "402", "422", "default"],
      getInstance: ["200", "400", "401", "default"],
      updateInstance: ["200", "401", "default"],
      deleteInstance: ["204", "401", "404", "default"],
      listPlans: ["200", "429", "default"],
    });
    expect(JSON.stringify(operation("updateInstance")?.["parameters"])).not.toContain("Authorization");
  });

  it("prints its guesses", () => {
    const ofOverlay = made.left.filter((line) => line.startsWith(`specs/${id}/fixes.overlay.yaml: `)).join("\n");
    expect(ofOverlay).toMatch(/read each action/);
    expect(ofOverlay).toMatch(/by `bearer`, with `Bearer ` in front/);
    expect(ofOverlay).toMatch(/`NIMBUS_TOKEN`, which the document names/);
    expect(ofOverlay).toMatch(/cost money .*: createInstance, updateInstance, rebootInstance$/m);
    expect(ofOverlay).toMatch(/deletes may be sent again.*: deleteInstance$/m);
    expect(ofOverlay).toMatch(/x-gpu-client\.errors/);
    expect(ofOverlay).toMatch(/x-pagination.*\n.*these take a page: listInstances$/m);
    const ofDocument = made.left.filter((line) => line.startsWith(`specs/${id}/upstream.yaml, repaired whenever`)).join("\n");
    expect(ofDocument).toMatch(/marked as secret by their names: user_data, root_password, env$/m);
    expect(ofDocument).toMatch(/unit is not documented: .*cost.*price_per_hour/);
    expect(ofDocument).toMatch(/`nullable` written as the type null: \/.* and \d+ more$/m);
    expect(ofOverlay).toMatch(/names made from paths: .*POST \/instances is `createInstance`/);
    expect(made.left).toContain(`specs/${id}/source.yaml: \`url\`, the address where the vendor publishes the document`);
    expect(made.left.some((line) => line.startsWith(`packages/unified/src/providers/${id}.ts: `))).toBe(true);
  });

  it("generates a package, a provider and a simulated vendor that compile and pass their tests against Prism", {
    timeout: 90_000,
  }, async () => {
    const { compiled, passed, failed } = await tree.check(id, ["responses", "contract", "readme", "source"]);
    expect(compiled).toBe("");
    expect(failed).toEqual([]);
    expect(passed).toContain(`packages/${id}/test/contract.test.ts: covers every operation of the document`);
    expect(passed).toContain(`packages/${id}/test/source.test.ts: the vendored document equals the vendor's, byte for byte`);
    for (const { object } of operationsOf(composed)) {
      expect(passed.filter((test) => test.includes(`contract.test.ts: ${String(object["operationId"])} succeeds`))).not.toEqual(
        [],
      );
    }
  });

  it("rejects a second run with --from, and continues without it", { timeout: 30_000 }, async () => {
    const present = await snapshot(tree.root);
    await expect(newVendor(tree.root, id, { from: join(outside, "nimbus.yaml"), date })).rejects.toThrow(
      /^specs\/nimbus-gpu exists already; use `pnpm regenerate nimbus-gpu --from …` for a changed document$/,
    );
    expect(await newVendor(tree.root, id)).toEqual({ written: [], left: made.left.filter((line) => !line.startsWith("specs/")) });
    expect(await snapshot(tree.root)).toEqual(present);
  });

  // Editing a copy would not help, because the vendor's next version would be rejected again.
  const advice =
    /; write specs\/stratus\/ by hand, with the (?:server|scheme) in fixes\.overlay\.yaml, and run new-vendor without --from$/;
  it.each<[what: string, change: (text: string) => string, messages: RegExp[]]>([
    ["an empty document", () => "", [/is empty$/]],
    ["a page of HTML", () => "<!doctype html><html></html>", [/is HTML, not an OpenAPI document/]],
    ["something else", () => "Hello.\n", [/has no OpenAPI document: neither JSON/]],
    ["truncated JSON", (text) => JSON.stringify(parseObject(text, "nimbus")).slice(0, -20), [/is truncated or not JSON/]],
    [
      "truncated YAML",
      (text) => text.slice(0, text.indexOf("    Error:")),
      [/is truncated: #\/components\/schemas\/Error is used/],
    ],
    ["Swagger 2.0", () => 'swagger: "2.0"\npaths: {}\n', [/is Swagger 2\.0/]],
    ["a later OpenAPI", (text) => text.replace("3.0.3", "3.2.0"), [/is OpenAPI 3\.2\.0; only 3\.0 and 3\.1/]],
    [
      "no operation",
      (text) => text.replace(/paths:[\s\S]*components:/, "paths: {}\ncomponents:"),
      [/is empty: it has no operations$/],
    ],
    ["no server", (text) => text.replace(/servers:[\s\S]*?\ntags:/, "tags:"), [/names no server; write/, advice]],
    [
      "no server by https",
      (text) => text.replace("https://{region}", "http://{region}"),
      [/no server with an absolute https address/, advice],
    ],
    [
      "a server without a host",
      (text) => text.replace("https://{region}.api.nimbus.example", ""),
      [/absolute https address \(\/v2, /, advice],
    ],
    ["no way to send a key", (text) => text.replace(/ {2}securitySchemes:[\s\S]*$/, ""), [/declares no security scheme/, advice]],
    [
      "a key that is a cookie",
      (text) => text.replace(/ {4}bearer:.*\n/, "").replace("  - bearer: []\n", ""),
      [/no security scheme with one key in a header, only cookie \(apiKey cookie\); write/, advice],
    ],
    [
      "other files",
      (text) => text.replace("'#/components/schemas/SSHKey'", "./keys.yaml#/Key"),
      [/refers to \.\/keys\.yaml#\/Key, outside of the document; .* bundle the parts/],
    ],
  ])("rejects %s in one line, and writes nothing", { timeout: 30_000 }, async (_, change, messages) => {
    const from = await file("bad.txt", change(nimbus));
    const present = await snapshot(tree.root);
    const error: unknown = await newVendor(tree.root, "stratus", { from, date }).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ name: "UserError", message: expect.not.stringContaining("\n") });
    for (const message of messages) expect(String((error as Error).message)).toMatch(message);
    expect((error as Error).message.startsWith(from)).toBe(true);
    expect(await snapshot(tree.root)).toEqual(present);
  });

  it.each([
    ["a file that is not there", () => join(outside, "nowhere.yaml"), /nowhere\.yaml: cannot be read; does the file exist\?/],
    [
      "an address that nobody answers",
      () => "http://127.0.0.1:1/openapi.json",
      /^http:\/\/127\.0\.0\.1:1\/openapi\.json: cannot be fetched/,
    ],
    ["an address in plain text", () => "http://nimbus.example/openapi.json", /not fetched over http/],
  ])("rejects %s, and writes nothing", async (_, place, message) => {
    const present = await snapshot(tree.root);
    await expect(newVendor(tree.root, "stratus", { from: place(), date })).rejects.toThrow(message);
    expect(await snapshot(tree.root)).toEqual(present);
  });

  it("writes no specs when a README lacks the markers of a list", { timeout: 30_000 }, async () => {
    await writeFile(join(tree.root, "packages/simulator/README.md"), "# No markers\n");
    const present = await snapshot(tree.root);
    await expect(newVendor(tree.root, "stratus", { from: join(outside, "nimbus.yaml"), date })).rejects.toThrow(
      /^packages\/simulator\/README\.md: needs one line/,
    );
    expect(await snapshot(tree.root)).toEqual(present);
  });

  it("does the same as a command, and exits with code 1 and one line on an error", { timeout: 60_000 }, async () => {
    const other = await checkedTree({ scripts: true });
    try {
      const from = await file("nimbus.yaml", nimbus);
      const { code, output } = await command(other.root, id, "--from", from);
      expect([code, output.split("\n").filter((line) => line.startsWith("error"))]).toEqual([0, []]);
      const [, wrote = "", left = ""] = /^([\s\S]*)\n\nLeft to do:\n([\s\S]*)\n\n/.exec(output) ?? [];
      const ofScripts = ["scripts/bench/package.json", "scripts/demo/generated/providers.ts"];
      expect(wrote.split("\n")).toEqual([...made.written, ...ofScripts].sort().map((path) => `wrote ${path}`));
      expect(left.split("\n")).toEqual(made.left.map((line) => `- ${line}`));
      for (const folder of [`specs/${id}`, `packages/${id}/src`]) {
        const files = await snapshot(join(other.root, folder));
        const here = await snapshot(join(tree.root, folder));
        expect([...files.keys()]).toEqual([...here.keys()]);
        for (const [path, text] of files) {
          expect([path, text.replace(/^date: .*$/m, `date: ${date}`)]).toEqual([path, here.get(path)]);
        }
      }
      const present = await snapshot(other.root);
      expect(await command(other.root, id, "--from", from)).toEqual({
        code: 1,
        output: expect.stringMatching(/^error: .*regenerate.*\n$/),
      });
      expect(await command(other.root, "stratus", "--from", join(outside, "nowhere.yaml"))).toEqual({
        code: 1,
        output: expect.stringMatching(/^error: .*nowhere\.yaml: cannot be read; .*\n$/),
      });
      expect(await snapshot(other.root)).toEqual(present);
    } finally {
      await other.remove();
    }
  });
});

/** Runs the tree's own `pnpm new-vendor`. */
async function command(root: string, ...args: string[]): Promise<{ code: number | null; output: string }> {
  const script = join(root, "scripts/new-vendor/main.ts");
  const { code, stdout, stderr } = await runToEnd(process.execPath, [script, ...args], { cwd: root, env: { NO_COLOR: "1" } });
  return { code, output: stdout + stderr };
}

/** OpenAPI 3.1 as JSON, with the key in a custom header and no error schema. */
const cirrus = {
  openapi: "3.1.0",
  info: { title: "Cirrus", version: "1" },
  servers: [{ url: "https://cirrus.example" }],
  paths: {
    "/api/v1/machines": {
      post: {
        parameters: [{ name: "Idempotency-Key", in: "header", schema: { type: "string" } }],
        requestBody: { content: { "application/json": { schema: { type: "object", properties: { gpu: { const: "H100" } } } } } },
        responses: {
          201: { description: "Made.", content: { "application/json": { schema: { $ref: "#/components/schemas/Event" } } } },
        },
      },
    },
    "/api/v1/machines/{id}": {
      delete: {
        parameters: [{ name: "id", in: "path", required: true, schema: { type: "integer" } }],
        responses: { 204: { description: "Gone." } },
      },
    },
  },
  components: {
    schemas: {
      Event: {
        type: "object",
        properties: {
          id: { type: "integer" },
          kind: { type: "string" },
          message: { type: "string" },
          next: { $ref: "#/components/schemas/Event" },
        },
      },
    },
    securitySchemes: { Key: { type: "apiKey", in: "header", name: "X-Api-Key" } },
  },
};

describe("the specs of a small document", () => {
  /** Creates the specs and composes them, as in the tree. */
  async function read(place: string): Promise<{ left: string; source: JsonObject; text: string; document: JsonObject }> {
    const { files, left } = await specsFromDocument("cirrus", place, date);
    const folder = join(await mkdtemp(join(outside, "specs-")), "cirrus");
    await mkdir(folder);
    for (const [name, text] of files) await writeFile(join(folder, name), text);
    return {
      left: left.join("\n"),
      source: parseObject(files.get("source.yaml") ?? "", "source.yaml"),
      text: files.get("upstream.yaml") ?? "",
      document: await compose("cirrus", join(folder, "..")),
    };
  }

  it("can be created from a Markdown page at an address", { timeout: 30_000 }, async () => {
    const fenced = `${JSON.stringify(cirrus, null, 2)}\n`;
    const server = createServer((_, response) => response.end(`# API\n\n\`\`\`json\n${fenced}\`\`\`\n`));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api.md`;
    try {
      const { source, text, left } = await read(url);
      expect(text).toBe(fenced);
      expect(source).toMatchObject({
        url,
        sha256: sha256(fenced),
        operations: ["POST /api/v1/machines", "DELETE /api/v1/machines/{id}"],
      });
      expect(left).not.toContain("source.yaml");
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it("list their guesses for a minimal document", { timeout: 30_000 }, async () => {
    const { left, document } = await read(await file("cirrus.json", JSON.stringify(cirrus)));
    expect(document["x-gpu-client"]).toEqual({
      vendor: "cirrus",
      apiKeyEnv: "CIRRUS_API_KEY",
      apiKeyPrefix: "",
      errors: { code: [], message: ["/message"], requestId: [], words: {}, phrases: [] },
    });
    expect(operationsOf(document).map(({ object }) => [object["operationId"], object["x-paid"], object["x-idempotent"]])).toEqual(
      [
        ["createInstance", true, false],
        // The vendor may reuse a numeric id for another machine.
        ["deleteInstance", undefined, false],
      ],
    );
    expect(left).toMatch(/by `Key`, without a prefix/);
    expect(left).toMatch(/`CIRRUS_API_KEY`, made from the name/);
    expect(left).toMatch(/what an error body holds: the document shows none/);
    expect(left).toMatch(/whether these need a key.*: POST \/api\/v1\/machines, DELETE/);
    expect(left).toMatch(/x-idempotency-key.*createInstance$/m);
  });

  it("omit operations that a client cannot call, and report them", { timeout: 30_000 }, async () => {
    const log = {
      get: {
        parameters: [{ name: "id", in: "path", required: true, schema: { type: "integer" } }],
        responses: { 200: { description: "Text.", content: { "text/plain": { schema: { type: "string" } } } } },
      },
    };
    const whole = { ...cirrus, paths: { ...cirrus.paths, "/api/v1/machines/{id}/log": log } };
    const { left, source, text, document } = await read(await file("log.json", JSON.stringify(whole)));
    expect(operationsOf(document).map(({ path }) => path)).toEqual(Object.keys(cirrus.paths));
    expect(source).toMatchObject({ size: JSON.stringify(whole).length, sha256: sha256(text) });
    expect(parseObject(text, "upstream.yaml")).toEqual(cirrus);
    expect(left).toMatch(/operations that were left out: GET \/api\/v1\/machines\/\{id\}\/log \(its response is not JSON\)$/);
  });

  it.each<[what: string, scheme: JsonObject, prefix: string, becomes: JsonObject]>([
    [
      "a key of its own header",
      { type: "apiKey", in: "header", name: "X-Key" },
      "",
      { type: "apiKey", in: "header", name: "X-Key" },
    ],
    ["a bearer token", { type: "http", scheme: "Bearer" }, "Bearer ", { type: "http", scheme: "Bearer" }],
    [
      "a bearer token that is declared as a key",
      { type: "apiKey", in: "header", name: "Authorization", description: 'Send "Bearer <token>".' },
      "Bearer ",
      { type: "http", scheme: "bearer", description: 'Send "Bearer <token>".' },
    ],
    [
      "a key behind another word",
      { type: "apiKey", in: "header", name: "Authorization", description: "Send `Key <your key>`." },
      "Key ",
      { type: "apiKey", in: "header", name: "Authorization", description: "Send `Key <your key>`." },
    ],
  ])("support %s", { timeout: 30_000 }, async (_, scheme, prefix, becomes) => {
    const components = { ...cirrus.components, securitySchemes: { Key: scheme } };
    const { document } = await read(await file("key.json", JSON.stringify({ ...cirrus, components })));
    expect(objectAt(document, "x-gpu-client")["apiKeyPrefix"]).toBe(prefix);
    expect(resolvePointer(document, "/components/securitySchemes")).toEqual({ Key: becomes });
  });

  const post = "/paths/~1api~1v1~1machines/post";
  const failure = (body: JsonObject) => ({
    description: "No.",
    content: { "application/json": { schema: { type: "object", ...body } } },
  });
  it.each<[what: string, at: string, change: JsonObject, pointer: string, value: unknown]>([
    ["calls of the vendor's", "", { webhooks: { done: { post: { responses: {} } } } }, "/webhooks", undefined],
    ["calls back", post, { callbacks: { ready: { "{$url}": { post: { responses: {} } } } } }, `${post}/callbacks`, undefined],
    ["a licence without an address", "/info", { license: { name: "MIT" } }, "/info/license", undefined],
    ["a version that is a number", "/info", { version: 2 }, "/info/version", "2"],
    ["a later edition of OpenAPI 3.1", "", { openapi: "3.1.2" }, "/openapi", "3.1.0"],
    ["two ways to name a key, one of them none", post, { security: [{ Key: [] }, {}] }, `${post}/security`, undefined],
    ["no key, said in a roundabout way", post, { security: [{}] }, `${post}/security`, []],
    ["a summary that is there", post, { summary: "Rent it" }, `${post}/summary`, "Rent it"],
    [
      "a description that names its source",
      post,
      { description: "x\n\nSource: https://a.example/b" },
      `${post}/description`,
      "x\n\nSource: https://a.example/b",
    ],
    [
      "a success without a description",
      `${post}/responses`,
      { 201: { content: {} } },
      `${post}/responses/201/description`,
      "Done.",
    ],
    [
      "a body without a schema",
      `${post}/responses/201/content/application~1json`,
      { schema: undefined as never },
      `${post}/responses/201/content/application~1json/schema`,
      {},
    ],
    [
      "a failure that is a page",
      `${post}/responses`,
      { "5XX": { description: "No.", content: { "text/html": {} } } },
      `${post}/responses/500/content/application~1json/schema/$ref`,
      "#/components/schemas/ApiErrorBody",
    ],
    [
      "a failure that is the default",
      `${post}/responses`,
      { 201: undefined as never, 400: failure({ title: "E" }), default: failure({ title: "E" }) },
      `${post}/responses/200`,
      { description: "Done." },
    ],
    [
      "a success that is the default",
      `${post}/responses`,
      { 201: undefined as never, 400: failure({ title: "E" }), default: failure({ title: "A" }) },
      `${post}/responses/200/content/application~1json/schema/title`,
      "A",
    ],
    [
      "a reserved name",
      "/components/schemas",
      { Event: { title: "E", type: "object" } },
      "/components/schemas/ApiEvent/title",
      "E",
    ],
    ["an example that is nowhere in use", "/components", { examples: { One: { value: 1 } } }, "/components/examples", undefined],
    [
      "an example that stands elsewhere",
      "",
      {
        components: { ...cirrus.components, examples: { One: { value: { id: 7 } } } },
        paths: {
          "/things": {
            get: {
              responses: {
                200: {
                  description: "One.",
                  content: {
                    "application/json": {
                      schema: { $ref: "#/components/schemas/Event" },
                      examples: { one: { $ref: "#/components/examples/One" } },
                    },
                  },
                },
              },
            },
          },
        },
      },
      "/paths/~1things/get/responses/200/content/application~1json/examples",
      { one: { value: { id: 7 } } },
    ],
  ])("compose with %s", { timeout: 30_000 }, async (_, at, change, pointer, value) => {
    const document = structuredClone(cirrus) as unknown as JsonObject;
    Object.assign(at === "" ? document : (resolvePointer(document, at) as JsonObject), change);
    const composed = (await read(await file("change.json", JSON.stringify(document)))).document;
    expect(resolvePointer(composed, pointer)).toEqual(value);
  });

  it.each<[what: string, error: JsonObject, pointers: JsonObject]>([
    [
      "fields at the top",
      { properties: { code: { type: "integer" }, error: { type: "string" }, message: { type: "string" } } },
      { code: ["/error"], message: ["/message"], requestId: [] },
    ],
    ["one text", { properties: { error: { type: "string" } } }, { code: [], message: ["/error"], requestId: [] }],
    [
      "a list",
      {
        properties: {
          detail: { type: "array", items: { type: "object", properties: { msg: { type: "string" }, type: { type: "string" } } } },
        },
      },
      { code: ["/detail/0/type"], message: ["/detail/0/msg"], requestId: [] },
    ],
    [
      // Otherwise each successful response would be treated as a failure.
      "fields that a success has too",
      { properties: { kind: { type: "string" }, note: { type: "string" }, message: { type: "string" } } },
      { code: [], message: ["/message"], requestId: [] },
    ],
  ])("describe failures with %s", { timeout: 30_000 }, async (_, error, pointers) => {
    const document = structuredClone(cirrus) as unknown as JsonObject;
    objectAt(resolvePointer(document, "/paths/~1api~1v1~1machines/post"), "responses")["409"] = failure(error);
    const composed = (await read(await file("error.json", JSON.stringify(document)))).document;
    expect(objectAt(composed["x-gpu-client"], "errors")).toEqual({ ...pointers, words: {}, phrases: [] });
  });
});
