import { type ClientOptions, createRunPodClient } from "@gpu/runpod";
import type { CloudDriver, Scenario } from "../clouds.js";
import { publicKey } from "../keys.js";
import type { AdvanceTime } from "./index.js";

export const runpodBody = {
  name: "train-42",
  image: "runpod/base:1.0.2-ubuntu2404",
  gpu: { id: "NVIDIA H100 80GB HBM3", count: 1 },
  dataCenterIds: ["US-KS-2"],
  disk: 20,
  ports: ["22/tcp", "8888/http"],
  env: { PUBLIC_KEY: publicKey },
} as const;

/** A copy with mutable lists, which the client's types require. */
export const runpodCreate = () => ({
  ...runpodBody,
  dataCenterIds: [...runpodBody.dataCenterIds],
  ports: [...runpodBody.ports],
});

const breakable = { operation: "listGpuTypes", field: "memory" };

const driver: CloudDriver = {
  create: async ({ runpod }) => (await runpod.createInstance({ body: runpodCreate() })).id,
  // RunPod shows `RUNNING` before the address is known.
  list: async ({ runpod }) =>
    (await runpod.listInstances()).pods.map(({ id, status, ssh }) => {
      const address = ssh.direct?.host ?? null;
      return { id, status: status === "RUNNING" && address !== null ? "reachable" : status, address };
    }),
  delete: ({ runpod }, id) => runpod.deleteInstance({ path: { id } }),
  ready: "reachable",
  failed: "ERROR",
};

/** Calls every operation, each successfully. */
async function callEveryOperation(options: ClientOptions, advance: AdvanceTime): Promise<void> {
  const client = createRunPodClient(options);
  const stock = { include: ["AVAILABILITY"], product: ["POD"] };
  await client.listGpuTypes();
  for (const cloud of ["SECURE", "COMMUNITY"]) await client.listGpuTypes({ query: { ...stock, cloud, count: 8 } });
  await client.getGpuType({ path: { id: runpodBody.gpu.id }, query: stock });
  await client.listCpuInstanceTypes();
  await client.getCpuInstanceType({ path: { id: "cpu5c" }, query: { ...stock, vcpuCount: 4 } });
  await client.listDataCenters({ query: { include: ["GPU_AVAILABILITY", "CPU_AVAILABILITY"], regions: ["EUROPE"] } });
  await client.getDataCenter({ path: { id: "US-KS-2" } });
  await client.replaceSshKeys({ body: { keys: [publicKey] } });
  await client.listSshKeys();
  const volume = await client.createVolume({ body: { name: "datasets", size: 100, dataCenter: "US-KS-2" } });
  await client.getVolume({ path: { id: volume.id } });
  await client.updateVolume({ path: { id: volume.id }, body: { size: 200 } });
  await client.listVolumes();
  const credential = { name: "ghcr", username: "ada", password: "example-password" };
  const registry = await client.createRegistryCredential({ body: credential });
  await client.getRegistryCredential({ path: { id: registry.id } });
  await client.listRegistryCredentials();
  await client.listPublicTemplates();
  const template = await client.createTemplate({
    body: { name: "training", image: runpodBody.image, disk: 50, ports: ["22/tcp"], env: { A: "b" } },
  });
  await client.getTemplate({ path: { id: template.id } });
  await client.updateTemplate({ path: { id: template.id }, body: { disk: 60 } });
  await client.listTemplates();
  const { id } = await client.createInstance({
    body: { ...runpodCreate(), mounts: { network: [{ volumeId: volume.id, path: "/workspace" }] }, registry: registry.id },
  });
  const path = { id };
  const ofTemplate = { name: "from-template", templateId: template.id, disk: 5, startSsh: true };
  const second = await client.createInstance({
    body: { ...ofTemplate, gpu: { id: "NVIDIA GeForce RTX 4090", count: 2 }, cloud: "COMMUNITY" },
  });
  const mounts = { persistent: { size: 10, path: "/workspace" } };
  const third = await client.createInstance({
    body: { name: "disk", image: runpodBody.image, disk: 5, gpu: runpodBody.gpu, mounts },
  });
  const fourth = await client.createInstance({
    body: { name: "cpu", image: runpodBody.image, disk: 5, cpu: { id: "cpu5c", vcpuCount: 4 } },
  });
  for (const ms of [0, 30_000, 60_000]) {
    await advance(ms);
    await client.getInstance({ path });
    await client.listInstances();
  }
  for await (const event of await client.getInstanceLogs({ path })) if (event.data.line === "") break;
  await client.runInstanceAction({ path: { id: third.id }, body: { action: "stop" } });
  await client.getInstance({ path: { id: third.id } });
  await client.runInstanceAction({ path: { id: third.id }, body: { action: "start" } });
  await advance(60_000);
  await client.runInstanceAction({ path: { id: third.id }, body: { action: "restart" } });
  await client.runInstanceAction({ path: { id: third.id }, body: { action: "terminate" } });
  await client.updateInstance({ path, body: { name: "train-43", locked: true } });
  const cluster = await client.createCluster({
    body: {
      name: "ray-42",
      type: "RAY",
      compute: { gpuTypeId: runpodBody.gpu.id, gpuCountPerPod: 8, podCount: 2 },
      image: runpodBody.image,
      disk: 20,
    },
  });
  const clusterPath = { id: cluster.id };
  await client.getCluster({ path: clusterPath });
  await client.updateCluster({ path: clusterPath, body: { name: "ray-43" } });
  await client.listClusters();
  await client.listClusterInstances({ path: clusterPath });
  await client.listInstances({ query: { includeClusterPods: true, limit: 2 } });
  await advance(3_600_000);
  await client.deleteCluster({ path: clusterPath });
  for (const one of [id, second.id, fourth.id]) await client.deleteInstance({ path: { id: one } });
  await client.deleteTemplate({ path: { id: template.id } });
  await client.deleteRegistryCredential({ path: { id: registry.id } });
  await client.deleteVolume({ path: { id: volume.id } });
  await client.listBillingRecords({ query: { lastN: 1 } });
  await client.listInstanceBillingRecords({ query: { podId: id } });
  await client.listVolumeBillingRecords();
  await client.listClusterBillingRecords();
}

export const runpod: Scenario = { breakable, driver, callEveryOperation };
