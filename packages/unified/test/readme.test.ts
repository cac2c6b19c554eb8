import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSimulator, type Simulator } from "@gpu/simulator";
import { compile, pathNextTo, runModule, typescriptBlocks } from "@gpu/testing";
import { beforeAll, describe, expect, it } from "vitest";
import * as unified from "../src/index.js";
import * as node from "../src/node/index.js";
import { sshPublicKey } from "./fake-provider.js";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const keyNames = {
  "thunder-compute": "TNR_API_TOKEN",
  shadeform: "SHADEFORM_API_KEY",
  fal: "FAL_KEY",
  novita: "NOVITA_API_KEY",
  runcrate: "RUNCRATE_API_KEY",
  lambda: "LAMBDA_API_KEY",
  runpod: "RUNPOD_API_KEY",
  vast: "VAST_API_KEY",
} as const;

/** All code blocks of the README as one program. */
const program = typescriptBlocks(readme).join("\n");

/** Runs the README's program unchanged, with the simulator instead of the clouds and in-memory files. */
async function runProgram(simulator: Simulator): Promise<string[]> {
  const printed: string[] = [];
  const folder = await mkdtemp(join(tmpdir(), "gpu-readme-"));
  const files = new Map([["id_ed25519.pub", sshPublicKey]]);
  const modules: Readonly<Record<string, object>> = {
    "node:fs/promises": {
      readFile: async (path: string) => files.get(path),
      writeFile: async (path: string, text: string) => void files.set(path, text),
    },
    "@gpu/unified/node": { ...node, fileIntents: () => node.fileIntents(folder) },
    "@gpu/unified": {
      ...unified,
      createGpu: (options: unified.GpuOptions) =>
        unified.createGpu({ ...options, defaults: { fetch: simulator.fetch, clock: simulator.clock } }),
    },
  };
  const print = (line: unknown) => printed.push(typeof line === "string" ? line : JSON.stringify(line));
  const before = { ...process.env };
  for (const [vendor, name] of Object.entries(keyNames)) process.env[name] = simulator.keys[vendor as keyof typeof keyNames];
  try {
    await runModule(program, modules, { log: print });
  } finally {
    await rm(folder, { recursive: true });
    for (const name of Object.values(keyNames)) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  }
  return printed;
}

describe("the README's code", () => {
  const simulator = createSimulator();
  let printed: string[] = [];

  beforeAll(async () => {
    printed = await runProgram(simulator);
  });

  it("prints a login, a verified deletion, offers with prices, and the outcome of a create", () => {
    const plain = printed.map((line) =>
      line
        .replace(/198\.[\d.]+/, "ADDRESS")
        .replace(/(?<=until )\S+Z/, "TIME")
        .replace(/(?<=runcrate:)[0-9a-f-]{36}/, "ID"),
    );
    expect(plain).toEqual([
      "ssh -p 38409 root@ADDRESS",
      '{"outcome":"deleted"}',
      "1.95 USD/h available vast:28461009",
      "2.1 USD/h available shadeform:hyperstack/H100/montreal-canada-2/on_demand",
      "2.1 USD/h unavailable shadeform:hyperstack/H100/warsaw-poland-1/on_demand",
      "2.56 USD/h available novita:H100-80GB.20c200g/us-ca-6/1",
      "2.65 USD/h available shadeform:verda/H100_sxm5/helsinki-finland-2/on_demand",
      "2.692739726 USD/h available runpod:COMMUNITY/any/NVIDIA%20H100%2080GB%20HBM3/1",
      "2.992739726 USD/h available runpod:SECURE/EUR-IS-1/NVIDIA%20H100%2080GB%20HBM3/1",
      "2.992739726 USD/h available runpod:SECURE/US-KS-2/NVIDIA%20H100%2080GB%20HBM3/1",
      "3.2 USD/h available thunder-compute:h100_x1",
      "3.29 USD/h available lambda:gpu_1x_h100_pcie/us-west-3",
      "3.35 USD/h unknown runcrate:eager-lovelace-h100-sxm-b83c",
      "running at ADDRESS",
      "it is runcrate:ID",
      "1 of ours, 0 of unknown owner, 0 providers not read",
      "train on ADDRESS until TIME",
      "Error: loss is NaN on train-45",
      "0 providers not read, or deletes that failed",
      "shadeform: ? USD",
      expect.stringMatching(/^runcrate: 99\.99\d+ USD$/),
      "spot at 1.5 USD an hour",
      '{"outcome":"deleted"}',
      "no_offer, side effect none, 0 tried",
    ]);
  });

  it("rents five machines and leaves none", () => {
    const rented = simulator.ledger().filter(({ kind }) => kind === "instance");
    expect(rented.map(({ vendor }) => vendor)).toEqual(["vast", "runcrate", "vast", "vast", "shadeform"]);
    expect(rented.filter(({ endedAt }) => endedAt === null)).toEqual([]);
  });
});

describe("the README's table", () => {
  const { thunderCompute, shadeform, fal, novita, runcrate, lambda, runpod, vast } = unified;
  const connected = [thunderCompute(), shadeform(), fal(), novita(), runcrate(), lambda(), runpod(), vast()].map((provider) =>
    provider.connect({}),
  );
  const row = (title: string) => {
    const found = readme.split("\n").find((line) => line.startsWith(`| ${title} |`));
    if (found === undefined) throw new Error(`the README has no row "${title}"`);
    return found
      .split("|")
      .slice(2, -1)
      .map((cell) => cell.trim());
  };
  const fields = (names: readonly string[]) => (names.length > 0 ? names.map((name) => `\`${name}\``).join(", ") : "–");

  it("has a table that matches the providers", () => {
    expect(row("needs")).toEqual(connected.map(({ needs }) => fields(needs)));
    expect(row("does not support")).toEqual(connected.map(({ lacks }) => fields(lacks)));
    expect(row("guarantee").map((cell) => cell.split(",")[0])).toEqual(connected.map(({ guarantee }) => `\`${guarantee}\``));
    expect(row("lists are trusted after")).toEqual(connected.map(({ settleMs }) => `${settleMs / 1_000} s`));
    const can = (isThere: boolean) => (isThere ? "yes" : "–");
    expect(row("expiry (`ttlMs`, `maxUsd`)").map((cell) => cell === "–")).toEqual(
      connected.map(({ guarantee }) => guarantee === "key"),
    );
    expect(row("expiry (`ttlMs`, `maxUsd`)").map((cell) => cell.includes("sole deleter"))).toEqual(
      connected.map(({ recyclesIds = false }) => recyclesIds),
    );
    expect(row("`extend`")).toEqual(connected.map(({ remark }) => (remark ? "yes" : "–")));
    expect(row("balance")).toEqual(connected.map((one) => can("balance" in one)));
    expect(row("spot")).toEqual(connected.map((one) => can("marketOf" in one)));
    expect(row("`stop`, `start` / `restart`")).toEqual(
      connected.map(({ actions }) => `${can("stop" in actions && "start" in actions)} / ${can("restart" in actions)}`),
    );
  });
});

it("the README's code compiles", () => {
  const project = new URL("../tsconfig.json", import.meta.url);
  expect(compile(project, new Map([[pathNextTo(project, "test/readme.compiled.ts"), program]]))).toEqual([]);
}, 60_000);
