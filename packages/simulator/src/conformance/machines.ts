import { assert, assertSame } from "./assert.js";
import type { InstanceUnderTest } from "./provider.js";
import { type Cases, neededFields, offerId, outcomeOf, startWorld, type World } from "./world.js";

/** The cheapest offer with a price and a known GPU. */
async function pricedOffer({ provider, context }: World) {
  const offers = await provider.listOffers(context);
  return offers
    .flatMap((offer) => (offer.usdPerHour === null ? [] : [{ ...offer, usdPerHour: offer.usdPerHour }]))
    .filter(({ market, availability, gpu }) => market === "on_demand" && availability !== "unavailable" && gpu.known)
    .sort((a, b) => a.usdPerHour - b.usdPerHour)[0];
}

/** Asserts that nothing runs, or that the error has the ref of the machine that runs. */
function assertEnded(world: World, error: object, what: string): void {
  const { ref } = error as { ref?: unknown };
  const running = world.running().map(({ id }) => `${world.vendor}:${id}`);
  assert(
    running.length === 0 || running.includes(String(ref)),
    `${what}: ${running} runs, but the error has the ref ${String(ref)}`,
  );
}

/** Faults that hide the price of a new machine for a while. */
const unreadable = [
  undefined,
  { kind: "not_found_yet", ms: 5_000 },
  { kind: "price_hidden", ms: 5_000, as: "missing" },
  { kind: "price_hidden", ms: 5_000, as: "null" },
  { operation: "getInstance", kind: "error_before_commit", times: 3 },
];

/** Cases of machines that differ from the request, with `createGpu`. */
export const machines: Cases = {
  "launch: a machine with another GPU or GPU count is a mismatch": async (suite) => {
    for (const what of ["gpu", "count"]) {
      const world = startWorld(suite);
      const offer = await pricedOffer(world);
      if (!offer || !world.fault({ operation: "createInstance", kind: "other_machine", what })) continue;
      const { gpu, gpuCount } = offer;
      const launched = await outcomeOf(() =>
        world.gpu().launch({
          ...neededFields(world.provider),
          gpu: gpu.model,
          gpuCount,
          // Above every price, so only the machine itself can be rejected.
          maxUsdPerHour: 1_000,
          until: "created",
        }),
      );
      if (launched.error) {
        assertSame(world.running(), [], `running machines after a launch with another ${what}`);
        assert(namesMismatch(launched.error), `another ${what}: the error is not instance_mismatch`);
        continue;
      }
      const { instance } = launched.value;
      assert(
        !contradicts(instance, gpu.model, gpuCount),
        `another ${what}: a launch of ${gpuCount} ${gpu.model} returned ${instance.gpuCount} ${instance.gpu?.model}`,
      );
      const isUnverified = [launched.value, instance].some(({ unverified }) => unverified?.includes("gpu") === true);
      assert(isUnverified, `another ${what}: a success without "gpu" in unverified`);
    }
  },

  "create: an unreadable price does not bypass the limit": async (suite) => {
    for (const fault of unreadable) {
      const world = startWorld(suite);
      const offer = await pricedOffer(world);
      const { cloud, vendor } = world;
      if (!offer || !cloud.catalogue) return;
      const maxUsdPerHour = offer.usdPerHour;
      const raisePrices = () => {
        const catalogue = cloud.catalogue?.(vendor);
        for (const { id, usdPerHour } of catalogue?.products() ?? []) catalogue?.setPrice(id, usdPerHour * 3);
        // Placed here, so that the offer can be read first.
        if (fault && world.has(fault.operation ?? "listInstances")) world.fault(fault);
      };
      const request = { ...neededFields(world.provider), offer: offerId(offer.id), maxUsdPerHour, onIntent: raisePrices };
      const created = await outcomeOf(() => world.gpu().create(request));
      const what = `a price that rose to three times the limit, with ${fault ? JSON.stringify(fault) : "every read"}`;
      if (created.error) {
        assertEnded(world, created.error, what);
        continue;
      }
      const { usdPerHour } = created.value;
      // Some vendors never report the price of a machine. Then only the offer's price is known.
      if (fault === undefined && (usdPerHour === null || usdPerHour <= maxUsdPerHour)) return;
      assert(false, `${what}: it was created at ${usdPerHour} USD per hour, and the limit is ${maxUsdPerHour}`);
    }
  },
};

function contradicts({ gpu, gpuCount }: InstanceUnderTest, model: string, count: number): boolean {
  return (gpu !== null && gpu.model !== model) || (gpuCount !== null && gpuCount !== count);
}

/** Whether an error of a launch, or one of its attempts, is a mismatch. */
function namesMismatch(error: object): boolean {
  const { code, launch } = error as { code?: unknown; launch?: { attempts?: readonly { error?: { code?: unknown } }[] } };
  return (
    code === "instance_mismatch" || launch?.attempts?.some((attempt) => attempt.error?.code === "instance_mismatch") === true
  );
}
