import { describe, expect, it } from "vitest";
import { createGpu, type Gpu, GpuError, type GpuOptions, type Instance, type LaunchRequest } from "../../src/index.js";
import type { Cloud, Conditions } from "./cloud.js";
import { toVendorRequest } from "./cloud.js";
import { NovitaCloud } from "./fakes/novita.js";
import { RunpodCloud } from "./fakes/runpod.js";
import { h100Offers, VastCloud } from "./fakes/vast.js";
import { refOf } from "./ledger.js";
import { type Purpose, transportTimeouts, unsentFailures } from "./network.js";
import { errorOf, instanceOf, outcomeOf, promises } from "./promises.js";
import { type Asked, type Call, type Client, type VendorName, vendorNames, World } from "./world.js";

const minute = 60_000;
const publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOsmCQxM4Kq2jvYd2mUuVyyD1zVTtnzJlX4kRG0TuLxY ada@lovelace";

const offers: Readonly<Record<VendorName, string>> = {
  "thunder-compute": "thunder-compute:h100_x1",
  shadeform: "shadeform:hyperstack/H100/montreal-canada-2/on_demand",
  fal: "fal:gpu_1x_h100_sxm5",
  novita: "novita:H100-80GB.20c180g/us-ca-6/1",
  runcrate: "runcrate:stoic-tharp-h100-4d7a",
  lambda: "lambda:gpu_1x_h100_pcie/us-west-3",
  runpod: "runpod:SECURE/US-KS-2/NVIDIA%20H100%2080GB%20HBM3/1",
  vast: "vast:21000104",
};

/** Vendors that keep a machine's mark in its name or a tag. */
const named: readonly VendorName[] = ["shadeform", "novita", "runcrate", "lambda", "runpod", "vast"];

type Fetch = (url: string, init: RequestInit) => Promise<Response>;
type Handler = (url: string, init: RequestInit, fetch: Fetch, world: World) => Promise<Response>;

interface Setting {
  readonly vendors?: readonly VendorName[];
  readonly conditions?: Partial<Conditions>;
  /** Intercepts requests between the API and the vendor. */
  readonly handler?: Handler;
}

/** Runs a test in its own world, in virtual time. */
async function inWorld<T>(
  { vendors, conditions = {}, handler }: Setting,
  run: (world: World, client: Client) => Promise<T>,
): Promise<T> {
  const world = new World(7, vendors, {
    createGpu: (options: GpuOptions) => createGpu(options),
    ...(handler
      ? { wrapFetch: (fetch: Fetch, own: World) => (url: string, init: RequestInit) => handler(url, init, fetch, own) }
      : {}),
  });
  world.falPrices = { gpu_1x_h100_sxm5: 2.1, gpu_8x_h100_sxm5: 16.8 };
  world.set(conditions);
  return await world.run(() => run(world, world.client()));
}

/** A valid create request for an H100 at the vendor. */
function request(vendor: VendorName, more: object = {}): Parameters<Gpu["create"]>[0] {
  return { offer: offers[vendor], name: "train-42", ...imageAndKey(vendor), ...more } as Parameters<Gpu["create"]>[0];
}

function imageAndKey(vendor: VendorName): { image?: string; sshPublicKey?: string } {
  const image = vendor === "novita" ? { image: "pytorch/pytorch:2.8.0" } : vendor === "thunder-compute" ? { image: "base" } : {};
  return { ...image, ...(vendor === "novita" ? {} : { sshPublicKey: publicKey }) };
}

const create = (
  world: World,
  client: Client,
  vendor: VendorName,
  more: Partial<Parameters<Gpu["create"]>[0]> = {},
  asked: Asked = {},
): Promise<Call> =>
  world.call(client, "create", { offer: offers[vendor], parameters: vendor, ...asked }, (signal) =>
    client.gpu.create({ ...request(vendor, more), signal }),
  );

const remove = (world: World, client: Client, target: Instance | string, waitMs?: number): Promise<Call> => {
  const ref = typeof target === "string" ? target : target.ref;
  // Some tests pass an invalid `waitMs`.
  return world.call(client, "delete", { ref, waitMs: Number(waitMs) || 0 }, (signal) =>
    client.gpu.delete(target as Instance, { ...(waitMs === undefined ? {} : { waitMs }), signal }),
  );
};

const wait = (world: World, client: Client, target: Instance | string, timeoutMs: number): Promise<Call> => {
  const ref = typeof target === "string" ? target : target.ref;
  return world.call(client, "wait", { ref, timeoutMs }, (signal) =>
    client.gpu.waitUntilReady(target as Instance, { timeoutMs, signal }),
  );
};

const launch = (world: World, client: Client, asked: Partial<LaunchRequest> & { gpu?: unknown }): Promise<Call> =>
  world.call(client, "launch", { maxUsdPerHour: 30 }, (signal) =>
    client.gpu.launch({
      gpu: "H100",
      name: "train-42",
      maxUsdPerHour: 30,
      sshPublicKey: publicKey,
      signal,
      ...asked,
    } as LaunchRequest),
  );

const reconcile = (world: World, client: Client, of: Call): Promise<Call> =>
  world.call(client, "reconcile", { of: [of] }, (signal) =>
    client.gpu.reconcile(errorOf(of)?.handle ?? of.handles[0] ?? ({} as never), { signal }),
  );

function created(call: Call): Instance {
  const instance = instanceOf(call);
  if (!instance) throw new Error(`the create failed: ${String(call.end?.kind === "error" ? call.end.error : call.end?.kind)}`);
  return instance;
}

const purposeOf = (url: string, init: RequestInit): Purpose => {
  const { method, path: given } = toVendorRequest(url, init);
  const path = given.replace(/\/$/, "");
  if (method === "DELETE" || /\/(delete|terminate)$/.test(path)) return "delete";
  if (path.endsWith("/bundles")) return "catalogue";
  if (method === "PUT" && path.includes("/asks/")) return "create";
  if (method === "POST") return /keys/.test(path) ? "keys" : "create";
  if (/\/(types|instance-types|specs|pricing|products|clusters|thunder-templates|gpus)$/.test(path) || /\/v1\/status$/.test(path))
    return "catalogue";
  return /\/(instances|list|pods)$/.test(path) ? "list" : /keys/.test(path) ? "keys" : "get";
};

const alive = (world: World): string[] => world.ledger.machines.filter((machine) => world.ledger.isAlive(machine)).map(refOf);

const kept = (world: World): void => {
  for (const [name, promise] of Object.entries(promises)) {
    // This promise needs the reconcile at the end of a programme.
    if (name === "noMachineIsLost") continue;
    if ("atEnd" in promise) expect(promise.atEnd(world), name).toBeUndefined();
    else for (const call of world.calls) expect(promise.afterCall(call, world), `${name} of call ${call.id}`).toBeUndefined();
  }
};

/** Delays the responses of lists by 40 s, except for the first `after` lists. The data is read without delay. */
function slowLists(after: number): Handler {
  let lists = 0;
  return async (url, init, fetch, world) => {
    const response = await fetch(url, init);
    const isSlow = purposeOf(url, init) === "list" && world.ledger.machines.length > 0 && lists++ >= after;
    if (isSlow) await world.time.sleep(40_000, init.signal);
    init.signal?.throwIfAborted();
    return response;
  };
}

function hideFor(world: World, cloud: Cloud, { id }: { readonly id: string }, ms: number): void {
  cloud.hidden.add(id);
  world.time.at(world.time.now + ms, () => cloud.hidden.delete(id));
}

describe.each(vendorNames)("%s", (vendor) => {
  it.each([0, 1, 2])(
    "does not report a young machine as deleted by an early list that arrives late (after %i lists)",
    async (after) => {
      for (const waitMs of [undefined, 30_000]) {
        await inWorld({ vendors: [vendor], handler: slowLists(after) }, async (world, client) => {
          const instance = created(await create(world, client, vendor));
          hideFor(world, world.cloud(vendor), instance, 12_000);
          const call = await remove(world, client, waitMs === undefined ? instance : instance.ref, waitMs);
          if (waitMs === undefined) {
            expect(outcomeOf(call)).not.toBe("deleted");
            expect(alive(world)).toEqual([instance.ref]);
          } else if (outcomeOf(call) === "deleted") expect(alive(world)).toEqual([]);
        });
      }
    },
  );

  it.each([0, 1, 2])("does not fail for a young machine by an early list that arrives late (after %i lists)", async (after) => {
    await inWorld({ vendors: [vendor], handler: slowLists(after) }, async (world, client) => {
      const instance = created(await create(world, client, vendor));
      hideFor(world, world.cloud(vendor), instance, 12_000);
      const call = await wait(world, client, instance, 15 * minute);
      expect(errorOf(call)?.code).toBeUndefined();
      kept(world);
    });
  });

  it("reports a truncated reference as not found", async () => {
    await inWorld({ vendors: [vendor] }, async (world, client) => {
      const instance = created(await create(world, client, vendor));
      const call = await remove(world, world.client(), instance.ref.slice(0, -2), 2 * minute);
      expect(outcomeOf(call)).toBe("not_found");
      expect(alive(world)).toEqual([instance.ref]);
    });
  });

  it.each(["0123456789abcdef0123456789abcdef", "any"])("reports an instance that does not exist as not found: %s", async (id) => {
    const ref = `${vendor}:${id}` as Instance["ref"];
    await inWorld({ vendors: [vendor] }, async (_world, { gpu }) => {
      for (const read of [gpu.get, gpu.access, gpu.waitUntilReady]) {
        expect(await read(ref as never).catch((error: unknown) => error)).toMatchObject({ code: "not_found" });
      }
    });
  });

  it("reports a machine of another account as not found", async () => {
    await inWorld({ vendors: [vendor] }, async (world, client) => {
      const instance = created(await create(world, client, vendor));
      const call = await remove(world, world.client({ account: "theirs" }), instance, 2 * minute);
      expect(outcomeOf(call)).toBe("not_found");
      expect(alive(world)).toEqual([instance.ref]);
    });
  });

  it("does not treat an HTML page as an accepted delete", async () => {
    let isPage = true;
    const handler: Handler = async (url, init, fetch) => {
      if (!isPage || purposeOf(url, init) !== "delete") return await fetch(url, init);
      isPage = false;
      return new Response("<!DOCTYPE html><h1>Sign in</h1>", { headers: { "content-type": "text/html" } });
    };
    await inWorld({ vendors: [vendor], handler }, async (world, client) => {
      const call = await remove(world, client, `${vendor}:fedcba9876543210fedcba9876543210`, 2 * minute);
      expect(outcomeOf(call)).toBe("not_found");
    });
  });

  it("reports deleted again for an instance that it deleted", async () => {
    await inWorld({ vendors: [vendor] }, async (world, client) => {
      const instance = created(await create(world, client, vendor));
      expect(outcomeOf(await remove(world, client, instance, 2 * minute))).toBe("deleted");
      expect(outcomeOf(await remove(world, client, instance, 2 * minute))).toBe("deleted");
      kept(world);
    });
  });

  it("reports an accepted delete as deleting while no list can be read", async () => {
    await inWorld({ vendors: [vendor] }, async (world, client) => {
      const instance = created(await create(world, client, vendor));
      let isAccepted = false;
      world.network.choose = (purpose) => {
        if (purpose === "delete") isAccepted = true;
        return isAccepted && purpose !== "delete" ? "500" : "plain";
      };
      expect(outcomeOf(await remove(world, client, instance, 10_000))).toBe("deleting");
      kept(world);
    });
  });

  it.each([-60, 60])("measures ages by the local clock, which is %i minutes off", async (minutes) => {
    await inWorld({ vendors: [vendor] }, async (world, client) => {
      world.time.wallOffsetMs = minutes * minute;
      const instance = created(await create(world, client, vendor));
      hideFor(world, world.cloud(vendor), instance, 10_000);
      // Another Gpu knows only what the vendor returns.
      const other = world.client();
      expect(outcomeOf(await remove(world, other, instance))).not.toBe("deleted");
      expect(outcomeOf(await remove(world, client, instance))).not.toBe("deleted");
      await world.time.sleep(minute);
      expect(outcomeOf(await remove(world, other, instance, 2 * minute))).toBe("deleted");
      kept(world);
    });
  });

  it.each([-60, 60])("does not measure ages by the vendor's clock, which is %i minutes off", async (minutes) => {
    await inWorld({ vendors: [vendor], conditions: { clockOffsetMs: minutes * minute } }, async (world, client) => {
      const instance = created(await create(world, client, vendor));
      hideFor(world, world.cloud(vendor), instance, 10_000);
      // Another Gpu knows only what the vendor returns.
      const other = world.client();
      expect(outcomeOf(await remove(world, other, instance))).not.toBe("deleted");
      expect(outcomeOf(await remove(world, client, instance))).not.toBe("deleted");
      await world.time.sleep(minute);
      expect(outcomeOf(await remove(world, other, instance, 2 * minute))).toBe("deleted");
    });
  });

  it("does not count a jump of the clock as time of a create", async () => {
    await inWorld({ vendors: [vendor], conditions: { workMs: [50_000, 50_000] } }, async (world, client) => {
      world.network.choose = (purpose) => (purpose === "create" ? "reset after" : "plain");
      world.time.at(world.time.now + 8_000, () => {
        world.time.wallOffsetMs += 5 * minute;
      });
      const call = await create(world, client, vendor);
      await world.time.sleep(2 * minute);
      expect(errorOf(call)?.sideEffect === "none" && alive(world).length > 0, String(errorOf(call))).toBe(false);
    });
  });

  it("does not count a jump of the clock as time of a wait", async () => {
    await inWorld({ vendors: [vendor], conditions: { bootMs: [90_000, 90_000] } }, async (world, client) => {
      const instance = created(await create(world, client, vendor));
      world.time.at(world.time.now + 8_000, () => {
        world.time.wallOffsetMs += 5 * minute;
      });
      expect(errorOf(await wait(world, client, instance, 4 * minute))).toBeUndefined();
    });
  });

  it.each([240, 250, 260, 270, 280, 290, 297])(
    "detects within a wait of 300 s an instance that becomes ready after %i s",
    async (seconds) => {
      await inWorld({ vendors: [vendor], conditions: { bootMs: [seconds * 1_000, seconds * 1_000] } }, async (world, client) => {
        const instance = created(await create(world, client, vendor));
        expect(errorOf(await wait(world, client, instance, 5 * minute))).toBeUndefined();
        kept(world);
      });
    },
  );

  it.each(["html 200", "cut json", "404 of a proxy", "500"] as const)(
    "continues to wait after an unreadable response (%s)",
    async (situation) => {
      await inWorld({ vendors: [vendor] }, async (world, client) => {
        const instance = created(await create(world, client, vendor));
        const from = world.time.now + 5_000;
        world.network.choose = (purpose) => {
          const isBad = world.time.now > from && world.time.now < from + 15_000 && (purpose === "get" || purpose === "list");
          return isBad ? situation : "plain";
        };
        expect(errorOf(await wait(world, client, instance, 15 * minute))).toBeUndefined();
        kept(world);
      });
    },
  );

  it("continues to wait after a single 403", async () => {
    let isRefused = false;
    const handler: Handler = async (url, init, fetch) => {
      if (!isRefused || purposeOf(url, init) === "create" || purposeOf(url, init) === "catalogue") return await fetch(url, init);
      isRefused = false;
      return new Response('{"message":"forbidden"}', { status: 403, headers: { "content-type": "application/json" } });
    };
    await inWorld({ vendors: [vendor], handler }, async (world, client) => {
      const instance = created(await create(world, client, vendor));
      isRefused = true;
      expect(errorOf(await wait(world, client, instance, 15 * minute))).toBeUndefined();
    });
  });

  it("bypasses caches for reads", async () => {
    const caches: unknown[] = [];
    const handler: Handler = async (url, init, fetch) => {
      if ((init.method ?? "GET") === "GET") caches.push(init.cache);
      return await fetch(url, init);
    };
    await inWorld({ vendors: [vendor], handler }, async (world, client) => {
      created(await create(world, client, vendor));
      await client.gpu.list();
      expect(new Set(caches)).toEqual(new Set(["no-store"]));
    });
  });

  // Some providers send no request for an id that does not have the vendor's format.
  const ref = `${vendor}:${vendor === "vast" ? "30000001" : "0123456789abcdef0123456789abcdef"}` as Instance["ref"];
  const everyCall: Readonly<Record<string, (gpu: Gpu) => Promise<unknown>>> = {
    get: (gpu) => gpu.get(ref),
    list: (gpu) => gpu.list(),
    // fal's offers and prices need no request, so its `offers` cannot fail.
    ...(vendor === "fal" ? {} : { offers: (gpu: Gpu) => gpu.offers() }),
    create: (gpu) => gpu.create(request(vendor)),
    launch: (gpu) => gpu.launch({ gpu: "H100", maxUsdPerHour: 30, ...imageAndKey(vendor) }),
    delete: (gpu) => gpu.delete(ref, { waitMs: minute }),
    wait: (gpu) => gpu.waitUntilReady(ref),
    access: (gpu) => gpu.access(ref),
  };
  it.each(Object.entries(everyCall))("throws a framework's control-flow error unchanged: %s", async (_, call) => {
    const thrown = Object.assign(new Error("Dynamic server usage"), { digest: "DYNAMIC_SERVER_USAGE" });
    const handler: Handler = async () => {
      throw thrown;
    };
    await inWorld({ vendors: [vendor], handler }, async (_world, client) => {
      expect(await call(client.gpu).catch((reason: unknown) => reason)).toBe(thrown);
    });
  });

  it("deletes the machine of a launch when a framework's error ends the wait, and throws that error", async () => {
    const thrown = Object.assign(new Error("Dynamic server usage"), { digest: "DYNAMIC_SERVER_USAGE" });
    let isOver = false;
    const handler: Handler = async (url, init, fetch) => {
      const purpose = purposeOf(url, init);
      // The first read after the create fails.
      if (isOver && (purpose === "get" || (purpose === "list" && vendor === "thunder-compute"))) {
        isOver = false;
        throw thrown;
      }
      const response = await fetch(url, init);
      return response;
    };
    await inWorld({ vendors: [vendor], handler }, async (world, client) => {
      const launched = client.gpu.launch({
        gpu: "H100",
        maxUsdPerHour: 30,
        ...imageAndKey(vendor),
        wait: {
          onProgress: () => {
            isOver = true;
          },
        },
      });
      expect(await launched.catch((reason: unknown) => reason)).toBe(thrown);
      expect(alive(world)).toEqual([]);
    });
  });

  it.each([0, 1, 2])(
    "waits a whole minute and the lag of lists for a create that an outside timeout ended (%i)",
    async (index) => {
      const handler: Handler = async (url, init, fetch, world) => {
        if (purposeOf(url, init) !== "create") return await fetch(url, init);
        fetch(url, { ...init, signal: null }).then(
          () => hideFor(world, world.cloud(vendor), world.ledger.machines.at(-1) ?? { id: "" }, 25_000),
          () => undefined,
        );
        await world.time.sleep(50_000, init.signal);
        throw transportTimeouts[index]?.() ?? new Error("no transport timeout has this index");
      };
      await inWorld({ vendors: [vendor], handler, conditions: { workMs: [108_000, 108_000] } }, async (world, client) => {
        const call = await create(world, client, vendor);
        await world.time.sleep(4 * minute);
        expect(errorOf(call)?.sideEffect, String(errorOf(call))).not.toBe("none");
        if (errorOf(call)?.handle) expect(outcomeOf(await reconcile(world, client, call))).not.toBe("absent");
      });
    },
  );

  it("reports absent no earlier than a minute and the lag of lists after the last moment of the create", async () => {
    const handler: Handler = async (url, init, fetch, world) => {
      if (purposeOf(url, init) !== "create") return await fetch(url, init);
      await world.time.sleep(10 * minute, init.signal);
      throw init.signal?.reason;
    };
    await inWorld({ vendors: [vendor], handler }, async (world, client) => {
      const call = await create(world, client, vendor);
      const last = Math.max(
        ...call.requests.filter(({ purpose }) => purpose === "create").map(({ endedAt }) => endedAt ?? 0),
        call.startedAt + minute,
      );
      const settledAt = last + minute + world.cloud(vendor).settleMs;
      if (errorOf(call)?.sideEffect === "none") expect(call.endedAt).toBeGreaterThanOrEqual(settledAt);
      if (!errorOf(call)?.handle) return;
      const found = await reconcile(world, world.client(), call);
      if (outcomeOf(found) === "absent") expect(found.endedAt).toBeGreaterThanOrEqual(settledAt);
    });
  });

  it.each([500, 503, 409, 425])("waits a whole minute for the vendor after a status of %i", async (status) => {
    const handler: Handler = async (url, init, fetch, world) => {
      if (purposeOf(url, init) !== "create") return await fetch(url, init);
      fetch(url, { ...init, signal: null }).catch(() => undefined);
      await world.time.sleep(100);
      return new Response('{"message":"something went wrong"}', { status, headers: { "content-type": "application/json" } });
    };
    await inWorld({ vendors: [vendor], handler, conditions: { workMs: [58_000, 58_000] } }, async (world, client) => {
      const call = await create(world, client, vendor);
      await world.time.sleep(5 * minute);
      expect(errorOf(call)?.sideEffect === "none" && alive(world).length > 0, String(errorOf(call))).toBe(false);
      if (errorOf(call)?.handle) expect(outcomeOf(await reconcile(world, client, call))).not.toBe("absent");
    });
  });

  it.each(unsentFailures.map((make) => [String((make().cause as Error).message) || "several addresses", make] as const))(
    "leaves no instance when the create could not leave: %s",
    async (_message, make) => {
      const handler: Handler = async (url, init, fetch) => {
        if (purposeOf(url, init) === "create") throw make();
        return await fetch(url, init);
      };
      await inWorld({ vendors: [vendor], handler }, async (world, client) => {
        expect(errorOf(await create(world, client, vendor))?.sideEffect).toBe("none");
        kept(world);
      });
    },
  );

  it("leaves no instance when a proxy refuses the connection, or a dispatcher the call", async () => {
    const refusals = [
      new TypeError("fetch failed", {
        cause: Object.assign(new Error("Proxy response (407) !== 200 when HTTP Tunneling"), { code: "UND_ERR_ABORTED" }),
      }),
      new TypeError("fetch failed", {
        cause: Object.assign(new Error("invalid onRequestStart method"), { code: "UND_ERR_INVALID_ARG" }),
      }),
    ];
    for (const refusal of refusals) {
      const handler: Handler = async (url, init, fetch) => {
        if (purposeOf(url, init) === "create") throw refusal;
        return await fetch(url, init);
      };
      await inWorld({ vendors: [vendor], handler }, async (world, client) => {
        expect(errorOf(await create(world, client, vendor))?.sideEffect, String(refusal.cause)).toBe("none");
      });
    }
  });

  it("recognises every form of sold out", async () => {
    const ways = new World(1, [vendor]).cloud(vendor).soldOutResponses.length;
    for (let way = 0; way < ways; way++) {
      await inWorld({ vendors: [vendor], conditions: { soldOut: 1, soldOutAs: way } }, async (world, client) => {
        const error = errorOf(await create(world, client, vendor));
        const code = vendor === "vast" ? "offer_gone" : "no_capacity";
        expect([error?.code, error?.sideEffect], JSON.stringify(world.cloud(vendor).soldOutResponses[way])).toEqual([
          code,
          "none",
        ]);
      });
    }
  });

  it("does not adopt a machine that is terminating", async () => {
    await inWorld({ vendors: [vendor], conditions: { endingMs: [5 * minute, 5 * minute] } }, async (world, client) => {
      const idempotencyKey = client.gpu.newIdempotencyKey();
      const first = created(await create(world, client, vendor, { idempotencyKey }, { key: idempotencyKey }));
      await remove(world, client, first);
      for (const other of [client, world.client()]) {
        const again = instanceOf(await create(world, other, vendor, { idempotencyKey }, { key: idempotencyKey }));
        // fal may show a deleted machine as `unknown`. Only the `Gpu` that deleted it knows that it is gone.
        if (again && (vendor !== "fal" || other === client || again.status !== "unknown")) expect(again.ref).not.toBe(first.ref);
      }
    });
  });

  it("does not adopt a machine that is gone when another process repeats the create", async () => {
    await inWorld({ vendors: [vendor], conditions: { endingMs: [0, 0] } }, async (world, client) => {
      const idempotencyKey = client.gpu.newIdempotencyKey();
      const first = created(await create(world, client, vendor, { idempotencyKey }, { key: idempotencyKey }));
      await remove(world, client, first);
      const again = await create(world, world.client(), vendor, { idempotencyKey }, { key: idempotencyKey });
      if (vendor === "fal") expect(errorOf(again)).toMatchObject({ code: "instance_failed", ref: first.ref });
      else expect(instanceOf(again)?.ref).not.toBe(first.ref);
    });
  });

  it("does not return a machine for its key that it deleted and that no read shows", async () => {
    await inWorld({ vendors: [vendor], conditions: { endingMs: [0, 0] } }, async (world, client) => {
      const idempotencyKey = client.gpu.newIdempotencyKey();
      const first = created(await create(world, client, vendor, { idempotencyKey }, { key: idempotencyKey }));
      await remove(world, client, first);
      const again = await create(world, client, vendor, { idempotencyKey }, { key: idempotencyKey });
      expect(errorOf(again)).toMatchObject({ code: "instance_failed", sideEffect: "none", ref: first.ref });
    });
  });

  it("sends nothing after a create has failed", async () => {
    for (const bad of ["get", "list", "catalogue", "keys"] as const) {
      await inWorld({ vendors: [vendor] }, async (world, client) => {
        let count = 0;
        world.network.choose = (purpose) => (purpose === bad ? (count++ % 2 === 0 ? "404 of a proxy" : "429") : "plain");
        await create(world, client, vendor, { maxUsdPerHour: 9 });
        await world.time.sleep(10 * minute);
        expect(promises.nothingIsSentAfterTheEnd.atEnd(world)).toBeUndefined();
      });
    }
  });

  it("respects the vendor's pauses in the loops of wait, delete and reconcile", async () => {
    const purpose: Purpose = vendor === "thunder-compute" ? "list" : "get";
    /** Makes the next requests of that purpose fail with 429. */
    const ask = (world: World, asked: Purpose, times: number) => {
      let count = 0;
      world.network.choose = (one) => (one === asked && count++ < times ? "429" : "plain");
    };
    await inWorld({ vendors: [vendor] }, async (world, client) => {
      const instance = created(await create(world, client, vendor));
      ask(world, purpose, 8);
      await wait(world, client, instance, 15 * minute);
      ask(world, purpose, 8);
      await remove(world, client, instance, 5 * minute);
      ask(world, "list", 8);
      await remove(world, client, `${vendor}:fedcba9876543210fedcba9876543210`, 5 * minute);
      world.network.choose = (one) => (one === "create" ? "lost" : "plain");
      const call = await create(world, client, vendor);
      ask(world, "list", 8);
      if (errorOf(call)?.handle) await reconcile(world, client, call);
      expect(promises.pausesAreKept.atEnd(world)).toBeUndefined();
    });
  });

  // A Thunder Compute delete reads the list first.
  it.skipIf(vendor === "thunder-compute")("does not hold a first delete for another operation's pause", async () => {
    let isBusy = false;
    const handler: Handler = async (url, init, fetch) => {
      if (!isBusy || purposeOf(url, init) !== "list") return await fetch(url, init);
      return new Response("{}", { status: 429, headers: { "retry-after": "60" } });
    };
    await inWorld({ vendors: [vendor], handler }, async (world, client) => {
      const instance = created(await create(world, client, vendor));
      isBusy = true;
      await client.gpu.list();
      const call = await remove(world, client, instance);
      const sent = call.requests.find(({ purpose }) => purpose === "delete");
      expect(sent && sent.sentAt - call.startedAt).toBeLessThan(1_000);
    });
  });
});

describe("a new machine whose mark is not visible yet", () => {
  const conditions: Partial<Conditions>[] = [
    { marksHiddenMs: 10 * minute, emptyAs: "missing" },
    { marksHiddenMs: 10 * minute, emptyAs: "null" },
  ];
  for (const vendor of named) {
    it.each(conditions)(`is never reported as certainly not created at ${vendor} ($emptyAs)`, async (condition) => {
      await inWorld({ vendors: [vendor], conditions: condition }, async (world, client) => {
        world.network.choose = (purpose) => (purpose === "create" ? "reset after" : "plain");
        const call = await create(world, client, vendor);
        expect(errorOf(call)?.code).toBe("create_ambiguous");
        kept(world);
      });
    });

    it.each(conditions)(`is found again by its key by the Gpu that created it at ${vendor} ($emptyAs)`, async (condition) => {
      await inWorld({ vendors: [vendor], conditions: condition }, async (world, client) => {
        const idempotencyKey = client.gpu.newIdempotencyKey();
        const first = created(await create(world, client, vendor, { idempotencyKey }, { key: idempotencyKey }));
        await world.time.sleep(3 * minute);
        const again = await create(world, client, vendor, { idempotencyKey }, { key: idempotencyKey });
        expect(instanceOf(again)?.ref ?? first.ref).toBe(first.ref);
        expect(alive(world)).toEqual([first.ref]);
      });
    });

    it.each(conditions)(`does not make launch rent elsewhere at ${vendor} ($emptyAs)`, async (condition) => {
      await inWorld(
        { vendors: [vendor, vendor === "runcrate" ? "thunder-compute" : "runcrate"], conditions: condition },
        async (world, client) => {
          world.network.choose = (purpose, url) =>
            purpose === "create" && url.startsWith(world.cloud(vendor).origin) ? "reset after" : "plain";
          const image =
            vendor === "novita"
              ? { gpu: "RTX 4090", image: "pytorch/pytorch:2.8.0", sshPublicKey: undefined, providers: [vendor] }
              : {};
          await launch(world, client, { until: "created", ...image });
          expect(alive(world).length).toBeLessThanOrEqual(1);
        },
      );
    });
  }
});

describe("incomplete lists", () => {
  const more = async (world: World, vendor: VendorName) => {
    const cloud = world.cloud(vendor);
    const [item] = cloud.catalogue();
    if (!item) throw new Error("the catalogue is empty");
    for (let count = 0; count < 3; count++)
      cloud.add({ item, account: "ours", madeBy: null, body: { cpu_cores: 6 }, name: "other" });
  };
  const listOf = async (setting: Setting & { readonly vendor: VendorName }) => {
    return await inWorld({ ...setting, vendors: [setting.vendor] }, async (world, client) => {
      await more(world, setting.vendor);
      const call = await world.call(client, "list", {}, (signal) => client.gpu.list({ signal }));
      expect(call.overran).toBeNull();
      expect(promises.aFailedListIsNoEmptyList.afterCall(call, world)).toBeUndefined();
      if (call.end?.kind !== "value") throw new Error("list failed");
      const { instances, failures } = call.end.value as { instances: unknown[]; failures: unknown[] };
      return { instances: instances.length, failures: failures.length };
    });
  };

  it.each(["cursor", "hasMore", "total"] as const)("are detected at Runcrate when %s reports more", async (cutLists) => {
    expect(await listOf({ vendor: "runcrate", conditions: { cutLists } })).toEqual({ instances: 0, failures: 1 });
  });

  it.each(["null", "missing", "empty"] as const)("are not assumed when Runcrate's meta is %s", async (emptyAs) => {
    expect(await listOf({ vendor: "runcrate", conditions: { emptyAs } })).toEqual({ instances: 3, failures: 0 });
  });

  it.each(["null cursor", "repeated cursor", "endless"] as const)("are detected at fal with a %s", async (paging) => {
    expect(await listOf({ vendor: "fal", conditions: { paging, pageSize: 2 } })).toEqual({ instances: 0, failures: 1 });
  });

  it.each([
    { paging: "null cursor", pageSize: 2 },
    { paging: "repeated cursor", pageSize: 1 },
    { paging: "endless", pageSize: 2 },
    { cutLists: "cursor" },
    { cutLists: "hasMore" },
  ] as const)("are not the whole list of RunPod with %j", async (conditions) => {
    expect(await listOf({ vendor: "runpod", conditions })).toEqual({ instances: 0, failures: 1 });
  });

  it.each(["usual", "from one"] as const)("are joined at RunPod (%s)", async (paging) => {
    for (const pageSize of [1, 2, 100])
      expect(await listOf({ vendor: "runpod", conditions: { paging, pageSize } })).toEqual({ instances: 3, failures: 0 });
  });

  it.each(["number ignored", "from one", "no total"] as const)("are joined, or fail, at Novita (%s)", async (paging) => {
    const { instances, failures } = await listOf({ vendor: "novita", conditions: { paging, pageSize: 2 } });
    expect(failures === 1 || instances === 3).toBe(true);
  });

  it("of Novita fail when a machine disappears between two pages", async () => {
    let pages = 0;
    const handler: Handler = async (url, init, fetch, world) => {
      const response = await fetch(url, init);
      const [machine] = world.cloud("novita").machines;
      if (purposeOf(url, init) === "list" && pages++ === 0 && machine) world.ledger.end(machine, null);
      return response;
    };
    await listOf({ vendor: "novita", handler, conditions: { pageSize: 2, endingMs: [0, 0] } });
  });
});

describe("fal's idempotency key", () => {
  it.each(["when finished", "from start"] as const)(
    "is not repeated while the first request may be in progress (remembered %s)",
    async (remembers) => {
      await inWorld({ vendors: ["fal"], conditions: { remembers, workMs: [55_000, 55_000] } }, async (world, client) => {
        let creates = 0;
        world.network.choose = (purpose) => (purpose === "create" && creates++ === 0 ? "reset after" : "plain");
        const idempotencyKey = client.gpu.newIdempotencyKey();
        const call = await create(world, client, "fal", { idempotencyKey }, { key: idempotencyKey });
        await world.time.sleep(2 * minute);
        const machines = world.machinesOf(call);
        expect(machines).toHaveLength(1);
        const [machine] = machines;
        if (call.end?.kind === "value") expect(instanceOf(call)?.ref).toBe(machine && refOf(machine));
      });
    },
  );
});

describe("a limit", () => {
  it.each([
    ["shadeform", 404],
    ["shadeform", 500],
    ["runcrate", 404],
    ["runcrate", 500],
    ["runpod", 404],
    ["runpod", 500],
    ["vast", 404],
    ["vast", 500],
  ] as const)("is enforced, or the error names the machine, when %s cannot read it back (%i)", async (vendor, unreadableAs) => {
    const more = { maxUsdPerHour: 3 };
    await inWorld(
      { vendors: [vendor], conditions: { expensive: 1, unreadableMs: 8_000, unreadableAs } },
      async (world, client) => {
        const call = await create(world, client, vendor, more, more);
        const launched = await launch(world, client, { maxUsdPerHour: 3, until: "created", providers: [vendor], maxAttempts: 1 });
        for (const one of [call, launched]) {
          expect(one.end?.kind).toBe("error");
          for (const ref of world
            .machinesOf(one)
            .filter((machine) => world.ledger.isAlive(machine))
            .map(refOf)) {
            expect([errorOf(one)?.ref, errorOf(one)?.instance?.ref]).toContain(ref);
          }
        }
      },
    );
  });

  it.each(["thunder-compute", "shadeform", "novita", "runcrate", "runpod", "vast"] as const)(
    "is not met by an instance that exists under a key when its price cannot be read at %s",
    async (vendor) => {
      await inWorld({ vendors: [vendor] }, async (world, client) => {
        const idempotencyKey = client.gpu.newIdempotencyKey();
        const key = { key: idempotencyKey };
        const first = created(await create(world, client, vendor, { idempotencyKey }, key));
        await world.time.sleep(3 * minute);
        for (const unreadable of ["catalogue", "get"] as const) {
          world.network.choose = (purpose) => (purpose === unreadable ? "500" : "plain");
          for (const other of [client, world.client()]) {
            const again = await create(world, other, vendor, { idempotencyKey, maxUsdPerHour: 1 }, { ...key, maxUsdPerHour: 1 });
            expect(again.end?.kind).toBe("error");
          }
        }
        expect(alive(world)).toEqual([first.ref]);
      });
    },
  );
});

describe("the rented machine matches the request", () => {
  it.each(["shadeform", "runcrate", "thunder-compute", "runpod", "vast"] as const)(
    "or it is deleted and launch continues with another provider (%s)",
    async (vendor) => {
      const others = vendorNames.filter((one) => one !== vendor && one !== "novita" && one !== "fal");
      await inWorld({ vendors: [vendor, ...others] }, async (world, client) => {
        const cloud = world.cloud(vendor);
        cloud.conditions = { ...cloud.conditions, wrongMachine: 1 };
        const call = await launch(world, client, { providers: [vendor] });
        expect(errorOf(call)?.launch?.attempts[0]?.error?.code).toBe("instance_mismatch");
        expect(alive(world)).toEqual([]);
        const elsewhere = created(await launch(world, client, {}));
        expect(alive(world)).toEqual([elsewhere.ref]);
        expect(world.ledger.find(elsewhere.ref)?.isWrong).toBe(false);
      });
    },
  );

  it.each(["8xH100", "H100:8", "H100x8", "8x H100"])("does not rent a single GPU for %s", async (gpu) => {
    await inWorld({ vendors: ["fal", "runcrate", "shadeform"] }, async (world, client) => {
      await launch(world, client, { gpu, until: "created" });
      for (const { offer } of world.ledger.machines) expect(offer).toBe("fal:gpu_8x_h100_sxm5");
    });
  });

  it.each([undefined, null, 5, {}])("rents nothing for the GPU %j", async (gpu) => {
    await inWorld({ vendors: ["runcrate", "shadeform"] }, async (world, client) => {
      const call = await launch(world, client, { gpu: gpu as unknown as string, until: "created" });
      expect(call.end?.kind).toBe("error");
      expect(world.ledger.machines).toEqual([]);
    });
  });

  it("rejects a count in the name that differs from gpuCount", async () => {
    await inWorld({ vendors: ["fal"] }, async (world, client) => {
      const call = await launch(world, client, { gpu: "8xH100", gpuCount: 1, until: "created" });
      expect(call.end?.kind).toBe("error");
      expect(world.ledger.machines).toEqual([]);
    });
  });
});

describe("launch", () => {
  const pairs = [
    ["shadeform", "runcrate"],
    ["runcrate", "thunder-compute"],
    ["thunder-compute", "fal"],
  ] as const;
  it.each(
    pairs.flatMap(([first, next]) => (["reset before", "500"] as const).map((situation) => [first, situation, next] as const)),
  )("continues from %s after a %s to %s when reconciling shows that nothing was created", async (first, situation, next) => {
    await inWorld({ vendors: [first, next] }, async (world) => {
      world.falPrices = { gpu_1x_h100_sxm5: 3.5 };
      world.network.choose = (purpose, url) =>
        purpose === "create" && url.startsWith(world.cloud(first).origin) ? situation : "plain";
      const instance = created(await launch(world, world.client(), {}));
      expect(instance.provider).toBe(next);
      expect(alive(world)).toEqual([instance.ref]);
      kept(world);
    });
  });

  it("stops with the handle after a timeout", async () => {
    await inWorld({ vendors: ["runcrate", "shadeform"] }, async (world, client) => {
      world.network.choose = (purpose) => (purpose === "create" ? "lost" : "plain");
      world.set({ marksHiddenMs: 60 * minute });
      const call = await launch(world, client, {});
      expect(errorOf(call)?.handle).toBeDefined();
      expect(world.machinesOf(call)).toHaveLength(1);
    });
  });

  it("names the offers that were not tried", async () => {
    await inWorld({ vendors: ["shadeform", "runcrate"], conditions: { soldOut: 1 } }, async (world, client) => {
      const call = await launch(world, client, { maxAttempts: 1 });
      const { attempts = [], skipped = [] } = errorOf(call)?.launch ?? {};
      const seen = new Set([...attempts, ...skipped].map(({ offer }) => String(offer.id)));
      for (const offer of [
        "shadeform:hyperstack/H100/montreal-canada-2/on_demand",
        "shadeform:imwt/H100_sxm5/desmoines-usa-1/on_demand",
        "runcrate:stoic-tharp-h100-4d7a",
      ]) {
        expect([...seen]).toContain(offer);
      }
    });
  });

  it("continues from a sold-out cloud of an aggregator to its next cloud, whatever the message", async () => {
    for (let way = 0; way < 6; way++) {
      let creates = 0;
      const handler: Handler = async (url, init, fetch, world) => {
        const cloud = world.cloud("shadeform");
        if (purposeOf(url, init) === "create")
          cloud.conditions = { ...cloud.conditions, soldOut: creates++ === 0 ? 1 : 0, soldOutAs: way };
        return await fetch(url, init);
      };
      await inWorld({ vendors: ["shadeform"], handler }, async (world, client) => {
        const instance = created(await launch(world, client, {}));
        expect(instance.ref.startsWith("shadeform:")).toBe(true);
        expect(world.ledger.find(instance.ref)?.offer).toBe("shadeform:imwt/H100_sxm5/desmoines-usa-1/on_demand");
      });
    }
  });
});

describe("requests to Vast.ai", () => {
  const vastOf = (world: World): VastCloud => {
    const cloud = world.cloud("vast");
    if (cloud instanceof VastCloud) return cloud;
    throw new Error("no Vast.ai in this world");
  };

  it.each([true, false])(
    "are verified, reliable and reachable, with enough disk (numeric filters ignored: %s)",
    async (ignoresNumbers) => {
      await inWorld({ vendors: ["vast"] }, async (world, { gpu }) => {
        vastOf(world).ignoresNumbers = ignoresNumbers;
        const { offers: shown, failures } = await gpu.offers({ gpu: "H100", market: "any" });
        const wanted = [...h100Offers, "vast:21000106"];
        expect([...new Set(shown.map(({ id }) => id.split("/")[0]))].sort()).toEqual(wanted.sort());
        expect(failures).toEqual([]);
      });
    },
  );

  it.each([
    ["more than are read", 450, false],
    ["at one price", 100, true],
  ] as const)("are reported where some are not read: %s", async (_, count, hasOnePrice) => {
    await inWorld({ vendors: ["vast"] }, async (world, client) => {
      vastOf(world).addCrowd(count, hasOnePrice);
      const call = await world.call(client, "offers", {}, (signal) => client.gpu.offers({ signal }));
      expect(promises.aFailedListIsNoEmptyList.afterCall(call, world)).toBeUndefined();
      const { offers: shown, failures } = await client.gpu.offers();
      expect([shown.length >= 64, failures.map(({ provider }) => provider)]).toEqual([true, ["vast"]]);
    });
  });

  it.each(["body lost", "broken body", "cut json"] as const)(
    "whose refusal is lost never leave an unseen machine (%s)",
    async (situation) => {
      await inWorld({ vendors: ["vast"] }, async (world, client) => {
        Object.assign(vastOf(world), { lowBids: 1, lowBidStatus: 400 });
        world.network.choose = (purpose) => (purpose === "create" ? situation : "plain");
        const call = await create(world, client, "vast", { offer: "vast:21000104/bid/900000" });
        expect(errorOf(call)?.sideEffect).not.toBe("none");
        expect(promises.noneMeansNothingWasMade.atEnd(world)).toBeUndefined();
      });
    },
  );

  it("in sequence by one Gpu cause no 429", async () => {
    await inWorld({ vendors: ["vast"], conditions: { pageSize: 1 } }, async (world, { gpu }) => {
      for (const offer of h100Offers) await gpu.create({ offer: offer as Instance["ref"], name: "train" } as never);
      const { instances, failures } = await gpu.list();
      expect([instances.length, failures]).toEqual([h100Offers.length, []]);
      for (const instance of instances) await gpu.delete(instance, { waitMs: 2 * minute });
      expect(alive(world)).toEqual([]);
      expect(world.network.sent.filter(({ status }) => status === 429)).toEqual([]);
    });
  });
});

describe("the message of an error", () => {
  it.each(vendorNames)("does not report at %s that something may exist when nothing does", async (vendor) => {
    await inWorld({ vendors: [vendor] }, async (world, client) => {
      world.network.choose = (purpose) => (purpose === "create" ? "reset before" : "plain");
      const call = await create(world, client, vendor);
      expect(promises.textAndSideEffectAgree.afterCall(call)).toBeUndefined();
      expect(errorOf(call)?.message).not.toMatch(/[a-z] The /);
    });
  });
});

describe("a RunPod container that ends during its start", () => {
  it.each(["ERROR", "EXITED"] as const)("fails a wait as %s, whatever address it still shows", async (failedAs) => {
    await inWorld({ vendors: ["runpod"], conditions: { diesInBoot: 1 } }, async (world, client) => {
      const cloud = world.cloud("runpod");
      if (!(cloud instanceof RunpodCloud)) throw new Error("the cloud is not RunPod");
      cloud.failedAs = failedAs;
      const instance = created(await create(world, client, "runpod"));
      for (const pauseMs of [0, 2 * minute]) {
        await world.time.sleep(pauseMs);
        expect(errorOf(await wait(world, client, instance, 15 * minute))?.code).toBe("instance_failed");
      }
      expect(await client.gpu.get(instance)).toMatchObject({ rawStatus: failedAs, ready: false, address: null });
      kept(world);
    });
  });
});

describe("endless lists and waits", () => {
  it.each([
    ["fal", "endless"],
    ["fal", "repeated cursor"],
    ["novita", "endless"],
    ["novita", "number ignored"],
    ["runpod", "endless"],
    ["runpod", "repeated cursor"],
  ] as const)("of %s (%s) end a create, a delete and a reconcile with an error that reports it", async (vendor, paging) => {
    await inWorld({ vendors: [vendor], conditions: { pageSize: 1 } }, async (world, client) => {
      const instance = created(await create(world, client, vendor));
      const [item] = world.cloud(vendor).catalogue();
      if (item) world.cloud(vendor).add({ item, account: "ours", madeBy: null, body: {}, name: "other" });
      world.network.choose = (purpose) => (purpose === "create" ? "reset after" : "plain");
      const doubtful = await create(world, client, vendor, { idempotencyKey: client.gpu.newIdempotencyKey() });
      world.network.choose = undefined;
      world.set({ paging });
      const again = world.client();
      const calls = [
        await create(world, again, vendor, { idempotencyKey: again.gpu.newIdempotencyKey() }),
        await remove(world, world.client(), instance.ref, 30_000),
        ...(errorOf(doubtful)?.handle ? [await reconcile(world, world.client(), doubtful)] : []),
      ];
      for (const call of calls) expect(call.overran, call.operation).toBeNull();
    });
  });

  it.each([Number.NaN, "60"])("are rejected when waitMs is %s", async (waitMs) => {
    await inWorld({ vendors: ["runcrate"] }, async (world, client) => {
      const instance = created(await create(world, client, "runcrate"));
      world.cloud("runcrate").conditions = { ...world.cloud("runcrate").conditions, endingMs: [0, 0] };
      world.network.choose = (purpose) => (purpose === "list" || purpose === "get" ? "500" : "plain");
      const call = await remove(world, client, instance, waitMs as number);
      expect(call.overran).toBeNull();
      expect(["configuration", "invalid_request"]).toContain(errorOf(call)?.code);
    });
  });
});

describe("prices", () => {
  it.each([
    [15, 100, null],
    [8, 100, 1.09],
    [12, 100, 1.25],
    [8, 200, 1.12],
  ])("of Thunder Compute's A100 with %i vCPUs and %i GB are %s", async (cores, disk, price) => {
    await inWorld({ vendors: ["thunder-compute"] }, async (world, client) => {
      const cloud = world.cloud("thunder-compute");
      const item = cloud.catalogue().find(({ offer }) => offer === "thunder-compute:a100xl_x1");
      if (!item) throw new Error("the catalogue has no A100");
      const machine = cloud.add({
        item,
        account: "ours",
        madeBy: null,
        body: { cpu_cores: cores, disk_size_gb: disk },
        name: null,
      });
      const { usdPerHour } = await client.gpu.get(refOf(machine) as Instance["ref"]);
      expect(usdPerHour === null ? null : Math.round(usdPerHour * 1e6) / 1e6).toBe(price);
    });
  });
});

describe("GPUs and filters", () => {
  /** A Runcrate catalogue with the given models. */
  const catalogue = (types: readonly { id: string; gpu: string }[]): Handler => {
    return async (url, init, fetch) => {
      if (purposeOf(url, init) !== "catalogue") return await fetch(url, init);
      const rest = {
        gpu_count: 1,
        cpu_cores: 8,
        memory_gb: 64,
        storage_gb: 100,
        region: "helsinki",
        deployment_type: "vm",
        hourly_rate: 2,
      };
      return Response.json({ data: types.map(({ id, gpu }) => ({ id, gpu_type: gpu, ...rest })), meta: {} });
    };
  };
  const found = async (types: readonly { id: string; gpu: string }[], filter: Parameters<Gpu["offers"]>[0]) => {
    return await inWorld(
      { vendors: ["runcrate"], handler: catalogue(types) },
      async (_world, { gpu }) => await gpu.offers(filter),
    );
  };

  it.each(["B200", "B300", "GB200", "GH200", "H100"])("keep %s when 80 GB are requested", async (gpu) => {
    const { offers: shown, skipped } = await found([{ id: "brisk-bohr-0001", gpu }], { vramGb: 80 });
    expect([...shown, ...skipped.map(({ offer }) => offer)].map(({ id }) => id)).toEqual(["runcrate:brisk-bohr-0001"]);
  });

  it("name what they cannot evaluate", async () => {
    const { offers: shown, skipped } = await found([{ id: "brisk-bohr-0001", gpu: "Frobnicator 9000" }], { vramGb: 80 });
    expect(shown).toEqual([]);
    expect(skipped.map(({ offer }) => offer.id)).toEqual(["runcrate:brisk-bohr-0001"]);
  });

  it.each([
    ["A40-8Q", "A40"],
    ["H100 (1/6)", "H100"],
    ["RTX 4090 Laptop GPU", "RTX 4090"],
    ["A100-1-10C", "A100"],
  ])("do not treat %s as the whole card", async (name, gpu) => {
    const { offers: shown } = await found([{ id: "brisk-bohr-0001", gpu: name }], { gpu });
    expect(shown).toEqual([]);
  });

  it("read the memory of an A100 from its id when the name has none", async () => {
    const { offers: shown } = await found([{ id: "unruffled-perlman-a100_sxm4_80g_dgx-ed84", gpu: "A100" }], { gpu: "A100" });
    expect(shown[0]?.gpu.vramGb).not.toBe(40);
  });

  /** A Shadeform catalogue with one instance type. */
  const oneType = (gpuType: string, vramGb: number, type: string): Handler => {
    return async (url, init, fetch) => {
      if (purposeOf(url, init) !== "catalogue") return await fetch(url, init);
      const configuration = {
        memory_in_gb: 64,
        storage_in_gb: 100,
        vcpus: 8,
        num_gpus: 1,
        gpu_type: gpuType,
        interconnect: "pcie",
        vram_per_gpu_in_gb: vramGb,
      };
      const availability = [
        { region: "kansascity-usa-1", available: true, display_name: "US, Kansas City, KS", rental_type: "on_demand" },
      ];
      const shared = {
        cloud: "imwt",
        shade_instance_type: type,
        cloud_instance_type: type,
        hourly_price: 200,
        deployment_type: "vm",
      };
      return Response.json({
        instance_types: [
          {
            ...shared,
            configuration: { ...configuration, os_options: ["ubuntu22.04"], gpu_manufacturer: "nvidia" },
            availability,
          },
        ],
      });
    };
  };

  it.each([
    ["H100", 79, 80],
    ["L40", 45, 48],
    ["A10", 22, 24],
  ])("treat a %s with %i GB as one with %i", async (gpu, reported, vramGb) => {
    await inWorld({ vendors: ["shadeform"], handler: oneType(gpu, reported, gpu) }, async (_world, client) => {
      const { offers: shown } = await client.gpu.offers({ gpu, vramGb });
      expect(shown.map((offer) => offer.gpu.vramGb)).toEqual([vramGb]);
    });
  });

  it.each(["kansascity-usa-1", "KansasCity-USA-1", "US, Kansas City, KS", "us, kansas city, ks"])(
    "find the region %s",
    async (region) => {
      await inWorld({ vendors: ["shadeform"], handler: oneType("H100", 80, "H100") }, async (_world, client) => {
        expect((await client.gpu.offers({ region })).offers).toHaveLength(1);
      });
    },
  );
});

describe("secrets", () => {
  it("in a vendor's message about a failed boot do not reach the instance", async () => {
    await inWorld(
      { vendors: ["novita"], conditions: { diesInBoot: 1, echoesSecrets: true, bootMs: [1_000, 1_000] } },
      async (world, client) => {
        const password = "registry-hunter2-9f8e7d";
        const providerOptions = { novita: { imageAuth: `ada:${password}` } };
        const instance = created(await create(world, client, "novita", { providerOptions } as never));
        await world.time.sleep(minute);
        const shown = await client.gpu.get(instance);
        expect(shown.error).toBeTruthy();
        expect(JSON.stringify(shown)).not.toContain(password);
        expect(String(errorOf(await wait(world, client, instance, minute)))).not.toContain(password);
      },
    );
  });

  it.each([
    ["HTML", "<p>x</p>".repeat(125_000)],
    ["backslashes", "\\".repeat(1_000_000)],
  ])("are searched quickly in 1 MB of %s", async (_name, text) => {
    const handler: Handler = async () => new Response(text, { status: 502, headers: { "content-type": "text/html" } });
    await inWorld({ vendors: ["runcrate"], handler }, async (_world, client) => {
      const before = process.cpuUsage();
      await client.gpu.list();
      expect(process.cpuUsage(before).user / 1_000).toBeLessThan(600);
    });
  });
});

describe("malformed bodies", () => {
  it("make access fail with a GpuError at most", async () => {
    const handler: Handler = async (url, init, fetch) =>
      purposeOf(url, init) === "get" ? Response.json(null) : await fetch(url, init);
    for (const vendor of ["novita", "shadeform", "runcrate", "fal", "runpod"] as const) {
      await inWorld({ vendors: [vendor], handler }, async (world, client) => {
        const instance = created(await create(world, client, vendor));
        const error: unknown = await client.gpu.access(instance).catch((reason: unknown) => reason);
        expect(GpuError.isInstance(error), `${vendor}: ${String(error)}`).toBe(true);
      });
    }
  });

  it("never confuse machines by a rounded id", async () => {
    const deleted: string[] = [];
    const handler: Handler = async (url, init, fetch) => {
      const purpose = purposeOf(url, init);
      if (purpose === "delete") deleted.push(url);
      if (purpose !== "create") return await fetch(url, init);
      return new Response('{"id":9007199254740993,"instance_type":"gpu_1x_h100_sxm5","region":"us-west","status":"pending"}', {
        status: 201,
        headers: { "content-type": "application/json" },
      });
    };
    await inWorld({ vendors: ["fal"], handler }, async (world, client) => {
      const call = await create(world, client, "fal");
      const instance = instanceOf(call);
      if (instance) await client.gpu.delete(instance);
      expect(JSON.stringify([call.end, deleted])).not.toContain("9007199254740992");
    });
  });

  it("do not lose the id of a paid create that is a string", async () => {
    const handler: Handler = async (url, init, fetch) => {
      const response = await fetch(url, init);
      if (purposeOf(url, init) !== "create") return response;
      return new Response(await response.text(), { status: response.status, headers: { "content-type": "text/plain" } });
    };
    for (const vendor of vendorNames) {
      await inWorld({ vendors: [vendor], handler }, async (world, client) => {
        const instance = created(await create(world, client, vendor));
        expect(alive(world)).toEqual([instance.ref]);
      });
    }
  });

  it.each(["usual", "empty 200", "204"] as const)("of Thunder Compute's delete are a success (%s)", async (deleteAs) => {
    await inWorld({ vendors: ["thunder-compute"], conditions: { deleteAs } }, async (world, client) => {
      const instance = created(await create(world, client, "thunder-compute"));
      expect(["deleted", "deleting"]).toContain(outcomeOf(await remove(world, client, instance)));
      const other = await client.gpu.list();
      expect(other.failures).toEqual([]);
    });
  });

  it.each(["html 200", "500", "reset before"] as const)(
    "of Lambda's delete may lack the instance, even if the following read fails (%s)",
    async (situation) => {
      await inWorld({ vendors: ["lambda"], conditions: { deleteAs: "empty 200", endingMs: [0, 0] } }, async (world, client) => {
        const instance = created(await create(world, client, "lambda"));
        world.network.choose = (purpose) => (purpose === "get" ? situation : "plain");
        expect(outcomeOf(await remove(world, client, instance))).toBe("deleting");
        world.network.choose = undefined;
        expect(outcomeOf(await remove(world, client, instance, 2 * minute))).toBe("deleted");
        expect(alive(world)).toEqual([]);
      });
    },
  );

  it("of Novita may have the password in the older field", async () => {
    await inWorld({ vendors: ["novita"] }, async (world, client) => {
      const cloud = world.cloud("novita");
      if (!(cloud instanceof NovitaCloud)) throw new Error("the cloud is not Novita");
      cloud.hasOldPasswordField = true;
      const instance = created(await create(world, client, "novita"));
      await wait(world, client, instance, 15 * minute);
      const { auth } = await client.gpu.access(instance);
      expect(auth).toEqual({ kind: "password", password: cloud.passwordOf(instance) });
    });
  });

  it("of a volume may lack informational fields", async () => {
    const handler: Handler = async () =>
      Response.json({ id: "v1", cloud: "imwt", region: "desmoines-usa-1", name: "data", size_in_gb: 100 });
    await inWorld({ vendors: ["shadeform"], handler }, async (_world, { gpu }) => {
      // `Gpu` without type arguments has no typed providers.
      const { client } = gpu.providers["shadeform" as never] as {
        client: { getVolume(options: object): Promise<{ id: string }> };
      };
      expect((await client.getVolume({ path: { id: "v1" } })).id).toBe("v1");
    });
  });

  it("have names that are not truncated inside a character", async () => {
    for (const vendor of ["runcrate", "shadeform"] as const) {
      for (const name of ["a🚀".repeat(60), `${"a".repeat(24)}🚀🚀🚀`, `${"a".repeat(25)}🚀🚀🚀`, `${"a".repeat(26)}🚀🚀🚀`]) {
        await inWorld({ vendors: [vendor] }, async (world, client) => {
          const call = await create(world, client, vendor, { name });
          const [body = "{}"] = call.requests.filter(({ purpose }) => purpose === "create").map((sent) => sent.body);
          expect(/[\ud800-\udfff](?![\udc00-\udfff])|\\ud[89ab]/.test(body.replace(/[\ud800-\udbff][\udc00-\udfff]/g, ""))).toBe(
            false,
          );
        });
      }
    }
  });
});

describe("the mark", () => {
  it("distinguishes owners with similar names", async () => {
    await inWorld({ vendors: ["novita"] }, async (world) => {
      const [one, other] = [world.client({ owner: "ci-1911" }), world.client({ owner: "ci-1506" })];
      const instance = created(await create(world, one, "novita"));
      const { instances } = await other.gpu.list({ owner: "ci-1506" });
      expect(instances).toEqual([]);
      expect((await one.gpu.list({ owner: "ci-1911" })).instances.map(({ ref }) => ref)).toEqual([instance.ref]);
    });
  });

  it.each([
    ["novita", /^a{60}-h[a-z0-9]{35}$/],
    ["runcrate", /^a{27}-h[a-z0-9]{35}$/],
    ["runpod", /^a{60}-h[a-z0-9]{35}$/],
  ] as const)("is 35 characters after -h at the end of a name at %s, which is cut before it", async (vendor, form) => {
    await inWorld({ vendors: [vendor] }, async (world, client) => {
      await create(world, client, vendor, { name: "a".repeat(60) });
      const [machine] = world.cloud(vendor).machines;
      expect(machine?.name).toMatch(form);
    });
  });

  it.each(["train-g507f1f77bcf86cd799439011", "x-h0123456789abcdefghijklmnopqrstuvwxy"])(
    "is not recognized in the name %s",
    async (name) => {
      await inWorld({ vendors: ["novita"] }, async (world, client) => {
        const cloud = world.cloud("novita");
        const [item] = cloud.catalogue();
        if (!item) throw new Error("the catalogue is empty");
        cloud.add({ item, account: "ours", madeBy: null, body: {}, name });
        const [instance] = (await client.gpu.list()).instances;
        expect(instance?.name).toBe(name);
        expect(instance?.owned).not.toBe(true);
      });
    },
  );
});

it("fal returns the machine of a repeated key as pending when neither it nor the list can be read", async () => {
  const conditions = { unreadableMs: 60 * minute, unreadableAs: 404, paging: "endless" } as const;
  await inWorld({ vendors: ["fal"], conditions }, async (world, client) => {
    const idempotencyKey = client.gpu.newIdempotencyKey();
    const first = created(await create(world, client, "fal", { idempotencyKey }, { key: idempotencyKey }));
    const again = await create(world, world.client(), "fal", { idempotencyKey }, { key: idempotencyKey });
    expect(instanceOf(again)).toMatchObject({ ref: first.ref, status: "pending", owned: true });
  });
});
