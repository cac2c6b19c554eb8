import { describe, expect, it } from "vitest";
import { vendorNames } from "../src/generated/vendor-names.js";
import type { FaultKind } from "../src/index.js";
import { startClouds } from "./clouds.js";
import { scenarios } from "./generated/vendors.js";

interface Expectation {
  fault: FaultKind;
  error: Record<string, unknown>;
  /** Whether the machine exists despite the error. */
  created: boolean;
}

const onCreate: Expectation[] = [
  { fault: { kind: "response_lost" }, error: { code: "network", sideEffect: "possible" }, created: true },
  { fault: { kind: "error_after_commit" }, error: { status: 500, sideEffect: "possible" }, created: true },
  { fault: { kind: "unreadable_response" }, error: { code: "vendor_contract", sideEffect: "committed" }, created: true },
  { fault: { kind: "slow" }, error: { code: "timeout", sideEffect: "possible" }, created: true },
  { fault: { kind: "error_before_commit" }, error: { status: 500, sideEffect: "possible" }, created: false },
  { fault: { kind: "reset_before" }, error: { code: "network", sideEffect: "possible" }, created: false },
  {
    fault: { kind: "rate_limited", retryAfterSeconds: 7 },
    error: { code: "rate_limited", sideEffect: "none", retryAfterMs: 7_000 },
    created: false,
  },
  {
    fault: { kind: "rate_limited", retryAfterSeconds: null },
    error: { code: "rate_limited", retryAfterMs: undefined },
    created: false,
  },
  { fault: { kind: "insufficient_funds" }, error: { sideEffect: "none" }, created: false },
  { fault: { kind: "expired_key" }, error: { code: "unauthenticated", sideEffect: "none" }, created: false },
  { fault: { kind: "unauthorized" }, error: { code: "unauthenticated", sideEffect: "none" }, created: false },
  { fault: { kind: "forbidden" }, error: { code: "permission_denied", sideEffect: "none" }, created: false },
];

describe.each(vendorNames)("%s", (vendor) => {
  const driver = scenarios[vendor].driver;
  const addressOfUnready = driver.hasAddressWhileBooting ? expect.any(String) : null;

  it.each(onCreate)("create with $fault", async ({ fault, error, created }) => {
    const clouds = startClouds();
    clouds.simulator.fault({ vendor, operation: "createInstance", ...fault });
    await expect(driver.create(clouds)).rejects.toMatchObject({ vendor, operation: "createInstance", attempts: 1, ...error });
    expect(await driver.list(clouds)).toHaveLength(created ? 1 : 0);
    expect(clouds.simulator.ledger()).toHaveLength(created ? 1 : 0);
    const request = clouds.simulator.requests().find(({ operation }) => operation === "createInstance");
    expect(request?.faults).toEqual([fault.kind]);
    // A fault affects one request.
    await driver.create(clouds);
    expect(await driver.list(clouds)).toHaveLength(created ? 2 : 1);
  });

  it("reports out of stock with its own error", async () => {
    const clouds = startClouds();
    clouds.simulator.fault({ vendor, operation: "createInstance", kind: "no_capacity" });
    const documented = vendor !== "fal" && vendor !== "thunder-compute";
    // At Vast.ai an offer is a single machine.
    const code = vendor === "vast" ? "offer_gone" : "no_capacity";
    const expected = documented ? { code, sideEffect: "none" } : { status: 500, sideEffect: "possible" };
    await expect(driver.create(clouds)).rejects.toMatchObject(expected);
    expect(await driver.list(clouds)).toEqual([]);
  });

  it("rents only machines in stock", async () => {
    const clouds = startClouds();
    const first = await driver.create(clouds);
    const product = clouds.simulator.ledger()[0]?.product ?? "";
    for (const { id } of clouds.simulator.catalogue(vendor).products()) {
      if (id === product || id.startsWith("4090")) clouds.simulator.catalogue(vendor).setFree(id, 0);
    }
    await expect(driver.create(clouds)).rejects.toMatchObject({ operation: "createInstance" });
    await driver.delete(clouds, first);
    await driver.create(clouds);
    expect(clouds.simulator.ledger()).toHaveLength(2);
  });

  it("boots, has an address, and is gone after deletion", async () => {
    const clouds = startClouds();
    const { clock } = clouds.simulator;
    const id = await driver.create(clouds);
    expect(await driver.list(clouds)).toEqual([{ id, status: expect.not.stringMatching(driver.ready), address: null }]);
    await clock.advance(600_000);
    expect(await driver.list(clouds)).toEqual([{ id, status: driver.ready, address: expect.any(String) }]);
    await driver.delete(clouds, id);
    await clock.advance(60_000);
    expect(await driver.list(clouds)).toEqual([]);
    await expect(driver.delete(clouds, id)).rejects.toMatchObject({ code: "not_found", sideEffect: "none" });
  });

  it("never becomes ready when it is stuck", async () => {
    const clouds = startClouds();
    clouds.simulator.fault({ vendor, operation: "createInstance", kind: "stuck" });
    await driver.create(clouds);
    await clouds.simulator.clock.advance(30 * 86_400_000);
    const [stuck] = await driver.list(clouds);
    expect(stuck).toMatchObject({ status: expect.not.stringMatching(driver.ready), address: addressOfUnready });
  });

  it("ends in the failure status when the boot fails", async () => {
    const clouds = startClouds();
    clouds.simulator.fault({ vendor, operation: "createInstance", kind: "boot_fails" });
    await driver.create(clouds);
    await clouds.simulator.clock.advance(600_000);
    expect(await driver.list(clouds)).toMatchObject([{ status: driver.failed, address: addressOfUnready }]);
  });

  it("shows an undocumented status", async () => {
    const clouds = startClouds();
    await driver.create(clouds);
    clouds.simulator.fault({ vendor, operation: "listInstances", kind: "unknown_status", status: "FROBNICATING" });
    expect(await driver.list(clouds)).toMatchObject([{ status: "FROBNICATING" }]);
    expect(await driver.list(clouds)).not.toMatchObject([{ status: "FROBNICATING" }]);
  });

  it("sends old lists: new machines are missing, deleted ones are listed", async () => {
    const clouds = startClouds();
    const { simulator } = clouds;
    const lag = simulator.fault({
      vendor,
      operation: "listInstances",
      kind: "list_lag",
      ms: 100_000,
      times: Number.POSITIVE_INFINITY,
    });
    const id = await driver.create(clouds);
    expect(await driver.list(clouds)).toEqual([]);
    await simulator.clock.advance(100_000);
    expect(await driver.list(clouds)).toMatchObject([{ id }]);
    await driver.delete(clouds, id);
    await simulator.clock.advance(90_000);
    expect(await driver.list(clouds)).toMatchObject([{ id }]);
    lag.remove();
    expect(await driver.list(clouds)).toEqual([]);
    expect(lag.strikes).toBe(3);
  });

  it("affects every operation by default, as often as `times`", async () => {
    const clouds = startClouds();
    const fault = clouds.simulator.fault({ vendor, kind: "forbidden", times: 2 });
    await expect(driver.list(clouds)).rejects.toMatchObject({ code: "permission_denied" });
    await expect(driver.create(clouds)).rejects.toMatchObject({ code: "permission_denied" });
    await driver.create(clouds);
    expect(fault.strikes).toBe(2);
  });

  it("can be slow within the caller's timeout", async () => {
    const clouds = startClouds();
    const { clock } = clouds.simulator;
    const before = clock.now();
    clouds.simulator.fault({ vendor, operation: "listInstances", kind: "slow", ms: 300 });
    await driver.list(clouds);
    expect(clock.now() - before).toBe(300);
  });

  it("can have a fault removed", async () => {
    const clouds = startClouds();
    clouds.simulator.fault({ vendor, kind: "reset_before", times: Number.POSITIVE_INFINITY }).remove();
    await driver.list(clouds);
  });
});

describe("a wrong type", () => {
  it.each([
    ["thunder-compute", "listPrices", undefined, "pricing.h100_x1", "3.2"],
    ["thunder-compute", "listInstanceTypes", "gpuCount", "specs.h100_x1.gpuCount", "1"],
    ["shadeform", "listInstanceTypes", "hourly_price", "instance_types.1.hourly_price", "210"],
    ["fal", "listInstances", undefined, "has_more", "false"],
    ["novita", "listInstanceTypes", "price", "data.0.price", 35_000],
    ["runcrate", "listInstanceTypes", "hourly_rate", "data.0.hourly_rate", "6.69"],
    ["lambda", "listInstanceTypes", "price_cents_per_hour", "data.gpu_1x_a10.instance_type.price_cents_per_hour", "129"],
  ] as const)("%s %s %s", async (vendor, operation, field, path, value) => {
    const { simulator, thunderCompute, shadeform, fal, novita, runcrate, lambda } = startClouds();
    simulator.fault({ vendor, kind: "wrong_type", field });
    const read = {
      listPrices: () => thunderCompute.listPrices(),
      listInstances: () => fal.listInstances(),
      listInstanceTypes: () =>
        ({ "thunder-compute": thunderCompute, shadeform, novita, runcrate, lambda, fal: novita })[
          vendor
        ].listInstanceTypes() as Promise<unknown>,
    }[operation];
    const found = path.split(".").reduce<unknown>((node, part) => (node as Record<string, unknown>)[part], await read());
    expect(found).toBe(value);
  });
});

describe("page 2", () => {
  it("fails alone, and can be read again", async () => {
    const clouds = startClouds({ vendors: { fal: { pageSize: 1 }, novita: { pageSize: 1 }, runcrate: {} } });
    for (const vendor of ["fal", "novita"] as const) {
      await scenarios[vendor].driver.create(clouds);
      await scenarios[vendor].driver.create(clouds);
      clouds.simulator.fault({ vendor, operation: "listInstances", kind: "page_2_fails" });
    }
    clouds.simulator.fault({ vendor: "runcrate", operation: "listTransactions", kind: "page_2_fails" });
    const { next_cursor: cursor } = await clouds.fal.listInstances();
    const second = { fal: { query: { cursor: cursor ?? "" } }, novita: { query: { pageNum: 1 } } };
    await expect(clouds.fal.listInstances({ ...second.fal, maxRetries: 0 })).rejects.toMatchObject({ status: 500 });
    expect((await clouds.fal.listInstances(second.fal)).instances).toHaveLength(1);
    await clouds.novita.listInstances();
    await expect(clouds.novita.listInstances({ ...second.novita, maxRetries: 0 })).rejects.toMatchObject({ status: 500 });
    expect((await clouds.novita.listInstances(second.novita)).instances).toHaveLength(1);
    await clouds.runcrate.listTransactions();
    const later = { query: { offset: 1 }, maxRetries: 0 };
    await expect(clouds.runcrate.listTransactions(later)).rejects.toMatchObject({ status: 500 });
  });
});

describe("a fault that can never apply is rejected", () => {
  const { simulator } = startClouds({ vendors: ["shadeform", "fal"] });
  it.each([
    ["a vendor that is not simulated", { vendor: "novita", kind: "response_lost" }, /not simulated/],
    ["a list without pages", { vendor: "shadeform", operation: "listInstances", kind: "page_2_fails" }, /operations with pages/],
    ["an operation that is not a list", { vendor: "fal", operation: "getInstance", kind: "list_lag" }, /operations that list/],
    [
      "an operation without a boot",
      { vendor: "fal", operation: "deleteInstance", kind: "stuck" },
      /operations that boot a machine/,
    ],
    ["no times", { vendor: "fal", kind: "slow", times: 0 }, /times must be above 0/],
  ] as const)("%s", (_, fault, message) => {
    expect(() => simulator.fault(fault)).toThrow(message);
  });

  it("an unknown operation, also at compile time", () => {
    // @ts-expect-error fal cannot stop instances
    expect(() => simulator.fault({ vendor: "fal", operation: "stopInstance", kind: "response_lost" })).toThrow(
      /no operation stopInstance/,
    );
  });
});
