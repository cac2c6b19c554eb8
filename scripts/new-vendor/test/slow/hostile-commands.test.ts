// Runs the commands on one hostile document of each kind, and checks their output, files, memory and time. ../door.test.ts reads
// all documents of each kind with the same readers.

import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { copyTree, snapshot } from "@gpu-scripts/codegen/test/tree.ts";
import { type JsonObject, list } from "@gpu-scripts/openapi/json.ts";
import { type Finished, runToEnd } from "@gpu-scripts/openapi/process.ts";
import { bombs, disguises, type Hostile, references } from "@gpu-scripts/openapi/test/hostile/documents.ts";
import { planted, plantWitnesses, type Witnesses } from "@gpu-scripts/openapi/test/hostile/witnesses.ts";
import { root } from "@gpu-scripts/openapi/vendors.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { nimbus } from "../nimbus.ts";

/** Limits of a command. The time limit is generous for busy machines. After it the command is killed. */
const mostMebibytes = 500;
const killMs = 60_000;

let tree: { root: string; remove: () => Promise<void> };
let witnesses: Witnesses;
let server: Server;
let base: string;

beforeAll(async () => {
  tree = await copyTree({ scripts: true });
  witnesses = await plantWitnesses();
  const bomb = gzipSync(Buffer.alloc(256 * 1024 * 1024), { level: 1 });
  server = createServer((request, response) => {
    if (request.url === "/bomb") response.setHeader("content-encoding", "gzip").end(bomb);
    else if (request.url === "/elsewhere") response.writeHead(302, { location: witnesses.url }).end();
    else {
      const chunk = Buffer.alloc(1024 * 1024, " ");
      const more = () => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on("drain", more);
      more();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await witnesses.remove();
  await tree.remove();
});

interface Ended extends Finished {
  /** Peak resident memory of the command and of the Node.js processes that it starts. */
  mebibytes: number;
}

/** Loaded into every Node.js process of a run: writes the peak resident memory to a file of the process. */
const recorder = `data:text/javascript,${encodeURIComponent(
  'import { writeFileSync } from "node:fs"; process.on("exit", () => writeFileSync(process.env.PEAK_FOLDER + "/" + process.pid, String(process.resourceUsage().maxRSS)));',
)}`;

async function run(script: string, ...args: string[]): Promise<Ended> {
  const peaks = await mkdtemp(join(tmpdir(), "gpu-peaks-"));
  try {
    const ended = await runToEnd(process.execPath, [join(tree.root, "scripts", script), ...args], {
      cwd: tree.root,
      env: { NO_COLOR: "1", NODE_OPTIONS: `--import=${recorder}`, PEAK_FOLDER: peaks },
      timeoutMs: killMs,
    });
    const sizes = await Promise.all((await readdir(peaks)).map((name) => readFile(join(peaks, name), "utf8")));
    return { ...ended, mebibytes: Math.max(...sizes.map(Number)) / 1024 };
  } finally {
    await rm(peaks, { recursive: true });
  }
}

/** Expects that the command failed with one line, within its memory limit, and neither read nor wrote anything else. */
async function expectRefused({ code, stdout, stderr, mebibytes }: Ended, before: Map<string, string>): Promise<void> {
  expect(code).toBe(1);
  expect(stdout + stderr).not.toContain(planted);
  expect(mebibytes).toBeLessThan(mostMebibytes);
  expect(witnesses.requested).toEqual([]);
  expect(await snapshot(tree.root)).toEqual(before);
}

/** Expects the reason in the report of `regenerate`. */
async function expectReported(refused: RegExp): Promise<void> {
  const [entry] = JSON.parse(await readFile(reportFile(), "utf8")) as JsonObject[];
  expect(entry).toMatchObject({ vendor: "fal", impact: "none", bump: "none", changes: [], overlays: [] });
  expect(entry?.["reasons"]).toEqual([{ kind: "document", message: expect.stringMatching(refused) }]);
  expect(JSON.stringify(entry)).not.toContain(planted);
}

const reportFile = () => join(witnesses.folder, "report.json");

const named = (kinds: readonly Hostile[], ...names: string[]): [string, Hostile][] =>
  names.map((name) => {
    const found = kinds.find(({ kind }) => kind === name);
    if (!found) throw new Error(`there is no hostile document of the kind "${name}"`);
    return [name, found];
  });

describe.each([
  ...named(
    references,
    "a reference to an address in an extension of the info",
    "an encoded file address in a schema",
    "a mapping to an address in a schema",
    "an external value in a schema",
  ),
  ...named(
    bombs,
    "aliases that multiply",
    "an alias that holds itself",
    "lists that nest and end",
    "empty lists without end",
    "too many bytes",
    "schemas that multiply",
  ),
  ...named(disguises, "UTF-16", "U+202E in a name"),
])("%s", (_, { make, refused }) => {
  it("is rejected by `regenerate`, with a report", async () => {
    const upstream = parse(await readFile(join(root, "specs", "fal", "upstream.yaml"), "utf8")) as JsonObject;
    const file = join(witnesses.folder, "hostile.txt");
    await writeFile(file, make(upstream, witnesses));
    const before = await snapshot(tree.root);
    const ended = await run("regenerate/main.ts", "fal", "--from", file, "--report", reportFile());
    await expectRefused(ended, before);
    expect(ended.stderr).toBe("");
    expect(ended.stdout).toMatch(/^## fal: refused, nothing was changed\n\n[^\n]+\n\n$/);
    await expectReported(refused);
  });

  it("is rejected by `new-vendor`", async () => {
    const file = join(witnesses.folder, "hostile.txt");
    await writeFile(file, make(parse(nimbus) as JsonObject, witnesses));
    const before = await snapshot(tree.root);
    const ended = await run("new-vendor/main.ts", "nimbus-gpu", "--from", file);
    await expectRefused(ended, before);
    expect(ended).toMatchObject({ stdout: "", stderr: expect.stringMatching(/^error: [^\n]+\n$/) });
    expect(ended.stderr).toMatch(refused);
  });

  it("is rejected by `compose`", async () => {
    const specs = join(witnesses.folder, "specs");
    await mkdir(specs, { recursive: true });
    await cp(join(root, "specs", "fal"), join(specs, "fal"), { recursive: true });
    const upstream = parse(await readFile(join(root, "specs", "fal", "upstream.yaml"), "utf8")) as JsonObject;
    await writeFile(join(specs, "fal", "upstream.yaml"), make(upstream, witnesses));
    const before = await snapshot(tree.root);
    const ended = await run("codegen/compose.ts", "fal", "--specs", specs);
    await expectRefused(ended, before);
    expect(ended).toMatchObject({ stdout: "", stderr: expect.stringMatching(/^error: [^\n]+\n$/) });
  });
});

describe.each([
  ["/bomb", /is too large: at most 16 MiB are read/],
  ["/endless", /is too large: at most 16 MiB are read/],
  ["/elsewhere", /redirects to 127\.0\.0\.1:\d+, another site/],
])("a server that sends %s", (path, refused) => {
  it("is rejected by `regenerate`, with a report", async () => {
    const before = await snapshot(tree.root);
    const ended = await run("regenerate/main.ts", "fal", "--from", base + path, "--report", reportFile());
    await expectRefused(ended, before);
    await expectReported(refused);
  });

  it("is rejected by `new-vendor`", async () => {
    const before = await snapshot(tree.root);
    const ended = await run("new-vendor/main.ts", "nimbus-gpu", "--from", base + path);
    await expectRefused(ended, before);
    expect(ended).toMatchObject({ stdout: "", stderr: expect.stringMatching(/^error: [^\n]+\n$/) });
    expect(ended.stderr).toMatch(refused);
  });
});

describe("a document that is rejected after it was read", () => {
  it.each<[string, (document: JsonObject) => void, RegExp]>([
    [
      "a server that moved to plain http",
      (document) => {
        document["servers"] = [{ url: "http://api.fal.ai/v1" }];
      },
      /no key may be sent to "http:\/\/api\.fal\.ai\/v1"; it must be an absolute https address/,
    ],
    [
      "paths that are a list",
      (document) => {
        document["paths"] = [document["paths"] ?? {}];
      },
      /has no operations|cannot be read as an OpenAPI document/,
    ],
    [
      "a header with a line break in its name",
      (document) => {
        const item = Object.values(document["paths"] as JsonObject)[0] as JsonObject;
        const operation = Object.values(item)[0] as JsonObject;
        list(operation["parameters"]).push({ name: "X-A\r\nX-B", in: "header", schema: { type: "string" } });
      },
      /"X-A X-B" cannot be the name of a header parameter/,
    ],
  ])("also has a report: %s", async (_, change, refused) => {
    const upstream = parse(await readFile(join(root, "specs", "fal", "upstream.yaml"), "utf8")) as JsonObject;
    change(upstream);
    const file = join(witnesses.folder, "hostile.txt");
    await writeFile(file, JSON.stringify(upstream));
    const before = await snapshot(tree.root);
    await expectRefused(await run("regenerate/main.ts", "fal", "--from", file, "--report", reportFile()), before);
    await expectReported(refused);
  });
});
