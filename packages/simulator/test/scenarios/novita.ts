import { type ClientOptions, createNovitaClient, type NovitaClient } from "@gpu/novita";
import type { CloudDriver, Scenario } from "../clouds.js";
import type { AdvanceTime } from "./index.js";

export const novitaBody = {
  name: "train-42",
  productId: "4090.16c62g",
  gpuNum: 1,
  rootfsSize: 60,
  imageUrl: "pytorch/pytorch:2.8.0-cuda12.8-cudnn9-devel",
  ports: "8000/http",
} as const;

const breakable = { operation: "listInstanceTypes", field: "availableDeploy" };

const driver: CloudDriver = {
  create: async ({ novita }) => (await novita.createInstance({ body: novitaBody })).id,
  list: async ({ novita }) =>
    (await novita.listInstances()).instances.map(({ id, status, portMappings }) => ({
      id,
      status,
      address: portMappings?.[0]?.endpoint ?? null,
    })),
  delete: ({ novita }, instanceId) => novita.deleteInstance({ body: { instanceId } }),
  ready: "running",
  failed: "exited",
};

/** Calls every operation, each successfully. */
async function callEveryOperation(options: ClientOptions, advance: AdvanceTime): Promise<void> {
  const client = createNovitaClient(options);
  await client.listInstanceTypes();
  await client.listInstanceTypes({ query: { productName: "4090", gpuNum: 2, billingMethod: "spot", clusterId: "us-ca-6" } });
  await client.listCpuInstanceTypes();
  await client.listClusters();
  await client.getBalance();
  await client.createRegistryCredential({ body: { name: "ghcr.io", username: "acme", password: "not-a-password" } });
  const credentials = await client.listRegistryCredentials();
  const imageAuthId = credentials.data?.[0]?.id ?? "";
  const created = await client.createVolume({ body: { clusterId: "us-ca-6", storageName: "datasets", storageSize: 100 } });
  const storageId = typeof created === "string" ? created : (created.storageId ?? "");
  await client.listVolumes({ query: { pageNo: 0, pageSize: 10 } });
  await client.updateVolume({ body: { storageId, storageName: "datasets", storageSize: 200 } });
  await client.createNetwork({ body: { clusterId: "us-ca-6", name: "cluster-net" } });
  const networkId = (await client.listNetworks({ query: { pageSize: 10, pageNum: 0 } })).network?.[0]?.Id ?? "";
  await client.getNetwork({ query: { networkId } });
  await client.updateNetwork({ body: { networkId, name: "net" } });
  await client.listTemplates({ query: { channel: "official", isMyCommunity: false } });
  await client.listTemplates({ query: { channel: "private", isMyCommunity: true } });
  const { templateId } = await client.createTemplate({
    body: {
      template: {
        name: "train-base",
        type: "instance",
        channel: "private",
        image: "ghcr.io/acme/train:1.4",
        rootfsSize: 60,
        ports: [{ type: "http", ports: [8188] }],
      },
    },
  });
  await client.getTemplate({ query: { templateId } });
  const template = {
    Id: templateId,
    name: "train",
    type: "instance",
    channel: "private",
    image: "ghcr.io/acme/train:1.5",
  } as const;
  await client.updateTemplate({ body: { template: { ...template, rootfsSize: 60 } } });
  await callPrewarming(client, advance);

  const { id: instanceId } = await client.createInstance({
    body: {
      name: "train-42",
      productId: "4090.16c62g",
      gpuNum: 1,
      rootfsSize: 100,
      imageUrl: "pytorch/pytorch:2.8.0-cuda12.8-cudnn9-devel",
      kind: "gpu",
      clusterId: "us-ca-6",
      ports: "8000/http, 3306/tcp",
      envs: [{ key: "LOG_LEVEL", value: "info" }],
      networkStorages: [{ Id: storageId, mountPoint: "/network" }],
      networkId,
      imageAuthId,
    },
  });
  for (const ms of [0, 4_000, 4_000, 30_000, 120_000]) {
    await advance(ms);
    await client.getInstance({ query: { instanceId } });
    await client.listInstances({ query: { pageSize: 10, pageNum: 0, name: "train" } });
  }
  await client.getNetwork({ query: { networkId } });
  const body = { instanceId };
  await client.getInstanceMetrics({ query: { instanceId } });
  await client.updateInstance({ body: { ...body, ports: [{ port: 9000, type: "tcp" }], expandRootDisk: 10 } });
  await client.restartInstance({ body });
  await advance(30_000);
  await client.upgradeInstance({
    body: {
      ...body,
      imageUrl: "pytorch/pytorch:2.9.0",
      envs: [],
      command: "",
      save: true,
      networkVolume: { volumeMounts: [] },
    },
  });
  await advance(30_000);
  const { jobId } = await client.saveInstanceImage({ body: { ...body, image: "ghcr.io/acme/train:1.5" } });
  await client.listJobs({ query: { pageSize: 10, pageNum: 0 } });
  await client.cancelJob({ body: { jobId } });
  await client.stopInstance({ body });
  await advance(30_000);
  await client.getInstance({ query: { instanceId } });
  await client.startInstance({ body });
  await advance(30_000);
  await client.migrateInstance({ body });
  await client.listJobs({ query: { type: "instanceMigrate" } });
  await advance(30_000);
  await client.updateInstanceAutoMigration({ body: { ...body, autoMigrateOpen: true, autoMigrateSystemDisk: false } });
  const monthly = await client.createInstance({
    body: { productId: "cpu.8c16g", imageUrl: "ubuntu:24.04", kind: "cpu", month: 1, name: "cpu" },
  });
  await client.renewInstance({ body: { instanceId: monthly.id, month: 1 } });
  await client.updateInstanceAutoRenewal({ body: { instanceIds: [monthly.id], autoRenew: true, autoRenewMonth: 1 } });
  const second = await client.createInstance({
    body: { productId: "4090.16c62g", imageUrl: "ubuntu:24.04", gpuNum: 1, rootfsSize: 60, billingMode: "spot" },
  });
  await client.changeInstanceBilling({ body: { instanceId: second.id, month: 1 } });
  await client.listInstances();
  await client.deleteInstance({ body });
  await client.getInstance({ query: { instanceId } });
  await advance(10_000);
  await client.getInstance({ query: { instanceId } });
  await client.listInstances();
  await client.deleteNetwork({ body: { networkId } });
  await client.deleteVolume({ body: { storageId } });
  await client.deleteTemplate({ body: { templateId } });
  await client.deleteRegistryCredential({ body: { id: imageAuthId } });
  await client.listMonthlyBills({ query: { startMonth: "2025-12" } });
  await client.listBills({ query: { cycleType: "Day", productCategory: "summary" } });
  await callSecondGeneration(client, advance);
}

async function callPrewarming(client: NovitaClient, advance: AdvanceTime): Promise<void> {
  const { id } = await client.createImagePrewarm({ body: { imageUrl: "ghcr.io/acme/train:1.4", clusterId: "us-ca-6" } });
  await client.updateImagePrewarm({ body: { id, note: "for training" } });
  await client.getImagePrewarmQuota();
  for await (const _ of client.listImagePrewarms.pages({ query: { name: "train" } })) void _;
  await advance(60_000);
  await client.listImagePrewarms({ query: { state: "Succeeded" } });
  await client.deleteImagePrewarms({ body: { ids: [id] } });

  const body = { image: "ghcr.io/acme/train:1.5", region_id: "us-ca-6", product_ids: ["4090.16c62g"], note: "for training" };
  const { id: task_id = "" } = await client.createImagePrewarmV2({ body });
  for await (const _ of client.listImagePrewarmsV2.pages({ query: { name: "train", region_id: "us-ca-6" } })) void _;
  await client.listImagePrewarmsV2({ query: { status: "running" } });
  await client.getImagePrewarmV2({ path: { task_id } });
  await client.deleteImagePrewarmsV2({ body: { task_ids: [task_id] } });
}

async function callSecondGeneration(client: NovitaClient, advance: AdvanceTime): Promise<void> {
  await client.listInstanceTypesV2({
    query: { type: "gpu", category: "instance", billing_method: "spot", region_ids: "us-ca-6" },
  });
  await client.listInstanceTypesV2({ query: { type: "cpu", category: "instance" } });
  await client.listRegionsV2();
  const network = await client.createNetworkV2({ body: { region_id: "us-ca-6", name: "net" } });
  const network_id = network.id ?? "";
  await client.updateNetworkV2({ path: { network_id }, body: { name: "cluster-net" } });
  await client.getNetworkV2({ path: { network_id } });
  await client.listNetworksV2();
  const { id } = await client.createInstanceV2({
    body: {
      name: "train-43",
      product_id: "4090.16c62g",
      image: "pytorch/pytorch:2.8.0-cuda12.8-cudnn9-devel",
      billing: { mode: "postpaid" },
      resource: { rootfs_size_gb: 60, gpu_num: 1 },
      ports: [{ port: 8000, protocol: "http" }],
      network: { id: network_id },
      candidate_regions: ["us-ca-6"],
    },
  });
  const path = { instance_id: id };
  for (const ms of [0, 10_000, 120_000]) {
    await advance(ms);
    await client.getInstanceV2({ path });
    for await (const _ of client.listInstancesV2.pages({ query: { limit: 1 } })) void _;
  }
  await client.updateInstancePortsV2({ path, body: { ports: [{ port: 9000, protocol: "tcp" }] } });
  await client.resizeInstanceRootfsV2({ path, body: { rootfs_size_expand_gb: 10 } });
  await client.updateInstanceAutoMigrationV2({ path, body: { auto_migrate: { enabled: true } } });
  await client.updateInstanceWebTerminalV2({ path, body: { enable: true } });
  const job_id = (await client.saveInstanceImageV2({ body: { instance_id: id, image: "ghcr.io/acme/train:1.5" } })).id ?? "";
  await client.listJobsV2({ query: { type: "saveImage" } });
  await client.getJobV2({ path: { job_id } });
  await client.cancelJobV2({ path: { job_id } });
  await client.saveInstanceImageV2({ body: { instance_id: id, image: "ghcr.io/acme/train:1.6" } });
  await client.restartInstanceV2({ path });
  await advance(30_000);
  for (const image of (await client.listImagesV2()).data) await client.deleteImageV2({ path: { image_id: image.id ?? "" } });
  await client.upgradeInstanceV2({ path, body: { image: "pytorch/pytorch:2.9.0" } });
  await advance(30_000);
  await client.stopInstanceV2({ path });
  await advance(30_000);
  await client.startInstanceV2({ path });
  await advance(30_000);
  await client.migrateInstanceV2({ path, body: {} });
  await advance(60_000);
  await client.deleteInstanceV2({ path });
  await advance(10_000);
  await client.deleteNetworkV2({ path: { network_id } });
  const monthly = await client.createInstanceV2({
    body: {
      name: "build",
      type: "cpu",
      product_id: "cpu.8c16g",
      image: "ubuntu:24.04",
      billing: { mode: "postpaid" },
      resource: { rootfs_size_gb: 60, gpu_num: 0 },
    },
  });
  const ofMonthly = { instance_id: monthly.id };
  await client.changeInstanceBillingV2({ path: ofMonthly, body: { type: "prepaid", months: 1 } });
  await client.renewInstanceV2({ path: ofMonthly, body: { months: 1 } });
  await client.updateInstanceAutoRenewalV2({ path: ofMonthly, body: { auto_renew: { enabled: true, months: 1 } } });
  await client.getInstanceV2({ path: ofMonthly });
  const { id: template_id = "" } = await client.createTemplateV2({
    body: { name: "t", type: "instance", image: "ubuntu:24.04", ports: [{ port: 8188, protocol: "http" }] },
  });
  await client.getTemplateV2({ path: { template_id } });
  for await (const _ of client.listTemplatesV2.pages()) void _;
  await client.deleteTemplateV2({ path: { template_id } });
}

export const novita: Scenario = { breakable, driver, callEveryOperation };
