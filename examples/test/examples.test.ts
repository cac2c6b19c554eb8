import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createShadeformClient } from "@gpu/shadeform";
import { createSimulator, type Simulator, type VendorName } from "@gpu/simulator";
import { createGpu, fal, type Gpu, novita, runcrate, shadeform, thunderCompute } from "@gpu/unified";
import { fileIntents } from "@gpu/unified/node";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { cheapestH100 } from "../cheapest-h100.ts";
import { deleteEverythingOf } from "../delete-everything-i-own.ts";
import { launchOnce } from "../launch-with-failover.ts";
import { rentWithBudget } from "../one-vendor.ts";
import { office } from "../own-provider.ts";
import { sweepOnce } from "../sweep.ts";
import sweepWorker, { sweepExpired } from "../sweep-worker.ts";
import { rentWhenThereIsOne } from "../wait-for-capacity.ts";
import { sshCommand } from "../watch-until-ready.ts";
import worker from "../worker.ts";

const sshPublicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPZF0ivPXjdsYBKwMkfTmXB3rI1bzs8pdVnEGAcBg0TX ada@workstation";

function gpuOn({ fetch, clock, keys }: Simulator, owner = "examples"): Gpu {
  return createGpu({
    providers: [
      thunderCompute({ apiKey: keys["thunder-compute"] }),
      shadeform({ apiKey: keys.shadeform }),
      fal({ apiKey: keys.fal }),
      novita({ apiKey: keys.novita }),
      runcrate({ apiKey: keys.runcrate }),
    ],
    owner,
    defaults: { fetch, clock },
  });
}

const running = (simulator: Simulator) => simulator.ledger().filter(({ endedAt }) => endedAt === null);

describe("cheapest-h100", () => {
  it("finds the cheapest offer within the limit", async () => {
    const simulator = createSimulator();
    const offer = await cheapestH100(gpuOn(simulator), 3.5);
    const { offers } = await gpuOn(simulator).offers({ gpu: "H100", gpuCount: 1 });
    const prices = offers.flatMap(({ usdPerHour, availability }) => (availability === "unavailable" ? [] : (usdPerHour ?? [])));
    expect(offer?.usdPerHour).toBe(Math.min(...prices));
  });

  it("finds nothing below every price, and reports the offer with an unknown price", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    onTestFinished(() => warn.mockRestore());
    expect(await cheapestH100(gpuOn(createSimulator()), 0.01)).toBeUndefined();
    expect(warn.mock.calls.flat()).toContain("fal:gpu_1x_h100_sxm5 skipped: price_unknown");
  });

  it("fails when no cloud can be read", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    onTestFinished(() => warn.mockRestore());
    const simulator = createSimulator();
    const gpu = createGpu({ providers: [shadeform({ apiKey: "wrong" })], defaults: simulator });
    await expect(cheapestH100(gpu, 3.5)).rejects.toThrow("no cloud could be read");
  });
});

describe("launch-with-failover", () => {
  async function handleFile(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), "gpu-examples-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    return join(folder, "launch.json");
  }

  it("tries the next offer, and leaves one machine and no file", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    onTestFinished(() => warn.mockRestore());
    const simulator = createSimulator();
    const vendors: VendorName[] = ["shadeform", "runcrate", "thunder-compute"];
    for (const vendor of vendors) simulator.fault({ vendor, operation: "createInstance", kind: "no_capacity" });
    const file = await handleFile();
    const instance = await launchOnce(gpuOn(simulator), sshPublicKey, file);
    expect(instance.ready).toBe(true);
    expect(running(simulator)).toHaveLength(1);
    expect(warn.mock.calls.flat().join()).toContain("no_capacity");
    expect(existsSync(file)).toBe(false);
  });

  it("finds the machine of a crashed run, and does not rent a second one", async () => {
    const simulator = createSimulator();
    const file = await handleFile();
    // The response is lost, and lists fail until the first run has ended.
    const lost = (["shadeform", "runcrate"] as const).flatMap((vendor) => [
      simulator.fault({ vendor, operation: "createInstance", kind: "response_lost" }),
      simulator.fault({ vendor, operation: "listInstances", kind: "error_before_commit", times: Number.POSITIVE_INFINITY }),
    ]);
    const gpu = () =>
      createGpu({
        providers: [shadeform({ apiKey: simulator.keys.shadeform }), runcrate({ apiKey: simulator.keys.runcrate })],
        defaults: { fetch: simulator.fetch, clock: simulator.clock },
      });
    await expect(launchOnce(gpu(), sshPublicKey, file)).rejects.toMatchObject({ code: "create_ambiguous" });
    expect(JSON.parse(await readFile(file, "utf8"))).toMatchObject({ version: 1 });

    for (const fault of lost) fault.remove();
    const instance = await launchOnce(gpu(), sshPublicKey, file);
    expect(running(simulator)).toMatchObject([{ id: instance.id }]);
    expect(existsSync(file)).toBe(false);
  });
});

describe("watch-until-ready", () => {
  it("reports each status once and returns the command", async () => {
    const simulator = createSimulator();
    const gpu = gpuOn(simulator);
    const { instance } = await gpu.launch({
      gpu: "H100",
      sshPublicKey,
      maxUsdPerHour: 4,
      until: "created",
      providers: ["shadeform"],
    });
    const lines: string[] = [];
    const command = await sshCommand(gpu, instance.ref, (line) => lines.push(line));
    expect(command).toMatch(/^ssh -p \d+ \w+@[\d.]+$/);
    expect(lines.at(-1)).toBe("running (active)");
    expect(new Set(lines).size).toBe(lines.length);
  });
});

describe("delete-everything-i-own", () => {
  it("deletes the instances of the owner, and no others", async () => {
    const simulator = createSimulator({ vendors: ["shadeform", "runcrate", "novita"] });
    const gpuOf = (owner: string) =>
      createGpu({
        providers: [shadeform({ apiKey: simulator.keys.shadeform }), runcrate({ apiKey: simulator.keys.runcrate })],
        owner,
        defaults: { fetch: simulator.fetch, clock: simulator.clock },
      });
    const launch = (owner: string, provider: "shadeform" | "runcrate") =>
      gpuOf(owner).launch({ gpu: "H100", name: `${owner}-job`, sshPublicKey, maxUsdPerHour: 4, providers: [provider] });
    const mine = [await launch("mine", "shadeform"), await launch("mine", "runcrate")];
    const theirs = await launch("theirs", "shadeform");

    const { deleted, unproven } = await deleteEverythingOf(gpuOf("mine"), "mine");
    expect(deleted.sort()).toEqual(mine.map(({ instance }) => instance.ref).sort());
    expect(unproven).toEqual([]);
    expect(running(simulator)).toMatchObject([{ id: theirs.instance.id }]);
  });

  it("reports a cloud that failed", async () => {
    const simulator = createSimulator();
    simulator.fault({ vendor: "runcrate", operation: "listInstances", kind: "forbidden" });
    const { unproven } = await deleteEverythingOf(gpuOn(simulator), "examples");
    expect(unproven).toContain("everything on runcrate (permission_denied)");
  });
});

describe("wait-for-capacity", () => {
  it("rents a spot machine when there is one, within the limits of its owner", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    onTestFinished(() => warn.mockRestore());
    const folder = await mkdtemp(join(tmpdir(), "gpu-examples-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const simulator = createSimulator({ vendors: { shadeform: {}, runcrate: { balanceUsd: 1 } } });
    const { fetch, clock, keys } = simulator;
    simulator.fault({ vendor: "shadeform", operation: "createInstance", kind: "no_capacity", times: 3 });
    const gpu = createGpu({
      providers: [shadeform({ apiKey: keys.shadeform }), runcrate({ apiKey: keys.runcrate })],
      owner: "examples",
      defaults: { fetch, clock },
      limits: { maxUsdPerHour: 10, maxInstances: 1 },
      intents: fileIntents(folder),
    });
    const instance = await rentWhenThereIsOne(gpu, 2, sshPublicKey);
    expect(instance).toMatchObject({ market: "spot", ready: true, usdPerHour: 1.5 });
    expect(warn.mock.calls).toEqual([["runcrate has only 1 USD left"]]);
    expect(await readdir(folder)).toEqual([]);
    await expect(rentWhenThereIsOne(gpu, 2, sshPublicKey)).rejects.toMatchObject({ code: "limit_exceeded" });
    expect(running(simulator)).toHaveLength(1);
  });
});

describe("one-vendor", () => {
  it("rents the next type when the first is sold out, with the vendor's spend limit", async () => {
    const simulator = createSimulator();
    const { fetch, clock, keys } = simulator;
    const client = createShadeformClient({ apiKey: keys.shadeform, fetch, clock });
    simulator.fault({ vendor: "shadeform", operation: "createInstance", kind: "no_capacity" });
    const id = await rentWithBudget(client, 5);
    expect(running(simulator)).toMatchObject([{ id, name: "budget" }]);
    expect((await client.getInstance({ path: { id } })).auto_delete).toMatchObject({ spend_threshold: "5.00" });
  });
});

describe("own-provider", () => {
  const machines = [{ id: "rack-1", gpu: "H100", gpuCount: 1, address: "10.0.0.5", usdPerHour: 0.4 }];

  it("works together with a cloud, and the cheapest machine is rented first", async () => {
    const simulator = createSimulator();
    const { fetch, clock, keys } = simulator;
    const gpu = createGpu({
      providers: [office(machines), shadeform({ apiKey: keys.shadeform })],
      owner: "examples",
      defaults: { fetch, clock },
    });
    const launch = () => gpu.launch({ gpu: "H100", name: "train", sshPublicKey, maxUsdPerHour: 4 });
    const first = await launch();
    const second = await launch();
    expect([first.instance.provider, second.instance.provider]).toEqual(["office", "shadeform"]);
    expect(await gpu.access(first.instance)).toMatchObject({ host: "10.0.0.5" });
    expect((await gpu.list({ owner: "examples" })).instances).toHaveLength(2);
    expect(await gpu.delete(first.instance)).toEqual({ outcome: "deleted" });
    expect((await gpu.list({ owner: "examples" })).instances.map(({ ref }) => ref)).toEqual([second.instance.ref]);
  });

  it("returns the same instance for the same idempotency key", async () => {
    const { clock } = createSimulator();
    const gpu = createGpu({ providers: [office(machines)], defaults: { clock } });
    const request = { offer: "office:rack-1", name: "train", idempotencyKey: gpu.newIdempotencyKey() } as const;
    const first = await gpu.create(request);
    expect((await gpu.create(request)).ref).toBe(first.ref);
    await expect(gpu.create({ ...request, name: "other" })).rejects.toMatchObject({ code: "idempotency_mismatch" });
  });
});

describe("worker", () => {
  it("returns the cheapest offers and the clouds that failed", async () => {
    const simulator = createSimulator();
    vi.stubGlobal("fetch", simulator.fetch);
    onTestFinished(() => {
      vi.unstubAllGlobals();
    });
    const response = await worker.fetch(new Request("https://offers.example/?gpu=H100&max=4"), {
      SHADEFORM_API_KEY: simulator.keys.shadeform,
      NOVITA_API_KEY: "wrong",
      RUNCRATE_API_KEY: simulator.keys.runcrate,
    });
    const { offers, failed } = await response.json();
    expect(offers.length).toBeGreaterThan(1);
    expect(offers[0].usdPerHour).toBeLessThanOrEqual(4);
    expect(failed).toEqual([{ provider: "novita", code: "unauthenticated" }]);
  });
});

describe("sweep", () => {
  const ttlMs = 3_600_000;

  it("deletes what has expired, and reports what it keeps", async () => {
    const simulator = createSimulator({ vendors: ["shadeform", "fal", "novita", "runcrate", "thunder-compute"] });
    const gpu = gpuOn(simulator);
    const launch = (provider: VendorName, lifetime: object) =>
      gpu.launch({ gpu: "H100", name: provider, sshPublicKey, maxUsdPerHour: 4, providers: [provider], ...lifetime });
    const expired = await launch("runcrate", { ttlMs });
    const recycled = await launch("thunder-compute", { ttlMs });
    const endless = await launch("shadeform", {});
    await simulator.clock.advance(2 * ttlMs);
    const { lines, isClean } = await sweepOnce(gpuOn(simulator));
    expect(lines.sort()).toEqual(
      [
        `deleted ${expired.instance.ref}, expired at ${expired.instance.expiresAt}`,
        `kept ${endless.instance.ref}: no_expiry`,
        `kept ${recycled.instance.ref}: recycled_ids`,
      ].sort(),
    );
    expect(isClean).toBe(true);
    expect(running(simulator)).toHaveLength(2);
  });

  it("is not clean when a cloud failed", async () => {
    const simulator = createSimulator();
    simulator.fault({ vendor: "runcrate", operation: "listInstances", kind: "forbidden" });
    expect(await sweepOnce(gpuOn(simulator))).toEqual({ lines: ["runcrate failed: permission_denied"], isClean: false });
  });

  it("in a Worker deletes what has expired", async () => {
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    onTestFinished(() => log.mockRestore());
    const simulator = createSimulator();
    const gpu = gpuOn(simulator);
    const { ref } = await gpu.create({ offer: "runcrate:calm-curie-l4-77e0", name: "job", sshPublicKey, ttlMs });
    await simulator.clock.advance(2 * ttlMs);
    await sweepExpired(gpu);
    expect(log.mock.calls).toEqual([[`deleted ${ref}`]]);
    expect(running(simulator)).toEqual([]);
  });

  it("in a Worker fails when a cloud failed", async () => {
    const simulator = createSimulator();
    vi.stubGlobal("fetch", simulator.fetch);
    onTestFinished(() => {
      vi.unstubAllGlobals();
    });
    const { shadeform: SHADEFORM_API_KEY, runcrate: RUNCRATE_API_KEY } = simulator.keys;
    const environment = { SHADEFORM_API_KEY, RUNCRATE_API_KEY, NOVITA_API_KEY: "wrong" };
    await expect(sweepWorker.scheduled({}, environment)).rejects.toThrow("novita: unauthenticated");
  });
});

it("each example has a test", async () => {
  const examples = (await readdir(new URL("..", import.meta.url))).filter(
    (name) => name.endsWith(".ts") && !name.endsWith(".test.ts"),
  );
  const tested =
    (await readFile(new URL(import.meta.url), "utf8")) + (await readFile(new URL("../train.test.ts", import.meta.url), "utf8"));
  const missing = examples.filter((name) => name !== "clouds.ts" && !tested.includes(`/${name}"`));
  expect(missing).toEqual([]);
});
