import { type ClientOptions, createFalClient } from "@gpu/fal";
import type { CloudDriver, Scenario } from "../clouds.js";
import { publicKey } from "../keys.js";
import type { AdvanceTime } from "./index.js";

export const falBody = { instance_type: "gpu_1x_h100_sxm5", ssh_key: publicKey } as const;

const breakable = { operation: "listInstances", field: "has_more" };

const driver: CloudDriver = {
  create: async ({ fal }) => (await fal.createInstance({ body: falBody, maxRetries: 0 })).id,
  list: async ({ fal }) =>
    (await fal.listInstances()).instances.map(({ id, status, ip }) => ({ id, status, address: ip ?? null })),
  delete: ({ fal }, id) => fal.deleteInstance({ path: { id } }),
  ready: "ready",
  failed: "stopped",
};

/** Calls every operation, each successfully. */
async function callEveryOperation(options: ClientOptions, advance: AdvanceTime): Promise<void> {
  const client = createFalClient(options);
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
  await client.getClusterMetrics({ query: { compute_cluster: "my-cluster" } });
  await client.getAccountBilling();
  await client.getAccountBilling({ query: { expand: "credits" } });
  const key = await client.createApiKey({ body: { alias: "ci-runner" } });
  await client.listApiKeys({ query: { expand: ["creator_info"] } });
  await client.deleteApiKey({ path: { key_id: key.key_id } });
  for (const { id } of [one, eight]) await client.deleteInstance({ path: { id } });
  await client.listInstances();
}

export const fal: Scenario = { breakable, driver, callEveryOperation };
