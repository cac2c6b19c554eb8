import { describe, expect, it } from "vitest";
import type { Fault, VendorName } from "../src/index.js";
import { type Clouds, startClouds } from "./clouds.js";
import { scenarios } from "./generated/vendors.js";

/** The lists of vendors that have pages or can report more items. */
const pageOf = {
  fal: async ({ fal }: Clouds, cursor?: string) => fal.listInstances({ query: cursor === undefined ? {} : { cursor } }),
  novita: async ({ novita }: Clouds, pageNum?: number) =>
    novita.listInstances({ query: pageNum === undefined ? {} : { pageNum } }),
  runcrate: async ({ runcrate }: Clouds) => runcrate.listInstances(),
};

async function startWith(vendor: VendorName, machines: number) {
  const clouds = startClouds({ vendors: { fal: { pageSize: 1 }, novita: { pageSize: 1 }, runcrate: {} } });
  const ids: string[] = [];
  for (let index = 0; index < machines; index += 1) ids.push(await scenarios[vendor].driver.create(clouds));
  const place = (fault: object) => clouds.simulator.fault({ vendor, operation: "listInstances", ...fault } as unknown as Fault);
  return { clouds, ids, place };
}

describe("pages", () => {
  it("fal always returns another cursor", async () => {
    const { clouds, ids, place } = await startWith("fal", 2);
    place({ kind: "endless_pages", times: Number.POSITIVE_INFINITY });
    const cursors = new Set<string>();
    const found: string[] = [];
    let cursor: string | undefined;
    for (let count = 0; count < 20; count += 1) {
      const page = await pageOf.fal(clouds, cursor);
      expect(page.has_more).toBe(true);
      cursor = page.next_cursor ?? "";
      cursors.add(cursor);
      found.push(...page.instances.map(({ id }) => id));
    }
    expect(cursors.size).toBe(20);
    expect(found).toEqual(ids);
  });

  it.each([
    ["null_cursor", null],
    ["repeated_cursor", btoa("1")],
  ])("fal reports more items, with %s", async (sign, next_cursor) => {
    const { clouds, place } = await startWith("fal", 1);
    place({ kind: "cut_page", sign });
    expect(await pageOf.fal(clouds, btoa("1"))).toMatchObject({ instances: [{}], has_more: true, next_cursor });
    expect(await pageOf.fal(clouds)).toMatchObject({ has_more: false });
  });

  it("fal and Novita ignore the requested page", async () => {
    const fal = await startWith("fal", 2);
    fal.place({ kind: "page_ignored" });
    expect((await pageOf.fal(fal.clouds, btoa("2"))).instances).toMatchObject([{ id: fal.ids[0] }]);
    const novita = await startWith("novita", 2);
    novita.place({ kind: "page_ignored" });
    expect((await pageOf.novita(novita.clouds, 1)).instances).toMatchObject([{ id: novita.ids[0] }]);
    expect((await pageOf.novita(novita.clouds, 1)).instances).toMatchObject([{ id: novita.ids[1] }]);
  });

  it("Novita reports one more item than it shows", async () => {
    const { clouds, place } = await startWith("novita", 2);
    place({ kind: "cut_page" });
    expect(await pageOf.novita(clouds, 1)).toMatchObject({ instances: [{}], total: 3 });
  });

  it("Novita begins with page 1 when `firstPage` is 1", async () => {
    const clouds = startClouds({ vendors: { novita: { firstPage: 1 } } });
    const id = await scenarios.novita.driver.create(clouds);
    expect((await pageOf.novita(clouds, 0)).instances).toEqual([]);
    expect((await pageOf.novita(clouds, 1)).instances).toMatchObject([{ id }]);
    expect((await pageOf.novita(clouds)).instances).toMatchObject([{ id }]);
  });

  it.each([
    ["cursor", { cursor: expect.any(String), hasMore: null, total: null }],
    ["hasMore", { hasMore: true, total: 1 }],
    ["total", { total: 2 }],
  ])("Runcrate reports more items by %s", async (sign, meta) => {
    const { clouds, ids, place } = await startWith("runcrate", 1);
    place({ kind: "cut_page", sign });
    expect(await pageOf.runcrate(clouds)).toMatchObject({ data: [{ id: ids[0] }], meta });
    expect(await pageOf.runcrate(clouds)).toMatchObject({ meta: { total: 1 } });
  });
});

describe("hidden fields", () => {
  const markFields = { shadeform: "tags", novita: "name", runcrate: "name", "thunder-compute": "sshPublicKeys" } as const;
  const priceFields = { shadeform: "hourly_price", runcrate: "cost_per_hour" } as const;

  const listed = {
    "thunder-compute": async ({ thunderCompute }: Clouds): Promise<object[]> =>
      Object.values(await thunderCompute.listInstances()),
    shadeform: async ({ shadeform }: Clouds): Promise<object[]> => (await shadeform.listInstances()).instances,
    novita: async ({ novita }: Clouds): Promise<object[]> => (await novita.listInstances()).instances,
    runcrate: async ({ runcrate }: Clouds): Promise<object[]> => (await runcrate.listInstances()).data,
  };
  type Listing = keyof typeof listed;

  it.each([
    ...Object.entries(markFields).map(([vendor, field]) => ({ vendor: vendor as Listing, kind: "mark_hidden", field })),
    ...Object.entries(priceFields).map(([vendor, field]) => ({ vendor: vendor as Listing, kind: "price_hidden", field })),
  ] as const)("$vendor, $kind: missing, null, and only while the machine is new", async ({ vendor, kind, field }) => {
    const clouds = startClouds();
    const { simulator } = clouds;
    const place = (options: object) =>
      simulator.fault({ vendor, operation: "listInstances", kind, ...options } as unknown as Fault);
    if (vendor === "shadeform") await createTagged(clouds);
    else await scenarios[vendor].driver.create(clouds);
    const shown = async () => (await listed[vendor](clouds))[0];
    expect(await shown()).toHaveProperty(field, expect.anything());
    place({});
    expect(await shown()).not.toHaveProperty(field);
    place({ as: "null" });
    expect(await shown()).toHaveProperty(field, null);
    place({ ms: 20_000, times: Number.POSITIVE_INFINITY });
    await simulator.clock.advance(19_999);
    expect(await shown()).not.toHaveProperty(field);
    await simulator.clock.advance(1);
    expect(await shown()).toHaveProperty(field, expect.anything());
  });

  async function createTagged({ shadeform }: Clouds): Promise<void> {
    const { id } = await shadeform.createInstance({
      body: {
        cloud: "hyperstack",
        region: "montreal-canada-2",
        shade_instance_type: "H100",
        shade_cloud: true,
        name: "train-42",
        tags: ["mine"],
      },
    });
    expect(id).toBeTruthy();
  }

  it("Thunder Compute lists no prices", async () => {
    const { simulator } = startClouds();
    const read = async () => (await simulator.fetch("https://api.thundercompute.com:8443/v1/pricing")).json();
    simulator.fault({ vendor: "thunder-compute", kind: "price_hidden" });
    expect(await read()).toEqual({});
    expect(await read()).toMatchObject({ pricing: { h100_x1: 3.2 } });
  });

  it("any field by its name, at any depth", async () => {
    const clouds = startClouds();
    await scenarios.runcrate.driver.create(clouds);
    clouds.simulator.fault({ vendor: "runcrate", kind: "missing_field", field: "total" });
    expect((await pageOf.runcrate(clouds)).meta).toEqual({});
    clouds.simulator.fault({ vendor: "runcrate", kind: "missing_field", field: "meta", as: "null" });
    expect(await pageOf.runcrate(clouds)).toMatchObject({ data: [{}], meta: null });
  });
});

describe("a new machine is not found by its id", () => {
  const reads = {
    shadeform: ({ shadeform }: Clouds, id: string) => shadeform.getInstance({ path: { id } }),
    fal: ({ fal }: Clouds, id: string) => fal.getInstance({ path: { id } }),
    novita: ({ novita }: Clouds, instanceId: string) => novita.getInstance({ query: { instanceId } }),
    runcrate: ({ runcrate }: Clouds, id: string) => runcrate.getInstance({ path: { id } }),
  };

  it.each(Object.entries(reads))("%s, for reads and deletes", async (name, read) => {
    const vendor = name as keyof typeof reads;
    const clouds = startClouds();
    const id = await scenarios[vendor].driver.create(clouds);
    const lag = clouds.simulator.fault({ vendor, kind: "not_found_yet", times: Number.POSITIVE_INFINITY });
    await expect(read(clouds, id)).rejects.toMatchObject({ code: "not_found" });
    await expect(scenarios[vendor].driver.delete(clouds, id)).rejects.toMatchObject({ code: "not_found" });
    expect(await scenarios[vendor].driver.list(clouds)).toMatchObject([{ id }]);
    expect(lag.strikes).toBeGreaterThanOrEqual(2);
    await clouds.simulator.clock.advance(5_000);
    expect(await read(clouds, id)).toBeTruthy();
    expect(clouds.simulator.ledger()).toMatchObject([{ endedAt: null }]);
    await scenarios[vendor].driver.delete(clouds, id);
    expect(clouds.simulator.ledger()).toMatchObject([{ endedAt: expect.any(String) }]);
  });
});

describe("another machine than requested", () => {
  const describers = {
    "thunder-compute": async ({ thunderCompute }: Clouds) => {
      const [one] = Object.values(await thunderCompute.listInstances());
      return [one?.gpuType?.toLowerCase(), Number(one?.numGpus)];
    },
    shadeform: async ({ shadeform }: Clouds) => {
      const configuration = (await shadeform.listInstances()).instances[0]?.configuration;
      return [configuration?.gpu_type, configuration?.num_gpus];
    },
    fal: async ({ fal }: Clouds) => {
      const [one] = (await fal.listInstances()).instances;
      return ["h100", Number(/_(\d)x_/.exec(one?.instance_type ?? "")?.[1])];
    },
    novita: async ({ novita }: Clouds) => {
      const [one] = (await novita.listInstances()).instances;
      return [one?.productId, Number(one?.gpuNum)];
    },
    runcrate: async ({ runcrate }: Clouds) => {
      const [one] = (await runcrate.listInstances()).data;
      return [one?.gpu_type, one?.gpu_count];
    },
  };

  it.each(Object.keys(describers).flatMap((vendor) => (["gpu", "count"] as const).map((what) => ({ vendor, what }))))(
    "$vendor, another $what",
    async ({ vendor: name, what }) => {
      const vendor = name as keyof typeof describers;
      const expected = startClouds();
      await scenarios[vendor].driver.create(expected);
      const [gpu, count] = await describers[vendor](expected);
      const actual = startClouds();
      const place = () => actual.simulator.fault({ vendor, operation: "createInstance", kind: "other_machine", what });
      if (vendor === "fal" && what === "gpu") {
        expect(place).toThrow("cannot apply to createInstance of fal");
        return;
      }
      place();
      await scenarios[vendor].driver.create(actual);
      const [otherGpu, otherCount] = await describers[vendor](actual);
      if (what === "gpu") expect([otherGpu === gpu, otherCount]).toEqual([false, count]);
      else expect(otherCount).not.toBe(count);
      // A fault affects one request.
      await scenarios[vendor].driver.create(actual);
      expect(actual.simulator.ledger()).toMatchObject([{}, { product: expected.simulator.ledger()[0]?.product }]);
    },
  );
});

describe("a wrong vendor clock", () => {
  it.each([3_600_000, -3_600_000])("by %i ms changes reported times, but not behaviour or costs", async (off) => {
    const run = async (clockOffMs: number) => {
      const clouds = startClouds({ vendors: { shadeform: { clockOffMs }, runcrate: { clockOffMs } } });
      const { simulator, shadeform } = clouds;
      const id = await scenarios.shadeform.driver.create(clouds);
      await scenarios.runcrate.driver.create(clouds);
      await simulator.clock.advance(600_000);
      const { created_at } = await shadeform.getInstance({ path: { id } });
      const statuses = [await scenarios.shadeform.driver.list(clouds), await scenarios.runcrate.driver.list(clouds)];
      await scenarios.shadeform.driver.delete(clouds, id);
      await simulator.clock.advance(600_000);
      return { createdAt: Date.parse(created_at), statuses, ledger: simulator.ledger() };
    };
    const [right, wrong] = [await run(0), await run(off)];
    expect(wrong.createdAt - right.createdAt).toBe(off);
    expect(wrong.statuses).toEqual(right.statuses);
    expect(wrong.ledger).toEqual(right.ledger);
    expect(right.ledger).toMatchObject([{ billedMs: 420_000 }, { vendor: "runcrate" }]);
  });
});

describe("numbers above 2^53", () => {
  it("Thunder Compute returns them with all their digits", async () => {
    const clouds = startClouds();
    const { simulator, thunderCompute } = clouds;
    simulator.fault({ vendor: "thunder-compute", kind: "big_id", times: 2 });
    const response = await simulator.fetch("https://api.thundercompute.com:8443/v1/instances/create", {
      method: "POST",
      headers: { authorization: `Bearer ${simulator.keys["thunder-compute"]}` },
      body: JSON.stringify({ cpu_cores: 8, disk_size_gb: 100, gpu_type: "a100xl", num_gpus: 1, template: "base" }),
    });
    expect(await response.text()).toMatch(/"identifier":9007199254740993,/);
    await scenarios["thunder-compute"].driver.create(clouds);
    expect(Object.keys(await thunderCompute.listInstances())).toEqual(["9007199254740993", "9007199254740994"]);
    await thunderCompute.deleteInstance({ path: { id: "9007199254740993" } });
    expect(simulator.ledger()).toMatchObject([{ endedAt: expect.any(String) }, { endedAt: null }]);
    await simulator.clock.advance(2_000);
    expect(await scenarios["thunder-compute"].driver.create(clouds)).toBe("0");
  });
});

describe("Thunder Compute's catalogue", () => {
  it("has entries by mode in addition to the plain ones, without a price", async () => {
    const { thunderCompute } = startClouds();
    const [{ specs }, { specs: stock }, { pricing }] = [
      await thunderCompute.listInstanceTypes(),
      await thunderCompute.listAvailability(),
      await thunderCompute.listPrices(),
    ];
    expect(specs?.["a100xl_x1_production"]).toMatchObject({ mode: "production", vcpuOptions: [15] });
    expect(specs?.["a100xl_x2_prototyping"]).toMatchObject({ mode: "prototyping", gpuCount: 2 });
    expect(specs).not.toHaveProperty("a100xl_x4_prototyping");
    expect(Object.keys(stock ?? {}).sort()).toEqual(Object.keys(specs ?? {}).sort());
    expect(Object.keys(pricing ?? {}).filter((key) => /production|prototyping/.test(key))).toEqual([]);
  });

  it("rents 15 vCPUs in production mode only", async () => {
    const { thunderCompute, simulator } = startClouds();
    const body = { cpu_cores: 15, disk_size_gb: 100, gpu_type: "a100xl", num_gpus: 1, template: "base" } as const;
    await expect(thunderCompute.createInstance({ body })).rejects.toMatchObject({ status: 400 });
    await thunderCompute.createInstance({ body: { ...body, mode: "production" } });
    expect(Object.values(await thunderCompute.listInstances())).toMatchObject([{ cpuCores: "15", mode: "production" }]);
    await simulator.clock.advance(60_000);
    expect(simulator.ledger()[0]?.usdPerHour).toBeGreaterThan(1.09);
  });
});
