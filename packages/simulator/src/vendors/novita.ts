import { createStock, type Product } from "../catalogue.js";
import type { Rental } from "../ledger.js";
import { type BootOutcome, bootPlan, createLifeCycle, type LifeCycle, type Phases, phasesOf } from "../life-cycle.js";
import { createMachines } from "../machines.js";
import { flag, Invalid, integer, list, object, oneOf, optional, type Rule, text, type Valid } from "../validation.js";
import {
  ApiError,
  type ApiRequest,
  type ApiResponse,
  emptyOk,
  type Fields,
  type Handler,
  keyAfter,
  type Operations,
  ok,
  type VendorDefinition,
  type VendorServer,
  type World,
} from "../vendor.js";
import { envs, handlersV2, operationsV2, type SavedImages } from "./novita-v2.js";

const v1 = "/gpu-instance/openapi/v1";
const pagesBy = (parameter: string, first = 0) => ({
  laterPage: (query: URLSearchParams) => Number(query.get(parameter) ?? first) > first,
  pages: {
    parameter,
    // The list of networks has `total` as a string.
    cut: {
      total: (body: Fields) => ({
        ...body,
        total: typeof body["total"] === "string" ? `${body["total"]}0` : Number(body["total"]) + 1,
      }),
    },
  },
});
function isSpot(body: Fields): boolean {
  return body["billingMode"] === "spot";
}

const idInBody = ({ body }: { body: unknown }) => (body as Fields | undefined)?.["instanceId"];

const operationsV1 = {
  createInstance: {
    method: "POST",
    path: `${v1}/gpu/instance/create`,
    boots: true,
    otherMachines: {
      gpu: (body) => ({ ...body, productId: otherProduct(body), clusterId: undefined }),
      count: (body) => ({ ...body, gpuNum: body["gpuNum"] === 1 ? 2 : 1, clusterId: undefined }),
      market: (body) => ({ ...body, billingMode: isSpot(body) ? "onDemand" : "spot" }),
    },
    rentsSpot: isSpot,
  },
  listInstances: {
    method: "GET",
    path: `${v1}/gpu/instances`,
    listsInstances: true,
    markFields: ["name"],
    ...pagesBy("pageNum"),
  },
  getInstance: {
    method: "GET",
    path: `${v1}/gpu/instance`,
    instanceId: ({ query }) => query.get("instanceId"),
    markFields: ["name"],
    priceFields: ["instancePrice"],
  },
  updateInstance: { method: "POST", path: `${v1}/gpu/instance/edit` },
  startInstance: { method: "POST", path: `${v1}/gpu/instance/start`, boots: true },
  stopInstance: { method: "POST", path: `${v1}/gpu/instance/stop` },
  restartInstance: { method: "POST", path: `${v1}/gpu/instance/restart`, boots: true },
  deleteInstance: { method: "POST", path: `${v1}/gpu/instance/delete`, instanceId: idInBody },
  upgradeInstance: { method: "POST", path: `${v1}/gpu/instance/upgrade`, boots: true },
  migrateInstance: { method: "POST", path: `${v1}/gpu/instance/migrate`, boots: true },
  renewInstance: { method: "POST", path: `${v1}/gpu/instance/renewInstance` },
  changeInstanceBilling: { method: "POST", path: `${v1}/gpu/instance/transToMonthlyInstance` },
  updateInstanceAutoRenewal: { method: "POST", path: `${v1}/gpu/instance/setAutoRenew` },
  updateInstanceAutoMigration: { method: "POST", path: `${v1}/gpu/instance/setAutoMigrate` },
  getInstanceMetrics: { method: "GET", path: "/openapi/v1/metrics/gpu/instance" },
  listInstanceTypes: { method: "GET", path: `${v1}/products` },
  listCpuInstanceTypes: { method: "GET", path: `${v1}/cpu/products` },
  listClusters: { method: "GET", path: `${v1}/clusters` },
  listVolumes: { method: "GET", path: `${v1}/networkstorages/list`, ...pagesBy("pageNo") },
  createVolume: { method: "POST", path: `${v1}/networkstorage/create` },
  updateVolume: { method: "POST", path: `${v1}/networkstorage/update` },
  deleteVolume: { method: "POST", path: `${v1}/networkstorage/delete` },
  listTemplates: { method: "GET", path: `${v1}/templates`, ...pagesBy("pageNum") },
  getTemplate: { method: "GET", path: `${v1}/template` },
  createTemplate: { method: "POST", path: `${v1}/template/create` },
  deleteTemplate: { method: "POST", path: `${v1}/template/delete` },
  listRegistryCredentials: { method: "GET", path: `${v1}/repository/auths` },
  createRegistryCredential: { method: "POST", path: `${v1}/repository/auth/save` },
  deleteRegistryCredential: { method: "POST", path: `${v1}/repository/auth/delete` },
  saveInstanceImage: { method: "POST", path: `${v1}/job/save/image` },
  listJobs: { method: "GET", path: `${v1}/jobs`, ...pagesBy("pageNum") },
  cancelJob: { method: "POST", path: `${v1}/job/break` },
  listNetworks: { method: "GET", path: `${v1}/networks`, ...pagesBy("pageNum") },
  getNetwork: { method: "GET", path: `${v1}/network` },
  createNetwork: { method: "POST", path: `${v1}/network/create` },
  updateNetwork: { method: "POST", path: `${v1}/network/update` },
  deleteNetwork: { method: "POST", path: `${v1}/network/delete` },
  updateTemplate: { method: "POST", path: `${v1}/template/update` },
  getImagePrewarmQuota: { method: "GET", path: `${v1}/image/prewarm/quota` },
  listImagePrewarms: { method: "GET", path: `${v1}/image/prewarm`, ...pagesBy("page", 1) },
  createImagePrewarm: { method: "POST", path: `${v1}/image/prewarm` },
  updateImagePrewarm: { method: "POST", path: `${v1}/image/prewarm/edit` },
  deleteImagePrewarms: { method: "POST", path: `${v1}/image/prewarm/delete` },
  getBalance: { method: "GET", path: "/openapi/v1/billing/balance/detail" },
  listMonthlyBills: { method: "GET", path: "/openapi/v1/billing/monthly/bill" },
  listBills: { method: "GET", path: "/openapi/v1/billing/bill/list" },
} as const satisfies Operations;
const operations = { ...operationsV1, ...operationsV2 };

/** The operations of the first generation of the API. */
export type OperationV1 = keyof typeof operationsV1;
type Operation = keyof typeof operations;

/**
 * Novita, https://novita.ai/docs/api-reference. Prices are strings in 1/100000 USD per GPU and hour, the balance is in 1/10000 USD,
 * sizes and times are strings of digits. Name filters match substrings. SSH uses a password, which only `getInstance` returns and
 * which changes at every start. A stopped instance is `exited` and may fail to start again. Billed by the second: GPUs from `pulling`
 * until stopped, the root disk above 60 GB until deletion, at 0.005 USD per GB and day. Not documented, so assumed: pages count from
 * 0 (`firstPage`), a deleted instance is `removed` for a minute, a monthly instance costs its hourly price, and a volume costs
 * 0.0001 USD per GB and hour.
 */
export const novita: VendorDefinition<Operation> = {
  vendor: "novita",
  baseUrls: ["https://api.novita.ai"],
  operations,
  errorResponses: {
    invalidRequest: (problem) => failure(400, "VALIDATOR_PARAM", problem),
    unauthorized: () => failure(401, "FAILED_TO_AUTH", "failed to authenticate API key"),
    expiredKey: () => failure(401, "FAILED_TO_AUTH", "API key has expired"),
    forbidden: () => failure(403, "FORBIDDEN", "no permission"),
    notFound: () => failure(404, "RESOURCE_NOT_FOUND", "resource not found"),
    rateLimited: () => failure(429, "RATE_LIMIT_EXCEEDED", "rate limit exceeded"),
    internalError: () => failure(500, "UNKNOWN", "unknown error"),
    noCapacity: () => failure(400, "INSUFFICIENT_RESOURCE", "insufficient resource"),
    insufficientFunds: () => failure(400, "BALANCE_NOT_ENOUGH", "balance not enough"),
    failure: (status, message) => failure(status, "UNKNOWN", message),
  },
  defaults: { bootMs: 90_000, addressMs: 5_000, settleMs: 0, pageSize: 10, balanceUsd: 100 },
  start,
};

function failure(status: number, reason: string, message: string): ApiResponse {
  return { status, body: { code: status, reason, message, metadata: {} } };
}

const clusters = [
  { id: "us-ca-6", name: "US-CA-06 (California)", storage: true },
  { id: "eu-gb-1", name: "EU-GB-01 (United Kingdom)", storage: true },
  // Ids cannot be derived from names.
  { id: "cn-hongkong-1", name: "CN-HK-01 (Hong Kong)", storage: false },
] as const;

/** A GPU or CPU product in one cluster; the price is per GPU. */
interface Card extends Product {
  productId: string;
  name: string;
  cluster: (typeof clusters)[number];
  kind: "gpu" | "cpu";
  cpus: number;
  memoryGb: number;
  maxDiskGb: number;
  /** 0: not available as spot. */
  spotUsdPerHour: number;
}

function card(
  productId: string,
  name: string,
  [cpus, memoryGb, maxDiskGb]: readonly [number, number, number],
  usdPerHour: number,
  spotUsdPerHour: number,
  stock: Partial<Record<(typeof clusters)[number]["id"], number>>,
  kind: Card["kind"] = "gpu",
): Card[] {
  return clusters.flatMap((cluster) => {
    const free = stock[cluster.id];
    if (free === undefined) return [];
    const id = `${productId}/${cluster.id}`;
    return [{ id, usdPerHour, free, productId, name, cluster, kind, cpus, memoryGb, maxDiskGb, spotUsdPerHour }];
  });
}

const cards: Card[] = [
  ...card("4090.16c62g", "RTX 4090 24GB", [16, 62, 6144], 0.35, 0.175, { "us-ca-6": 64, "eu-gb-1": 3, "cn-hongkong-1": 16 }),
  ...card("5090.16c96g", "RTX 5090 32GB", [16, 96, 2048], 0.63, 0, { "us-ca-6": 8 }),
  ...card("A100-80GB.14c240g", "A100 SXM 80GB", [14, 240, 2048], 1.6, 0, { "eu-gb-1": 16 }),
  ...card("H100-80GB.20c200g", "H100 SXM 80GB", [20, 200, 2048], 2.56, 1.28, { "us-ca-6": 32 }),
  // Older products have numeric ids.
  ...card("26", "L40S 48GB", [22, 125, 1024], 0.55, 0, { "us-ca-6": 0 }),
  ...card("cpu.8c16g", "8 vCPU 16GB", [8, 16, 60], 0.09, 0, { "us-ca-6": 100, "eu-gb-1": 100 }, "cpu"),
];

/** Another GPU product in stock. */
function otherProduct(body: Fields): unknown {
  return cards.find(({ productId, kind, free }) => kind === "gpu" && free > 0 && productId !== body["productId"])?.productId;
}

interface Job {
  id: string;
  type: "saveImage" | "instanceMigrate";
  instanceId: string;
  createdAt: number;
  lifeCycle: LifeCycle;
  /** The image that it saves. */
  image?: string;
}

interface Volume {
  storageId: string;
  storageName: string;
  storageSize: number;
  cluster: (typeof clusters)[number];
  rental: Rental;
}

interface Prewarm {
  id: string;
  requested: Valid<typeof prewarmBody>;
  note: string;
  createdAt: number;
}

interface Network {
  id: string;
  name: string;
  clusterId: string;
  segment: string;
  createdAt: number;
}

const freeDiskGb = 60;
const diskUsdPerGbHour = 0.005 / 24;
const volumeUsdPerGbHour = 0.0001;
const monthMs = 30 * 24 * 3_600_000;
const transitionMs = 10_000;
const removingMs = 5_000;
const removedMs = 60_000;
const networkMs = 5_000;
const prewarmMs = 60_000;
const maxPrewarms = 10;
const reservedPorts = [2222, 2223, 2224];
const maxPorts = 15;

const createBody = object({
  productId: text(1, 255),
  imageUrl: text(1, 500),
  name: optional(text(0, 255)),
  gpuNum: optional(integer(1, 8)),
  rootfsSize: optional(integer(0, 6144)),
  imageAuth: optional(text(0, 10_239)),
  imageAuthId: optional(text()),
  ports: optional(text()),
  envs,
  tools: optional(list(object({ name: text(1), port: text(1), type: oneOf("tcp", "http") }))),
  command: optional(text(0, 2047)),
  entrypoint: optional(text(0, 2047)),
  clusterId: optional(text()),
  networkStorages: optional(list(object({ Id: text(1), mountPoint: optional(text(1, 4095)) }), 30)),
  networkId: optional(text()),
  kind: optional(oneOf("gpu", "cpu")),
  month: optional(integer(0)),
  billingMode: optional(oneOf("onDemand", "monthly", "spot")),
  autoRenew: optional(flag),
  autoRenewMonth: optional(integer(1, 12)),
  minCudaVersion: optional(text(0, 255)),
  localStorageMountPoint: optional(text()),
});
const instanceBody = object({ instanceId: text(1) });
const editBody = object({
  instanceId: text(1),
  ports: optional(list(object({ port: integer(1, 65_535), type: oneOf("tcp", "http") }))),
  expandRootDisk: optional(integer(0)),
});
const upgradeBody = object({
  instanceId: text(1),
  imageUrl: text(1, 500),
  imageAuthId: optional(text()),
  envs: list(object({ key: text(1, 511), value: text(0, 4095) }), 100),
  command: text(0, 2047),
  entrypoint: optional(text(0, 2047)),
  save: flag,
  networkVolume: object({ volumeMounts: list(object({ type: oneOf("network"), id: text(1), mountPath: text(1, 4095) }), 30) }),
});
const monthBody = object({ instanceId: text(1), month: integer(1) });
const autoRenewBody = object({ instanceIds: list(text(1)), autoRenew: flag, autoRenewMonth: integer(0, 12) });
const autoMigrateBody = object({ instanceId: text(1), autoMigrateOpen: flag, autoMigrateSystemDisk: flag });
const volumeBody = object({ clusterId: text(1), storageName: text(1), storageSize: integer(10) });
const digits: Rule<number> = (value, at) => integer(1)(typeof value === "string" ? Number(value) : value, at);
const volumeUpdate = object({ storageId: text(1), storageName: optional(text(1)), storageSize: digits });
const storageBody = object({ storageId: text(1) });
const portNumber: Rule<string | number> = (value, at) => (typeof value === "string" ? text(1)(value, at) : integer(1)(value, at));
const templateFields = {
  name: text(1, 255),
  readme: optional(text(0, 102_400)),
  type: oneOf("instance", "serverless"),
  channel: oneOf("official", "community", "private"),
  image: text(1, 500),
  imageAuth: optional(text(0, 255)),
  startCommand: optional(text(0, 2047)),
  entrypoint: optional(text(0, 2047)),
  rootfsSize: integer(1),
  ports: optional(list(object({ type: oneOf("tcp", "http", "udp"), ports: list(portNumber) }))),
  volumes: optional(list(object({ type: oneOf("network", "local"), size: optional(integer(0)), mountPath: optional(text()) }))),
  envs,
  minCudaVersion: optional(text(0, 255)),
};
const templateBody = object({ template: object(templateFields) });
const templateUpdate = object({ template: object({ ...templateFields, Id: text(1, 255) }) });
const prewarmBody = object({
  imageUrl: text(1, 500),
  clusterId: text(1),
  repositoryAuth: optional(text()),
  productIds: optional(list(text(1))),
  note: optional(text()),
});
const prewarmUpdate = object({ id: text(1), note: text() });
const prewarmIds = object({ ids: list(text(1)) });
const templateIdBody = object({ templateId: text(1) });
const credentialBody = object({ name: text(1), username: text(1), password: text(1) });
const idBody = object({ id: text(1) });
const imageBody = object({ instanceId: text(1, 255), image: text(1, 4095), registryAuthId: optional(text()) });
const jobBody = object({ jobId: text(1, 255) });
const networkBody = object({ clusterId: text(1), name: optional(text(0, 30)) });
const networkUpdate = object({ networkId: text(1, 255), name: optional(text(1, 30)) });
const networkIdBody = object({ networkId: text(1, 255) });

interface Port {
  port: number;
  type: "tcp" | "http";
  /** The port of the cluster's proxy, for TCP. */
  proxyPort: number;
}

interface Instance {
  id: string;
  card: Card;
  /** Price of the whole instance in US dollars per hour. */
  usdPerHour: number;
  given: Valid<typeof createBody>;
  gpuNum: number;
  diskGb: number;
  ports: Port[];
  volumes: { id: string; mountPath: string }[];
  monthly: boolean;
  endsAt: number | undefined;
  createdAt: number;
  startedAt: number;
  stoppedAt: number | undefined;
  /** When a spot machine is reclaimed; Infinity when it never is. */
  preemptedAt: number;
  /** When the connection data is known; Infinity when it never is. */
  reachableAt: number;
  sshPort: number;
  password: string;
  failed: boolean;
  holdsGpus: boolean;
  lifeCycle: LifeCycle;
  rental: Rental;
}

function start(world: World): VendorServer<Operation> {
  const { random, ledger, settings } = world;
  const apiKey = `sk_${random.letters(43)}`;
  const user = random.uuid();
  const stock = createStock(cards, 100_000);
  const instances = createMachines<Instance>(novita.errorResponses.notFound);
  const volumes = new Map<string, Volume>();
  const networks = new Map<string, Network>();
  const jobs: Job[] = [];
  const prewarms = new Map<string, Prewarm>();
  const credentials = new Map<string, { id: string; name: string; username: string; password: string }>();
  const templates = new Map<string, Record<string, unknown> & { Id: string; name: string; channel: string; type: string }>();
  templates.set("100", {
    Id: "100",
    name: "PyTorch 2.8",
    readme: "# PyTorch with Jupyter",
    type: "instance",
    channel: "official",
    image: "pytorch/pytorch:2.8.0-cuda12.8-cudnn9-devel",
    imageAuth: "",
    startCommand: "",
    entrypoint: "",
    rootfsSize: 60,
    ports: [{ type: "http", ports: [8888] }],
    envs: [],
    tools: [{ name: "Jupyter", describe: "Start Jupyter Notebook", port: 8888, type: "http" }],
    createdAt: "1755000000",
    recommendCards: [{ gpuSpecId: "4090.16c62g", cardNum: "1" }],
    minCudaVersion: "12.4",
  });

  const apiError = (reason: string, message: string) => new ApiError(failure(400, reason, message));
  const notFound = () => new ApiError(novita.errorResponses.notFound());
  const wrongState = () => apiError("CONFLICT", "invalid state change");

  const instanceOf = (id: string | null, at: number) => instances.get(at, (instance) => instance.id === id);

  /** The instance of an action. It must not be in deletion. */
  function targetOf({ body, at }: ApiRequest): Instance {
    const instance = instanceOf(instanceBody(body, "").instanceId, at);
    if (isLeaving(instance, at)) throw notFound();
    return instance;
  }

  function isLeaving(instance: Instance, at: number): boolean {
    return ["toRemove", "removing", "removed"].includes(instance.lifeCycle.status(at) ?? "removed");
  }

  function page<T>(items: readonly T[], query: URLSearchParams, name: string): T[] {
    const size = Number(query.get("pageSize") || settings.pageSize);
    const number = Number(query.get(name) ?? settings.firstPage);
    if (!Number.isInteger(size) || size < 1 || !Number.isInteger(number) || number < 0)
      throw new Invalid(`invalid pageSize or ${name}`);
    const index = number - settings.firstPage;
    return index < 0 ? [] : items.slice(index * size, (index + 1) * size);
  }

  const contains = (value: string, part: string | null) => part === null || value.toLowerCase().includes(part.toLowerCase());

  function portsOf(given: string | undefined): Port[] {
    const items = given?.split(",").map((item) => item.trim()) ?? [];
    return items
      .filter((item) => item !== "")
      .map((item) => {
        const [, number, type] = /^(\d+)\/(tcp|http)$/.exec(item) ?? [];
        if (!number || (type !== "tcp" && type !== "http")) throw new Invalid(`invalid ports: ${item}`);
        return port(Number(number), type);
      });
  }

  function port(number: number, type: Port["type"]): Port {
    if (number < 1 || number > 65_535 || reservedPorts.includes(number)) throw new Invalid(`invalid ports: ${number}`);
    return { port: number, type, proxyPort: random.integer(8_000, 29_999) };
  }

  /** Connection data changes at every start. */
  function connect(instance: Instance, outcome: BootOutcome): void {
    instance.sshPort = random.integer(30_000, 39_999);
    instance.password = random.letters(12);
    instance.reachableAt = outcome === "fails" ? Number.POSITIVE_INFINITY : instance.lifeCycle.settlesAt() + settings.addressMs;
    instance.failed = outcome === "fails";
    if (instance.failed) returnGpus(instance);
  }

  /** Returns GPUs to stock; a monthly instance keeps them. */
  function returnGpus(instance: Instance): void {
    if (!instance.holdsGpus || instance.monthly) return;
    instance.holdsGpus = false;
    stock.giveBack(instance.card.id, Math.max(1, instance.gpuNum));
  }

  /** Moves an instance through the phases until it runs or fails. */
  function moveThrough(instance: Instance, phases: Phases, at: number, outcome: BootOutcome): void {
    instance.lifeCycle.enter(...bootPlan(phases, "running", "exited", outcome), at);
    connect(instance, outcome);
    if (outcome === "fails") instance.rental.stop("compute", instance.lifeCycle.settlesAt());
  }

  function chargeDisk(instance: Instance, at: number): void {
    const gb = Math.max(0, instance.diskGb - freeDiskGb);
    if (gb > 0) instance.rental.charge("storage", gb * diskUsdPerGbHour, at);
  }

  function describeShared(instance: Instance, at: number): Record<string, unknown> {
    const { given } = instance;
    return {
      id: instance.id,
      name: given.name ?? "",
      clusterId: instance.card.cluster.id,
      clusterName: instance.card.cluster.name,
      status: instance.lifeCycle.status(at),
      imageUrl: given.imageUrl,
      imageAuthId: given.imageAuthId ?? "",
      command: given.command ?? "",
      cpuNum: String(instance.card.cpus * Math.max(1, instance.gpuNum)),
      memory: String(instance.card.memoryGb * Math.max(1, instance.gpuNum)),
      gpuNum: String(instance.gpuNum),
      portMappings: at >= instance.reachableAt ? instance.ports.map((mapped) => mapping(instance, mapped)) : [],
      productId: instance.card.productId,
      productName: instance.card.name,
      rootfsSize: instance.diskGb,
      statusError:
        instance.failed && instance.lifeCycle.status(at) === "exited"
          ? { state: "pulling", message: "failed to pull the image" }
          : { state: "", message: "" },
      envs: given.envs ?? [],
      kind: instance.card.kind,
      // Fields that the create did not set are empty strings.
      billingMode: instance.monthly ? "monthly" : (given.billingMode ?? ""),
      endTime: instance.endsAt === undefined ? "-1" : unix(instance.endsAt),
      spotStatus: isSpot(given) ? (at < instance.preemptedAt ? "running" : "terminated") : "",
      spotReclaimTime: at < instance.preemptedAt ? "0" : unix(instance.preemptedAt),
      createdAt: unix(instance.createdAt),
    };
  }

  function mapping(instance: Instance, { port: number, type, proxyPort }: Port): unknown {
    const host = `${instance.card.cluster.id}.gpu-instance.novita.ai`;
    return {
      port: number,
      endpoint: type === "http" ? `https://${instance.id}-${number}.${host}` : `proxy.${host}:${proxyPort}`,
      type,
    };
  }

  const volumeSize = (id: string) => volumes.get(id)?.storageSize ?? 0;

  function describeInList(instance: Instance, at: number): unknown {
    return {
      ...describeShared(instance, at),
      volumeMounts: instance.volumes.map(({ id, mountPath }) => ({
        type: "network",
        size: String(volumeSize(id)),
        id,
        mountPath,
      })),
    };
  }

  function describeFully(instance: Instance, at: number): unknown {
    const host = `${instance.card.cluster.id}.gpu-instance.novita.ai`;
    const reachable = at >= instance.reachableAt && instance.lifeCycle.status(at) === "running";
    const network = networks.get(instance.given.networkId ?? "");
    return {
      ...describeShared(instance, at),
      entrypoint: instance.given.entrypoint ?? "",
      volumeMounts: instance.volumes.map(({ id, mountPath }) => ({ type: "network", size: volumeSize(id), id, mountPath })),
      network: network ? { id: network.id, ip: addressIn(network, instance) } : { id: "", ip: "" },
      // Documented as an array.
      node: { maxRootfsSize: instance.card.maxDiskGb },
      jobs: jobs
        .filter((job) => job.instanceId === instance.id && ["pulling", "running"].includes(job.lifeCycle.status(at) ?? ""))
        .map(({ id, type }) => ({ id, type })),
      connectComponentSSH: {
        sshCommand: reachable ? `ssh -p ${instance.sshPort} root@proxy.${host}` : "",
        password: reachable ? instance.password : "",
        isRunning: reachable,
      },
      connectComponentWebTerminal: {
        address: reachable ? `https://${instance.id}-2223.${host}` : "",
        username: "root",
        password: reachable ? instance.password : "",
        isRunning: reachable,
      },
      connectComponentJupyter: { port: 8888, address: "", isRunning: false },
      connectComponentLog: {
        systemLogAddress: `https://log.${host}/${instance.id}/system`,
        instanceLogAddress: `https://log.${host}/${instance.id}/instance`,
        isRunning: reachable,
      },
      freeStorageSize: freeDiskGb,
      keepDataDay: 7,
      lastStartedAt: unix(instance.startedAt),
      lastStoppedAt: instance.stoppedAt === undefined ? "0" : unix(instance.stoppedAt),
      instancePrice: price(instance.usdPerHour),
    };
  }

  function addressIn(network: Network, instance: Instance): string {
    const members = instances.list(Number.POSITIVE_INFINITY).filter(({ given }) => given.networkId === network.id);
    return network.segment.replace("0/24", String(4 + Math.max(0, members.indexOf(instance))));
  }

  function membersOf(network: Network, at: number): Instance[] {
    return instances.list(at).filter((instance) => instance.given.networkId === network.id && !isLeaving(instance, at));
  }

  function describeNetwork(network: Network, at: number): unknown {
    return {
      Id: network.id,
      user,
      name: network.name,
      state: { state: at >= network.createdAt + networkMs ? "ready" : "creating", error: "" },
      segment: network.segment,
      clusterId: network.clusterId,
      Addresses: membersOf(network, at).map((instance) => ({ Id: instance.id, Ip: addressIn(network, instance) })),
      createTime: unix(network.createdAt),
    };
  }

  function networkOf(id: string | null): Network {
    const network = networks.get(id ?? "");
    if (!network) throw apiError("NETWORK_NOT_FOUND", "network not found");
    return network;
  }

  function volumeOf(id: string): Volume {
    const volume = volumes.get(id);
    if (!volume) throw apiError("NETWORK_STORAGE_NOT_FOUND", "network storage not found");
    return volume;
  }

  function usersOf(volume: Volume, at: number): Instance[] {
    return instances
      .list(at)
      .filter((instance) => instance.volumes.some(({ id }) => id === volume.storageId) && !isLeaving(instance, at));
  }

  function describeVolume(volume: Volume): unknown {
    return {
      storageId: volume.storageId,
      storageName: volume.storageName,
      storageSize: volume.storageSize,
      clusterId: volume.cluster.id,
      clusterName: volume.cluster.name,
      price: "10",
    };
  }

  function addJob(type: Job["type"], instanceId: string, at: number, image?: string): Job {
    const lifeCycle = createLifeCycle({ pulling: transitionMs, running: transitionMs }, "success", at);
    const job: Job = { id: random.letters(16), type, instanceId, createdAt: at, lifeCycle, ...(image ? { image } : {}) };
    jobs.push(job);
    return job;
  }

  const savedImages: SavedImages = {
    list: (at) =>
      jobs.flatMap(({ id, image, lifeCycle }) => (image && lifeCycle.status(at) === "success" ? { id: `img-${id}`, image } : [])),
    delete(id, at) {
      const exists = savedImages.list(at).some((one) => one.id === id);
      for (const job of jobs) if (exists && `img-${job.id}` === id) delete job.image;
      return exists;
    },
  };

  /** A product in the requested cluster, or in any cluster with enough stock. */
  function place(requested: Valid<typeof createBody>, kind: Card["kind"], units: number): Card {
    const ofProduct = stock.products().filter((product) => product.productId === requested.productId && product.kind === kind);
    if (ofProduct.length === 0) throw apiError("RESOURCE_NOT_FOUND", `product ${requested.productId} not found`);
    if (requested.clusterId && !clusters.some(({ id }) => id === requested.clusterId)) throw new Invalid("invalid clusterId");
    const placed = ofProduct.find(
      ({ cluster, free }) => free >= units && (!requested.clusterId || cluster.id === requested.clusterId),
    );
    if (!placed) throw new ApiError(novita.errorResponses.noCapacity(requested));
    return placed;
  }

  function products(kind: Card["kind"], query: URLSearchParams): Map<string, Readonly<Card>[]> {
    const found = new Map<string, Readonly<Card>[]>();
    for (const product of stock.products()) {
      const fits =
        product.kind === kind &&
        contains(product.name, query.get("productName")) &&
        [null, "", product.cluster.id].includes(query.get("clusterId")) &&
        product.cpus >= Number(query.get("minCpuPerGpu") ?? 0) &&
        product.memoryGb >= Number(query.get("minMemoryPerGpu") ?? 0) &&
        product.maxDiskGb >= Number(query.get("minRootFSSize") ?? 0) &&
        (query.get("billingMethod") !== "spot" || product.spotUsdPerHour > 0);
      if (fits) found.set(product.productId, [...(found.get(product.productId) ?? []), product]);
    }
    return found;
  }

  function describePrewarm({ id, requested, note, createdAt }: Prewarm, at: number): Record<string, unknown> {
    const isDone = at >= createdAt + prewarmMs;
    const cluster = clusters.find((one) => one.id === requested.clusterId);
    return {
      id,
      imageName: requested.imageUrl.split("/").at(-1)?.split(":")[0],
      imageUrl: requested.imageUrl,
      repositoryAuth: requested.repositoryAuth ?? "",
      clusterId: requested.clusterId,
      clusterName: cluster?.name ?? "",
      products: (requested.productIds ?? []).map((productId) => ({
        productId,
        productName: cards.find((one) => one.productId === productId)?.name ?? "",
      })),
      imageSize: isDone ? "4294967296" : "",
      createTime: unix(createdAt),
      state: isDone ? "Succeeded" : "Running",
      completeTime: isDone ? unix(createdAt + prewarmMs) : "",
      note,
      reason: [],
    };
  }

  /** Cost until now in 1/10000 USD, as a string. */
  function costOf(entries: readonly { usd: number }[]): string {
    return String(Math.round(entries.reduce((sum, { usd }) => sum + usd, 0) * 10_000));
  }

  /** Stops the spot machines whose time has come. */
  function settle(): void {
    const now = world.now();
    for (const instance of instances.list(now)) {
      const { preemptedAt, lifeCycle, rental } = instance;
      if (preemptedAt > now || isLeaving(instance, now) || lifeCycle.status(now) === "exited") continue;
      lifeCycle.enter({}, "exited", preemptedAt);
      rental.stop("compute", preemptedAt);
      returnGpus(instance);
      instance.reachableAt = Number.POSITIVE_INFINITY;
      instance.stoppedAt = preemptedAt;
    }
  }

  const first: Readonly<Record<OperationV1, Handler>> = {
    createInstance({ body, at, reference, bootOutcome, preemptedAfterMs }) {
      const requested = createBody(body, "");
      const kind = requested.kind ?? "gpu";
      if (kind === "gpu" && (requested.gpuNum === undefined || requested.rootfsSize === undefined)) {
        throw new Invalid(`${requested.gpuNum === undefined ? "gpuNum" : "rootfsSize"} is required`);
      }
      const gpuNum = kind === "gpu" ? (requested.gpuNum ?? 1) : 0;
      const units = Math.max(1, gpuNum);
      const ports = portsOf(requested.ports);
      if (ports.length + (requested.tools?.length ?? 0) > maxPorts) throw new Invalid(`at most ${maxPorts} ports and tools`);
      if (requested.imageAuthId && !credentials.has(requested.imageAuthId)) throw new Invalid("invalid imageAuthId");
      const placed = place(requested, kind, units);
      // The minimum is 10 GB.
      const diskGb = kind === "gpu" ? Math.max(10, requested.rootfsSize ?? 10) : placed.maxDiskGb;
      if (diskGb > placed.maxDiskGb) throw new Invalid("invalid rootfsSize");
      if (requested.billingMode === "spot" && placed.spotUsdPerHour === 0) throw new Invalid("the product has no spot");
      for (const { Id } of requested.networkStorages ?? []) {
        if (volumeOf(Id).cluster !== placed.cluster) throw new Invalid("the network storage is in another cluster");
      }
      if (requested.networkId) networkOf(requested.networkId);
      stock.take(placed.id, units);

      const startup = Math.min(3_000, settings.bootMs / 4);
      const phases = { pending: startup, toCreate: startup, creating: startup, pulling: settings.bootMs - 3 * startup };
      const lifeCycle = createLifeCycle(...bootPlan(phases, "running", "exited", bootOutcome), at);
      const monthly = (requested.month ?? 0) > 0 || requested.billingMode === "monthly";
      const id = random.hex(16);
      const usdPerHour = (requested.billingMode === "spot" ? placed.spotUsdPerHour : placed.usdPerHour) * units;
      const rental = ledger.open("instance", { id, name: requested.name ?? "", product: placed.id }, { at, reference });
      const instance: Instance = {
        id,
        card: placed,
        usdPerHour,
        given: requested,
        gpuNum,
        diskGb,
        ports,
        volumes: (requested.networkStorages ?? []).map(({ Id, mountPoint }) => ({
          id: Id,
          mountPath: mountPoint ?? "/network",
        })),
        monthly,
        endsAt: monthly ? at + Math.max(1, requested.month ?? 1) * monthMs : undefined,
        createdAt: at,
        startedAt: at,
        stoppedAt: undefined,
        preemptedAt: at + preemptedAfterMs,
        reachableAt: Number.POSITIVE_INFINITY,
        sshPort: 0,
        password: "",
        failed: false,
        holdsGpus: true,
        lifeCycle,
        rental,
      };
      const pullsAt = at + 3 * startup;
      rental.charge("compute", usdPerHour, pullsAt);
      if (bootOutcome === "fails") rental.stop("compute", lifeCycle.settlesAt());
      chargeDisk(instance, pullsAt);
      connect(instance, bootOutcome);
      instances.add(instance);
      return ok({ id });
    },

    listInstances({ query, listAt }) {
      const found = instances
        .list(listAt)
        .filter(
          (instance) =>
            instance.lifeCycle.status(listAt) !== "removed" &&
            contains(instance.given.name ?? "", query.get("name")) &&
            contains(instance.card.name, query.get("productName")) &&
            [null, "", instance.lifeCycle.status(listAt)].includes(query.get("status")),
        );
      const shown = page(found, query, "pageNum").map((instance) => describeInList(instance, listAt));
      return ok({ instances: shown, total: found.length });
    },

    getInstance({ query, at }) {
      if (!query.get("instanceId")) throw new Invalid("instanceId is required");
      return ok(describeFully(instanceOf(query.get("instanceId"), at), at));
    },

    updateInstance(request) {
      const requested = editBody(request.body, "");
      const instance = targetOf(request);
      const grown = instance.diskGb + (requested.expandRootDisk ?? 0);
      if (grown > instance.card.maxDiskGb) throw new Invalid("invalid expandRootDisk");
      if (requested.ports) instance.ports = requested.ports.map((given) => port(given.port, given.type));
      if (grown !== instance.diskGb) {
        instance.diskGb = grown;
        chargeDisk(instance, request.at);
      }
      return emptyOk;
    },

    startInstance(request) {
      const instance = targetOf(request);
      const { at } = request;
      if (instance.lifeCycle.status(at) !== "exited") throw wrongState();
      // Its GPUs may be rented to others.
      if (!instance.monthly && !stock.take(instance.card.id, Math.max(1, instance.gpuNum))) {
        throw new ApiError(novita.errorResponses.noCapacity(request.body));
      }
      instance.holdsGpus = true;
      instance.preemptedAt = Number.POSITIVE_INFINITY;
      moveThrough(instance, transition("toStart", "starting"), at, request.bootOutcome);
      instance.startedAt = at;
      instance.rental.charge("compute", instance.usdPerHour, at);
      if (instance.failed) instance.rental.stop("compute", instance.lifeCycle.settlesAt());
      return ok({ instanceId: instance.id, state: "toStart" });
    },

    stopInstance(request) {
      const instance = targetOf(request);
      const { at } = request;
      const status = instance.lifeCycle.status(at);
      if (status === "exited" || status === "toStop" || status === "stopping") throw wrongState();
      instance.lifeCycle.enter(transition("toStop", "stopping"), "exited", at);
      instance.reachableAt = Number.POSITIVE_INFINITY;
      instance.stoppedAt = instance.lifeCycle.settlesAt();
      instance.rental.stop("compute", instance.stoppedAt);
      returnGpus(instance);
      return ok({ instanceId: instance.id, state: "toStop" });
    },

    restartInstance(request) {
      const instance = targetOf(request);
      if (instance.lifeCycle.status(request.at) !== "running") throw wrongState();
      moveThrough(instance, transition("toRestart", "restarting"), request.at, request.bootOutcome);
      return emptyOk;
    },

    deleteInstance(request) {
      const instance = targetOf(request);
      const { at, reference } = request;
      if (instance.monthly) throw apiError("PREPAID_INSTANCE_NOT_SUPPORT_RELEASE", "a monthly instance cannot be released");
      returnGpus(instance);
      const leaving = { ...phasesOf(removingMs, { toRemove: 0.2, removing: 0.8 }), removed: removedMs };
      instance.lifeCycle.enter(leaving, undefined, at);
      instance.rental.end(at, reference);
      return emptyOk;
    },

    upgradeInstance(request) {
      const requested = upgradeBody(request.body, "");
      const instance = targetOf(request);
      const { volumeMounts } = requested.networkVolume;
      for (const { id } of volumeMounts) volumeOf(id);
      if (instance.lifeCycle.status(request.at) !== "running") throw wrongState();
      const { imageUrl, imageAuthId, envs: nextEnvs, command, entrypoint } = requested;
      instance.given = { ...instance.given, imageUrl, imageAuthId, envs: nextEnvs, command, entrypoint };
      instance.volumes = volumeMounts.map(({ id, mountPath }) => ({ id, mountPath }));
      moveThrough(instance, transition("toReset", "resetting"), request.at, request.bootOutcome);
      return emptyOk;
    },

    migrateInstance(request) {
      const instance = targetOf(request);
      const status = instance.lifeCycle.status(request.at);
      if (status !== "running" && status !== "exited") throw wrongState();
      const phases = { migrating: 2 * transitionMs };
      if (status === "running") moveThrough(instance, phases, request.at, request.bootOutcome);
      else instance.lifeCycle.enter(phases, "exited", request.at);
      addJob("instanceMigrate", instance.id, request.at);
      return emptyOk;
    },

    renewInstance(request) {
      const { month } = monthBody(request.body, "");
      const instance = targetOf(request);
      if (instance.endsAt === undefined) throw apiError("CONFLICT", "the instance is not monthly");
      instance.endsAt += month * monthMs;
      return emptyOk;
    },

    changeInstanceBilling(request) {
      const { month } = monthBody(request.body, "");
      const instance = targetOf(request);
      if (instance.monthly) throw apiError("CONFLICT", "the instance is monthly already");
      instance.monthly = true;
      instance.endsAt = request.at + month * monthMs;
      return emptyOk;
    },

    updateInstanceAutoRenewal({ body, at }) {
      const requested = autoRenewBody(body, "");
      for (const id of requested.instanceIds) {
        const instance = instanceOf(id, at);
        instance.given = { ...instance.given, autoRenew: requested.autoRenew, autoRenewMonth: requested.autoRenewMonth };
      }
      return emptyOk;
    },

    updateInstanceAutoMigration(request) {
      autoMigrateBody(request.body, "");
      targetOf(request);
      return emptyOk;
    },

    getInstanceMetrics({ query, at }) {
      const instance = instanceOf(query.get("instanceId"), at);
      // The API replaces an invalid range by the last ten minutes.
      const end = Math.min(Number(query.get("endTime") || at / 1_000), Math.floor(at / 1_000));
      const from = Number(query.get("startTime") || end - 600);
      const interval = Math.max(60, Number(query.get("interval") || 60));
      const times = Array.from({ length: Math.min(100, Math.max(0, Math.floor((end - from) / interval))) }, (_, index) =>
        Math.floor(from + index * interval),
      );
      const series = times.map((time) => ({
        timestamp: String(time),
        value: instance.lifeCycle.status(time * 1_000) === "running" ? 50 : 0,
      }));
      const gpus = {
        avg: series,
        gpuIds: Array.from({ length: instance.gpuNum }, (_, index) => ({ gpuId: String(index), items: series })),
      };
      return ok({
        cpuUtilization: series,
        memUtilization: series,
        rootDiskUtilization: series,
        gpuUtilization: gpus,
        gpuMemUtilization: gpus,
      });
    },

    listInstanceTypes({ query }) {
      const gpuNum = Math.max(1, Number(query.get("gpuNum") || 1));
      const found = [...products("gpu", query).values()].map((places) => {
        const most = Math.max(...places.map(({ free }) => free));
        const [first] = places;
        if (!first) throw new Error("a product is nowhere");
        const deployable = most >= gpuNum;
        return {
          id: first.productId,
          name: first.name,
          cpuPerGpu: first.cpus,
          memoryPerGpu: first.memoryGb,
          diskPerGpu: first.maxDiskGb,
          availableDeploy: deployable,
          canBuy: deployable,
          minRootFS: 10,
          maxRootFS: first.maxDiskGb,
          minLocalStorage: 0,
          maxLocalStorage: 0,
          // These are names of /clusters, not ids.
          regions: places.map(({ cluster }) => cluster.name),
          price: price(first.usdPerHour),
          spotPrice: price(first.spotUsdPerHour),
          monthlyPrice: [{ price: price(first.usdPerHour * 730), month: 1 }],
          billingMethods: first.spotUsdPerHour > 0 ? ["onDemand", "monthly", "spot"] : ["onDemand", "monthly"],
          inventoryState: most === 0 ? "none" : most < 4 ? "low" : most < 32 ? "normal" : "high",
        };
      });
      return ok({ data: found });
    },

    listCpuInstanceTypes: ({ query }) =>
      ok({
        data: [...products("cpu", query).values()].flatMap((places) =>
          places.slice(0, 1).map((product) => ({
            id: product.productId,
            name: product.name,
            cpuNum: product.cpus,
            memorySize: product.memoryGb,
            rootfsSize: product.maxDiskGb,
            localVolumeSize: 50,
            availableDeploy: places.some(({ free }) => free > 0),
            price: price(product.usdPerHour),
          })),
        ),
      }),

    listClusters: () =>
      ok({
        data: clusters.map((cluster) => ({
          id: cluster.id,
          name: cluster.name,
          availableGpuType: stock
            .products()
            .filter((product) => product.cluster === cluster && product.kind === "gpu")
            .map(({ name }) => name),
          supportNetworkStorage: cluster.storage,
          supportInstanceNetwork: cluster.storage,
        })),
      }),

    listVolumes({ query }) {
      const found = [...volumes.values()].filter(
        ({ storageId, storageName }) =>
          contains(storageName, query.get("storageName")) && [null, "", storageId].includes(query.get("storageId")),
      );
      return ok({ data: page(found, query, "pageNo").map(describeVolume), total: found.length });
    },

    createVolume({ body, at, reference }) {
      const requested = volumeBody(body, "");
      const cluster = clusters.find(({ id }) => id === requested.clusterId);
      if (!cluster?.storage) throw new Invalid("invalid clusterId");
      const storageId = random.uuid();
      const { storageName, storageSize } = requested;
      const rented = { id: storageId, name: storageName, product: `${storageSize} GB` };
      const rental = ledger.open("volume", rented, { at, reference });
      rental.charge("storage", storageSize * volumeUsdPerGbHour, at);
      volumes.set(storageId, { storageId, storageName, storageSize, cluster, rental });
      // The response is a JSON string.
      return ok(storageId);
    },

    updateVolume({ body, at }) {
      const requested = volumeUpdate(body, "");
      const volume = volumeOf(requested.storageId);
      if (requested.storageSize < volume.storageSize) throw new Invalid("invalid storageSize: it can only grow");
      volume.storageName = requested.storageName ?? volume.storageName;
      volume.storageSize = requested.storageSize;
      volume.rental.rename(volume.storageName);
      volume.rental.charge("storage", volume.storageSize * volumeUsdPerGbHour, at);
      return ok({});
    },

    deleteVolume({ body, at, reference }) {
      const volume = volumeOf(storageBody(body, "").storageId);
      if (usersOf(volume, at).length > 0) throw apiError("NETWORK_STORAGE_IN_USE", "network storage is in use");
      volume.rental.end(at, reference);
      volumes.delete(volume.storageId);
      return ok({});
    },

    listTemplates({ query }) {
      const channel = query.get("channel");
      if (!channel || !query.has("isMyCommunity")) throw new Invalid("channel and isMyCommunity are required");
      const found = [...templates.values()].filter(
        (template) =>
          template.channel === channel &&
          contains(template.name, query.get("name")) &&
          [null, template.type].includes(query.get("type")),
      );
      const shown = page(found, query, "pageNum");
      // An empty list is null.
      return ok({ template: shown.length > 0 ? shown : null, total: found.length });
    },

    getTemplate({ query }) {
      const template = templates.get(query.get("templateId") ?? "");
      if (!template) throw apiError("TEMPLATE_NOT_FOUND", "template not found");
      return ok({ template });
    },

    createTemplate({ body, at }) {
      const { template } = templateBody(body, "");
      const Id = String(107_672 + templates.size);
      templates.set(Id, { Id, user, logo: "", tools: [], createdAt: unix(at), updatedAt: unix(at), ...template });
      return ok({ templateId: Id });
    },

    deleteTemplate({ body }) {
      const { templateId } = templateIdBody(body, "");
      if (templates.get(templateId)?.channel !== "private") throw apiError("TEMPLATE_NOT_FOUND", "template not found");
      templates.delete(templateId);
      return ok({ templateId });
    },

    // The API returns passwords in clear text.
    listRegistryCredentials: () => ok({ data: [...credentials.values()] }),

    createRegistryCredential({ body }) {
      const id = random.letters(32);
      credentials.set(id, { id, ...credentialBody(body, "") });
      return ok({});
    },

    deleteRegistryCredential({ body, at }) {
      const { id } = idBody(body, "");
      if (instances.find(at, (instance) => instance.given.imageAuthId === id && !isLeaving(instance, at))) {
        throw apiError("IMAGE_AUTH_IN_USE", "image auth is in use");
      }
      if (!credentials.delete(id)) throw notFound();
      return emptyOk;
    },

    saveInstanceImage(request) {
      const { image } = imageBody(request.body, "");
      const instance = targetOf(request);
      if (instance.lifeCycle.status(request.at) !== "running") throw wrongState();
      return ok({ jobId: addJob("saveImage", instance.id, request.at, image).id });
    },

    listJobs({ query, at }) {
      const seconds = (value: string | null, fallback: number) => (value ? Number(value) * 1_000 : fallback);
      const found = jobs.filter(
        (job) =>
          [null, "", job.id].includes(query.get("jobId")) &&
          [null, "", job.type].includes(query.get("type")) &&
          [null, "", job.lifeCycle.status(at)].includes(query.get("state")) &&
          job.createdAt >= seconds(query.get("startTime"), 0) &&
          job.createdAt <= seconds(query.get("endTime"), Number.POSITIVE_INFINITY),
      );
      const shown = page(found, query, "pageNum").map((job) => ({
        Id: job.id,
        user,
        type: job.type,
        envs: [],
        state: { state: job.lifeCycle.status(at), error: "", errorMessage: "" },
        logAddress: `https://log.gpu-instance.novita.ai/jobs/${job.id}`,
        createdAt: unix(job.createdAt),
        instanceId: job.instanceId,
      }));
      return ok({ jobs: shown, total: found.length });
    },

    cancelJob({ body, at }) {
      const { jobId } = jobBody(body, "");
      const job = jobs.find(({ id }) => id === jobId);
      if (!job) throw apiError("JOB_NOT_FOUND", "job not found");
      if (job.lifeCycle.status(at) === "success") throw wrongState();
      job.lifeCycle.enter({}, "break", at);
      return ok({ jobId });
    },

    listNetworks({ query, at }) {
      const found = [...networks.values()].filter(({ name }) => contains(name, query.get("name")));
      const shown = page(found, query, "pageNum").map((network) => describeNetwork(network, at));
      // The list has two names, and the total is a string.
      return ok({ network: shown, networks: shown, total: String(found.length) });
    },

    getNetwork: ({ query, at }) => ok({ network: describeNetwork(networkOf(query.get("networkId")), at) }),

    createNetwork({ body, at }) {
      const requested = networkBody(body, "");
      if (!clusters.find(({ id }) => id === requested.clusterId)?.storage) throw new Invalid("invalid clusterId");
      const id = random.hex(16);
      const network = {
        id,
        name: requested.name ?? "",
        clusterId: requested.clusterId,
        segment: `10.12.${networks.size}.0/24`,
        createdAt: at,
      };
      networks.set(id, network);
      return ok({ network: describeNetwork(network, at) });
    },

    updateNetwork({ body }) {
      const requested = networkUpdate(body, "");
      const network = networkOf(requested.networkId);
      network.name = requested.name ?? network.name;
      return emptyOk;
    },

    deleteNetwork({ body, at }) {
      const network = networkOf(networkIdBody(body, "").networkId);
      if (membersOf(network, at).length > 0) throw apiError("NETWORK_IN_USE", "network is in use");
      networks.delete(network.id);
      return emptyOk;
    },

    updateTemplate({ body, at }) {
      const { template } = templateUpdate(body, "");
      const known = templates.get(template.Id);
      if (known?.channel !== "private") throw apiError("TEMPLATE_NOT_FOUND", "template not found");
      templates.set(template.Id, { ...known, ...template, updatedAt: unix(at) });
      return ok({ templateId: template.Id });
    },

    getImagePrewarmQuota: () => ok({ total: prewarms.size, limit: maxPrewarms, perImageSize: 100 }),

    listImagePrewarms({ query, at }) {
      const found = [...prewarms.values()]
        .map((prewarm) => describePrewarm(prewarm, at))
        .filter(
          (task) =>
            [null, "", task["state"]].includes(query.get("state")) &&
            [null, "", task["clusterId"]].includes(query.get("clusterId")) &&
            (contains(String(task["imageName"]), query.get("name")) || contains(String(task["note"]), query.get("name"))),
        );
      const number = Number(query.get("page") ?? 1) - 1 + settings.firstPage;
      return ok({ data: page(found, withPage(query, number), "page"), total: found.length });
    },

    createImagePrewarm({ body, at }) {
      const requested = prewarmBody(body, "");
      if (!clusters.some(({ id }) => id === requested.clusterId)) throw new Invalid("invalid clusterId");
      if (prewarms.size >= maxPrewarms) throw apiError("OPERATION_LIMIT", "too many prewarm tasks");
      const id = random.hex(16);
      prewarms.set(id, { id, requested, note: requested.note ?? "", createdAt: at });
      return ok({ id });
    },

    updateImagePrewarm({ body }) {
      const { id, note } = prewarmUpdate(body, "");
      const prewarm = prewarms.get(id);
      if (!prewarm) throw notFound();
      prewarm.note = note;
      return ok({});
    },

    deleteImagePrewarms({ body }) {
      const { ids } = prewarmIds(body, "");
      if (!ids.every((id) => prewarms.has(id))) throw notFound();
      for (const id of ids) prewarms.delete(id);
      return ok({});
    },

    listMonthlyBills({ query, at }) {
      const monthOf = (time: number) => new Date(time).toISOString().slice(0, 7);
      const start = query.get("startMonth") || monthOf(at);
      if (!/^\d{4}-\d\d$/.test(start)) throw new Invalid("invalid startMonth");
      const entries = ledger.entries(at);
      const months: string[] = [];
      for (let month = start; month <= monthOf(at); month = monthOf(monthEnd(month))) months.push(month);
      const bills = months.map((billingMonth) => {
        const amount = costOf(entries.filter(({ createdAt }) => createdAt.startsWith(billingMonth)));
        return {
          billId: `${user}-${billingMonth}`,
          userId: user,
          billingMonth,
          totalAmount: amount,
          originTotalAmount: amount,
          voucherPayAmount: "0",
          cashPayAmount: amount,
          debtAmount: "0",
          repaidAmount: "0",
          status: billingMonth === monthOf(at) ? "pending" : "paid",
          invoiceUrl: "",
          startTime: unix(Date.parse(`${billingMonth}-01`)),
          endTime: unix(monthEnd(billingMonth) - 1_000),
        };
      });
      const number = Number(query.get("page") ?? 1) - 1 + settings.firstPage;
      return ok({ data: page(bills, withPage(query, number), "page") });
    },

    listBills({ query, at }) {
      const category = query.get("productCategory");
      if (!query.get("cycleType") || !category) throw new Invalid("cycleType and productCategory are required");
      const kinds: Readonly<Record<string, readonly string[]>> = {
        summary: ["instance", "volume"],
        gpu: ["instance"],
        cloud_storage: ["volume"],
      };
      const from = Number(query.get("startTime") ?? 0) * 1_000;
      const until = query.get("endTime") ? Number(query.get("endTime")) * 1_000 : at;
      const bills = ledger
        .entries(at)
        .filter(
          ({ kind, id, createdAt }) =>
            (kinds[category] ?? []).includes(kind) &&
            [null, "", id].includes(query.get("ownerId")) &&
            Date.parse(createdAt) >= from &&
            Date.parse(createdAt) <= until,
        )
        .map((entry) => ({
          userId: user,
          startTime: unix(Date.parse(entry.createdAt)),
          endTime: unix(entry.endedAt === null ? at : Date.parse(entry.endedAt)),
          productName: entry.product,
          productId: entry.product,
          category: entry.kind === "instance" ? "gpu" : "local_storage",
          ownerID: entry.id,
          billNum0: String(Math.round(entry.billedMs / 1_000)),
          basePrice0: price(entry.usdPerHour),
          amount: costOf([entry]),
          voucherAmount: "0",
          payAmount: costOf([entry]),
          billingMethod: 1,
        }));
      return ok({ bills });
    },

    getBalance({ at }) {
      const spent = ledger.spent(at);
      const units = (usd: number) => String(Math.round(usd * 10_000));
      return ok({
        availableBalance: units(settings.balanceUsd - spent),
        cashBalance: units(settings.balanceUsd - spent),
        creditLimit: "0",
        pendingCharges: units(spent),
        outstandingInvoices: "0",
      });
    },
  };

  return {
    apiKey,
    catalogue: stock,
    settle,
    authorize({ headers }) {
      if (!headers.has("authorization")) throw new ApiError(failure(403, "INVALID_API_KEY", "API key not provided"));
      if (keyAfter("Bearer", headers) !== apiKey) throw new ApiError(novita.errorResponses.unauthorized());
    },
    handlers: { ...first, ...handlersV2(first, savedImages, settings, notFound) },
  };
}

/** Two temporary statuses. */
function transition(queued: string, doing: string): Phases {
  return phasesOf(transitionMs, { [queued]: 0.2, [doing]: 0.8 });
}

/** Units of 1/100000 USD, as a string. */
function price(usd: number): string {
  return String(Math.round(usd * 100_000));
}

/** Unix seconds, as a string. */
function unix(at: number): string {
  return String(Math.floor(at / 1_000));
}

/** A query with another page number. */
function withPage(query: URLSearchParams, number: number): URLSearchParams {
  const changed = new URLSearchParams(query);
  changed.set("page", String(number));
  return changed;
}

/** When the month after `YYYY-MM` begins. */
function monthEnd(month: string): number {
  const [year = 0, number = 1] = month.split("-").map(Number);
  return Date.UTC(year, number, 1);
}
