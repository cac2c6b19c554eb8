import { spawnSync } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { compose } from "@gpu-scripts/openapi/compose.ts";
import { runToEnd } from "@gpu-scripts/openapi/process.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { staleFiles, writeFiles } from "../files.ts";
import { generateTypes } from "../types.ts";

const fixture = join(dirname(fileURLToPath(import.meta.url)), "fixture");
let specs: string;

beforeEach(async () => {
  specs = await mkdtemp(join(tmpdir(), "gpu-compose-test-"));
  await cp(fixture, specs, { recursive: true });
});
afterEach(async () => {
  await rm(specs, { recursive: true, force: true });
});

/** Edits the text of a fixture file. */
async function edit(file: string, change: (text: string) => string): Promise<void> {
  const path = join(specs, "acme", file);
  const before = await readFile(path, "utf8");
  const after = change(before);
  expect(after).not.toBe(before);
  await writeFile(path, after);
}

describe("compose", () => {
  it("returns OpenAPI 3.1 with the overlays applied, deterministically", async () => {
    const first = await compose("acme", specs);
    expect(first).toMatchObject({ openapi: "3.1.0", paths: { "/machines": { get: { operationId: "listMachines" } } } });
    expect(JSON.stringify(await compose("acme", specs))).toBe(JSON.stringify(first));
  });

  it("keeps a status that upstream adds, also in the types", async () => {
    await edit("upstream.yaml", (text) => text.replace("enum: [running, gone]", "enum: [running, gone, asleep]"));
    const document = await compose("acme", specs);
    const types = await generateTypes(document);
    expect(types).toContain('KnownMachineStatus = "running" | "gone" | "asleep"');
    expect(types).toMatch(/MachineStatus: "running" \| "gone" \| "asleep" \| \(string & \{\s*\}\)/);
  });

  it("adds a field of an overlay to the types", async () => {
    await edit(
      "fixes.overlay.yaml",
      (text) =>
        `${text}  - target: $.components.schemas.Machine.properties\n    description: Seen in responses.\n    update:\n      nickname: { type: string, description: A name. }\n`,
    );
    expect(await generateTypes(await compose("acme", specs))).toContain("nickname?: string");
  });

  const refusals: [why: string, file: string, change: (text: string) => string, message: RegExp][] = [
    [
      "a document that is not YAML",
      "upstream.yaml",
      (text) => `${text}\n  : [`,
      /^specs\/acme\/upstream\.yaml:\d+: not readable/,
    ],
    ["a document that is not OpenAPI", "upstream.yaml", () => "hello: world\n", /is not an OpenAPI document/],
    ["an empty document", "upstream.yaml", () => "\n", /input is empty/],
    [
      "a target that upstream removed",
      "upstream.yaml",
      (text) => text.replace("enum: [running, gone]", "description: x"),
      /fixes\.overlay\.yaml, action \d+ .*copy/,
    ],
    [
      "a correction that upstream made itself",
      "upstream.yaml",
      (text) => text.replace("operationId: machines", "operationId: listMachines"),
      /changes nothing/,
    ],
    [
      "a required field that is listed twice",
      "fixes.overlay.yaml",
      (text) => text.replace("required: [name]", "required: [id]"),
      /"id" is listed twice/,
    ],
    [
      "an operation that source.yaml does not list",
      "source.yaml",
      (text) => text.replace("  - GET /machines/{id}\n", ""),
      /does not list GET \/machines\/\{id\}/,
    ],
    [
      "a listed operation that the document does not have",
      "source.yaml",
      (text) => `${text}  - DELETE /machines\n`,
      /lists DELETE \/machines, which the document lacks/,
    ],
    [
      "a document that does not pass the linter",
      "fixes.overlay.yaml",
      (text) => text.replace("operationId: listMachines", "operationId: machinesOfAcme"),
      /does not pass the linter/,
    ],
    [
      "another vendor's contract",
      "fixes.overlay.yaml",
      (text) => text.replace("vendor: acme", "vendor: other"),
      /x-gpu-client\.vendor must be "acme"/,
    ],
  ];
  it.each(refusals)("rejects %s", async (_, file, change, message) => {
    await edit(file, change);
    await expect(compose("acme", specs)).rejects.toThrow(message);
  });

  it("names a missing file in the error", async () => {
    await rm(join(specs, "acme", "upstream.yaml"));
    await expect(compose("acme", specs)).rejects.toThrow("specs/acme/upstream.yaml: cannot be read");
  });

  it("names the folder of --specs in errors", async () => {
    const script = fileURLToPath(new URL("../compose.ts", import.meta.url));
    const run = (...args: string[]) => spawnSync(process.execPath, [script, ...args], { cwd: dirname(specs), encoding: "utf8" });
    expect(run("shadeform", "--specs", "/nonexistent").stderr).toBe(
      "error: /nonexistent/shadeform/source.yaml: cannot be read; does the file exist?\n",
    );
    await edit("fixes.overlay.yaml", (text) => text.replace("vendor: acme", "vendor: other"));
    expect(run("acme", "--specs", basename(specs)).stderr).toBe(
      `error: ${basename(specs)}/acme: x-gpu-client.vendor must be "acme"\n`,
    );
    expect(run("nobody").stderr).toBe("error: specs/nobody/source.yaml: cannot be read; does the file exist?\n");
  });

  it("exits without an error when its output pipe is closed", async () => {
    const script = fileURLToPath(new URL("../compose.ts", import.meta.url));
    const pipe = ["-c", `"$0" "$1" shadeform | head -n 1`, process.execPath, script];
    expect(await runToEnd("sh", pipe, { cwd: dirname(specs) })).toEqual({ code: 0, stdout: "{\n", stderr: "" });
  });
});

describe("generated files", () => {
  it("are reported while stale, and written completely", async () => {
    const file = join(specs, "out", "client.ts");
    const files = new Map([[file, "new\n"]]);
    expect(await staleFiles(files)).toHaveLength(1);
    await writeFiles(files);
    expect(await readFile(file, "utf8")).toBe("new\n");
    expect(await staleFiles(files)).toEqual([]);
    expect(await writeFiles(files)).toEqual([]);
  });
});
