import { assertSame } from "./assert.js";
import { outcomeOf, type Suite, startWorld } from "./world.js";

/** Messages of vendors, and of the clouds behind them, when nothing is free. */
const phrases = [
  "There are not enough resources to complete this request",
  "Out of host capacity.",
  "Insufficient capacity in this region",
  "Insufficient resources for the requested configuration",
  "This machine type is sold out",
  "The selected GPU is out of stock",
];

/** Out of stock, in any status and wording. */
export const soldOut: Readonly<Record<string, (suite: Suite) => Promise<void>>> = Object.fromEntries(
  [400, 409, 422, 500, 503].map((status) => [
    `create: out of stock is no_capacity in any wording, with ${status}`,
    async (suite: Suite) => {
      for (const message of phrases) {
        const world = startWorld(suite);
        const { provider, context } = world;
        const prepared = await provider.prepareCreate(await world.request(), context);
        world.fault({ operation: "createInstance", kind: "no_capacity", status, message });
        const { error } = await outcomeOf(() => prepared.send(context));
        assertSame([error?.code, error?.sideEffect], ["no_capacity", "none"], `${status} with "${message}"`);
        assertSame(world.rentals(), [], "what was rented");
      }
    },
  ]),
);
