import { createStock, type Product } from "../catalogue.js";
import { cursorOf, nextCursor, pageFrom } from "../cursors.js";
import type { Rental } from "../ledger.js";
import { bootNew, type LifeCycle } from "../life-cycle.js";
import { createMachines } from "../machines.js";
import { flag, Invalid, integer, list, nullable, object, optional, type Rule, text, type Valid } from "../validation.js";
import {
  ApiError,
  type ApiRequest,
  type ApiResponse,
  type Fields,
  idInPath,
  keyAfter,
  type Operations,
  ok,
  type VendorDefinition,
  type VendorServer,
  type World,
} from "../vendor.js";

const shown = { markFields: ["name"], priceFields: ["cost"] } as const;
const laterPage = (query: URLSearchParams) => query.has("cursor");
const withNext = (body: Fields, next: string | null) => ({ ...body, pagination: { nextCursor: next, hasNextPage: true } });
const machine = { instanceId: idInPath, ...shown } as const;

const operations = {
  listInstances: {
    method: "GET",
    path: "/v2/pods",
    listsInstances: true,
    ...shown,
    laterPage,
    pages: {
      parameter: "cursor",
      cut: {
        null_cursor: (body) => withNext(body, null),
        repeated_cursor: (body, query) => withNext(body, query.get("cursor") ?? cursorOf("pods", 1)),
      },
      endless: (body, query) => withNext(body, nextCursor("pods", query.get("cursor"))),
    },
  },
  createInstance: {
    method: "POST",
    path: "/v2/pods",
    boots: true,
    ...shown,
    otherMachines: {
      gpu: (body) => withGpu(body, ({ id, count }) => ({ id: otherGpu(id), count })),
      count: (body) => withGpu(body, ({ id, count }) => ({ id, count: count === 1 ? 2 : 1 })),
    },
  },
  getInstance: { method: "GET", path: "/v2/pods/{id}", ...machine },
  updateInstance: { method: "PATCH", path: "/v2/pods/{id}", ...machine },
  deleteInstance: { method: "DELETE", path: "/v2/pods/{id}", instanceId: idInPath },
  runInstanceAction: { method: "POST", path: "/v2/pods/{id}/action", ...machine },
  getInstanceLogs: { method: "GET", path: "/v2/pods/{id}/logs", instanceId: idInPath },
  listSshKeys: { method: "GET", path: "/v2/account/ssh-keys" },
  replaceSshKeys: { method: "PUT", path: "/v2/account/ssh-keys" },
  listGpuTypes: { method: "GET", path: "/v2/catalog/gpus" },
  getGpuType: { method: "GET", path: "/v2/catalog/gpus/{id}" },
  listDataCenters: { method: "GET", path: "/v2/catalog/datacenters" },
  getDataCenter: { method: "GET", path: "/v2/catalog/datacenters/{id}" },
  listCpuInstanceTypes: { method: "GET", path: "/v2/catalog/cpus" },
  getCpuInstanceType: { method: "GET", path: "/v2/catalog/cpus/{id}" },
  listPublicTemplates: { method: "GET", path: "/v2/catalog/templates" },
  listTemplates: { method: "GET", path: "/v2/templates", laterPage },
  createTemplate: { method: "POST", path: "/v2/templates" },
  getTemplate: { method: "GET", path: "/v2/templates/{id}" },
  updateTemplate: { method: "PATCH", path: "/v2/templates/{id}" },
  deleteTemplate: { method: "DELETE", path: "/v2/templates/{id}" },
  listVolumes: { method: "GET", path: "/v2/network-volumes" },
  createVolume: { method: "POST", path: "/v2/network-volumes" },
  getVolume: { method: "GET", path: "/v2/network-volumes/{id}" },
  updateVolume: { method: "PATCH", path: "/v2/network-volumes/{id}" },
  deleteVolume: { method: "DELETE", path: "/v2/network-volumes/{id}" },
  listRegistryCredentials: { method: "GET", path: "/v2/registries" },
  createRegistryCredential: { method: "POST", path: "/v2/registries" },
  getRegistryCredential: { method: "GET", path: "/v2/registries/{id}" },
  deleteRegistryCredential: { method: "DELETE", path: "/v2/registries/{id}" },
  listBillingRecords: { method: "GET", path: "/v2/billing" },
  listInstanceBillingRecords: { method: "GET", path: "/v2/billing/pods" },
  listVolumeBillingRecords: { method: "GET", path: "/v2/billing/network-volumes" },
  listClusterBillingRecords: { method: "GET", path: "/v2/billing/clusters" },
  listClusters: { method: "GET", path: "/v2/clusters" },
  createCluster: { method: "POST", path: "/v2/clusters" },
  getCluster: { method: "GET", path: "/v2/clusters/{id}" },
  updateCluster: { method: "PATCH", path: "/v2/clusters/{id}" },
  deleteCluster: { method: "DELETE", path: "/v2/clusters/{id}" },
  listClusterInstances: { method: "GET", path: "/v2/clusters/{id}/pods" },
} as const satisfies Operations;

type Operation = keyof typeof operations;

/**
 * RunPod, version 2 of the API, https://docs.runpod.io. An instance is `RUNNING` at once; its address and `runtime` appear after the
 * boot. Out of stock is a 400 that differs from other 400s only in its text. A create without `gpu.count` is also out of stock, and one
 * without `disk` is rejected. Unknown fields are a 422. A stop releases the GPUs. A start needs them on the same machine; until then
 * `runtime` is out of date. A deleted instance is gone at once. GPUs and disks are billed by the second while it is `RUNNING`, and a
 * persistent mount at twice its price while it is stopped. Not documented, so assumed: a month has 730 hours, `ERROR` costs nothing,
 * and the texts of a 402, a 409 and other 400s. The log ends after its last line; the vendor keeps the stream open.
 */
export const runpod: VendorDefinition<Operation> = {
  vendor: "runpod",
  baseUrls: ["https://api.runpod.io"],
  operations,
  errorResponses: {
    invalidRequest: (problem) => failure(422, "request validation failed", [`$.${problem}`]),
    unauthorized: () => failure(401, "invalid bearer token"),
    expiredKey: () => failure(401, "invalid bearer token"),
    forbidden: () => failure(403, "access denied"),
    notFound: () => failure(404, "pod not found"),
    rateLimited: () => failure(429, "rate limit exceeded for the minute window"),
    internalError: () => failure(500, "internal server error"),
    noCapacity: () =>
      failure(
        400,
        "There are no longer any instances available with the requested specifications. Please refresh and try again.",
      ),
    insufficientFunds: () => failure(402, "insufficient balance"),
    unknownPath: (_, path) =>
      Object.values(operations).some((route) => route.path === path)
        ? failure(405, "method not allowed")
        : failure(404, "The requested path was not found."),
    failure,
  },
  defaults: { bootMs: 60_000, addressMs: 0, settleMs: 0, pageSize: 1_000, balanceUsd: 100 },
  start,
};

const titles: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  402: "Payment Required",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  409: "Conflict",
  422: "Unprocessable Entity",
  429: "Too Many Requests",
};

function failure(status: number, detail: string, errors?: string[]): ApiResponse {
  const title = titles[status] ?? "Internal Server Error";
  return { status, body: { title, status, detail, ...(errors && { errors }) } };
}

type Cloud = "SECURE" | "COMMUNITY";

interface Gpu {
  id: string;
  name: string;
  manufacturer: "NVIDIA" | "AMD";
  memoryGb: number;
  /** Most GPUs of one instance. */
  maxCount: number;
  vcpus: number;
  ramGb: number;
}

/** One GPU of a type in a data center, or in the community cloud, which has none. */
interface Offer extends Product {
  gpu: Gpu;
  cloud: Cloud;
  /** Null in the community cloud. */
  dataCenter: string | null;
}

const gpus: readonly [Gpu, ...Gpu[]] = [
  gpuType("NVIDIA GeForce RTX 4090", "RTX 4090", 24, 8, [6, 41]),
  gpuType("NVIDIA L40S", "L40S", 48, 8, [16, 62]),
  gpuType("NVIDIA A100-SXM4-80GB", "A100 SXM", 80, 8, [16, 117]),
  gpuType("NVIDIA H100 80GB HBM3", "H100 SXM", 80, 8, [16, 188]),
  gpuType("NVIDIA H200", "H200 SXM", 141, 8, [24, 251]),
  gpuType("NVIDIA B200", "B200", 180, 8, [28, 283]),
  gpuType("AMD Instinct MI300X OAM", "MI300X", 192, 8, [24, 283], "AMD"),
  gpuType("NVIDIA RTX PRO 6000 Blackwell Server Edition MIG 1g.24gb", "RTX PRO 6000 MIG 24GB", 24, 32, [4, 24]),
];

function gpuType(
  id: string,
  name: string,
  memoryGb: number,
  maxCount: number,
  [vcpus, ramGb]: readonly [number, number],
  manufacturer: Gpu["manufacturer"] = "NVIDIA",
): Gpu {
  return { id, name, manufacturer, memoryGb, maxCount, vcpus, ramGb };
}

const plenty = Number.POSITIVE_INFINITY;
const community = "COMMUNITY";

function offersOf(id: string, usdPerHour: number, free: Readonly<Record<string, number>>): Offer[] {
  const gpu = gpus.find((one) => one.id === id) ?? gpus[0];
  return Object.entries(free).map(([place, units]) => {
    const isCommunity = place === community;
    const dataCenter = isCommunity ? null : place;
    const cloud: Cloud = isCommunity ? "COMMUNITY" : "SECURE";
    return { id: `${cloud}/${dataCenter ?? "any"}/${id}`, usdPerHour, free: units, gpu, cloud, dataCenter };
  });
}

/** Prices of one GPU, of autumn 2026. */
const offers: readonly Offer[] = [
  ...offersOf("NVIDIA GeForce RTX 4090", 0.69, { "EUR-IS-1": plenty, "US-IL-1": plenty }),
  ...offersOf("NVIDIA GeForce RTX 4090", 0.34, { [community]: plenty }),
  ...offersOf("NVIDIA L40S", 0.86, { "US-KS-2": plenty }),
  ...offersOf("NVIDIA A100-SXM4-80GB", 1.49, { "US-KS-2": plenty, "EU-RO-1": 0 }),
  ...offersOf("NVIDIA H100 80GB HBM3", 2.99, { "US-KS-2": plenty, "EUR-IS-1": plenty }),
  ...offersOf("NVIDIA H100 80GB HBM3", 2.69, { [community]: plenty }),
  ...offersOf("NVIDIA H200", 3.99, { "US-KS-2": 8 }),
  ...offersOf("NVIDIA B200", 5.98, { "EU-RO-1": 0 }),
  ...offersOf("AMD Instinct MI300X OAM", 2, { "EU-RO-1": plenty }),
  ...offersOf("NVIDIA RTX PRO 6000 Blackwell Server Edition MIG 1g.24gb", 0.49, { "US-IL-1": plenty }),
];

const dataCenters: Readonly<Record<string, string>> = {
  "US-KS-2": "NORTH_AMERICA",
  "US-IL-1": "NORTH_AMERICA",
  "EUR-IS-1": "EUROPE",
  "EU-RO-1": "EUROPE",
};
const withoutStorage = "US-IL-1";

const cpuTypes = [
  { id: "cpu3c", name: "Compute-Optimized", group: "CPU3", ramGbPerVcpu: 2, usdPerVcpu: 0.03 },
  { id: "cpu3g", name: "General Purpose", group: "CPU3", ramGbPerVcpu: 4, usdPerVcpu: 0.04 },
  { id: "cpu5c", name: "Compute-Optimized", group: "CPU5", ramGbPerVcpu: 2, usdPerVcpu: 0.035 },
] as const;
type CpuType = (typeof cpuTypes)[number];
const cpuDataCenter = "US-KS-2";

/** Per GB: https://docs.runpod.io/pods/pricing */
const hoursPerMonth = 730;
const diskUsd = 0.1 / hoursPerMonth;
const stoppedDiskUsd = 0.2 / hoursPerMonth;
const volumeUsd = 0.07 / hoursPerMonth;
/** Between the events of a boot in the log, in milliseconds. */
const logStepMs = 1_000;

function otherGpu(id: string): string {
  return offers.find(({ gpu, cloud, free }) => cloud === "SECURE" && free > 0 && gpu.id !== id)?.gpu.id ?? id;
}

/** The body of a create with another GPU, anywhere. */
function withGpu(body: Fields, change: (gpu: { id: string; count: number }) => object): Fields {
  const gpu = body["gpu"] as { id: string; count: number } | undefined;
  return gpu ? { ...body, cloud: "SECURE", dataCenterIds: [], gpu: { ...gpu, ...change(gpu) } } : body;
}

/** An object without other fields. */
function exact<Fields extends Record<string, Rule<unknown>>>(
  fields: Fields,
): Rule<{ [Name in keyof Fields]: Valid<Fields[Name]> }> {
  const rule = object(fields);
  return (value, at) => {
    const known = Object.keys(fields);
    const other = Object.keys(typeof value === "object" && value !== null ? value : {}).find((name) => !known.includes(name));
    if (other !== undefined) throw new Invalid(`${at}: additional properties '${other}' not allowed`);
    return rule(value, at);
  };
}

const environment: Rule<Record<string, string>> = (value, at) => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Invalid(`${at} must be an object`);
  const valueRule = text();
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, valueRule(one, `${at}.${name}`)]));
};

const mounts = exact({
  persistent: optional(exact({ size: integer(10), path: text(1) })),
  network: optional(list(exact({ volumeId: text(1), path: text(1) }), 1)),
});
const container = {
  image: optional(text(1)),
  args: optional(text()),
  entrypoint: optional(list(text())),
  cmd: optional(list(text())),
  disk: optional(integer(1)),
  mounts: optional(mounts),
  ports: optional(list(port)),
  env: optional(environment),
};
const placement = {
  dataCenterIds: optional(list(text(1))),
  templateId: optional(text(1)),
  startSsh: optional(flag),
  startJupyter: optional(flag),
};
const createBody = exact({
  ...container,
  ...placement,
  name: text(1),
  cloud: optional(text(1)),
  registry: optional(nullable(text(1))),
  globalNetworking: optional(flag),
  gpu: optional(
    exact({
      id: text(1),
      count: optional(integer(1)),
      minRamPerGpu: optional(integer(1)),
      minVcpuCountPerGpu: optional(integer(1)),
      allowedCudaVersions: optional(list(text(1))),
      minCudaVersion: optional(text(1)),
    }),
  ),
  cpu: optional(exact({ id: text(1), vcpuCount: integer(2) })),
});
const updateBody = exact({
  ...container,
  name: optional(text(1)),
  registry: optional(nullable(text(1))),
  locked: optional(flag),
  globalNetworking: optional(flag),
  templateId: optional(text(1)),
});
const actionBody = exact({ action: text(1) });
const keysBody = exact({ keys: list(text(1)) });
const templateFields = {
  ...container,
  registry: optional(nullable(text(1))),
  category: optional(text(1)),
  public: optional(flag),
  startSsh: optional(flag),
  startJupyter: optional(flag),
  allowedCudaVersions: optional(list(text(1))),
};
const templateBody = exact({ ...templateFields, name: text(1), image: text(1), serverless: optional(flag) });
const templateUpdate = exact({ ...templateFields, name: optional(text(1)) });
const volumeBody = exact({ name: text(1), size: integer(10, 4_096), dataCenter: text(1), type: optional(text(1)) });
const volumeUpdate = exact({ name: optional(text(1)), size: optional(integer(10, 4_096)) });
const registryBody = exact({ name: text(1, 191), username: text(0, 191), password: text(0, 16_384) });
const clusterBody = exact({
  ...container,
  ...placement,
  name: text(1),
  type: text(1),
  compute: exact({ gpuTypeId: text(1), gpuCountPerPod: integer(1), podCount: integer(2, 250) }),
});
const nameBody = exact({ name: text(1) });

function port(value: unknown, at: string): string {
  const read = text(1)(value, at);
  if (!/^\d+\/(http|tcp)$/.test(read)) throw new Invalid(`${at} must match the pattern port/http or port/tcp`);
  return read;
}

type Container = Partial<Valid<typeof createBody>>;

interface Instance {
  id: string;
  name: string;
  settings: Container;
  /** Undefined for one without GPU. */
  offer: Offer | undefined;
  gpuCount: number;
  cpu: { type: CpuType; vcpus: number } | undefined;
  /** In US dollars per hour, without disks. */
  usdPerHour: number;
  ip: string;
  publicPort: number;
  proxyUser: string;
  locked: boolean;
  createdAt: number;
  startedAt: number;
  /** When the address is known; Infinity when it never is. */
  addressAt: number;
  /** Undefined before the first boot ends. A stop does not clear it. */
  uptimeFrom: number | undefined;
  stoppedAt: number | undefined;
  lifeCycle: LifeCycle;
  /** Undefined for a member of a cluster, which is paid for as a whole. */
  rental: Rental | undefined;
  cluster: { id: string; rank: number } | undefined;
}

interface Cluster {
  id: string;
  name: string;
  type: string;
  compute: Valid<typeof clusterBody>["compute"];
  dataCenter: string;
  createdAt: number;
  members: Instance[];
  rental: Rental;
}

interface Volume {
  id: string;
  name: string;
  size: number;
  dataCenter: string;
  type: string;
  rental: Rental;
}

interface Template {
  id: string;
  settings: Partial<Valid<typeof templateBody>>;
  isOwn: boolean;
}

const iso = (at: number) => new Date(at).toISOString();
const roundUsd = (usd: number) => Number(usd.toFixed(6));

function start(world: World): VendorServer<Operation> {
  const { random, ledger, settings } = world;
  const apiKey = `rpa_${random.letters(40)}`;
  // A type has one price in all data centers of a cloud.
  const stock = createStock(offers, 1_000, (one, other) => one.gpu === other.gpu && one.cloud === other.cloud);
  const instances = createMachines<Instance>(runpod.errorResponses.notFound);
  const clusters = new Map<string, Cluster>();
  const volumes = new Map<string, Volume>();
  const registries = new Map<string, { id: string; name: string }>();
  const templates = new Map<string, Template>([
    [
      "runpod-torch-v280",
      {
        id: "runpod-torch-v280",
        settings: {
          name: "Runpod Pytorch 2.8.0",
          image: "runpod/pytorch:1.0.2-cu1281-torch280-ubuntu2404",
          disk: 50,
          ports: ["8888/http", "22/tcp"],
          public: true,
        },
        isOwn: false,
      },
    ],
  ]);
  let sshKeys: string[] = [];

  const apiError = (status: number, detail: string) => new ApiError(failure(status, detail));
  const broken = (rule: string) => apiError(400, rule);
  const missing = (what: string) => apiError(404, `${what} not found`);
  const noCapacity = () => new ApiError(runpod.errorResponses.noCapacity(undefined));

  function found<T>(map: ReadonlyMap<string, T>, { path }: ApiRequest, what: string): T {
    const one = map.get(path["id"] ?? "");
    if (!one) throw missing(what);
    return one;
  }

  const instanceOf = ({ path, at }: ApiRequest) => instances.get(at, ({ id }) => id === path["id"]);

  /** One that can be changed alone. */
  function ownInstanceOf(request: ApiRequest): Instance {
    const one = instanceOf(request);
    if (one.cluster) throw apiError(409, "pod belongs to a cluster");
    return one;
  }

  function page<T>(listed: string, all: readonly T[], query: URLSearchParams): { items: readonly T[]; pagination: object } {
    const limit = query.has("limit") ? integer(1, 1_000)(Number(query.get("limit")), "limit") : settings.pageSize;
    const found = pageFrom(listed, all, query.get("cursor"), limit);
    if (!found) throw new Invalid("cursor: is not valid");
    return { items: found.items, pagination: { nextCursor: found.next, hasNextPage: found.next !== null } };
  }

  function statusOf(instance: Instance, at: number): string {
    return instance.lifeCycle.status(at) ?? "TERMINATED";
  }

  function actionsOf(status: string): string[] {
    if (status === "RUNNING") return ["stop", "restart", "terminate"];
    return status === "EXITED" || status === "ERROR" ? ["start", "terminate"] : ["stop", "terminate"];
  }

  function describe(instance: Instance, at: number): Record<string, unknown> {
    const { settings: given, offer, cpu, cluster } = instance;
    const status = statusOf(instance, at);
    const isUp = status === "RUNNING" && at >= instance.addressAt;
    const ports = given.ports ?? [];
    const hasSsh = ports.includes("22/tcp");
    const uptimeFrom = isUp ? instance.addressAt : instance.uptimeFrom;
    return {
      id: instance.id,
      name: instance.name,
      status,
      actions: actionsOf(status),
      image: given.image ?? "",
      args: given.args ?? "",
      entrypoint: given.entrypoint ?? [],
      cmd: given.cmd ?? [],
      disk: given.disk ?? 0,
      mounts: given.mounts ?? {},
      ports,
      env: given.env ?? {},
      ...(offer && {
        gpu: {
          id: offer.gpu.id,
          count: instance.gpuCount,
          vcpuCount: offer.gpu.vcpus * instance.gpuCount,
          memory: offer.gpu.ramGb * instance.gpuCount,
        },
      }),
      ...(cpu && { cpu: { id: cpu.type.id, vcpuCount: cpu.vcpus, memory: cpu.vcpus * cpu.type.ramGbPerVcpu } }),
      registry: given.registry ?? null,
      cloud: offer?.cloud ?? "SECURE",
      dataCenterId: offer ? offer.dataCenter : cpuDataCenter,
      cudaVersion: offer?.gpu.manufacturer === "NVIDIA" ? "12.8" : null,
      ssh: {
        proxy: isUp ? endpoint("ssh.runpod.io", 22, instance.proxyUser) : null,
        direct: isUp && hasSsh ? endpoint(instance.ip, instance.publicPort, "root") : null,
      },
      template: null,
      cost: status === "EXITED" || status === "ERROR" ? 0 : roundUsd(instance.usdPerHour),
      locked: instance.locked,
      // `runtime` of a stopped instance is out of date.
      runtime:
        uptimeFrom === undefined
          ? null
          : {
              uptime: Math.floor(((instance.stoppedAt ?? at) - uptimeFrom) / 1_000),
              gpus: Array.from({ length: instance.gpuCount }, () => ({ util: 0, memoryUtil: 0 })),
              cpu: { util: 1 },
              memory: { util: 2 },
              ports: ports.map((one) => describePort(instance, one)),
            },
      globalNetworking: { enabled: given.globalNetworking ?? false },
      ...(cluster && { cluster: { ...cluster, ip: `10.65.0.${cluster.rank + 2}` } }),
      createdAt: iso(instance.createdAt),
      startedAt: uptimeFrom === undefined ? null : iso(instance.startedAt),
    };
  }

  const endpoint = (host: string, at: number, username: string) => ({
    host,
    port: at,
    username,
    command: `ssh ${username}@${host} -p ${at}`,
  });

  /** Ports of `http` have an address in the vendor's own network, which cannot be reached. */
  function describePort({ ip, publicPort }: Instance, given: string): object {
    const [inside = "", type = ""] = given.split("/");
    const isHttp = type === "http";
    return {
      private: Number(inside),
      public: inside === "22" ? publicPort : publicPort + Number(inside),
      type,
      ip: isHttp ? "100.65.12.7" : ip,
    };
  }

  /** Charges disks and, while it runs, the machine. */
  function charge({ rental, usdPerHour, settings: given }: Instance, status: "RUNNING" | "EXITED" | "ERROR", at: number): void {
    const persistent = given.mounts?.persistent?.size ?? 0;
    if (status === "RUNNING") {
      rental?.charge("compute", usdPerHour, at);
      rental?.charge("storage", ((given.disk ?? 0) + persistent) * diskUsd, at);
    } else {
      rental?.stop("compute", at);
      rental?.charge("storage", status === "EXITED" ? persistent * stoppedDiskUsd : 0, at);
    }
  }

  /** The container is up again `bootMs` from now. */
  function boot(instance: Instance, at: number): void {
    instance.addressAt = at + settings.bootMs + settings.addressMs;
    instance.publicPort = random.integer(20_000, 45_000);
    instance.stoppedAt = undefined;
    instance.startedAt = at;
    instance.lifeCycle.enter({}, "RUNNING", at);
  }

  /** Settings of a create, with those of its template. */
  function withTemplate(given: Container): Container {
    const { templateId, ...own } = given;
    if (templateId === undefined) return own;
    const template = templates.get(templateId);
    if (!template) throw missing("template");
    if (template.settings.serverless) throw new Invalid("templateId: is a template of serverless endpoints");
    const { image, args, entrypoint, cmd, disk, mounts, ports, env, registry } = template.settings;
    const defaults = Object.entries({ image, args, entrypoint, cmd, disk, mounts, ports, registry }).filter(
      ([, value]) => value !== undefined,
    );
    return { ...Object.fromEntries(defaults), ...own, env: { ...env, ...own.env } };
  }

  function checkMounts(given: Container, cloud: string, dataCenter: string | null): void {
    const { persistent, network } = given.mounts ?? {};
    if (persistent && network) throw broken("provide either mounts.persistent or mounts.network, not both");
    if (persistent && given.cpu) throw broken("mounts.persistent is not supported on CPU pods");
    for (const { volumeId } of network ?? []) {
      const volume = volumes.get(volumeId);
      if (!volume) throw missing("network volume");
      if (cloud !== "SECURE" || volume.dataCenter !== dataCenter) throw noCapacity();
    }
  }

  /** An offer with enough free GPUs in one of the data centers, or anywhere. */
  function placeOf(gpuId: string, count: number, cloud: string, places: readonly string[]): Offer | undefined {
    return stock
      .products()
      .find(
        (one) =>
          one.gpu.id === gpuId &&
          one.cloud === cloud &&
          count <= one.gpu.maxCount &&
          count <= one.free &&
          (places.length === 0 || places.includes(one.dataCenter ?? "")),
      );
  }

  function addInstance(
    request: ApiRequest,
    given: Container,
    placed: { offer: Offer | undefined; count: number; cpu: Instance["cpu"] },
    cluster?: Instance["cluster"],
  ): Instance {
    const { at } = request;
    const { offer, count, cpu } = placed;
    const { lifeCycle, readyAt } = bootNew({ RUNNING: settings.bootMs }, "RUNNING", "ERROR", request);
    const id = random.letters(14);
    const name = given.name ?? "";
    const product = offer?.id ?? cpu?.type.id ?? "";
    const instance: Instance = {
      id,
      name,
      settings: given,
      offer,
      gpuCount: count,
      cpu,
      usdPerHour: offer ? offer.usdPerHour * count : (cpu?.vcpus ?? 0) * (cpu?.type.usdPerVcpu ?? 0),
      ip: random.ipv4(),
      publicPort: random.integer(20_000, 45_000),
      proxyUser: `${id}-${random.hex(8)}`,
      locked: false,
      createdAt: at,
      startedAt: at,
      addressAt: readyAt + settings.addressMs,
      uptimeFrom: undefined,
      stoppedAt: undefined,
      lifeCycle,
      rental: cluster ? undefined : ledger.open("instance", { id, name, product }, request),
      cluster,
    };
    charge(instance, "RUNNING", at);
    if (request.bootOutcome === "fails") charge(instance, "ERROR", lifeCycle.settlesAt());
    return instances.add(instance);
  }

  function release({ offer, gpuCount }: Instance): void {
    if (offer) stock.giveBack(offer.id, gpuCount);
  }

  function end(instance: Instance, at: number, by: ApiRequest["reference"]): void {
    if (statusOf(instance, at) !== "EXITED") release(instance);
    instance.lifeCycle.enter({}, undefined, at);
    instance.rental?.end(at, by);
  }

  const listOf = (query: URLSearchParams, name: string) => (query.get(name) ?? "").split(",").filter((one) => one !== "");

  /** The parameters of stock are refused without `include` and `product`. */
  function wantsStock(query: URLSearchParams, names: readonly string[]): boolean {
    const isIncluded = listOf(query, "include").includes("AVAILABILITY");
    if (!isIncluded && names.some((name) => query.has(name))) throw broken("stock parameters need include=AVAILABILITY");
    if (isIncluded && !query.has("product")) throw broken("include=AVAILABILITY needs product");
    return isIncluded;
  }

  const level = (free: number, count: number) => (free < count ? "NONE" : free === plenty ? "HIGH" : "LOW");

  function describeGpu(gpu: Gpu, query: URLSearchParams): object {
    const inCloud = (cloud: Cloud) => stock.products().filter((one) => one.gpu.id === gpu.id && one.cloud === cloud);
    const [secure] = inCloud("SECURE");
    const [shared] = inCloud("COMMUNITY");
    const described = {
      id: gpu.id,
      name: gpu.name,
      pool: null,
      manufacturer: gpu.manufacturer,
      memory: gpu.memoryGb,
      secure: secure !== undefined,
      community: shared !== undefined,
      // A cloud that does not sell the type has a placeholder as its price.
      price: { secure: secure?.usdPerHour ?? 0.5, community: shared?.usdPerHour ?? 0.5 },
      maxCount: { secure: secure ? gpu.maxCount : 0, community: shared ? gpu.maxCount : 0 },
    };
    if (!wantsStock(query, ["product", "count", "cloud", "countryCodes", "cudaVersions", "minCudaVersion"])) return described;
    const count = integer(1)(Number(query.get("count") ?? 1), "count");
    const cloud = query.get("cloud") === "COMMUNITY" ? "COMMUNITY" : "SECURE";
    const levels = inCloud(cloud).map((one) => ({
      id: one.dataCenter ?? "",
      name: one.dataCenter ?? "",
      availability: count > gpu.maxCount ? "NONE" : level(one.free, count),
    }));
    const inStock = levels.filter(({ availability }) => availability !== "NONE");
    return {
      ...described,
      availability: ["HIGH", "LOW"].find((one) => inStock.some(({ availability }) => availability === one)) ?? "NONE",
      // Community stock has no data centers.
      ...(cloud === "SECURE" && inStock.length > 0 && { dataCenters: inStock }),
      ...(gpu.manufacturer === "NVIDIA" && { cudaVersions: [{ version: "12.8", available: inStock.length > 0 }] }),
    };
  }

  function describeCpu({ id, name, group, ramGbPerVcpu, usdPerVcpu }: CpuType, query: URLSearchParams): object {
    const described = {
      id,
      name,
      group,
      vcpu: { min: 2, max: 32 },
      ramGbPerVcpu,
      price: { securePerVcpu: usdPerVcpu, serverlessPerVcpu: roundUsd(usdPerVcpu * 1.2) },
    };
    if (!wantsStock(query, ["product", "vcpuCount"])) return described;
    const availability = "HIGH";
    return { ...described, availability, dataCenters: [{ id: cpuDataCenter, name: cpuDataCenter, availability }] };
  }

  function describeDataCenter(id: string, query: URLSearchParams): object {
    const included = listOf(query, "include");
    const gpuAvailability = stock
      .products()
      .filter(({ dataCenter }) => dataCenter === id)
      .map(({ gpu, free }) => ({ id: gpu.id, name: gpu.name, availability: level(free, 1) }));
    const cpuAvailability = cpuTypes.map((one) => ({
      id: one.id,
      name: one.name,
      availability: id === cpuDataCenter ? "HIGH" : "NONE",
    }));
    return {
      id,
      name: id,
      region: dataCenters[id],
      globalNetwork: true,
      networkVolumeTypes: id === withoutStorage ? [] : ["STANDARD"],
      compliance: ["SOC_2_TYPE_2"],
      ...(included.includes("GPU_AVAILABILITY") && { gpuAvailability }),
      ...(included.includes("CPU_AVAILABILITY") && { cpuAvailability }),
    };
  }

  function describeTemplate({ id, settings: given }: Template): object {
    return {
      id,
      name: given.name ?? "",
      image: given.image ?? "",
      args: given.args ?? "",
      disk: given.disk ?? 5,
      mounts: given.mounts ?? {},
      ports: given.ports ?? [],
      env: given.env ?? {},
      registry: given.registry ?? null,
      category: given.category ?? "NVIDIA",
      public: given.public ?? false,
      serverless: given.serverless ?? false,
      startSsh: given.startSsh ?? true,
      startJupyter: given.startJupyter ?? true,
      allowedCudaVersions: given.allowedCudaVersions ?? [],
    };
  }

  function ownTemplateOf(request: ApiRequest): Template {
    const template = found(templates, request, "template");
    if (!template.isOwn) throw missing("template");
    return template;
  }

  const describeVolume = ({ id, name, size, dataCenter, type }: Volume) => ({ id, name, size, dataCenter, type });

  const usesVolume = (id: string, at: number) =>
    instances.find(at, ({ settings: given }) => given.mounts?.network?.some(({ volumeId }) => volumeId === id) === true);

  function describeCluster({ id, name, type, compute, dataCenter, createdAt }: Cluster): object {
    return { id, name, type, compute, dataCenterId: dataCenter, createdAt: iso(createdAt) };
  }

  /** What the rentals of a kind cost so far, in one record each. */
  function billing({ at, query }: ApiRequest, kind: "instance" | "volume" | "cluster", field: string): ApiResponse {
    const wanted = query.get(field);
    const records = ledger
      .entries(at)
      .filter((entry) => entry.kind === kind && entry.usd > 0)
      .filter(({ id }) => wanted === null || id === wanted)
      .map(({ id, createdAt, usd }) => ({ startTime: createdAt, endTime: iso(at), [field]: id, totalAmount: usd }));
    return billed(records, query);
  }

  function billed(
    records: readonly { readonly totalAmount: number; readonly [field: string]: unknown }[],
    query: URLSearchParams,
  ): ApiResponse {
    const totalAmount = roundUsd(records.reduce((sum, one) => sum + one.totalAmount, 0));
    const asked = { bucketSize: query.get("bucketSize") ?? "day" };
    return ok({ records, metadata: { query: asked, recordCount: records.length, totals: { totalAmount } } });
  }

  /** The lines of a log so far, oldest first. */
  function logOf(instance: Instance, at: number): { at: number; source: string; line: string }[] {
    const { createdAt, addressAt } = instance;
    return [
      { at: createdAt + logStepMs, source: "system", line: `create container ${instance.settings.image ?? ""}` },
      { at: createdAt + 2 * logStepMs, source: "system", line: "start container: begin" },
      { at: addressAt, source: "container", line: "Started OpenSSH server" },
    ].filter((one) => one.at <= at);
  }

  return {
    apiKey,
    catalogue: stock,
    authorize({ headers }) {
      const given = keyAfter("Bearer", headers);
      if (given === undefined) throw apiError(401, "missing bearer token");
      if (given !== apiKey) throw new ApiError(runpod.errorResponses.unauthorized());
    },
    handlers: {
      listInstances({ query, listAt }) {
        const withMembers = query.get("includeClusterPods") === "true";
        const all = instances.list(listAt).filter(({ cluster }) => withMembers || !cluster);
        const { items, pagination } = page("pods", all.reverse(), query);
        return ok({ pods: items.map((instance) => describe(instance, listAt)), pagination });
      },

      createInstance(request) {
        const requested = createBody(request.body, "");
        if ((requested.gpu === undefined) === (requested.cpu === undefined)) throw broken("provide exactly one of gpu and cpu");
        const { gpu, cpu, cloud = "SECURE", dataCenterIds = [] } = requested;
        if (gpu?.minCudaVersion !== undefined && (gpu.allowedCudaVersions ?? []).length > 0) {
          throw broken("provide either gpu.allowedCudaVersions or gpu.minCudaVersion, not both");
        }
        const given = withTemplate(requested);
        if (gpu && !gpus.some(({ id }) => id === gpu.id)) throw new Invalid(`gpu.id: Unknown GPU type: ${gpu.id}`);
        const cpuType = cpu && cpuTypes.find(({ id }) => id === cpu.id);
        if (cpu && !cpuType) throw new Invalid(`cpu.id: Unknown CPU type: ${cpu.id}`);
        // Without a count no machine is found, although the document has a default.
        const offer = gpu?.count === undefined ? undefined : placeOf(gpu.id, gpu.count, cloud, dataCenterIds);
        if (gpu && !offer) throw noCapacity();
        // The vendor checks this only after it has found a machine.
        if (requested.templateId === undefined && (given.disk === undefined || given.image === undefined)) {
          throw broken("You must either provide a template id or pod configuration parameters");
        }
        checkMounts(given, cloud, offer ? offer.dataCenter : cpuDataCenter);
        if (offer && !stock.take(offer.id, gpu?.count ?? 0)) throw noCapacity();
        const env = { ...given.env };
        if (requested.startSsh && sshKeys.length > 0) env["PUBLIC_KEY"] ??= sshKeys.join("\n");
        const placed = {
          offer,
          count: gpu?.count ?? 0,
          cpu: cpuType && { type: cpuType, vcpus: cpu?.vcpuCount ?? 0 },
        };
        const instance = addInstance(request, { ...given, env }, placed);
        return { status: 201, body: describe(instance, request.at) };
      },

      getInstance: (request) => ok(describe(instanceOf(request), request.at)),

      updateInstance(request) {
        const { name, locked, templateId: _, ...changes } = updateBody(request.body, "");
        const { at } = request;
        const instance = ownInstanceOf(request);
        const before = instance.settings.mounts;
        if (changes.mounts && (!changes.mounts.persistent || !before?.persistent))
          throw broken("the kind of mount cannot be changed");
        if (name !== undefined) {
          instance.name = name;
          instance.rental?.rename(name);
        }
        instance.locked = locked ?? instance.locked;
        const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
        instance.settings = { ...instance.settings, ...given };
        // A change of the container resets the instance.
        if (Object.keys(given).length > 0 && statusOf(instance, at) === "RUNNING") {
          boot(instance, at);
          charge(instance, "RUNNING", at);
        }
        return ok(describe(instance, at));
      },

      deleteInstance(request) {
        end(ownInstanceOf(request), request.at, request.reference);
        return { status: 204 };
      },

      runInstanceAction(request) {
        const { action } = actionBody(request.body, "");
        if (!["start", "stop", "restart", "terminate"].includes(action)) {
          throw new Invalid("action: value must be one of 'start', 'stop', 'restart', 'terminate'");
        }
        const { at, reference } = request;
        const instance = ownInstanceOf(request);
        const isLocked = instance.locked && action !== "start";
        if (!actionsOf(statusOf(instance, at)).includes(action) || isLocked) {
          throw apiError(409, `action '${action}' is not allowed in the current state`);
        }
        if (action === "terminate") {
          end(instance, at, reference);
          return { status: 204 };
        }
        if (action === "stop") {
          instance.uptimeFrom = at >= instance.addressAt ? instance.addressAt : instance.uptimeFrom;
          instance.stoppedAt = at;
          release(instance);
          instance.lifeCycle.enter({}, "EXITED", at);
          charge(instance, "EXITED", at);
        } else {
          const isReleased = statusOf(instance, at) === "EXITED";
          if (isReleased && instance.offer && !stock.take(instance.offer.id, instance.gpuCount)) {
            throw broken("There are not enough free GPUs on the host machine to start this pod.");
          }
          boot(instance, at);
          charge(instance, "RUNNING", at);
        }
        return ok(describe(instance, at));
      },

      getInstanceLogs(request) {
        const { query, headers, at } = request;
        const source = query.get("source");
        const since = Date.parse(query.get("since") ?? "") || Number.NEGATIVE_INFINITY;
        const tail = integer(0, 5_000)(Number(query.get("tail") ?? 100), "tail");
        const lines = logOf(instanceOf(request), at).map((one) => ({ ...one, id: `${iso(one.at)}/1` }));
        const last = lines.findIndex(({ id }) => id === headers.get("last-event-id"));
        const wanted = lines
          .slice(last + 1)
          .filter((one) => one.at > since && (source === null || one.source === source))
          .slice(-tail || Number.POSITIVE_INFINITY)
          .map(({ id, source, line, at: ts }) => `id: ${id}\ndata: ${JSON.stringify({ source, line, ts: iso(ts) })}\n\n`);
        return { status: 200, headers: { "content-type": "text/event-stream" }, text: `: keep-alive\n\n${wanted.join("")}` };
      },

      listSshKeys: () => ok({ keys: sshKeys }),

      replaceSshKeys({ body }) {
        const { keys } = keysBody(body, "");
        if (!keys.every((key) => /^(ssh|ecdsa|sk)-[^\s]+ [^\s]+([ \t][^\n\r]*)?$/.test(key))) {
          throw new Invalid("keys: does not match the pattern of a public key");
        }
        sshKeys = keys;
        return ok({ keys });
      },

      listGpuTypes: ({ query }) =>
        ok({
          gpus: [
            ...gpus.map((gpu) => describeGpu(gpu, query)),
            // The vendor's own catalogue has this row.
            {
              id: "unknown",
              name: "unknown",
              pool: null,
              manufacturer: "UNKNOWN",
              memory: 0,
              secure: false,
              community: false,
              price: { secure: 0, community: 0 },
              maxCount: { secure: 0, community: 0 },
            },
          ],
        }),

      getGpuType({ path, query }) {
        const gpu = gpus.find(({ id }) => id === path["id"]);
        if (!gpu) throw missing("GPU type");
        return ok(describeGpu(gpu, query));
      },

      listDataCenters({ query }) {
        const regions = listOf(query, "regions");
        const ids = Object.keys(dataCenters).filter((id) => regions.length === 0 || regions.includes(dataCenters[id] ?? ""));
        return ok({ dataCenters: ids.map((id) => describeDataCenter(id, query)) });
      },

      getDataCenter({ path, query }) {
        const id = Object.keys(dataCenters).find((one) => one === path["id"]);
        if (id === undefined) throw missing("data center");
        return ok(describeDataCenter(id, query));
      },

      listCpuInstanceTypes: ({ query }) => ok({ cpus: cpuTypes.map((one) => describeCpu(one, query)) }),

      getCpuInstanceType({ path, query }) {
        const type = cpuTypes.find(({ id }) => id === path["id"]);
        if (!type) throw missing("CPU type");
        return ok(describeCpu(type, query));
      },

      listPublicTemplates: () =>
        ok({ templates: [...templates.values()].filter(({ isOwn }) => !isOwn).map((one) => describeTemplate(one)) }),

      listTemplates({ query }) {
        const own = [...templates.values()].filter(({ isOwn }) => isOwn).reverse();
        const { items, pagination } = page("templates", own, query);
        return ok({ templates: items.map(describeTemplate), pagination });
      },

      createTemplate({ body }) {
        const template = { id: random.letters(10), settings: templateBody(body, ""), isOwn: true };
        templates.set(template.id, template);
        return { status: 201, body: describeTemplate(template) };
      },

      getTemplate: (request) => ok(describeTemplate(found(templates, request, "template"))),

      updateTemplate(request) {
        const changes = templateUpdate(request.body, "");
        const template = ownTemplateOf(request);
        const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
        template.settings = { ...template.settings, ...given };
        return ok(describeTemplate(template));
      },

      deleteTemplate(request) {
        templates.delete(ownTemplateOf(request).id);
        return { status: 204 };
      },

      listVolumes: () => ok({ networkVolumes: [...volumes.values()].map(describeVolume) }),

      createVolume({ body, at, reference }) {
        const { name, size, dataCenter, type = "STANDARD" } = volumeBody(body, "");
        if (!(dataCenter in dataCenters) || dataCenter === withoutStorage) {
          const valid = Object.keys(dataCenters).filter((id) => id !== withoutStorage);
          throw broken(`data center ${dataCenter} has no storage; valid are ${valid.join(", ")}`);
        }
        const id = random.letters(10);
        const rental = ledger.open("volume", { id, name, product: `${size} GB` }, { at, reference });
        rental.charge("storage", size * volumeUsd, at);
        const volume = { id, name, size, dataCenter, type, rental };
        volumes.set(id, volume);
        return { status: 201, body: describeVolume(volume) };
      },

      getVolume: (request) => ok(describeVolume(found(volumes, request, "network volume"))),

      updateVolume(request) {
        const { name, size } = volumeUpdate(request.body, "");
        const volume = found(volumes, request, "network volume");
        if (name === undefined && size === undefined) throw new Invalid("name: at least one of name and size is required");
        if (size !== undefined && size < volume.size) throw broken("network volume size cannot be decreased");
        volume.name = name ?? volume.name;
        volume.size = size ?? volume.size;
        volume.rental.rename(volume.name);
        volume.rental.charge("storage", volume.size * volumeUsd, request.at);
        return ok(describeVolume(volume));
      },

      deleteVolume(request) {
        const volume = found(volumes, request, "network volume");
        if (usesVolume(volume.id, request.at)) throw broken("network volume is in use");
        volumes.delete(volume.id);
        volume.rental.end(request.at, request.reference);
        return { status: 204 };
      },

      listRegistryCredentials: () => ok({ registries: [...registries.values()] }),

      createRegistryCredential({ body }) {
        const { name } = registryBody(body, "");
        if ([...registries.values()].some((one) => one.name === name)) throw apiError(409, "registry name is taken");
        const registry = { id: random.letters(25), name };
        registries.set(registry.id, registry);
        return { status: 201, body: registry };
      },

      getRegistryCredential: (request) => ok(found(registries, request, "registry")),

      deleteRegistryCredential(request) {
        const { id } = found(registries, request, "registry");
        if (instances.find(request.at, ({ settings: given }) => given.registry === id)) throw broken("registry is in use");
        registries.delete(id);
        return { status: 204 };
      },

      listBillingRecords(request) {
        const { at, query } = request;
        const usd = ledger.spent(at);
        const startTime = `${iso(at).slice(0, 10)}T00:00:00Z`;
        return billed(usd > 0 ? [{ startTime, endTime: iso(at), totalAmount: roundUsd(usd) }] : [], query);
      },

      listInstanceBillingRecords: (request) => billing(request, "instance", "podId"),
      listVolumeBillingRecords: (request) => billing(request, "volume", "networkVolumeId"),
      listClusterBillingRecords: (request) => billing(request, "cluster", "clusterId"),

      listClusters: () => ok({ clusters: [...clusters.values()].map(describeCluster) }),

      createCluster(request) {
        const { name, type, compute, dataCenterIds = [], ...requested } = clusterBody(request.body, "");
        const { at, reference } = request;
        const { gpuTypeId, gpuCountPerPod, podCount } = compute;
        const offer = placeOf(gpuTypeId, gpuCountPerPod, "SECURE", dataCenterIds);
        const total = gpuCountPerPod * podCount;
        if (!offer || !stock.take(offer.id, total)) throw noCapacity();
        const id = random.letters(10);
        const rental = ledger.open("cluster", { id, name, product: offer.id }, { at, reference });
        rental.charge("compute", offer.usdPerHour * total, at);
        const given = withTemplate(requested);
        const members = Array.from({ length: podCount }, (_, rank) =>
          addInstance(
            { ...request, bootOutcome: "ready" },
            { ...given, name: `${name}-${rank}` },
            { offer, count: gpuCountPerPod, cpu: undefined },
            { id, rank },
          ),
        );
        const cluster = { id, name, type, compute, dataCenter: offer.dataCenter ?? "", createdAt: at, members, rental };
        clusters.set(id, cluster);
        return { status: 201, body: describeCluster(cluster) };
      },

      getCluster: (request) => ok(describeCluster(found(clusters, request, "cluster"))),

      updateCluster(request) {
        const { name } = nameBody(request.body, "");
        const cluster = found(clusters, request, "cluster");
        cluster.name = name;
        cluster.rental.rename(name);
        return ok(describeCluster(cluster));
      },

      deleteCluster(request) {
        const { id, members, rental } = found(clusters, request, "cluster");
        for (const member of members) end(member, request.at, request.reference);
        clusters.delete(id);
        rental.end(request.at, request.reference);
        return { status: 204 };
      },

      listClusterInstances(request) {
        const { members } = found(clusters, request, "cluster");
        return ok({ pods: members.map((member) => describe(member, request.at)) });
      },
    },
  };
}
