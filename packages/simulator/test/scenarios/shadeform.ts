import { type ClientOptions, createShadeformClient } from "@gpu/shadeform";
import type { CloudDriver, Scenario } from "../clouds.js";
import { publicKey } from "../keys.js";
import type { AdvanceTime } from "./index.js";

export const shadeformBody = {
  cloud: "hyperstack",
  region: "montreal-canada-2",
  shade_instance_type: "H100",
  shade_cloud: true,
  name: "train-42",
} as const;

const breakable = { operation: "listInstanceTypes", field: "hourly_price" };

const driver: CloudDriver = {
  create: async ({ shadeform }) => (await shadeform.createInstance({ body: shadeformBody })).id,
  list: async ({ shadeform }) =>
    (await shadeform.listInstances()).instances.map(({ id, status, ip }) => ({ id, status, address: ip })),
  delete: ({ shadeform }, id) => shadeform.deleteInstance({ path: { id } }),
  ready: "active",
  failed: "error",
};

/** Calls every operation, each successfully. */
async function callEveryOperation(options: ClientOptions, advance: AdvanceTime): Promise<void> {
  const client = createShadeformClient(options);
  await client.listInstanceTypes();
  await client.listInstanceTypes({ query: { gpu_type: "H100", num_gpus: "1", available: true, sort: "price" } });
  await client.listSshKeys();
  const key = await client.createSshKey({ body: { name: "workstation", public_key: publicKey } });
  await client.getSshKey({ path: { id: key.id } });
  await client.setDefaultSshKey({ path: { id: key.id } });
  await client.listVolumeTypes();
  const place = { cloud: "hyperstack", region: "montreal-canada-2" } as const;
  const volume = await client.createVolume({ body: { ...place, size_in_gb: 500, name: "datasets" } });
  await client.listVolumes();
  await client.listFeaturedTemplates();
  const script = { type: "script", script_configuration: { base64_script: "ZWNobyBoZWxsbwo=" } } as const;
  const template = await client.createTemplate({ body: { name: "train", launch_configuration: script, tags: ["a"] } });
  await client.getTemplate({ path: { template_id: template.id } });
  await client.updateTemplate({
    path: { template_id: template.id },
    body: { name: "train-2", networking: { ufw_rules: [{ rule: "allow", from_ip: null, port: "80", proto: "tcp" }] } },
  });
  await client.listTemplates();
  const body = { ...place, shade_instance_type: "H100", shade_cloud: true, name: "train-42" } as const;
  const { id } = await client.createInstance({
    body: {
      ...body,
      volume_ids: [volume.id],
      ssh_key_id: key.id,
      template_id: template.id,
      launch_configuration: script,
      tags: ["team=research"],
      envs: [{ name: "HF_TOKEN", value: "not-a-token" }],
      auto_delete: { spend_threshold: "30.00" },
      volume_mount: { auto: true },
    },
  });
  const spot = await client.createInstance({ body: { ...body, name: "sweep", rental_type: "spot" } });
  for (const ms of [0, 30_000, 60_000, 200_000]) {
    await advance(ms);
    await client.getInstance({ path: { id } });
    await client.listInstances();
  }
  await client.getVolume({ path: { id: volume.id } });
  await client.updateInstance({ path: { id }, body: { name: "train-43", tags: null, alert: { spend_threshold: "10" } } });
  await client.getInstance({ path: { id } });
  await client.restartInstance({ path: { id } });
  await client.deleteInstance({ path: { id } });
  await client.deleteInstance({ path: { id: spot.id } });
  await client.getInstance({ path: { id } });
  await client.listInstances();
  await advance(60_000);
  await client.listInstances();
  await client.deleteVolume({ path: { id: volume.id } });
  await client.deleteTemplate({ path: { template_id: template.id } });
  await client.listClusterTypes();
  const cluster = await client.createCluster({
    body: { cloud: "voltagepark", region: "dulles-usa-1", cluster_type: "H100_sxm5x8", name: "pretrain", num_instances: 2 },
  });
  await client.getCluster({ path: { id: cluster.id } });
  await advance(200_000);
  await client.listClusters();
  await client.deleteCluster({ path: { id: cluster.id } });
  await client.listClusters();
  const [managed] = (await client.listSshKeys()).ssh_keys;
  await client.setDefaultSshKey({ path: { id: managed?.id ?? "" } });
  await client.deleteSshKey({ path: { id: key.id } });
}

export const shadeform: Scenario = { breakable, driver, callEveryOperation };
