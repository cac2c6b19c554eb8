import { assert, assertSame } from "./assert.js";
import { canFault } from "./cloud.js";
import { type Cases, outcomeOf, type Suite, startWorld, type World } from "./world.js";

/** More than the largest page that a provider requests. */
const manyMachines = 101;

/** Creates enough machines for several pages. Returns their ids. */
async function createMany(world: World): Promise<string[]> {
  const catalogue = world.cloud.catalogue?.(world.vendor);
  for (const { id } of catalogue?.products() ?? []) catalogue?.setFree(id, Number.POSITIVE_INFINITY);
  const request = await world.request();
  const ids: string[] = [];
  for (let index = 0; index < manyMachines; index += 1) {
    ids.push((await world.create({ ...request, idempotencyKey: `many-${index}` })).id);
  }
  return ids.sort();
}

/** The ids of a list, or its error. Fails when the list never ends. */
async function listOf(world: World, what: string) {
  const outcome = await outcomeOf(() => world.provider.list(world.context));
  assert(!world.isEndless(), `${what}: a list is read endlessly`);
  return outcome.error ? outcome : { ids: outcome.value.map(({ instance }) => instance.id).sort() };
}

/** Asserts that the list fails with `vendor_contract`. */
async function assertListFails(world: World, what: string): Promise<void> {
  const { error } = { error: undefined, ...(await listOf(world, what)) };
  assertSame([error?.code, error?.sideEffect], ["vendor_contract", "none"], what);
}

/** Cases of lists: they are complete or fail. */
export const lists: Cases = {
  "list: reads to the last page, and fails when one fails": async (suite) => {
    const world = startWorld(suite, { pageSize: 2 });
    const ids = await createMany(world);
    assertSame(await listOf(world, "a list"), { ids }, "listed instances");
    if (world.count("listInstances") < 2 || !world.fault({ operation: "listInstances", kind: "page_2_fails" })) return;
    const { error } = await outcomeOf(() => world.provider.list(world.context));
    assertSame([error?.code, error?.sideEffect], ["unavailable", "none"], "a list whose second page fails");
  },

  "list: is complete or fails without a total": async (suite) => {
    for (const firstPage of [0, 1]) {
      for (const field of [undefined, "total", "meta", "has_more"]) {
        const world = startWorld(suite, { pageSize: 2, firstPage });
        const ids = await createMany(world);
        if (field !== undefined) world.fault({ operation: "listInstances", kind: "missing_field", field });
        const listed = await listOf(world, `without ${field}`);
        const what = `a list without ${field ?? "any fault"}, where the first page is ${firstPage}`;
        if (!("error" in listed)) assertSame(listed, { ids }, what);
        else assert(field !== undefined, `${what}: ${listed.error?.message}`);
      }
    }
  },
};

/** Cases for vendors whose lists have pages, or can report more items. */
const pageFaults: Readonly<Record<string, { kind: string; run(suite: Suite): Promise<void> }>> = {
  "list: fails when pages never end": {
    kind: "endless_pages",
    async run(suite) {
      const world = startWorld(suite);
      await world.create();
      world.fault({ operation: "listInstances", kind: "endless_pages" });
      await assertListFails(world, "an endless list");
    },
  },

  "list: fails when the vendor ignores the requested page": {
    kind: "page_ignored",
    async run(suite) {
      for (const field of [undefined, "total"]) {
        const world = startWorld(suite, { pageSize: 2 });
        await createMany(world);
        if (field !== undefined) world.fault({ operation: "listInstances", kind: "missing_field", field });
        world.fault({ operation: "listInstances", kind: "page_ignored" });
        await assertListFails(world, `the first page again and again${field === undefined ? "" : `, without ${field}`}`);
      }
    },
  },

  "list: fails when the vendor reports more items without a way to read them": {
    kind: "cut_page",
    async run(suite) {
      let placed = 0;
      for (const sign of [undefined, "null_cursor", "repeated_cursor", "total", "cursor", "hasMore"]) {
        const world = startWorld(suite);
        await world.create();
        if (!world.fault({ operation: "listInstances", kind: "cut_page", ...(sign !== undefined && { sign }) })) continue;
        placed += 1;
        await assertListFails(world, `a truncated list, with the sign ${sign ?? "of the vendor"}`);
      }
      assert(placed > 0, "no list was truncated");
    },
  },
};

/** The page cases that apply to the vendor. */
export function pageCases({ vendor, makeCloud }: Suite): Cases {
  const cloud = makeCloud({});
  const applicable = Object.entries(pageFaults).filter(([, { kind }]) => canFault(cloud, vendor, "listInstances", kind));
  return Object.fromEntries(applicable.map(([name, { run }]) => [name, run]));
}

/** Cases for vendors that number their machines. */
const numbers: Cases = {
  "an instance: with a number above 2^53 is not confused with the next number": async (suite) => {
    const world = startWorld(suite);
    world.fault({ operation: "createInstance", kind: "big_id" });
    const [first, second] = [await world.create(), await world.create()];
    await world.provider.delete(second.id, world.context);
    const [running, ...others] = world.running();
    assertSame([running?.id, others], [first.id, []], "running machines");
    assertSame((await world.provider.get(first.id, world.context))?.instance.id, first.id, "the instance read by its id");
  },
};

/** The cases of `numbers` if they apply to the vendor. */
export function numberCases({ vendor, makeCloud }: Suite): Cases {
  return canFault(makeCloud({}), vendor, "createInstance", "big_id") ? numbers : {};
}
