import { createStock, type Product } from "../catalogue.js";
import type { Rental } from "../ledger.js";
import { bootNew, type LifeCycle, phasesOf } from "../life-cycle.js";
import { createMachines } from "../machines.js";
import { fingerprint, parsePublicKey } from "../ssh.js";
import { flag, Invalid, integer, list, object, optional, text } from "../validation.js";
import {
  ApiError,
  type ApiRequest,
  type ApiResponse,
  type Fields,
  idInPath,
  keyAfter,
  type Operations,
  type VendorDefinition,
  type VendorServer,
  type World,
} from "../vendor.js";

/** Lists are complete, but their envelope has fields that can report more items. */
const mayBeCut = {
  cut: {
    cursor: withMeta(() => ({ cursor: "c3RlcDI", hasMore: null, total: null })),
    hasMore: withMeta((count) => ({ hasMore: true, total: count })),
    total: withMeta((count) => ({ total: count + 1 })),
  },
};
const shown = { markFields: ["name"], priceFields: ["cost_per_hour"] } as const;

const operations = {
  listInstances: { method: "GET", path: "/instances", listsInstances: true, ...shown, pages: mayBeCut },
  createInstance: {
    method: "POST",
    path: "/instances",
    boots: true,
    ...shown,
    otherMachines: {
      gpu: (body) =>
        otherType(body, (one, requested) => one.gpuType !== requested.gpuType && one.gpuCount === requested.gpuCount),
      count: (body) => otherType(body, (one, requested) => one.gpuCount !== requested.gpuCount),
    },
  },
  listInstanceTypes: { method: "GET", path: "/instances/types" },
  getInstance: { method: "GET", path: "/instances/{id}", instanceId: idInPath, ...shown },
  deleteInstance: { method: "DELETE", path: "/instances/{id}", instanceId: idInPath },
  getInstanceStatus: { method: "GET", path: "/instances/{id}/status", instanceId: idInPath },
  createInstanceSshCertificate: { method: "POST", path: "/instances/{id}/ssh-certificate" },
  listSshKeys: { method: "GET", path: "/ssh-keys" },
  createSshKey: { method: "POST", path: "/ssh-keys" },
  deleteSshKey: { method: "DELETE", path: "/ssh-keys/{id}" },
  listVolumes: { method: "GET", path: "/storage" },
  createVolume: { method: "POST", path: "/storage" },
  listStorageRegions: { method: "GET", path: "/storage/regions" },
  getVolume: { method: "GET", path: "/storage/{id}" },
  updateVolume: { method: "PATCH", path: "/storage/{id}" },
  deleteVolume: { method: "DELETE", path: "/storage/{id}" },
  listTemplates: {
    method: "GET",
    path: "/templates",
    laterPage: (query: URLSearchParams) => Number(query.get("page") ?? 1) > 1,
    pages: { ...mayBeCut, parameter: "page" },
  },
  getBalance: { method: "GET", path: "/billing/balance" },
  listTransactions: {
    method: "GET",
    path: "/billing/transactions",
    laterPage: (query: URLSearchParams) => Number(query.get("offset") ?? 0) > 0,
    pages: { ...mayBeCut, parameter: "offset" },
  },
  getUsage: { method: "GET", path: "/billing/usage" },
  listWorkspaces: { method: "GET", path: "/workspaces" },
  listEnvironments: { method: "GET", path: "/environments" },
  createEnvironment: { method: "POST", path: "/environments" },
  getEnvironment: { method: "GET", path: "/environments/{id}" },
  updateEnvironment: { method: "PATCH", path: "/environments/{id}" },
  deleteEnvironment: { method: "DELETE", path: "/environments/{id}" },
} as const satisfies Operations;

type Operation = keyof typeof operations;

/**
 * Runcrate, https://runcrate.ai/docs. Results are under `data`. Out of stock is a 500 with "no longer available". SSH keys are in
 * camelCase and have a fingerprint instead of the key; volumes have both spellings. The address is known later than `running`. Not
 * documented or contradictory, so assumed: billing is by the second from `running` to deletion, names have at most 64 characters, and
 * volumes cost 0.0001 USD per GB and hour.
 */
export const runcrate: VendorDefinition<Operation> = {
  vendor: "runcrate",
  baseUrls: ["https://www.runcrate.ai/api/v1", "https://runcrate.ai/api/v1"],
  operations,
  errorResponses: {
    invalidRequest: (problem) => failure(400, "invalid_params", problem),
    unauthorized: () => failure(401, "invalid_key", "Invalid API key"),
    expiredKey: () => failure(401, "invalid_key", "The API key has expired"),
    forbidden: () => failure(403, "forbidden", "You do not have permission to perform this action"),
    notFound: () => failure(404, "not_found", "Not found"),
    rateLimited: () => failure(429, "rate_limited", "Rate limit exceeded"),
    internalError: () => failure(500, "internal_error", "Internal server error"),
    noCapacity: () => failure(500, "internal_error", "The selected instance type is no longer available"),
    insufficientFunds: () => failure(402, "insufficient_credits", "Not enough credits"),
    failure: (status, message) => failure(status, status < 500 ? "bad_request" : "internal_error", message),
  },
  defaults: { bootMs: 240_000, addressMs: 10_000, settleMs: 0, pageSize: 25, balanceUsd: 100 },
  start,
};

function failure(status: number, code: string, message: string): ApiResponse {
  return { status, body: { error: { code, message } } };
}

/** A configuration that can be rented, with the price of the whole machine. */
interface Configuration extends Product {
  gpuType: string;
  gpuCount: number;
  cpuCores: number;
  memoryGb: number;
  storageGb: number;
  region: string;
  deployment: string | null;
}

function configuration(
  id: string,
  [gpuType, gpuCount]: readonly [string, number],
  [cpuCores, memoryGb, storageGb]: readonly [number, number, number],
  region: string,
  usdPerHour: number,
  deployment: string | null = "vm",
): Configuration {
  return { id, gpuType, gpuCount, cpuCores, memoryGb, storageGb, region, usdPerHour, deployment, free: Number.POSITIVE_INFINITY };
}

const configurations: Configuration[] = [
  configuration("stoic-tharp-h100x2-4d7a", ["H100", 2], [52, 360, 1500], "us-east-1", 6.69),
  configuration("eager-lovelace-h100-sxm-b83c", ["h100-sxm", 1], [26, 180, 750], "us-east-1", 3.35),
  configuration("bold-tesla-a100-fa6f", ["A100", 1], [16, 120, 500], "us-east", 1.49, null),
  configuration("focused-neumann-rtx4090-3615", ["RTX4090", 1], [12, 64, 400], "kansascity-usa-1", 0.66, "container"),
  configuration("jolly-maxwell-rtxpro6000x2-065d", ["RTXPRO6000", 2], [48, 256, 1000], "montreal-canada-1", 3.94),
  configuration("calm-curie-l4-77e0", ["L4", 1], [8, 32, 200], "mumbai-india-1", 0.58),
  configuration("sleepy-archimedes-cpu_small-de28", ["CPU", 0], [4, 16, 100], "helsinki-finland-1", 0.39),
];

/** The body of a create for another configuration with GPUs. */
function otherType(body: Fields, differs: (one: Configuration, requested: Configuration) => boolean): Fields {
  const requested = configurations.find(
    ({ id, gpuType }) =>
      id === body["instance_type_id"] || (body["instance_type_id"] === undefined && gpuType === body["gpu_type"]),
  );
  const other = requested && configurations.find((one) => one.gpuCount > 0 && differs(one, requested));
  return other ? { ...body, gpu_type: undefined, gpu_count: undefined, region: undefined, instance_type_id: other.id } : body;
}

interface Instance {
  id: string;
  environment: string;
  name: string;
  product: Configuration;
  usdPerHour: number;
  storageGb: number;
  volumeId: string | undefined;
  ip: string;
  createdAt: number;
  /** When it is running; Infinity when it never is. */
  runsAt: number;
  lifeCycle: LifeCycle;
  rental: Rental;
}

interface Volume {
  id: string;
  environment: string;
  name: string;
  sizeGb: number;
  region: { id: string; name: string; provider: string };
  createdAt: number;
  updatedAt: number;
  rental: Rental;
}

interface Environment {
  id: string;
  name: string;
  is_default: boolean;
  created_at: string;
  updated_at: string;
}

const storageRegions = [
  { id: "137", name: "us-east-1", provider: "aws-s3" },
  { id: "21", name: "us-west-1", provider: "wasabi" },
] as const;
const bootTemplates = ["ubuntu-devbox", "ubuntu-train", "ubuntu-inference", "ubuntu-cuda-devel"];
const templates = [
  {
    id: "ubuntu-devbox",
    name: "Ubuntu Devbox",
    description: "Ubuntu with editors",
    category: "dev",
    created_at: "2026-03-18T10:00:00Z",
  },
  {
    id: "ubuntu-train",
    name: "Ubuntu Train",
    description: "Ubuntu with CUDA and PyTorch",
    category: "ml",
    created_at: "2026-03-18T10:00:00Z",
  },
  { id: "ubuntu-inference", name: "Ubuntu Inference", description: null, category: "ml" },
];
const volumeUsdPerGbHour = 0.0001;

const createBody = object({
  name: text(1, 64),
  gpu_type: optional(text(1)),
  instance_type_id: optional(text(1)),
  region: optional(text(1)),
  gpu_count: optional(integer(1)),
  cpu_cores: optional(integer(1)),
  memory: optional(integer(1)),
  storage: optional(integer(1)),
  template: optional(text(1)),
  ssh_key_id: optional(text(1)),
  env_vars: optional(list(object({ key: text(1), value: text() }))),
  startup_commands: optional(list(text())),
  storage_id: optional(text(1)),
  launch_script: optional(text()),
  launch_script_base64: optional(text()),
});
const sshKeyBody = object({ name: text(1), public_key: text(1), type: optional(text(1)) });
const certificateBody = object({ public_key: text(1) });
const volumeBody = object({ name: text(1), size_gb: integer(1), region: optional(text(1)) });
const volumeSizeBody = object({ size_gb: integer(1) });
const environmentBody = object({ name: text(1) });
const environmentUpdate = object({ name: optional(text(1)), is_default: optional(flag) });

/** A list's body with other values in `meta`. */
function withMeta(metaOf: (count: number) => object): (body: Fields) => Fields {
  return (body) => ({ ...body, meta: metaOf(Array.isArray(body["data"]) ? body["data"].length : 0) });
}

const data = (value: unknown, status = 200): ApiResponse => ({ status, body: { data: value } });
const dataList = (items: readonly unknown[], meta: object = { total: items.length }): ApiResponse => ({
  status: 200,
  body: { data: items, meta },
});

function start(world: World): VendorServer<Operation> {
  const { random, ledger, settings } = world;
  const apiKey = `rc_live_${random.hex(32)}`;
  const projectId = random.uuid();
  const stock = createStock(configurations, 1e4);
  const instances = createMachines<Instance>(runcrate.errorResponses.notFound);
  const volumes = new Map<string, Volume>();
  const sshKeys = new Map<string, { id: string; fingerprint: string; [field: string]: unknown }>();
  const environments = new Map<string, Environment>();
  const openedAt = world.now();
  const main = makeEnvironment("main", true, openedAt);

  const apiError = (status: number, code: string, message: string) => new ApiError(failure(status, code, message));
  const notFound = () => new ApiError(runcrate.errorResponses.notFound());

  function makeEnvironment(name: string, isDefault: boolean, at: number): Environment {
    const environment = {
      id: random.uuid(),
      name,
      is_default: isDefault,
      created_at: offsetTime(at),
      updated_at: offsetTime(at),
    };
    environments.set(environment.id, environment);
    return environment;
  }

  function environmentOf({ query }: ApiRequest): string {
    const name = query.get("environment");
    const found = [...environments.values()].find((candidate) =>
      name === null ? candidate.is_default : candidate.name === name,
    );
    if (!found) throw notFound();
    return found.id;
  }

  function instanceOf(request: ApiRequest): Instance {
    const environment = environmentOf(request);
    return instances.get(request.at, ({ id, environment: own }) => id === request.path["id"] && own === environment);
  }

  function describe(instance: Instance, at: number): Record<string, unknown> {
    return {
      id: instance.id,
      name: instance.name,
      status: instance.lifeCycle.status(at),
      gpu_type: instance.product.gpuType,
      gpu_count: instance.product.gpuCount,
      cpu_cores: instance.product.cpuCores,
      memory: instance.product.memoryGb,
      storage: instance.storageGb,
      region: instance.product.region,
      ip: addressOf(instance, at),
      os_image: "ubuntu-22.04",
      cost_per_hour: instance.usdPerHour,
      deployed_at: at >= instance.runsAt ? offsetTime(instance.runsAt) : null,
      created_at: offsetTime(instance.createdAt),
      updated_at: offsetTime(at >= instance.runsAt ? instance.runsAt : instance.createdAt),
    };
  }

  function addressOf(instance: Instance, at: number): string | null {
    return at >= instance.runsAt + settings.addressMs ? instance.ip : null;
  }

  /** For a GPU model, picks the cheapest configuration in stock. */
  function choose(requested: ReturnType<typeof createBody>): Configuration {
    if (requested.instance_type_id !== undefined) {
      const product = stock.find(requested.instance_type_id);
      if (!product) throw new Invalid(`there is no instance type ${requested.instance_type_id}`);
      if (product.free < 1) throw new ApiError(runcrate.errorResponses.noCapacity(requested));
      return product;
    }
    if (requested.gpu_type === undefined) throw new Invalid("gpu_type or instance_type_id is required");
    const wanted = requested.gpu_type.toLowerCase();
    const ofModel = stock.products().filter(({ gpuType }) => gpuType.toLowerCase() === wanted);
    if (ofModel.length === 0) throw new Invalid(`there is no GPU type ${requested.gpu_type}`);
    const [cheapest] = ofModel
      .filter(({ gpuCount, region, free }) => {
        const fits = requested.gpu_count === undefined || gpuCount === requested.gpu_count;
        return fits && free >= 1 && [undefined, "auto", region].includes(requested.region);
      })
      .sort((one, other) => one.usdPerHour - other.usdPerHour);
    if (!cheapest) throw new ApiError(runcrate.errorResponses.noCapacity(requested));
    return cheapest;
  }

  const attachedTo = (volume: Volume, at: number) => instances.find(at, ({ volumeId }) => volumeId === volume.id)?.id ?? null;

  /** Has both spellings: the vendor's CLI reads snake_case, its SDKs read camelCase. */
  function describeVolume(volume: Volume, at: number): unknown {
    const deploymentId = attachedTo(volume, at);
    const createdAt = new Date(volume.createdAt).toISOString();
    const updatedAt = new Date(volume.updatedAt).toISOString();
    const { provider } = volume.region;
    return {
      id: volume.id,
      name: volume.name,
      status: deploymentId ? "attached" : "available",
      region: volume.region.id,
      sizeGb: volume.sizeGb,
      providerType: provider,
      deploymentId,
      projectId,
      createdAt,
      updatedAt,
      size_gb: volume.sizeGb,
      provider_type: provider,
      deployment_id: deploymentId,
      project_id: projectId,
      created_at: createdAt,
      updated_at: updatedAt,
    };
  }

  function volumeOf(request: ApiRequest): Volume {
    const volume = volumes.get(request.path["id"] ?? "");
    if (!volume || volume.environment !== environmentOf(request)) throw notFound();
    return volume;
  }

  function environmentById({ path }: ApiRequest): Environment {
    const environment = environments.get(path["id"] ?? "");
    if (!environment) throw notFound();
    return environment;
  }

  function positive(query: URLSearchParams, name: string, fallback: number, min: number): number {
    const value = Number(query.get(name) ?? fallback);
    if (!Number.isInteger(value) || value < min) throw new Invalid(`${name} must be an integer of at least ${min}`);
    return value;
  }

  return {
    apiKey,
    catalogue: stock,
    authorize({ headers }) {
      if (keyAfter("Bearer", headers) !== apiKey) throw new ApiError(runcrate.errorResponses.unauthorized());
    },
    handlers: {
      listInstances(request) {
        const environment = environmentOf(request);
        const search = request.query.get("search")?.toLowerCase() ?? "";
        const found = instances
          .list(request.listAt)
          .filter((instance) => instance.environment === environment && instance.name.toLowerCase().includes(search));
        return dataList(found.map((instance) => describe(instance, request.listAt)));
      },

      createInstance(request) {
        const { at, body } = request;
        const requested = createBody(body, "");
        const environment = environmentOf(request);
        if (requested.ssh_key_id !== undefined && !sshKeys.has(requested.ssh_key_id))
          throw new Invalid(`there is no SSH key ${requested.ssh_key_id}`);
        if (requested.template !== undefined && !bootTemplates.includes(requested.template))
          throw new Invalid(`there is no template ${requested.template}`);
        const volume = requested.storage_id === undefined ? undefined : volumes.get(requested.storage_id);
        if (requested.storage_id !== undefined && (!volume || attachedTo(volume, at))) {
          throw new Invalid(`the volume ${requested.storage_id} does not exist or is attached already`);
        }
        const product = choose(requested);
        stock.take(product.id, 1);
        const phases = phasesOf(settings.bootMs, { deploying: 0.2, awaiting_provider: 0.5, starting: 0.3 });
        const { lifeCycle, readyAt: runsAt } = bootNew(phases, "running", "failed", request);
        const id = random.uuid();
        const rental = ledger.open("instance", { id, name: requested.name, product: product.id }, request);
        rental.charge("compute", product.usdPerHour, runsAt);
        const instance = instances.add({
          id,
          environment,
          name: requested.name,
          product,
          usdPerHour: product.usdPerHour,
          storageGb: requested.storage ?? product.storageGb,
          volumeId: volume?.id,
          ip: random.ipv4(),
          createdAt: at,
          runsAt,
          lifeCycle,
          rental,
        });
        return data(describe(instance, at), 201);
      },

      // The API does not show stock here.
      listInstanceTypes({ query }) {
        const wanted = (name: string, value: string | number) =>
          !query.has(name) || query.get(name)?.toLowerCase() === String(value).toLowerCase();
        return dataList(
          stock
            .products()
            .filter(
              (product) =>
                wanted("gpu_type", product.gpuType) && wanted("region", product.region) && wanted("gpu_count", product.gpuCount),
            )
            .map((product) => ({
              id: product.id,
              gpu_type: product.gpuType,
              gpu_count: product.gpuCount,
              cpu_cores: product.cpuCores,
              memory_gb: product.memoryGb,
              storage_gb: product.storageGb,
              region: product.region,
              deployment_type: product.deployment,
              hourly_rate: product.usdPerHour,
            })),
        );
      },

      getInstance: (request) => data(describe(instanceOf(request), request.at)),

      deleteInstance(request) {
        const instance = instanceOf(request);
        stock.giveBack(instance.product.id, 1);
        instance.lifeCycle.enter({}, undefined, request.at);
        instance.rental.end(request.at, request.reference);
        return { status: 204 };
      },

      getInstanceStatus(request) {
        const instance = instanceOf(request);
        return data({
          id: instance.id,
          status: instance.lifeCycle.status(request.at),
          ip: addressOf(instance, request.at),
        });
      },

      createInstanceSshCertificate(request) {
        const requested = certificateBody(request.body, "");
        const key = parsePublicKey(requested.public_key);
        if (!key) throw new Invalid("public_key is not an OpenSSH public key");
        const ip = addressOf(instanceOf(request), request.at);
        if (!ip) throw new Invalid("the instance has no address yet");
        const certificate = `${key.type}-cert-v01@openssh.com ${btoa(String.fromCharCode(...random.bytes(96)))}`;
        return data({ certificate, ip, user: "root", port: 22 });
      },

      listSshKeys: () => dataList([...sshKeys.values()]),

      async createSshKey({ body, at }) {
        const requested = sshKeyBody(body, "");
        const parsed = parsePublicKey(requested.public_key);
        if (!parsed) throw new Invalid("public_key is not an OpenSSH public key");
        const printed = await fingerprint(parsed);
        if ([...sshKeys.values()].some((key) => key.fingerprint === printed)) {
          throw apiError(409, "conflict", "An SSH key with this public key already exists");
        }
        const key = {
          id: random.uuid(),
          name: requested.name,
          fingerprint: printed,
          type: requested.type ?? parsed.type.replace(/^ssh-/, ""),
          createdAt: new Date(at).toISOString(),
          lastUsed: null,
          projectId,
        };
        sshKeys.set(key.id, key);
        return data(key, 201);
      },

      deleteSshKey({ path }) {
        if (!sshKeys.delete(path["id"] ?? "")) throw notFound();
        return { status: 204 };
      },

      listVolumes(request) {
        const environment = environmentOf(request);
        const search = request.query.get("search")?.toLowerCase() ?? "";
        const found = [...volumes.values()].filter(
          (volume) => volume.environment === environment && volume.name.toLowerCase().includes(search),
        );
        return dataList(found.map((volume) => describeVolume(volume, request.at)));
      },

      createVolume(request) {
        const requested = volumeBody(request.body, "");
        const { at } = request;
        const region = storageRegions.find(
          ({ id, name }) => requested.region === undefined || requested.region === id || requested.region === name,
        );
        if (!region) throw new Invalid(`there is no storage region ${requested.region}`);
        const id = random.uuid();
        const rental = ledger.open("volume", { id, name: requested.name, product: `${requested.size_gb} GB` }, request);
        rental.charge("storage", requested.size_gb * volumeUsdPerGbHour, at);
        const environment = environmentOf(request);
        const volume = {
          id,
          environment,
          name: requested.name,
          sizeGb: requested.size_gb,
          region,
          createdAt: at,
          updatedAt: at,
          rental,
        };
        volumes.set(id, volume);
        return data(describeVolume(volume, at), 201);
      },

      listStorageRegions: () => dataList(storageRegions),
      getVolume: (request) => data(describeVolume(volumeOf(request), request.at)),

      updateVolume(request) {
        const requested = volumeSizeBody(request.body, "");
        const volume = volumeOf(request);
        if (requested.size_gb < volume.sizeGb) throw new Invalid("a volume can only grow");
        volume.sizeGb = requested.size_gb;
        volume.updatedAt = request.at;
        volume.rental.charge("storage", requested.size_gb * volumeUsdPerGbHour, request.at);
        return data(describeVolume(volume, request.at));
      },

      deleteVolume(request) {
        const volume = volumeOf(request);
        if (attachedTo(volume, request.at)) throw new Invalid("the volume is attached; delete the instance first");
        volume.rental.end(request.at, request.reference);
        volumes.delete(volume.id);
        return data({ message: "Volume deleted", refund_amount: 0, refundAmount: 0 });
      },

      listTemplates({ query }) {
        const page = positive(query, "page", 1, 1);
        const size = positive(query, "page_size", settings.pageSize, 1);
        const search = query.get("search")?.toLowerCase() ?? "";
        const found = templates.filter(
          ({ name, category }) => name.toLowerCase().includes(search) && [null, category].includes(query.get("category")),
        );
        const shown = found.slice((page - 1) * size, page * size);
        return dataList(shown, { hasMore: found.length > page * size, total: found.length });
      },

      getBalance({ at }) {
        const usdPerHour = ledger.entries(at).reduce((sum, entry) => sum + entry.usdPerHour, 0);
        return data({
          creditsBalance: Math.round((settings.balanceUsd - ledger.spent(at)) * 1e6) / 1e6,
          activeUsageCost: Math.round(usdPerHour * 1e6) / 1e6,
        });
      },

      listTransactions({ query, at }) {
        const limit = positive(query, "limit", 50, 1);
        const offset = positive(query, "offset", 0, 0);
        const debits = ledger
          .entries(at)
          .filter(({ usd }) => usd > 0)
          .map((entry) => ({
            id: `debit-${entry.id}`,
            project_id: projectId,
            type: "debit",
            amount: -entry.usd,
            description: `Usage, ${entry.name}`,
            created_at: offsetTime(at),
          }));
        const deposit = {
          id: `credit-${projectId}`,
          project_id: projectId,
          type: "credit",
          amount: settings.balanceUsd,
          description: "Deposit",
          created_at: offsetTime(openedAt),
        };
        const found = [...debits.reverse(), deposit].filter(({ type }) => [null, type].includes(query.get("type")));
        return dataList(found.slice(offset, offset + limit), { hasMore: found.length > offset + limit, total: found.length });
      },

      // Usage of inference only, which is not simulated.
      getUsage: () =>
        data({ total_requests: 0, total_prompt_tokens: 0, total_completion_tokens: 0, total_tokens: 0, total_cost: 0 }),

      listWorkspaces: () => dataList([{ id: projectId, name: "My workspace", role: "owner", is_default: true }]),

      listEnvironments: () => dataList([...environments.values()]),

      createEnvironment({ body, at }) {
        const { name } = environmentBody(body, "");
        if ([...environments.values()].some((environment) => environment.name === name)) {
          throw apiError(409, "conflict", `the environment ${name} exists already`);
        }
        return data(makeEnvironment(name, false, at));
      },

      getEnvironment: (request) => data(environmentById(request)),

      updateEnvironment(request) {
        const requested = environmentUpdate(request.body, "");
        const environment = environmentById(request);
        if (requested.is_default === false && environment.is_default) throw new Invalid("one environment must be the default");
        if (requested.is_default) for (const other of environments.values()) other.is_default = other === environment;
        environment.name = requested.name ?? environment.name;
        environment.updated_at = offsetTime(request.at);
        return data(environment);
      },

      deleteEnvironment(request) {
        const environment = environmentById(request);
        const isUsed = instances.find(request.at, (instance) => instance.environment === environment.id) !== undefined;
        if (environment.is_default || environment === main || isUsed)
          throw new Invalid("the environment is the default or in use");
        environments.delete(environment.id);
        return { status: 204 };
      },
    },
  };
}

/** ISO 8601 with an offset instead of `Z`. */
function offsetTime(at: number): string {
  return new Date(at).toISOString().replace("Z", "+00:00");
}
