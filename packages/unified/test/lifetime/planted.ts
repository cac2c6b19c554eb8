import { createGpu, type Gpu, type SweepResult } from "../../src/index.js";
import type { InvariantName } from "./invariants.js";
import type { Subject, World } from "./world.js";

/** Replaces methods of the API in each process. */
const changing = (changed: (gpu: Gpu, world: World) => Partial<Gpu>): Subject => ({
  createGpu: (options, world) => {
    const gpu = createGpu(options);
    return { ...gpu, ...changed(gpu, world) };
  },
});

/** Also deletes kept instances that match. */
const alsoDeleting = (matches: (instance: SweepResult["kept"][number], world: World) => boolean): Subject =>
  changing((gpu, world) => ({
    sweep: async (options) => {
      const result = await gpu.sweep(options);
      const matching = result.kept.filter((one) => matches(one, world));
      await Promise.all(matching.map(({ instance }) => gpu.delete(instance).catch(() => undefined)));
      return result;
    },
  }));

/** For each invariant, a fault that breaks it. */
export const planted: Readonly<Record<InvariantName, Subject>> = {
  othersAreKept: alsoDeleting(({ reason }) => reason === "not_owned"),
  copiesAreKept: alsoDeleting(({ reason }) => reason === "mark_not_unique"),
  // Replaces the vendor's `Date` header, so that a wrong clock of the sweeper goes unnoticed.
  noneBeforeItsTime: {
    createGpu: (options) => createGpu(options),
    wrapFetch: (fetch, world) => async (input, init) => {
      const response = await fetch(input, init);
      const headers = new Headers(response.headers);
      headers.set("date", new Date(world.clock.now() + world.sweeperOffMs).toUTCString());
      return new Response(await response.text(), { status: response.status, headers });
    },
  },
  expiredAreGone: changing((gpu) => ({ sweep: (options) => gpu.sweep({ ...options, dryRun: true }) })),
  // Two of three sweeps are dry runs, so the interval is too long.
  littleIsBilledPastTheExpiry: changing((gpu, { clock, intervalMs }) => ({
    sweep: (options) => gpu.sweep({ ...options, dryRun: Math.floor(clock.now() / intervalMs) % 3 > 0 }),
  })),
  recycledIdsAreOnlyReported: changing((gpu, { vendor }) => ({
    sweep: (options) => gpu.sweep({ ...options, soleDeleter: [vendor.id] }),
  })),
  oneKeyMakesOneMachine: changing((gpu) => ({
    create: (({ idempotencyKey: _, ...request }: Parameters<Gpu["create"]>[0]) => gpu.create(request)) as Gpu["create"],
  })),
  deletedMeansGone: changing((gpu) => ({
    sweep: async (options) => {
      const { kept, ...result } = await gpu.sweep(options);
      return { ...result, kept, deleted: [...result.deleted, ...kept.map(({ instance }) => instance)] };
    },
  })),
  dryRunsDeleteNothing: changing((gpu) => ({ sweep: (options) => gpu.sweep({ ...options, dryRun: false }) })),
  everythingIsReported: changing((gpu) => ({
    sweep: async (options) => {
      const { kept, ...result } = await gpu.sweep(options);
      return { ...result, kept: kept.filter(({ instance }) => instance.owned === true) };
    },
  })),
};
