import { type ClientOptions, createRuncrateClient } from "@gpu/runcrate";
import type { CloudDriver, Scenario } from "../clouds.js";
import { publicKey } from "../keys.js";
import type { AdvanceTime } from "./index.js";

export const runcrateBody = { name: "train-42", gpu_type: "A100" } as const;

const breakable = { operation: "listInstanceTypes", field: "hourly_rate" };

const driver: CloudDriver = {
  create: async ({ runcrate }) => (await runcrate.createInstance({ body: runcrateBody })).data.id,
  list: async ({ runcrate }) => (await runcrate.listInstances()).data.map(({ id, status, ip }) => ({ id, status, address: ip })),
  delete: ({ runcrate }, id) => runcrate.deleteInstance({ path: { id } }),
  ready: "running",
  failed: "failed",
};

/** Calls every operation, each successfully. */
async function callEveryOperation(options: ClientOptions, advance: AdvanceTime): Promise<void> {
  const client = createRuncrateClient(options);
  await client.listInstanceTypes({ query: { gpu_type: "H100", gpu_count: 2 } });
  const { data: types } = await client.listInstanceTypes();
  await client.listTemplates({ query: { page: 1, page_size: 2 } });
  const { data: key } = await client.createSshKey({ body: { name: "workstation", public_key: publicKey } });
  await client.listSshKeys();
  await client.listStorageRegions();
  await client.listWorkspaces();
  const { data: volume } = await client.createVolume({ body: { name: "datasets", size_gb: 500, region: "us-east-1" } });
  await client.listVolumes();
  await client.updateVolume({ path: { id: volume.id }, body: { size_gb: 1000 } });
  const { data: instance } = await client.createInstance({
    body: {
      name: "train-42",
      instance_type_id: types[0]?.id ?? "",
      ssh_key_id: key.id,
      storage_id: volume.id,
      template: "ubuntu-train",
      env_vars: [{ key: "HF_TOKEN", value: "not-a-token" }],
    },
  });
  const path = { id: instance.id };
  for (const ms of [0, 100_000, 100_000, 45_000, 10_000]) {
    await advance(ms);
    await client.getInstanceStatus({ path });
    await client.getInstance({ path });
    await client.listInstances({ query: { search: "train" } });
  }
  await client.createInstanceSshCertificate({ path, body: { public_key: publicKey } });
  await client.getVolume({ path: { id: volume.id } });
  await advance(3_600_000);
  await client.getBalance();
  await client.listTransactions({ query: { limit: 1, offset: 1 } });
  await client.getUsage();
  await client.listEnvironments();
  const { data: environment } = await client.createEnvironment({ body: { name: "staging" } });
  await client.getEnvironment({ path: { id: environment.id } });
  await client.updateEnvironment({ path: { id: environment.id }, body: { name: "test" } });
  await client.listInstances({ query: { environment: "test" } });
  await client.deleteEnvironment({ path: { id: environment.id } });
  await client.deleteInstance({ path });
  await client.listInstances();
  await client.deleteVolume({ path: { id: volume.id } });
  await client.deleteSshKey({ path: { id: key.id } });
}

export const runcrate: Scenario = { breakable, driver, callEveryOperation };
