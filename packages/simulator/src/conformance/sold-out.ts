import { assertSame } from "./assert.js";
import { type Cases, outcomeOf, type Suite, startWorld } from "./world.js";

/** Error messages of vendors and their upstream clouds for out of stock. */
const messages = [
  "There are not enough resources to complete this request",
  "Out of host capacity.",
  "Insufficient capacity in this region",
  "Insufficient resources for the requested configuration",
  "This machine type is sold out",
  "The selected GPU is out of stock",
];

/** Cases of out of stock, with any status and message. */
export const soldOut: Cases = Object.fromEntries(
  [400, 409, 422, 500, 503].map((status) => [
    `create: out of stock is no_capacity with any message, with ${status}`,
    async (suite: Suite) => {
      for (const message of messages) {
        const world = startWorld(suite);
        const { provider, context } = world;
        const prepared = await provider.prepareCreate(await world.request(), context);
        world.fault({ operation: "createInstance", kind: "no_capacity", status, message });
        const { error } = await outcomeOf(() => prepared.send(context));
        assertSame([error?.code, error?.sideEffect], ["no_capacity", "none"], `${status} with "${message}"`);
        assertSame(world.rentals(), [], "rentals");
      }
    },
  ]),
);
