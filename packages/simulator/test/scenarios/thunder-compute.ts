import { type ClientOptions, createThunderComputeClient } from "@gpu/thunder-compute";
import type { CloudDriver, Scenario } from "../clouds.js";
import { otherPublicKey, publicKey } from "../keys.js";
import type { AdvanceTime } from "./index.js";

export const thunderBody = {
  cpu_cores: 8,
  disk_size_gb: 100,
  gpu_type: "a100xl",
  num_gpus: 1,
  template: "base",
  public_key: publicKey,
} as const;

const breakable = { operation: "listInstanceTypes", field: "gpuCount" };

const driver: CloudDriver = {
  create: async ({ thunderCompute }) => String((await thunderCompute.createInstance({ body: thunderBody })).identifier),
  list: async ({ thunderCompute }) =>
    Object.entries(await thunderCompute.listInstances()).map(([id, { status, ip }]) => ({ id, status, address: ip || null })),
  delete: ({ thunderCompute }, id) => thunderCompute.deleteInstance({ path: { id } }),
  ready: "RUNNING",
  failed: "STOPPED",
};

/** Calls every operation, each successfully. */
async function callEveryOperation(options: ClientOptions, advance: AdvanceTime): Promise<void> {
  const client = createThunderComputeClient(options);
  await client.checkToken();
  await client.listInstanceTypes();
  await client.listPrices();
  await client.listAvailability();
  await client.listInstanceTypesV2();
  await client.listPricesV2();
  await client.listAvailabilityV2();
  await client.listTemplates();
  await client.listInstances();
  const body = { cpu_cores: 8, disk_size_gb: 100, gpu_type: "a100xl", num_gpus: 1, template: "base" } as const;
  const first = await client.createInstance({ body: { ...body, public_key: publicKey } });
  const second = await client.createInstance({ body: { ...body, mode: "prototyping", ephemeral_disk_gb: 50 } });
  await client.listInstances();
  await advance(60_000);
  await client.listInstances({ query: { update_ips: true } });
  const path = { id: String(first.identifier) };
  await client.updateInstancePorts({ path, body: { add_ports: [8080] } });
  await client.addInstanceSshKey({ path, body: { public_key: otherPublicKey } });
  await client.addInstanceSshKey({ path });
  await client.updateInstance({ path, body: { num_gpus: 2, cpu_cores: 16, add_ports: [8888], remove_ports: [8080] } });
  await client.listInstances();
  await advance(60_000);
  const snapshot = await client.createSnapshot({ body: { instanceId: first.uuid, name: "after-setup" } });
  await client.listSnapshots();
  await client.listInstances();
  await advance(120_000);
  const third = await client.createInstance({ body: { ...body, template: "after-setup" } });
  await client.listInstances();
  const saved = await client.createSshKey({ body: { name: "workstation", public_key: publicKey } });
  await client.listSshKeys();
  await client.deleteSshKey({ path: { id: saved.key?.id ?? "" } });
  await client.deleteSnapshot({ path: { id: snapshot.id ?? "" } });
  for (const { identifier } of [first, second, third]) await client.deleteInstance({ path: { id: String(identifier) } });
  await client.listInstances();
  await advance(60_000);
  await client.listInstances();
}

export const thunderCompute: Scenario = { breakable, driver, callEveryOperation };
