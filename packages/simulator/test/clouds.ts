import { createFalClient } from "@gpu/fal";
import { createNovitaClient } from "@gpu/novita";
import { createRuncrateClient } from "@gpu/runcrate";
import { createShadeformClient } from "@gpu/shadeform";
import { createThunderComputeClient } from "@gpu/thunder-compute";
import { createSimulator, type SimulatorOptions, type VendorName } from "../src/index.js";
import { publicKey } from "./keys.js";

/** A simulator and the five typed clients of it. */
export function startClouds(options?: SimulatorOptions) {
  const simulator = createSimulator(options);
  const { fetch, clock, keys } = simulator;
  const clientOptions = (vendor: VendorName) => ({ fetch, clock, apiKey: keys[vendor] });
  const clouds = {
    simulator,
    thunder: createThunderComputeClient(clientOptions("thunder-compute")),
    shadeform: createShadeformClient(clientOptions("shadeform")),
    fal: createFalClient(clientOptions("fal")),
    novita: createNovitaClient(clientOptions("novita")),
    runcrate: createRuncrateClient(clientOptions("runcrate")),
  };
  return clouds;
}

export type Clouds = ReturnType<typeof startClouds>;

/** Creates, lists and deletes machines of one vendor. */
export interface CloudDriver {
  /** Returns the id for `delete`. */
  create(clouds: Clouds): Promise<string>;
  /** The listed machines, with ids as `create` returns them. */
  list(clouds: Clouds): Promise<{ id: string; status: string | undefined; address: string | null | undefined }[]>;
  delete(clouds: Clouds, id: string): Promise<unknown>;
  /** The statuses of a ready and of a failed machine. */
  ready: string;
  failed: string;
}

export const drivers: Readonly<Record<VendorName, CloudDriver>> = {
  "thunder-compute": {
    create: async ({ thunder }) => String((await thunder.createInstance({ body: thunderBody })).identifier),
    list: async ({ thunder }) =>
      Object.entries(await thunder.listInstances()).map(([id, { status, ip }]) => ({ id, status, address: ip || null })),
    delete: ({ thunder }, id) => thunder.deleteInstance({ path: { id } }),
    ready: "RUNNING",
    failed: "STOPPED",
  },
  shadeform: {
    create: async ({ shadeform }) => (await shadeform.createInstance({ body: shadeformBody })).id,
    list: async ({ shadeform }) =>
      (await shadeform.listInstances()).instances.map(({ id, status, ip }) => ({ id, status, address: ip })),
    delete: ({ shadeform }, id) => shadeform.deleteInstance({ path: { id } }),
    ready: "active",
    failed: "error",
  },
  fal: {
    create: async ({ fal }) => (await fal.createInstance({ body: falBody, maxRetries: 0 })).id,
    list: async ({ fal }) =>
      (await fal.listInstances()).instances.map(({ id, status, ip }) => ({ id, status, address: ip ?? null })),
    delete: ({ fal }, id) => fal.deleteInstance({ path: { id } }),
    ready: "ready",
    failed: "stopped",
  },
  novita: {
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
  },
  runcrate: {
    create: async ({ runcrate }) => (await runcrate.createInstance({ body: runcrateBody })).data.id,
    list: async ({ runcrate }) =>
      (await runcrate.listInstances()).data.map(({ id, status, ip }) => ({ id, status, address: ip })),
    delete: ({ runcrate }, id) => runcrate.deleteInstance({ path: { id } }),
    ready: "running",
    failed: "failed",
  },
};

export const thunderBody = {
  cpu_cores: 8,
  disk_size_gb: 100,
  gpu_type: "a100xl",
  num_gpus: 1,
  template: "base",
  public_key: publicKey,
} as const;
export const shadeformBody = {
  cloud: "hyperstack",
  region: "montreal-canada-2",
  shade_instance_type: "H100",
  shade_cloud: true,
  name: "train-42",
} as const;
export const falBody = { instance_type: "gpu_1x_h100_sxm5", ssh_key: publicKey } as const;
export const novitaBody = {
  name: "train-42",
  productId: "4090.16c62g",
  gpuNum: 1,
  rootfsSize: 60,
  imageUrl: "pytorch/pytorch:2.8.0-cuda12.8-cudnn9-devel",
  ports: "8000/http",
} as const;
export const runcrateBody = { name: "train-42", gpu_type: "A100" } as const;
