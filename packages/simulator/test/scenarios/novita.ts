import { type ClientOptions, createNovitaClient } from "@gpu/novita";
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
}

export const novita: Scenario = { breakable, driver, callEveryOperation };
