import { flag, Invalid, integer, list, object, oneOf, optional, text, type Valid } from "../validation.js";
import { type ApiError, type ApiRequest, emptyOk, type Fields, type Handler, type Operations, ok } from "../vendor.js";
import type { OperationV1 } from "./novita.js";

const v2 = "/gpus/v2";
const instance = `${v2}/instances/{instance_id}`;
const instanceId = ({ path }: Pick<ApiRequest, "path">) => path["instance_id"];
const laterPage = (query: URLSearchParams) => Boolean(query.get("cursor"));

/** The second generation of Novita's API, which shows the same instances. */
export const operationsV2 = {
  listInstanceTypesV2: { method: "GET", path: `${v2}/products` },
  listRegionsV2: { method: "GET", path: `${v2}/regions` },
  listInstancesV2: { method: "GET", path: `${v2}/instances`, listsInstances: true, markFields: ["name"], laterPage },
  createInstanceV2: { method: "POST", path: `${v2}/instances`, boots: true, rentsSpot: isSpot },
  getInstanceV2: { method: "GET", path: instance, instanceId, markFields: ["name"] },
  deleteInstanceV2: { method: "DELETE", path: instance, instanceId },
  startInstanceV2: { method: "PUT", path: `${instance}/start`, boots: true },
  stopInstanceV2: { method: "PUT", path: `${instance}/stop` },
  restartInstanceV2: { method: "PUT", path: `${instance}/restart`, boots: true },
  updateInstancePortsV2: { method: "PUT", path: `${instance}/ports` },
  resizeInstanceRootfsV2: { method: "PUT", path: `${instance}/rootfs-expand` },
  renewInstanceV2: { method: "PUT", path: `${instance}/renew` },
  updateInstanceAutoRenewalV2: { method: "PUT", path: `${instance}/auto-renew` },
  updateInstanceAutoMigrationV2: { method: "PUT", path: `${instance}/auto-migrate` },
  upgradeInstanceV2: { method: "PUT", path: `${instance}/upgrade`, boots: true },
  migrateInstanceV2: { method: "PUT", path: `${instance}/migrate`, boots: true },
  changeInstanceBillingV2: { method: "PUT", path: `${instance}/billing-mode` },
  updateInstanceWebTerminalV2: { method: "PUT", path: `${instance}/web-terminal` },
  listTemplatesV2: { method: "GET", path: `${v2}/templates`, laterPage },
  createTemplateV2: { method: "POST", path: `${v2}/templates` },
  getTemplateV2: { method: "GET", path: `${v2}/templates/{template_id}` },
  deleteTemplateV2: { method: "DELETE", path: `${v2}/templates/{template_id}` },
  listNetworksV2: { method: "GET", path: `${v2}/networks`, laterPage },
  createNetworkV2: { method: "POST", path: `${v2}/networks` },
  getNetworkV2: { method: "GET", path: `${v2}/networks/{network_id}` },
  updateNetworkV2: { method: "PUT", path: `${v2}/networks/{network_id}` },
  deleteNetworkV2: { method: "DELETE", path: `${v2}/networks/{network_id}` },
  saveInstanceImageV2: { method: "POST", path: `${v2}/jobs/save-image` },
  listJobsV2: { method: "GET", path: `${v2}/jobs`, laterPage },
  getJobV2: { method: "GET", path: `${v2}/jobs/{job_id}` },
  cancelJobV2: { method: "POST", path: `${v2}/jobs/{job_id}/stop` },
  listImagesV2: { method: "GET", path: `${v2}/images`, laterPage },
  deleteImageV2: { method: "DELETE", path: `${v2}/images/{image_id}` },
  listImagePrewarmsV2: { method: "GET", path: `${v2}/prewarm-tasks`, laterPage },
  createImagePrewarmV2: { method: "POST", path: `${v2}/prewarm-tasks` },
  getImagePrewarmV2: { method: "GET", path: `${v2}/prewarm-tasks/{task_id}` },
  deleteImagePrewarmsV2: { method: "DELETE", path: `${v2}/prewarm-tasks` },
} as const satisfies Operations;

type OperationV2 = keyof typeof operationsV2;

/** Also those of the first generation. */
export const envs = optional(list(object({ key: text(1, 511), value: text(0, 4095) }), 100));
const ports = list(object({ port: integer(1, 65_535), protocol: oneOf("tcp", "http") }));
const autoRenew = object({ enabled: flag, months: optional(integer(1, 12)) });
const createBody = object({
  name: text(1, 255),
  product_id: text(1, 255),
  image: text(1, 500),
  type: optional(oneOf("gpu", "cpu")),
  billing: object({
    mode: oneOf("postpaid", "prepaid", "spot"),
    prepaid: optional(object({ months: optional(integer(1)), auto_renew: optional(autoRenew) })),
  }),
  resource: object({ rootfs_size_gb: integer(10), gpu_num: integer(0, 8), min_cuda_version: optional(text()) }),
  registry_auth_id: optional(text(0, 255)),
  entrypoint: optional(text()),
  command: optional(text()),
  envs,
  ports: optional(ports),
  network: optional(object({ id: text() })),
  volumes: optional(list(object({ id: text(1), mount_point: optional(text(1, 4095)) }))),
  candidate_regions: optional(list(text())),
});
const portsBody = object({ ports });
const expandBody = object({ rootfs_size_expand_gb: integer(1) });
const monthsBody = object({ months: integer(1) });
const autoRenewBody = object({ auto_renew: autoRenew });
const autoMigrateBody = object({ auto_migrate: object({ enabled: flag, include_system_disk: optional(flag) }) });
const upgradeBody = object({
  image: text(1, 500),
  registry_auth_id: optional(text()),
  entrypoint: optional(text()),
  command: optional(text()),
  envs,
  save_data: optional(flag),
});
const billingBody = object({ type: oneOf("prepaid"), months: integer(1) });
const webTerminalBody = object({ enable: flag });
const templateBody = object({
  name: text(1, 255),
  type: oneOf("instance", "serverless"),
  image: text(1, 500),
  rootfs_size_gb: optional(integer(1)),
  ports: optional(ports),
  envs,
});
const networkBody = object({ region_id: text(1), name: optional(text(0, 30)) });
const nameBody = object({ name: text(1, 30) });
const imageBody = object({ instance_id: text(1), image: text(1), registry_auth_id: optional(text()) });
const prewarmBody = object({
  image: text(1, 4_095),
  region_id: text(1, 255),
  registry_auth_id: optional(text()),
  product_ids: optional(list(text(1))),
  note: optional(text()),
});
const taskIdsBody = object({ task_ids: list(text(1)) });

const billingModes = { postpaid: "onDemand", prepaid: "monthly", spot: "spot" } as const;

function isSpot(body: Fields): boolean {
  const billing = body["billing"];
  return typeof billing === "object" && billing !== null && (billing as Fields)["mode"] === "spot";
}

/** An image that a finished job saved. The first generation has no operation for these. */
export interface SavedImage {
  readonly id: string;
  readonly image: string;
}

/** The images of the account. */
export interface SavedImages {
  list(at: number): SavedImage[];
  /** Whether there was such an image. */
  delete(id: string, at: number): boolean;
}

/** The second generation as a translation of the first one. */
export function handlersV2(
  first: Readonly<Record<OperationV1, Handler>>,
  images: SavedImages,
  settings: { readonly firstPage: number; readonly pageSize: number },
  notFound: () => ApiError,
): Record<OperationV2, Handler> {
  const whole = { pageSize: "100000", pageNum: String(settings.firstPage) };

  /** The body of the first generation's response. */
  async function ask(operation: OperationV1, request: ApiRequest, given: { query?: Record<string, string>; body?: unknown }) {
    const { query = {}, body } = given;
    const response = await first[operation]({ ...request, query: new URLSearchParams(query), body });
    return (response.body ?? {}) as Fields;
  }

  const items = (body: Fields, name: string) => (body[name] ?? []) as readonly Fields[];

  function page(all: readonly unknown[], { query }: ApiRequest) {
    const from = Number(query.get("cursor") ? atob(query.get("cursor") ?? "") : 0);
    const size = Number(query.get("limit") || settings.pageSize);
    if (!Number.isInteger(from) || !Number.isInteger(size) || size < 1) throw new Invalid("invalid limit or cursor");
    const hasMore = from + size < all.length;
    return ok({
      data: all.slice(from, from + size),
      next_cursor: hasMore ? btoa(String(from + size)) : "",
      has_more: hasMore,
      total: all.length,
    });
  }

  /** An action on the instance of the path, without a response body. */
  const action =
    (operation: OperationV1, bodyOf: (body: unknown) => Fields = () => ({})): Handler =>
    async (request) => {
      await ask(operation, request, { body: { instanceId: instanceId(request), ...bodyOf(request.body) } });
      return emptyOk;
    };

  async function networkOf(request: ApiRequest): Promise<Fields> {
    const { network } = await ask("getNetwork", request, { query: { networkId: request.path["network_id"] ?? "" } });
    return toNetwork(network as Fields);
  }

  async function jobs(request: ApiRequest, filter: Record<string, string>): Promise<Fields[]> {
    return items(await ask("listJobs", request, { query: { ...whole, ...filter } }), "jobs").map(toJob);
  }

  async function prewarms(request: ApiRequest, query: Record<string, string>): Promise<Fields[]> {
    const all = { pageSize: "100000", page: "1", ...query };
    return items(await ask("listImagePrewarms", request, { query: all }), "data").map(toPrewarm);
  }

  return {
    async listInstanceTypesV2(request) {
      const { query } = request;
      const type = query.get("type");
      if ((type !== "gpu" && type !== "cpu") || !query.get("category")) throw new Invalid("type and category are required");
      const regions = items(await ask("listClusters", request, {}), "data");
      const found = items(await ask(type === "gpu" ? "listInstanceTypes" : "listCpuInstanceTypes", request, {}), "data");
      const products = found
        .map((product) => toProduct(product, type, regions))
        .filter(
          ({ billing_methods, region_ids }) =>
            (!query.get("billing_method") || billing_methods.includes(query.get("billing_method") ?? "")) &&
            (!query.get("region_ids") || region_ids.includes(query.get("region_ids") ?? "")),
        );
      return ok({ data: products, next_cursor: "", has_more: false });
    },

    async listRegionsV2(request) {
      const data = items(await ask("listClusters", request, {}), "data").map((cluster) => ({
        id: cluster["id"],
        name: cluster["name"],
        gpus: cluster["availableGpuType"],
        feature: {
          network_volume: cluster["supportNetworkStorage"],
          instance_vpc_network: cluster["supportInstanceNetwork"],
        },
      }));
      return ok({ data, next_cursor: "", has_more: false });
    },

    async listInstancesV2(request) {
      return page(items(await ask("listInstances", request, { query: whole }), "instances").map(toInstance), request);
    },

    async createInstanceV2(request) {
      const requested = createBody(request.body, "");
      return ok(await ask("createInstance", request, { body: toCreate(requested) }));
    },

    async getInstanceV2(request) {
      const shown = await ask("getInstance", request, { query: { instanceId: instanceId(request) ?? "" } });
      return ok({ ...toInstance(shown), tools: toTools(shown) });
    },

    deleteInstanceV2: action("deleteInstance"),
    startInstanceV2: action("startInstance"),
    stopInstanceV2: action("stopInstance"),
    restartInstanceV2: action("restartInstance"),
    updateInstancePortsV2: action("updateInstance", (body) => ({
      ports: portsBody(body, "").ports.map(({ port, protocol }) => ({ port, type: protocol })),
    })),
    resizeInstanceRootfsV2: action("updateInstance", (body) => ({
      expandRootDisk: expandBody(body, "").rootfs_size_expand_gb,
    })),
    renewInstanceV2: action("renewInstance", (body) => ({ month: monthsBody(body, "").months })),
    async updateInstanceAutoRenewalV2(request) {
      const { enabled, months } = autoRenewBody(request.body, "").auto_renew;
      const instanceIds = [instanceId(request) ?? ""];
      await ask("updateInstanceAutoRenewal", request, {
        body: { instanceIds, autoRenew: enabled, autoRenewMonth: months ?? 1 },
      });
      return emptyOk;
    },
    updateInstanceAutoMigrationV2: action("updateInstanceAutoMigration", (body) => {
      const { enabled, include_system_disk = false } = autoMigrateBody(body, "").auto_migrate;
      return { autoMigrateOpen: enabled, autoMigrateSystemDisk: include_system_disk };
    }),
    async upgradeInstanceV2(request) {
      const requested = upgradeBody(request.body, "");
      // Unlike the first generation, it keeps the volumes.
      const { volumeMounts } = await ask("getInstance", request, { query: { instanceId: instanceId(request) ?? "" } });
      await ask("upgradeInstance", request, {
        body: {
          instanceId: instanceId(request),
          imageUrl: requested.image,
          imageAuthId: requested.registry_auth_id,
          envs: requested.envs ?? [],
          command: requested.command ?? "",
          entrypoint: requested.entrypoint,
          save: requested.save_data ?? true,
          networkVolume: { volumeMounts },
        },
      });
      return emptyOk;
    },
    migrateInstanceV2: action("migrateInstance"),
    changeInstanceBillingV2: action("changeInstanceBilling", (body) => ({ month: billingBody(body, "").months })),
    async updateInstanceWebTerminalV2(request) {
      webTerminalBody(request.body, "");
      await ask("getInstance", request, { query: { instanceId: instanceId(request) ?? "" } });
      return emptyOk;
    },

    async listTemplatesV2(request) {
      const query = { ...whole, channel: "private", isMyCommunity: "true" };
      return page(items(await ask("listTemplates", request, { query }), "template").map(toTemplate), request);
    },
    async createTemplateV2(request) {
      const requested = templateBody(request.body, "");
      const { templateId } = await ask("createTemplate", request, {
        body: {
          template: {
            name: requested.name,
            type: requested.type,
            channel: "private",
            image: requested.image,
            rootfsSize: requested.rootfs_size_gb ?? 60,
            ports: requested.ports?.map(({ port, protocol }) => ({ type: protocol, ports: [port] })),
            envs: requested.envs,
          },
        },
      });
      return ok({ id: templateId });
    },
    async getTemplateV2(request) {
      const { template } = await ask("getTemplate", request, { query: { templateId: request.path["template_id"] ?? "" } });
      return ok(toTemplate(template as Fields));
    },
    async deleteTemplateV2(request) {
      await ask("deleteTemplate", request, { body: { templateId: request.path["template_id"] } });
      return ok({});
    },

    async listNetworksV2(request) {
      return page(items(await ask("listNetworks", request, { query: whole }), "networks").map(toNetwork), request);
    },
    async createNetworkV2(request) {
      const { region_id, name } = networkBody(request.body, "");
      const { network } = await ask("createNetwork", request, { body: { clusterId: region_id, name } });
      return ok(toNetwork(network as Fields));
    },
    getNetworkV2: async (request) => ok(await networkOf(request)),
    async updateNetworkV2(request) {
      const { name } = nameBody(request.body, "");
      await ask("updateNetwork", request, { body: { networkId: request.path["network_id"], name } });
      return ok({});
    },
    async deleteNetworkV2(request) {
      await ask("deleteNetwork", request, { body: { networkId: request.path["network_id"] } });
      return ok({});
    },

    async saveInstanceImageV2(request) {
      const { instance_id, image, registry_auth_id } = imageBody(request.body, "");
      const body = { instanceId: instance_id, image, registryAuthId: registry_auth_id };
      return ok({ id: (await ask("saveInstanceImage", request, { body }))["jobId"] });
    },
    async listJobsV2(request) {
      const { query } = request;
      return page(await jobs(request, { jobId: query.get("job_id") ?? "", type: query.get("type") ?? "" }), request);
    },
    async getJobV2(request) {
      const [job] = await jobs(request, { jobId: request.path["job_id"] ?? "" });
      if (!job) throw notFound();
      return ok(job);
    },
    async cancelJobV2(request) {
      await ask("cancelJob", request, { body: { jobId: request.path["job_id"] } });
      return ok({});
    },

    listImagesV2: (request) => page(images.list(request.at), request),
    deleteImageV2({ path, at }) {
      if (!images.delete(path["image_id"] ?? "", at)) throw notFound();
      return ok({});
    },

    async listImagePrewarmsV2(request) {
      const { query } = request;
      const found = await prewarms(request, { clusterId: query.get("region_id") ?? "", name: query.get("name") ?? "" });
      return page(
        found.filter(({ status }) => [null, "", status].includes(query.get("status"))),
        request,
      );
    },
    async createImagePrewarmV2(request) {
      const { image, region_id, registry_auth_id, product_ids, note } = prewarmBody(request.body, "");
      const body = { imageUrl: image, clusterId: region_id, repositoryAuth: registry_auth_id, productIds: product_ids, note };
      return ok({ id: (await ask("createImagePrewarm", request, { body }))["id"] });
    },
    async getImagePrewarmV2(request) {
      const found = (await prewarms(request, {})).find(({ id }) => id === request.path["task_id"]);
      if (!found) throw notFound();
      return ok(found);
    },
    async deleteImagePrewarmsV2(request) {
      await ask("deleteImagePrewarms", request, { body: { ids: taskIdsBody(request.body, "").task_ids } });
      return ok({});
    },
  };
}

function toCreate(requested: Valid<typeof createBody>): Fields {
  const { billing, resource } = requested;
  const kind = requested.type ?? "gpu";
  return {
    name: requested.name,
    productId: requested.product_id,
    imageUrl: requested.image,
    kind,
    ...(kind === "gpu" ? { gpuNum: resource.gpu_num, rootfsSize: resource.rootfs_size_gb } : {}),
    imageAuthId: requested.registry_auth_id || undefined,
    entrypoint: requested.entrypoint,
    command: requested.command,
    envs: requested.envs,
    ports: requested.ports?.map(({ port, protocol }) => `${port}/${protocol}`).join(","),
    clusterId: requested.candidate_regions?.[0],
    networkId: requested.network?.id || undefined,
    networkStorages: requested.volumes?.map(({ id, mount_point }) => ({ Id: id, mountPoint: mount_point })),
    billingMode: billingModes[billing.mode],
    ...(billing.mode === "prepaid" ? { month: billing.prepaid?.months ?? 1 } : {}),
    minCudaVersion: resource.min_cuda_version,
  };
}

/** Memory and times are strings, other numbers are not. */
function toInstance(shown: Fields): Fields {
  const { state, message } = (shown["statusError"] ?? {}) as Fields;
  const mode = Object.entries(billingModes).find(([, name]) => name === shown["billingMode"])?.[0] ?? "postpaid";
  return {
    id: shown["id"],
    name: shown["name"],
    type: shown["kind"],
    product_id: shown["productId"],
    image: shown["imageUrl"],
    registry_auth_id: shown["imageAuthId"],
    entrypoint: shown["entrypoint"] ?? "",
    command: shown["command"],
    billing: mode === "prepaid" ? { mode, prepaid: { end_time: shown["endTime"] } } : { mode },
    envs: shown["envs"],
    ports: (shown["portMappings"] as Fields[]).map(({ port, type, endpoint }) => ({ port, protocol: type, endpoint })),
    resource_specs: {
      rootfs_size_gb: shown["rootfsSize"],
      gpu_num: Number(shown["gpuNum"]),
      cpu_num: Number(shown["cpuNum"]),
      memory_gb: shown["memory"],
      gpu_ids: [],
    },
    network: shown["network"] ?? { id: "", ip: "" },
    volumes: (shown["volumeMounts"] as Fields[]).map(({ type, id, mountPath }) => ({ type, id, mount_point: mountPath })),
    region: shown["clusterId"],
    auto_migrate: { enabled: false, include_system_disk: false },
    status: { status: shown["status"], error: state, message },
    created_at: shown["createdAt"],
    last_started_at: shown["lastStartedAt"] ?? shown["createdAt"],
    last_stopped_at: shown["lastStoppedAt"] ?? "0",
    region_version: "v1",
  };
}

function toTools(shown: Fields): Fields {
  const ssh = shown["connectComponentSSH"] as Fields;
  const terminal = shown["connectComponentWebTerminal"] as Fields;
  const log = shown["connectComponentLog"] as Fields;
  return {
    ssh: { command: ssh["sshCommand"], username: "root", password: ssh["password"] },
    jupyter: { enabled: false, port: 8888, endpoint: "" },
    web_terminal: {
      enabled: terminal["isRunning"],
      endpoint: terminal["address"],
      username: terminal["username"],
      password: terminal["password"],
    },
    log: { instance_endpoint: log["instanceLogAddress"], system_endpoint: log["systemLogAddress"] },
  };
}

function toProduct(product: Fields, type: "gpu" | "cpu", regions: readonly Fields[]) {
  const names = product["regions"] as readonly string[] | undefined;
  const methods = (product["billingMethods"] ?? ["onDemand"]) as readonly string[];
  const priceOf = (units: unknown) => ({ base_price: String(Number(units) / 100), final_price: String(Number(units) / 100) });
  return {
    id: product["id"],
    name: product["name"],
    type,
    category: "instance",
    description: "",
    region_ids: regions.filter(({ name }) => names?.includes(String(name)) ?? true).map(({ id }) => String(id)),
    resource_spec: {
      ...(type === "gpu"
        ? {
            gpu: {
              name: product["name"],
              memory_gb: Number(/(\d+)GB/.exec(String(product["name"]))?.[1] ?? 0),
              min: 1,
              max: 8,
            },
          }
        : {}),
      cpu: product["cpuPerGpu"] ?? product["cpuNum"],
      memory_gb: String(product["memoryPerGpu"] ?? product["memorySize"]),
      rootfs: { min_gb: product["minRootFS"] ?? 10, max_gb: product["maxRootFS"] ?? product["rootfsSize"], free_gb: 60 },
    },
    // The first generation has units of 1/100000 USD.
    pricing: {
      precision: 3,
      postpaid: { ...priceOf(product["price"]), unit: "per_hour" },
      ...(methods.includes("spot") ? { spot: { ...priceOf(product["spotPrice"]), unit: "per_hour" } } : {}),
      prepaid: [],
    },
    billing_methods: Object.entries(billingModes).flatMap(([name, first]): string[] => (methods.includes(first) ? [name] : [])),
    inventory_state: product["inventoryState"] ?? "normal",
    deployable: product["availableDeploy"],
  };
}

function toTemplate(template: Fields): Fields {
  const given = (template["ports"] ?? []) as { type: string; ports: (string | number)[] }[];
  return {
    id: template["Id"],
    name: template["name"],
    type: template["type"],
    image: template["image"],
    rootfs_size_gb: template["rootfsSize"],
    ports: given.flatMap(({ type, ports: numbers }) => numbers.map((port) => ({ port: Number(port), protocol: type }))),
    envs: template["envs"] ?? [],
    min_cuda_version: template["minCudaVersion"] ?? "",
  };
}

function toNetwork(network: Fields): Fields {
  return {
    id: network["Id"],
    name: network["name"],
    region_id: network["clusterId"],
    segment: network["segment"],
    created_at: network["createTime"],
  };
}

const jobWords: Readonly<Record<string, string>> = {
  pulling: "Pending",
  running: "Running",
  success: "Succeeded",
  fail: "Failed",
  break: "Cancelled",
};

function toJob(job: Fields): Fields {
  const { state, error, errorMessage } = job["state"] as Fields;
  return {
    id: job["Id"],
    type: job["type"],
    envs: [],
    status: { status: jobWords[String(state)] ?? state, error, message: errorMessage },
    instance_id: job["instanceId"],
    created_at: job["createdAt"],
  };
}

function toPrewarm(task: Fields): Fields {
  return {
    id: task["id"],
    image: task["imageUrl"],
    region_id: task["clusterId"],
    registry_auth_id: task["repositoryAuth"],
    product_ids: (task["products"] as Fields[]).map(({ productId }) => productId),
    status: String(task["state"]).toLowerCase(),
    note: task["note"],
    created_at: task["createTime"],
  };
}
