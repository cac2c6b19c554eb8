import { describe, expect, it } from "vitest";
import { type CreateHandle, createGpu, type Gpu, type IntentStore, type ReconciledIntent } from "../../src/index.js";
import { refOf } from "./ledger.js";
import { type Client, type VendorName, vendorNames, World } from "./world.js";

const sshPublicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOsmCQxM4Kq2jvYd2mUuVyyD1zVTtnzJlX4kRG0TuLxY ada@lovelace";

const requests: Readonly<Record<VendorName, object>> = {
  "thunder-compute": { offer: "thunder-compute:h100_x1", sshPublicKey, image: "base" },
  shadeform: { offer: "shadeform:hyperstack/H100/montreal-canada-2/on_demand", name: "train", sshPublicKey },
  fal: { offer: "fal:gpu_1x_h100_sxm5", sshPublicKey },
  novita: { offer: "novita:H100-80GB.20c180g/us-ca-6/1", image: "pytorch/pytorch:2.8.0" },
  runcrate: { offer: "runcrate:stoic-tharp-h100-4d7a", name: "train", sshPublicKey },
  lambda: { offer: "lambda:gpu_1x_h100_pcie/us-west-3", name: "train", sshPublicKey },
  // The price limit makes the create read the catalogue first.
  runpod: { offer: "runpod:SECURE/US-KS-2/NVIDIA%20H100%2080GB%20HBM3/1", name: "train", sshPublicKey, maxUsdPerHour: 3 },
  vast: { offer: "vast:21000104", name: "train", sshPublicKey },
};

/** Upper bound of the requests and responses of one create in this test. */
const mostEvents = 16;

function memoryIntents(): IntentStore {
  const left = new Map<string, CreateHandle>();
  return {
    write: async (handle) => void left.set(handle.mark, structuredClone(handle)),
    clear: async ({ mark }) => void left.delete(mark),
    list: async () => [...left.values()],
  };
}

/** A store that ignores writes once the program has crashed. */
function whileAlive({ write, clear, list }: IntentStore, isDead: () => boolean): IntentStore {
  const never = new Promise<never>(() => {});
  return {
    write: (handle) => (isDead() ? never : write(handle)),
    clear: (handle) => (isDead() ? never : clear(handle)),
    list,
  };
}

interface Crash {
  readonly isCrashed: boolean;
  /** Running machines that no reconcile result names. */
  readonly lost: readonly string[];
  readonly left: number;
}

/** Crashes a program at the given request or response, and lets a second program reconcile the stored intents. */
async function crash(vendor: VendorName, crashAt: number, intents: IntentStore): Promise<Crash> {
  const world = new World(crashAt, [vendor], { createGpu });
  return world.run(async () => {
    const first: Client = world.client({ intents: whileAlive(intents, () => first.isDead) });
    const call = await world.call(
      first,
      "create",
      {},
      (signal) => first.gpu.create({ ...requests[vendor], signal } as Parameters<Gpu["create"]>[0]),
      { crashAt },
    );
    await world.time.sleep(1_000);
    const second = world.client({ intents });
    const reconciled = await world.call(second, "reconcile", {}, (signal) => second.gpu.reconcileAll({ signal }));
    const found = reconciled.end?.kind === "value" ? (reconciled.end.value as ReconciledIntent[]) : [];
    const named = found.flatMap((one) => (one.outcome === "created" ? one.instance.ref : one.candidates.map(({ ref }) => ref)));
    const isCrashed = call.end?.kind === "crashed";
    const running = world.ledger.machines.filter((machine) => world.ledger.isAlive(machine)).map(refOf);
    const lost = isCrashed ? running.filter((ref) => !named.some((one) => one === ref)) : [];
    const unknown = found.filter(({ outcome }) => outcome === "unknown").length;
    return { isCrashed, lost, left: (await intents.list()).length - unknown };
  });
}

describe.each(vendorNames)("intents at %s", (vendor) => {
  it("find the machine of a program that dies at any request or response of a create", async () => {
    let crashes = 0;
    for (let crashAt = 1; crashAt <= mostEvents; crashAt += 1) {
      const { isCrashed, lost, left } = await crash(vendor, crashAt, memoryIntents());
      expect([lost, left], `at ${crashAt}`).toEqual([[], 0]);
      if (isCrashed) crashes += 1;
    }
    expect(crashes).toBeGreaterThan(3);
  });

  it("that are not written before the call lose a machine (planted)", async () => {
    const lost: string[] = [];
    for (let crashAt = 1; crashAt <= mostEvents; crashAt += 1) {
      const store = memoryIntents();
      lost.push(...(await crash(vendor, crashAt, { ...store, write: async () => {} })).lost);
    }
    expect(lost).not.toEqual([]);
  });
});
