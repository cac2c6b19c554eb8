import { describe, expect, it } from "vitest";
import { type CreateHandle, createGpu, type Gpu, type GpuOptions, type Instance } from "../../src/index.js";
import { toVendorRequest } from "./cloud.js";
import { instanceOf } from "./promises.js";
import { type Asked, type Client, type Operation, type VendorName, vendorNames, World } from "./world.js";

const minute = 60_000;
const pauseMs = 30_000;
/** How long a 429 takes to arrive. */
const refusalMs = 20;
const sshPublicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOsmCQxM4Kq2jvYd2mUuVyyD1zVTtnzJlX4kRG0TuLxY ada@lovelace";

interface Request {
  readonly operation: string;
  readonly sentAt: number;
  readonly isRefused: boolean;
}

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** A vendor that rejects chosen operations with 429 and `Retry-After: 30`, and records every request. */
async function inWorld(
  vendor: VendorName,
  make: (options: GpuOptions) => Gpu,
  run: (tools: {
    world: World;
    client: Client;
    requests: Request[];
    refuse(matches: (operation: string) => boolean, count?: number): void;
    call(
      operation: Operation,
      asked: Asked,
      work: (gpu: Gpu, signal: AbortSignal) => Promise<unknown>,
    ): ReturnType<World["call"]>;
  }) => Promise<void>,
): Promise<void> {
  const requests: Request[] = [];
  let isRefused: (operation: string) => boolean = () => false;
  let left = 0;
  const wrapFetch =
    (fetch: Fetch, world: World): Fetch =>
    async (url, init) => {
      init.signal?.throwIfAborted();
      const { method, path } = toVendorRequest(url, init);
      const ids = world.ledger.machines.map(({ id }) => id);
      // The path of a Thunder Compute delete has an index instead of an id.
      const operation = ids.reduce((text, id) => text.replace(id, "{id}"), `${method} ${path}`).replace(/\/\d+\//, "/{id}/");
      const refused = left > 0 && isRefused(operation);
      requests.push({ operation, sentAt: world.time.now, isRefused: refused });
      if (!refused) {
        const response = await fetch(url, init);
        // A sweep compares the `Date` header with its own clock.
        response.headers.set("date", new Date(world.time.now).toUTCString());
        return response;
      }
      left -= 1;
      await world.time.sleep(refusalMs);
      return new Response('{"message":"slow down"}', {
        status: 429,
        headers: { "content-type": "application/json", "retry-after": String(pauseMs / 1_000) },
      });
    };
  const world = new World(5, [vendor], { createGpu: make, wrapFetch });
  world.falPrices = { gpu_1x_h100_sxm5: 2.1 };
  await world.run(async () => {
    const client = world.client();
    await run({
      world,
      client,
      requests,
      refuse(matches, count = 3) {
        isRefused = matches;
        left = count;
      },
      call: (operation, asked, work) => world.call(client, operation, asked, (signal) => work(client.gpu, signal)),
    });
  });
}

/** Requests sent during a pause of their operation. A pause starts when the 429 arrives, so parallel requests do not count. */
function tooEarly(requests: readonly Request[]): Request[] {
  const isIn = (one: Request, { operation, sentAt }: Request) =>
    one.operation === operation && sentAt >= one.sentAt + refusalMs && sentAt < one.sentAt + pauseMs;
  return requests.filter((sent) => requests.some((one) => one.isRefused && isIn(one, sent)));
}

const fields = (vendor: VendorName) => ({
  name: "train-42",
  ...(vendor === "novita" ? { image: "pytorch/pytorch:2.8.0" } : { sshPublicKey }),
  ...(vendor === "thunder-compute" && { image: "base" }),
});

const launch =
  (vendor: VendorName, more: object = {}) =>
  (gpu: Gpu, signal: AbortSignal) =>
    gpu.launch({ gpu: "H100", maxUsdPerHour: 30, until: "created", ...fields(vendor), ...more, signal });

const created = (instance: Instance | undefined): Instance => {
  if (!instance) throw new Error("the launch returned no instance");
  return instance;
};

/** A faulty `Gpu` whose calls do not share pauses. */
const forgetful = (options: GpuOptions): Gpu => {
  const first = createGpu(options);
  return new Proxy(first, {
    get: (_, name) => Reflect.get(createGpu({ ...options, providers: options.providers }), name),
  });
};

const isDelete = (operation: string) => operation.startsWith("DELETE") || /\/(delete|terminate)$/.test(operation);
const isCreate = (operation: string) =>
  operation.startsWith("PUT /api/v0/asks/") ||
  (operation.startsWith("POST") && !isDelete(operation) && !/key|bundles/.test(operation));

/** Makes each call that polls, one after another, with 429 responses at the start of each. Returns all requests. */
async function scenario(
  vendor: VendorName,
  matches: (operation: string) => boolean,
  make: (options: GpuOptions) => Gpu = createGpu,
): Promise<Request[]> {
  let all: Request[] = [];
  await inWorld(vendor, make, async ({ world, requests, refuse, call }) => {
    all = requests;
    refuse(matches);
    const waiting = { waitForCapacityMs: 5 * minute };
    let instance = instanceOf(await call("launch", {}, launch(vendor, waiting)));
    if (!instance) {
      refuse(matches, 0);
      instance = created(instanceOf(await call("launch", {}, launch(vendor, waiting))));
    }
    const { ref } = instance;
    refuse(matches);
    await call("wait", { ref }, (gpu, signal) => gpu.waitUntilReady(ref, { signal }));
    let handle: CreateHandle | undefined;
    const onIntent = (intent: CreateHandle) => {
      handle = intent;
    };
    refuse(() => false);
    await world.time.sleep(minute);
    await call("launch", {}, launch(vendor, { name: "train-43", onIntent }));
    const intent = handle;
    if (!intent) throw new Error("the second launch did not call onIntent");
    refuse(matches);
    await call("reconcile", { offer: intent.offer }, (gpu, signal) => gpu.reconcile(intent, { signal }));
    refuse(matches);
    for (const waitMs of [0, 0, 5 * minute]) {
      await call("delete", { ref, waitMs }, (gpu, signal) => gpu.delete(ref, { waitMs, signal }));
    }
    if (vendor !== "fal") {
      // Its lifetime is over before the sweeps start, so they delete it.
      refuse(() => false);
      const expiring = created(instanceOf(await call("launch", {}, launch(vendor, { name: "train-44", ttlMs: minute }))));
      await world.time.sleep(5 * minute);
      refuse(matches);
      for (let round = 0; round < 5; round += 1) {
        await call("reconcile", {}, (gpu, signal) => gpu.sweep({ signal, soleDeleter: [vendor] }));
        await world.time.sleep(pauseMs);
      }
      const machine = world.ledger.find(expiring.ref);
      expect(machine && world.ledger.isAlive(machine)).toBe(false);
    }
    refuse(matches, 2);
    for (let round = 0; round < 3; round += 1) {
      await call("list", {}, (gpu, signal) => gpu.list({ signal }));
      await call("offers", {}, (gpu, signal) => gpu.offers({ signal }));
    }
    expect(world.calls.filter(({ overran }) => overran !== null)).toEqual([]);
  });
  return all;
}

describe.each(vendorNames)("after a 429 with Retry-After: 30 of %s", (vendor) => {
  it.each<[what: string, matches: (operation: string) => boolean]>([
    ["reads", (operation) => operation.startsWith("GET")],
    ["creates", isCreate],
    ["deletes", isDelete],
    ["everything", () => true],
  ])("%s are not sent again within the 30 s, by any call", async (_, matches) => {
    const requests = await scenario(vendor, matches);
    expect(requests.filter(({ isRefused }) => isRefused).length).toBeGreaterThan(1);
    expect(tooEarly(requests)).toEqual([]);
  });

  it("a Gpu that forgets the pauses of earlier calls is detected (planted)", async () => {
    expect(tooEarly(await scenario(vendor, () => true, forgetful))).not.toEqual([]);
  });

  // A Thunder Compute delete reads the list first, to find the machine's index.
  const firstDeleteAt = async (make: (options: GpuOptions) => Gpu): Promise<number | undefined> => {
    let afterMs: number | undefined;
    await inWorld(vendor, make, async ({ world, requests, refuse, call }) => {
      const { ref } = created(instanceOf(await call("launch", {}, launch(vendor))));
      refuse((operation) => !isDelete(operation), Number.POSITIVE_INFINITY);
      await call("get", { ref }, (gpu, signal) => gpu.get(ref, { signal }));
      await call("list", {}, (gpu, signal) => gpu.list({ signal }));
      refuse(() => false);
      const began = world.time.now;
      await call("delete", { ref, waitMs: 0 }, (gpu, signal) => gpu.delete(ref, { signal }));
      const sentAt = requests.find(({ operation }) => isDelete(operation))?.sentAt;
      afterMs = sentAt && sentAt - began;
    });
    return afterMs;
  };
  const firstDelete = vendor === "thunder-compute" ? "waits for the list alone" : "is sent at once";
  it(`to everything else, a first delete ${firstDelete}`, async () => {
    const afterMs = await firstDeleteAt(createGpu);
    if (vendor === "thunder-compute") expect(afterMs).toBeLessThan(pauseMs + 1_000);
    else expect(afterMs).toBe(0);
  });

  it("a delete that lists first is detected (planted)", async () => {
    const listing = (options: GpuOptions): Gpu => {
      const gpu = createGpu(options);
      const remove: Gpu["delete"] = async (instance, deleteOptions) => {
        await gpu.list({ deadlineMs: minute });
        return gpu.delete(instance, deleteOptions);
      };
      return { ...gpu, delete: remove };
    };
    expect(await firstDeleteAt(listing)).toBeGreaterThan(5_000);
  });
});
