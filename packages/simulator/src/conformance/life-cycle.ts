import { assert, assertSame } from "./assert.js";
import type { FoundUnderTest } from "./provider.js";
import { type Cases, outcomeOf, startWorld, type World } from "./world.js";

/** Cases of the life cycle, without faults in responses. */
export const lifeCycle: Cases = {
  "offers: have unique ids, a positive price or none, and the price of the whole machine": async (suite) => {
    const world = startWorld(suite);
    const offers = await world.provider.listOffers(world.context);
    assert(offers.length > 0, "there are no offers");
    assert(new Set(offers.map(({ id }) => id)).size === offers.length, "two offers have the same id");
    for (const { id, provider, usdPerHour, usdPerGpuHour, gpuCount } of offers) {
      assert(id.startsWith(`${world.vendor}:`) && provider === world.vendor, `${id} does not begin with its provider`);
      assert(usdPerHour === null || usdPerHour > 0, `${id} has the price ${usdPerHour}`);
      const perGpu = usdPerHour === null ? null : usdPerHour / gpuCount;
      const isRight =
        perGpu === null || usdPerGpuHour === null ? perGpu === usdPerGpuHour : Math.abs(perGpu - usdPerGpuHour) < 1e-6;
      assert(isRight, `${id}: ${usdPerGpuHour} for each of ${gpuCount} GPUs is not ${usdPerHour} for all`);
    }
  },

  "offers: show a price that the vendor has changed": async (suite) => {
    const world = startWorld(suite);
    const before = await world.provider.listOffers(world.context);
    const catalogue = world.cloud.catalogue?.(world.vendor);
    if (!catalogue) return;
    for (const { id, usdPerHour } of catalogue.products()) catalogue.setPrice(id, Math.round(usdPerHour * 300) / 100);
    const changed = new Set(catalogue.products().map(({ usdPerHour }) => usdPerHour));
    const after = await world.provider.listOffers(world.context);
    for (const [index, { id, usdPerHour, gpuCount, market, diskGb }] of after.entries()) {
      // Spot prices do not depend on the catalogue's price.
      if (usdPerHour === null || market !== "on_demand") continue;
      // A price may include disk, unlike the catalogue's.
      const disk = diskGb?.included ? 0.01 : 0;
      const isShown = [...changed].some((one) =>
        [one, one * gpuCount].some((price) => usdPerHour > price - 1e-6 && usdPerHour < price + disk + 1e-6),
      );
      assert(isShown, `${id} costs ${usdPerHour}, which is not a price of the vendor`);
      assert(usdPerHour !== before[index]?.usdPerHour, `${id} still has its old price`);
    }
  },

  "an instance: is created once, boots, can be reached, and is gone after its deletion": async (suite) => {
    const world = startWorld(suite);
    const { provider, context } = world;
    const { id, request } = await world.create();
    assertSame(world.rentedIds(), [id], "rentals");
    assert(world.count("createInstance") === 1, "the create was sent more than once");
    const young = await mustGet(world, id);
    assert(!young.instance.ready, "it is ready at once");
    assertSame(young.instance.ref, `${world.vendor}:${id}`, "ref");
    assertSame(await provider.access(id, context), undefined, "access before there is an address");
    const { instance, mark } = await world.boot(id);
    assertSame(instance.status, "running", "status");
    assertSame(instance.billing, "compute", "billing");
    assert(instance.address !== null, "it is ready without an address");
    assert(world.isOf({ instance, mark }, request), `its mark is ${mark}`);
    const [rental] = world.rentals();
    const { usdPerHour } = instance;
    assert(usdPerHour === null || Math.abs(usdPerHour - (rental?.usdPerHour ?? 0)) < 1e-6, `its price is ${usdPerHour}`);
    const access = await provider.access(id, context);
    assert(access !== undefined && access.port > 0 && access.user !== "" && access.host !== "", "there is no access");
    await provider.delete(id, context);
    assert(world.rentals()[0]?.endedAt !== null, "it was not deleted");
    await world.cloud.clock.advance(600_000);
    const gone = await provider.get(id, context);
    assert(gone === undefined || gone.instance.status === "terminated", `after its deletion it is ${gone?.instance.status}`);
    const left = (await provider.list(context)).filter((one) => one.instance.status !== "terminated");
    assertSame(left, [], "instances left in the list");
    const again = await outcomeOf(() => provider.delete(id, context));
    assert(again.error === undefined || again.error.code === "not_found", `deleted again: ${again.error?.code}`);
  },

  "an instance: is found among others by its mark": async (suite) => {
    const world = startWorld(suite);
    const created = [await world.create(), await world.create(), await world.create()];
    const listed = await world.provider.list(world.context);
    assertSame(listed.length, 3, "number of listed instances");
    for (const { id, request } of created) {
      const found = listed.filter(({ mark }) => mark === request.mark).map(({ instance }) => instance.id);
      const mustShow = world.provider.guarantee === "name" && world.hasRealMarks;
      if (mustShow || found.length > 0) assertSame(found, [id], "instances with the mark");
    }
  },

  "an instance: is undefined when the vendor does not have it, and its deletion is not_found": async (suite) => {
    const world = startWorld(suite);
    const { id } = await world.create();
    const other = `${id.slice(0, -4)}0000`;
    assertSame(await world.provider.get(other, world.context), undefined, "get");
    const { error } = await outcomeOf(() => world.provider.delete(other, world.context));
    assertSame(error?.code, "not_found", "delete");
    assertSame(
      world.rentals().map(({ endedAt }) => endedAt),
      [null],
      "the other instance",
    );
  },

  "an instance: is never ready when its boot fails or hangs": async (suite) => {
    for (const kind of ["boot_fails", "stuck"] as const) {
      const world = startWorld(suite);
      world.fault({ operation: "createInstance", kind, times: 1 });
      const { id } = await world.create();
      await world.cloud.clock.advance(3_600_000);
      const { instance } = await mustGet(world, id);
      assert(!instance.ready, `${kind}: it is ready`);
      const isBooting = ["pending", "starting"].includes(instance.status);
      assertSame(isBooting, kind === "stuck", `${kind}: whether the status ${instance.status} means booting`);
      await world.provider.delete(id, world.context);
    }
  },

  "an instance: is deleted by a request with an empty response": async (suite) => {
    for (const status of [200, 204]) {
      const world = startWorld(suite);
      const { id } = await world.create();
      await world.boot(id);
      world.fault({ operation: "deleteInstance", kind: "empty_response", status });
      await world.provider.delete(id, world.context);
      assertSame(world.running(), [], `running machines after an empty ${status}`);
    }
  },

  "start, stop and restart: work where the vendor supports them": async (suite) => {
    const world = startWorld(suite);
    const { actions } = world.provider;
    const { id } = await world.create();
    await world.boot(id);
    if (actions.stop) {
      await actions.stop(id, world.context);
      await world.cloud.clock.advance(600_000);
      assertSame((await mustGet(world, id)).instance.status, "stopped", "after stop");
    }
    if (actions.start) {
      await actions.start(id, world.context);
      await world.boot(id);
    }
    if (actions.restart) {
      await actions.restart(id, world.context);
      await world.cloud.clock.advance(600_000);
      await world.boot(id);
    }
    assertSame(world.rentals().length, 1, "number of rentals");
  },

  "an abort: ends every call at once, and rents nothing before the paid call": async (suite) => {
    const world = startWorld(suite);
    const { provider } = world;
    const { id, request } = await world.create();
    const prepared = await provider.prepareCreate({ ...request, idempotencyKey: "aborted" }, world.context);
    const controller = new AbortController();
    controller.abort();
    const context = { ...world.context, signal: controller.signal };
    const sent = world.cloud.requests().length;
    const calls = [
      () => prepared.send(context),
      () => provider.get(id, context),
      () => provider.list(context),
      () => provider.delete(id, context),
    ];
    for (const call of calls) {
      const { error } = await outcomeOf<unknown>(call);
      assertSame([error?.code, error?.sideEffect], ["aborted", "none"], "a call that was aborted before it began");
    }
    assertSame(world.cloud.requests().length, sent, "number of requests");
  },
};

/** Cases for vendors with idempotency keys. With other vendors, the mark identifies a create. */
export const lifeCycleOfKeys: Cases = {
  "an idempotency key: of another machine is a mismatch, and creates nothing": async (suite) => {
    const world = startWorld(suite);
    const { provider, context, vendor } = world;
    const { id, request } = await world.create();
    const prefix = `${vendor}:`;
    const offers = await provider.listOffers(context);
    const other = offers.find((offer) => offer.id !== prefix + request.offer && offer.availability !== "unavailable");
    assert(other !== undefined, "there is no second offer in stock");
    const prepared = await provider.prepareCreate({ ...request, offer: other.id.slice(prefix.length) }, context);
    const { error } = await outcomeOf(() => prepared.send(context));
    assertSame([error?.code, error?.sideEffect], ["idempotency_mismatch", "none"], "the same key for another offer");
    assertSame(
      world.rentals().map((one) => [one.id, one.endedAt]),
      [[id, null]],
      "rentals",
    );
  },
};

async function mustGet(world: World, id: string): Promise<FoundUnderTest> {
  const found = await world.provider.get(id, world.context);
  assert(found !== undefined, `${id} is not found`);
  return found;
}
