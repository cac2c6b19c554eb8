import { describe, expect, it } from "vitest";
import { createGpu, type Gpu, GpuError, type GpuOptions } from "../../src/index.js";
import { h100Offers } from "./fakes/vast.js";
import { promises } from "./promises.js";
import { type VendorName, vendorNames, World } from "./world.js";

const sshPublicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOsmCQxM4Kq2jvYd2mUuVyyD1zVTtnzJlX4kRG0TuLxY ada@lovelace";

const requests: Readonly<Record<VendorName, object>> = {
  "thunder-compute": { offer: "thunder-compute:h100_x1", sshPublicKey, image: "base" },
  shadeform: { offer: "shadeform:hyperstack/H100/montreal-canada-2/on_demand", sshPublicKey },
  fal: { offer: "fal:gpu_1x_h100_sxm5", sshPublicKey },
  novita: { offer: "novita:H100-80GB.20c180g/us-ca-6/1", image: "pytorch/pytorch:2.8.0" },
  runcrate: { offer: "runcrate:stoic-tharp-h100-4d7a", sshPublicKey },
  lambda: { offer: "lambda:gpu_1x_h100_pcie/us-west-3", sshPublicKey },
  runpod: { offer: "runpod:SECURE/US-KS-2/NVIDIA%20H100%2080GB%20HBM3/1", sshPublicKey },
  vast: { sshPublicKey },
};

/** Runs creates of one program, limited to three instances, with the maximum list lag. */
async function inWorld(
  vendor: VendorName,
  make: (options: GpuOptions) => Gpu,
  run: (world: World, create: () => Promise<string>) => Promise<void>,
) {
  const world = new World(11, [vendor], { createGpu: make });
  const { settleMs } = world.cloud(vendor);
  world.set({ listLagMs: settleMs - 1_000 });
  world.limits = { maxInstances: 3 };
  await world.run(async () => {
    const client = world.client();
    let count = 0;
    const create = async () => {
      // Each Vast.ai ask can be rented only once.
      const offer = vendor === "vast" ? { offer: h100Offers[count % h100Offers.length] } : {};
      const name = `train-${count++}`;
      const call = await world.call(client, "create", {}, (signal) =>
        client.gpu.create({ ...requests[vendor], ...offer, name, signal } as Parameters<Gpu["create"]>[0]),
      );
      if (call.end?.kind === "value") return "created";
      return call.end?.kind === "error" && GpuError.isInstance(call.end.error) ? call.end.error.code : "crashed";
    };
    await run(world, create);
  });
}

const alive = (world: World): number => world.ledger.machines.filter((machine) => world.ledger.isAlive(machine)).length;
const times = (count: number, value: string): string[] => Array.from({ length: count }, () => value);

/** A faulty limit that counts listed instances only, and ignores the `Gpu`'s own recent creates. */
const byListAlone = ({ limits, ...options }: GpuOptions): Gpu => {
  const gpu = createGpu(options);
  return new Proxy(gpu, {
    get: (target, name) =>
      name === "create"
        ? async (request: Parameters<Gpu["create"]>[0]) => {
            const { instances, unattributed } = await target.list({ owner: options.owner ?? "" });
            if (instances.length + unattributed.length < (limits?.maxInstances ?? 0)) return target.create(request);
            throw new GpuError({ message: "planted", code: "limit_exceeded", vendor: "planted", sideEffect: "none" });
          }
        : Reflect.get(target, name),
  });
};

describe.each(vendorNames)("a limit of three instances at %s with stale lists", (vendor) => {
  it("holds for 50 creates one after the other", async () => {
    await inWorld(vendor, createGpu, async (world, create) => {
      const outcomes: string[] = [];
      for (let round = 0; round < 50; round += 1) {
        outcomes.push(await create());
        expect(alive(world)).toBeLessThanOrEqual(3);
      }
      expect(outcomes).toEqual([...times(3, "created"), ...times(47, "limit_exceeded")]);
      expect(promises.limitsHold.atEnd(world)).toBeUndefined();
    });
  });

  it("holds for 50 creates at once", async () => {
    await inWorld(vendor, createGpu, async (world, create) => {
      const outcomes = await Promise.all(Array.from({ length: 50 }, create));
      expect(outcomes.sort()).toEqual([...times(3, "created"), ...times(47, "limit_exceeded")]);
      expect(world.ledger.machines).toHaveLength(3);
      expect(promises.limitsHold.atEnd(world)).toBeUndefined();
    });
  });

  it("rejects a create while the list fails, and creates when it works again", async () => {
    await inWorld(vendor, createGpu, async (world, create) => {
      for (const situation of ["500", "html 200", "cut json", "404 of a proxy"] as const) {
        world.network.choose = (purpose) => (purpose === "list" ? situation : "plain");
        expect(await create(), situation).toBe("limit_unknown");
      }
      expect(world.ledger.machines).toEqual([]);
      world.network.choose = () => "plain";
      expect(await create()).toBe("created");
    });
  });

  it("that ignores a failing list is detected (planted)", async () => {
    const ignoring = ({ limits, ...options }: GpuOptions) =>
      createGpu({ ...options, limits: { ...limits, onUnreadable: "ignore" } });
    await inWorld(vendor, ignoring, async (world, create) => {
      world.network.choose = (purpose) => (purpose === "list" ? "500" : "plain");
      // Thunder Compute still needs its list to find the keys in use, so the create may fail for another reason.
      expect(await create()).not.toBe("limit_unknown");
    });
  });

  it("fails with a count of the list alone (planted)", async () => {
    await inWorld(vendor, byListAlone, async (world, create) => {
      await Promise.all(Array.from({ length: 10 }, create));
      expect(promises.limitsHold.atEnd(world)).toContain("the limit is 3");
    });
  });
});
