import type { FalClient } from "@gpu/fal";
import { publicKey } from "../keys.js";
import type { AdvanceTime } from "./index.js";

/** Every operation of fal, successfully. */
export async function falScenario(client: FalClient, advance: AdvanceTime): Promise<void> {
  const one = await client.createInstance({ body: { instance_type: "gpu_1x_h100_sxm5", ssh_key: publicKey } });
  const eight = await client.createInstance({
    body: { instance_type: "gpu_8x_h100_sxm5", ssh_key: publicKey, sector: "sector_2" },
    idempotencyKey: "0193-eight",
  });
  for (const ms of [0, 20_000, 60_000, 120_000]) {
    await advance(ms);
    await client.getInstance({ path: { id: one.id } });
    const { next_cursor } = await client.listInstances({ query: { limit: 1 } });
    await client.listInstances({ query: { limit: 1, cursor: next_cursor ?? "" } });
  }
  for await (const _ of client.listInstances.pages({ query: { limit: 1 } })) void _;
  await client.getAccountBilling();
  await client.getAccountBilling({ query: { expand: "credits" } });
  const key = await client.createApiKey({ body: { alias: "ci-runner" } });
  await client.listApiKeys({ query: { expand: ["creator_info"] } });
  await client.deleteApiKey({ path: { key_id: key.key_id } });
  for (const { id } of [one, eight]) await client.deleteInstance({ path: { id } });
  await client.listInstances();
}
