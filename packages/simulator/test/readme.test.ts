import { createShadeformClient } from "@gpu/shadeform";
import { createSimulator } from "@gpu/simulator";
import { expect, test } from "vitest";

test("a lost response does not rent a second machine", async () => {
  const simulator = createSimulator();
  const shadeform = createShadeformClient({
    apiKey: simulator.keys.shadeform,
    fetch: simulator.fetch,
    clock: simulator.clock,
  });
  simulator.fault({ vendor: "shadeform", operation: "createInstance", kind: "response_lost" });

  const body = {
    cloud: "hyperstack",
    region: "montreal-canada-2",
    shade_instance_type: "H100",
    shade_cloud: true,
    name: "train-42",
  };
  await expect(shadeform.createInstance({ body })).rejects.toMatchObject({ code: "network", sideEffect: "possible" });

  // The machine exists nevertheless. Its boot takes no real time.
  const [found] = (await shadeform.listInstances()).instances;
  while (found && (await shadeform.getInstance({ path: { id: found.id } })).status !== "active")
    await simulator.clock.sleep(15_000);
  await simulator.clock.advance(3_600_000);
  if (found) await shadeform.deleteInstance({ path: { id: found.id } });

  expect(simulator.ledger()).toMatchObject([{ name: "train-42", endedBy: { operation: "deleteInstance" }, usd: 2.1 }]);
  expect(simulator.requests().filter(({ operation }) => operation === "createInstance")).toHaveLength(1);
});
