import { createStock, type Product } from "../catalogue.js";
import type { Rental } from "../ledger.js";
import { bootNew, createLifeCycle, type LifeCycle, phasesOf } from "../life-cycle.js";
import { createMachines } from "../machines.js";
import { fingerprint, makePrivateKey, makePublicKey, parsePublicKey } from "../ssh.js";
import { Invalid, integer, list, object, oneOf, optional, text } from "../validation.js";
import {
  ApiError,
  type ApiRequest,
  type ApiResponse,
  type Fields,
  keyAfter,
  type Operations,
  ok,
  type VendorDefinition,
  type VendorServer,
  type World,
} from "../vendor.js";

const operations = {
  createInstance: {
    method: "POST",
    path: "/instances/create",
    boots: true,
    numbersMachines: true,
    otherMachines: {
      gpu: (body) =>
        otherConfiguration(body, (one, requested) => one.gpuType !== requested.gpuType && one.gpuCount === requested.gpuCount),
      count: (body) => otherConfiguration(body, (one, requested) => one.gpuCount !== requested.gpuCount),
    },
  },
  listInstances: { method: "GET", path: "/instances/list", listsInstances: true, markFields: ["sshPublicKeys"] },
  updateInstance: { method: "POST", path: "/instances/{id}/modify" },
  updateInstancePorts: { method: "PATCH", path: "/instances/{id}/ports" },
  deleteInstance: { method: "POST", path: "/instances/{id}/delete" },
  addInstanceSshKey: { method: "POST", path: "/instances/{id}/add_key" },
  checkToken: { method: "GET", path: "/auth/validate" },
  listInstanceTypes: { method: "GET", path: "/specs", public: true },
  listPrices: { method: "GET", path: "/pricing", public: true, priceFields: ["pricing"] },
  listAvailability: { method: "GET", path: "/status" },
  listInstanceTypesV2: { method: "GET", path: "/v2/specs", atRoot: true, public: true },
  listPricesV2: { method: "GET", path: "/v2/pricing", atRoot: true, public: true, priceFields: ["pricing"] },
  listAvailabilityV2: { method: "GET", path: "/v2/status", atRoot: true, public: true },
  listTemplates: { method: "GET", path: "/thunder-templates", public: true },
  createSshKey: { method: "POST", path: "/keys/add" },
  listSshKeys: { method: "GET", path: "/keys/list" },
  deleteSshKey: { method: "DELETE", path: "/keys/{id}" },
  createSnapshot: { method: "POST", path: "/snapshots/create" },
  listSnapshots: { method: "GET", path: "/snapshots/list" },
  deleteSnapshot: { method: "DELETE", path: "/snapshots/{id}" },
} as const satisfies Operations;

type Operation = keyof typeof operations;

/**
 * Thunder Compute, https://www.thundercompute.com/docs/api-reference. The list is an object keyed by index, with numbers as strings.
 * An index is reused one second after its instance was deleted. Billed by the minute, from RUNNING to deletion. Not documented, so
 * assumed: sold out is a 500.
 */
export const thunderCompute: VendorDefinition<Operation> = {
  vendor: "thunder-compute",
  baseUrls: ["https://api.thundercompute.com:8443/v1"],
  operations,
  errorResponses: {
    invalidRequest: (problem) => failure(400, "validation_error", problem),
    unauthorized: () => failure(401, "unauthorized", "The API token is invalid."),
    expiredKey: () => failure(401, "unauthorized", "The API token has been revoked."),
    forbidden: () => failure(403, "forbidden", "The token does not have permission for this action."),
    notFound: () => failure(404, "not_found", "instance not found"),
    // The vendor's fixtures omit the code here.
    rateLimited: () => ({
      status: 429,
      body: { error: "rate_limit_exceeded", message: "Too many requests. Please try again later." },
    }),
    internalError: () => failure(500, "internal_error", "Internal server error."),
    noCapacity: () => failure(500, "internal_error", "No machine is available for this configuration."),
    insufficientFunds: () => failure(402, "payment_required", "Add a payment method before you create an instance."),
    unknownPath: () => failure(404, "not_found", "not found"),
    failure: (status, message) => failure(status, status < 500 ? "invalid_request" : "internal_error", message),
  },
  defaults: { bootMs: 15_000, addressMs: 2_000, settleMs: 0, pageSize: 0, balanceUsd: 100 },
  billingStepMs: 60_000,
  start,
};

function failure(status: number, error: string, message: string): ApiResponse {
  return { status, body: { code: status, error, message } };
}

/** A configuration that can be rented; its id is the key of `/specs` and `/pricing`. */
interface Configuration extends Product {
  gpuType: string;
  displayName: string;
  gpuCount: number;
  vramGb: number;
  vcpuOptions: readonly [number, ...number[]];
  ramCapGib?: number;
  maxDiskGb: number;
}

const ramPerVcpuGib = 8;
const minDiskGb = 100;
/** US dollars per hour for each vCPU above the smallest option, and for each GB. */
const extraPrices = { additional_vcpus: 0.04, disk_gb: 0.0003, ephemeral_disk_gb: 0.0002, snapshot_gb: 0.00006849 };

function configuration(
  gpuType: string,
  displayName: string,
  vramGb: number,
  gpuCount: number,
  usdPerHour: number,
  vcpuOptions: readonly [number, ...number[]],
  ramCapGib?: number,
): Configuration {
  return {
    id: `${gpuType}_x${gpuCount}`,
    usdPerHour,
    free: Number.POSITIVE_INFINITY,
    gpuType,
    displayName,
    gpuCount,
    vramGb,
    vcpuOptions,
    ...(ramCapGib === undefined ? {} : { ramCapGib }),
    maxDiskGb: 500 * gpuCount,
  };
}

const configurations: Configuration[] = [
  configuration("a6000", "RTX A6000", 48, 1, 0.35, [6, 8]),
  configuration("a100xl", "NVIDIA A100 (80GB)", 80, 1, 1.09, [8, 12, 16]),
  configuration("a100xl", "NVIDIA A100 (80GB)", 80, 2, 2.18, [16, 20, 24]),
  configuration("a100xl", "NVIDIA A100 (80GB)", 80, 4, 5.96, [36, 44, 52, 60], 420),
  configuration("a100xl", "NVIDIA A100 (80GB)", 80, 8, 11.92, [96, 104, 112, 120], 840),
  configuration("h100", "NVIDIA H100", 80, 1, 3.2, [4, 8, 12, 16]),
  configuration("h100", "NVIDIA H100", 80, 2, 6.4, [8, 12, 16, 20, 24]),
  configuration("h100", "NVIDIA H100", 80, 4, 12.8, [60]),
  configuration("h100", "NVIDIA H100", 80, 8, 25.6, [120]),
  configuration("l40", "NVIDIA L40", 48, 1, 0.79, [6, 8, 12]),
  configuration("l40", "NVIDIA L40", 48, 2, 1.58, [12, 16, 20]),
  configuration("l40", "NVIDIA L40", 48, 4, 3.96, [24, 32, 40]),
  configuration("l40", "NVIDIA L40", 48, 8, 7.92, [48, 56, 64, 72, 80]),
];

/**
 * `/specs` and `/status` also have entries by mode, for older official clients. `/pricing` has none: the price factor of production
 * mode is invented.
 */
const modes = {
  prototyping: { has: (count: number) => count <= 2, vcpus: (one: Configuration) => one.vcpuOptions, priceFactor: 1 },
  production: {
    has: () => true,
    vcpus: (one: Configuration): Configuration["vcpuOptions"] => [15 * one.gpuCount],
    priceFactor: 1.5,
  },
} as const;

/** The entries of a configuration by mode. */
function modesOf(product: Configuration) {
  return Object.entries(modes)
    .filter(([, { has }]) => has(product.gpuCount))
    .map(([mode, { vcpus }]) => ({ key: `${product.id}_${mode}`, mode, vcpus: vcpus(product) }));
}

const noModes: typeof modesOf = () => [];

/** The body of a create for another configuration, with the same GPU if possible. */
function otherConfiguration(body: Fields, differs: (one: Configuration, requested: Configuration) => boolean): Fields {
  const requested = configurations.find(({ gpuType, gpuCount }) => gpuType === body["gpu_type"] && gpuCount === body["num_gpus"]);
  const others = requested ? configurations.filter((one) => differs(one, requested)) : [];
  const other = others.find(({ gpuType }) => gpuType === requested?.gpuType) ?? others[0];
  if (!other) return body;
  return { ...body, gpu_type: other.gpuType, num_gpus: other.gpuCount, cpu_cores: other.vcpuOptions[0], mode: undefined };
}

const templates = {
  base: {
    displayName: "Base",
    extendedDescription: "Ubuntu with CUDA and Python",
    automountFolders: [],
    cleanupCommands: [],
    startupCommands: [],
    openPorts: [],
    default: true,
  },
  ollama: {
    displayName: "Ollama",
    extendedDescription: "Ollama with a web interface",
    automountFolders: ["/home/ubuntu/.ollama"],
    cleanupCommands: ["docker compose down"],
    startupCommands: ["docker compose up --detach"],
    openPorts: [11434],
    startupMinutes: 2,
    version: 3,
    default: false,
    defaultSpecs: { cores: 8, gpu_type: "a100xl", num_gpus: 1, storage: 100 },
  },
  "comfy-ui": {
    displayName: "ComfyUI",
    extendedDescription: "ComfyUI on port 8188",
    automountFolders: ["/home/ubuntu/ComfyUI"],
    cleanupCommands: null,
    startupCommands: null,
    openPorts: [8188],
    startupMinutes: 1,
    version: 2,
    default: false,
  },
};

/** The parts of a build that a create chooses within a configuration. */
interface Size {
  cpuCores: number;
  diskGb: number;
  ephemeralDiskGb: number;
  mode: string | undefined;
}

/** The configuration of an instance from a moment on. */
interface Build extends Size {
  from: number;
  configuration: string;
}

interface Instance {
  uuid: string;
  index: number | bigint;
  createdAt: number;
  lifeCycle: LifeCycle;
  /** When the address is known. */
  addressAt: number;
  ip: string;
  port: number;
  template: string;
  builds: Build[];
  httpPorts: Set<number>;
  sshPublicKeys: string[];
  rental: Rental;
}

interface Snapshot {
  id: string;
  name: string;
  createdAt: number;
  diskGb: number;
  lifeCycle: LifeCycle;
  rental: Rental;
}

const mode = optional(oneOf("prototyping", "production"));
const ports = optional(list(integer(1, 65_535)));
const createBody = object({
  cpu_cores: integer(1),
  disk_size_gb: integer(1),
  gpu_type: text(1),
  num_gpus: integer(1),
  template: text(1),
  mode,
  ephemeral_disk_gb: optional(integer(0)),
  public_key: optional(text()),
});
const updateBody = object({
  cpu_cores: optional(integer(1)),
  disk_size_gb: optional(integer(1)),
  gpu_type: optional(text(1)),
  num_gpus: optional(integer(1)),
  mode,
  ephemeral_disk_gb: optional(integer(0)),
  add_ports: ports,
  remove_ports: ports,
});
const portsBody = object({ add_ports: ports, remove_ports: ports });
const addKeyBody = optional(object({ public_key: optional(text()) }));
const sshKeyBody = object({ name: text(1), public_key: text(1) });
const snapshotBody = object({ instanceId: text(1), name: text(1) });

/** An index is reused this long after its instance was deleted. */
const indexReuseMs = 1_000;
const modifyMs = 10_000;
const snapshotMs = 60_000;
const maxSnapshots = 50;

function start(world: World): VendorServer<Operation> {
  const { random, ledger, settings } = world;
  const apiKey = `tnr_${random.hex(40)}`;
  const stock = createStock(configurations, 1e4);
  const instances = createMachines<Instance>(thunderCompute.errorResponses.notFound);
  const snapshots = createMachines<Snapshot>(() => failure(404, "not_found", "snapshot not found"));
  const sshKeys = new Map<
    string,
    { id: string; name: string; public_key: string; fingerprint: string; key_type: string; created_at: number }
  >();

  const apiError = (status: number, error: string, message: string) => new ApiError(failure(status, error, message));

  const byIndex = ({ path, at }: ApiRequest) => instances.get(at, ({ index }) => String(index) === path["id"]);

  function freeIndex(at: number, wantsBigId: boolean): number | bigint {
    const used = new Set(instances.list(at).map(({ index }) => String(index)));
    // The first odd number that a JavaScript number cannot represent.
    let index = wantsBigId ? 2n ** 53n + 1n : 0n;
    while (used.has(String(index))) index += 1n;
    return wantsBigId ? index : Number(index);
  }

  function buildAt(instance: Instance, at: number): Build & { product: Configuration } {
    const build = instance.builds.filter(({ from }) => from <= at).at(-1) ?? instance.builds[0];
    const product = build && stock.find(build.configuration);
    if (!build || !product) throw new Error(`instance ${instance.uuid} has no configuration`);
    return { ...build, product };
  }

  /** Checks a choice against the catalogue. */
  function choose(gpuType: string, gpuCount: number, { cpuCores, diskGb, mode }: Size): Configuration {
    const product = stock.find(`${gpuType}_x${gpuCount}`);
    if (!product) throw new Invalid(`Invalid value, there is no configuration ${gpuType} with ${gpuCount} GPUs`);
    const vcpuOptions =
      mode === "production" ? [...product.vcpuOptions, ...modes.production.vcpus(product)] : product.vcpuOptions;
    if (!vcpuOptions.includes(cpuCores)) {
      throw new Invalid(`Invalid value, valid vCPU counts are ${vcpuOptions.join(", ")}`);
    }
    if (diskGb < minDiskGb || diskGb > product.maxDiskGb) {
      throw new Invalid(`Invalid value, disk_size_gb must be from ${minDiskGb} to ${product.maxDiskGb}`);
    }
    return product;
  }

  function usdPerHour(product: Configuration, build: Size): number {
    const isOfMode = !product.vcpuOptions.includes(build.cpuCores);
    const ofVcpus = extraPrices.additional_vcpus * (build.cpuCores - Math.min(...product.vcpuOptions));
    return (
      (isOfMode ? product.usdPerHour * modes.production.priceFactor : product.usdPerHour + ofVcpus) +
      extraPrices.disk_gb * Math.max(0, build.diskGb - 100 * product.gpuCount) +
      extraPrices.ephemeral_disk_gb * build.ephemeralDiskGb
    );
  }

  function checkedKey(publicKey: string): string {
    if (!parsePublicKey(publicKey)) throw new Invalid("public_key is not an OpenSSH public key");
    return publicKey.trim();
  }

  function change(instance: Instance, add: readonly number[] = [], remove: readonly number[] = []): number[] {
    if ([...add, ...remove].includes(22)) throw apiError(400, "invalid_request", "port 22 cannot be changed");
    for (const port of add) instance.httpPorts.add(port);
    for (const port of remove) instance.httpPorts.delete(port);
    return [...instance.httpPorts].sort((one, other) => one - other);
  }

  function describe(instance: Instance, at: number): unknown {
    const build = buildAt(instance, at);
    const { product } = build;
    const reachable = at >= instance.addressAt;
    const memory = product.ramCapGib
      ? product.ramCapGib - (Math.max(...product.vcpuOptions) - build.cpuCores) * ramPerVcpuGib
      : build.cpuCores * ramPerVcpuGib;
    return {
      uuid: instance.uuid,
      name: instance.uuid,
      status: instance.lifeCycle.status(at),
      cpuCores: String(build.cpuCores),
      numGpus: String(product.gpuCount),
      memory: String(memory),
      storage: build.diskGb,
      ...(build.ephemeralDiskGb > 0 ? { ephemeralDiskGB: build.ephemeralDiskGb } : {}),
      gpuType: product.gpuType.toUpperCase(),
      ...(build.mode ? { mode: build.mode } : {}),
      template: instance.template,
      ip: reachable ? instance.ip : "",
      port: reachable ? instance.port : 0,
      ...(instance.httpPorts.size > 0 ? { httpPorts: change(instance) } : {}),
      sshPublicKeys: instance.sshPublicKeys,
      createdAt: seconds(instance.createdAt),
      provisioningTime: seconds(instance.createdAt + 1_000),
      k8s: true,
      promoted: false,
    };
  }

  function describeType(product: Configuration, vcpuOptions: readonly number[]): object {
    return {
      displayName: product.displayName,
      gpuCount: product.gpuCount,
      vramGB: product.vramGb,
      vcpuOptions,
      ramPerVCPUGiB: ramPerVcpuGib,
      ...(product.ramCapGib ? { ramCapGiB: product.ramCapGib } : {}),
      storageGB: { min: minDiskGb, max: product.maxDiskGb },
    };
  }

  function specs(modes: typeof modesOf): object {
    return Object.fromEntries(
      stock
        .products()
        .flatMap((product) => [
          [product.id, describeType(product, product.vcpuOptions)],
          ...modes(product).map(({ key, mode, vcpus }) => [key, { ...describeType(product, vcpus), mode }]),
        ]),
    );
  }

  /** Older names are listed in addition to the configurations. */
  function prices(): object {
    const olderNames = ["a100xl", "h100", "l40"].flatMap((name) => {
      const price = stock.find(`${name}_x1`)?.usdPerHour ?? 0;
      return [
        [name, price],
        [`${name}_native`, price],
      ];
    });
    const ofConfigurations = stock.products().map((product) => [product.id, product.usdPerHour]);
    return { ...Object.fromEntries([...ofConfigurations, ...olderNames]), ...extraPrices };
  }

  function availability(modes: typeof modesOf): object {
    const specs: Record<string, string> = {};
    const gpuTypes: Record<string, Record<string, string>> = {};
    for (const product of stock.products()) {
      const state = product.free > 0 ? "available" : "unavailable";
      for (const key of [product.id, ...modes(product).map(({ key }) => key)]) specs[key] = state;
      gpuTypes[product.gpuType] = { ...gpuTypes[product.gpuType], [String(product.gpuCount)]: state };
    }
    return { specs, gpu_type: gpuTypes };
  }

  return {
    apiKey,
    catalogue: stock,
    authorize({ headers }) {
      if (keyAfter("Bearer", headers) !== apiKey) throw new ApiError(thunderCompute.errorResponses.unauthorized());
    },
    handlers: {
      createInstance(request) {
        const { body, at, wantsBigId } = request;
        const requested = createBody(body, "");
        const size = {
          cpuCores: requested.cpu_cores,
          diskGb: requested.disk_size_gb,
          ephemeralDiskGb: requested.ephemeral_disk_gb ?? 0,
          mode: requested.mode,
        };
        const product = choose(requested.gpu_type, requested.num_gpus, size);
        const snapshot = snapshots.find(at, ({ name }) => name === requested.template);
        if (!(requested.template in templates) && snapshot?.lifeCycle.status(at) !== "READY") {
          throw new Invalid(`Invalid value, there is no template ${requested.template}`);
        }
        if (snapshot && requested.disk_size_gb < snapshot.diskGb) {
          throw new Invalid(`Invalid value, the snapshot needs a disk of ${snapshot.diskGb} GB`);
        }
        const given = requested.public_key?.trim() ? checkedKey(requested.public_key) : undefined;
        if (!stock.take(product.id, 1)) throw new ApiError(thunderCompute.errorResponses.noCapacity(body));

        const phases = phasesOf(settings.bootMs, { [snapshot ? "RESTORING" : "PROVISIONING"]: 0.6, STARTING: 0.4 });
        const { lifeCycle, readyAt } = bootNew(phases, "RUNNING", "STOPPED", request);
        const uuid = random.letters(8);
        const rental = ledger.open("instance", { id: uuid, name: null, product: product.id }, request);
        rental.charge("compute", usdPerHour(product, size), readyAt);
        const instance = instances.add({
          uuid,
          index: freeIndex(at, wantsBigId),
          createdAt: at,
          lifeCycle,
          addressAt: readyAt + settings.addressMs,
          ip: random.ipv4(),
          port: random.integer(30_000, 32_767),
          template: requested.template,
          builds: [{ from: at, configuration: product.id, ...size }],
          httpPorts: new Set(),
          sshPublicKeys: [given ?? makePublicKey(random, "thunder")],
          rental,
        });
        return { status: 201, body: { identifier: instance.index, key: given ? "" : makePrivateKey(random), uuid } };
      },

      listInstances: ({ listAt }) =>
        ok(Object.fromEntries(instances.list(listAt).map((instance) => [String(instance.index), describe(instance, listAt)]))),

      updateInstance(request) {
        const requested = updateBody(request.body, "");
        const { at } = request;
        const instance = byIndex(request);
        if (instance.lifeCycle.status(at) !== "RUNNING") throw apiError(409, "conflict", "instance must be in RUNNING state");
        const current = buildAt(instance, at);
        const next = {
          cpuCores: requested.cpu_cores ?? current.cpuCores,
          diskGb: requested.disk_size_gb ?? current.diskGb,
          ephemeralDiskGb: requested.ephemeral_disk_gb ?? current.ephemeralDiskGb,
          mode: requested.mode ?? current.mode,
        };
        if (next.diskGb < current.diskGb) throw new Invalid("Invalid value, a disk can only grow");
        const { gpu_type = current.product.gpuType, num_gpus = current.product.gpuCount } = requested;
        const product = choose(gpu_type, num_gpus, next);
        if (product.id !== current.configuration) {
          if (!stock.take(product.id, 1)) throw new ApiError(thunderCompute.errorResponses.noCapacity(request.body));
          stock.giveBack(current.configuration, 1);
        }
        // The list shows the old values until the change is complete.
        instance.lifeCycle.enter({ MODIFYING: modifyMs }, "RUNNING", at);
        instance.builds.push({ from: at + modifyMs, configuration: product.id, ...next });
        instance.rental.charge("compute", usdPerHour(product, next), at + modifyMs);
        return ok({
          identifier: String(instance.index),
          instance_name: instance.uuid,
          gpu_type: product.gpuType,
          num_gpus: product.gpuCount,
          ...(next.mode ? { mode: next.mode } : {}),
          http_ports: change(instance, requested.add_ports, requested.remove_ports),
        });
      },

      updateInstancePorts(request) {
        const requested = portsBody(request.body, "");
        const instance = byIndex(request);
        const httpPorts = change(instance, requested.add_ports, requested.remove_ports);
        return ok({ identifier: String(instance.index), instance_name: instance.uuid, http_ports: httpPorts });
      },

      deleteInstance(request) {
        const instance = byIndex(request);
        if (instance.lifeCycle.status(request.at) !== "DELETING") {
          stock.giveBack(buildAt(instance, Number.POSITIVE_INFINITY).configuration, 1);
          instance.lifeCycle.enter({ DELETING: indexReuseMs }, undefined, request.at);
          instance.rental.end(request.at, request.reference);
        }
        return ok({ message: "Success" });
      },

      addInstanceSshKey(request) {
        const requested = addKeyBody(request.body, "");
        const instance = byIndex(request);
        if (instance.lifeCycle.status(request.at) !== "RUNNING") {
          throw apiError(400, "invalid_request", "instance must be in RUNNING state");
        }
        if (requested?.public_key) {
          instance.sshPublicKeys.push(checkedKey(requested.public_key));
          return ok({ success: true, uuid: instance.uuid, message: "SSH key added" });
        }
        instance.sshPublicKeys.push(makePublicKey(random, "thunder"));
        return ok({ success: true, uuid: instance.uuid, key: makePrivateKey(random) });
      },

      checkToken: () => ok({ valid: true, email: "dev@example.org", org_name: "Example Lab" }),

      listInstanceTypes: () => ok({ specs: specs(modesOf) }),
      listInstanceTypesV2: () => ok({ specs: specs(noModes) }),
      listPrices: () => ok({ pricing: prices() }),
      listPricesV2: () => ok({ pricing: prices() }),
      listAvailability: () => ok(availability(modesOf)),
      listAvailabilityV2: () => ok(availability(noModes)),

      listTemplates: () => ok(templates),

      async createSshKey({ body, at }) {
        const requested = sshKeyBody(body, "");
        const parsed = parsePublicKey(requested.public_key);
        if (!parsed) throw new Invalid("public_key is not an OpenSSH public key");
        const publicKey = requested.public_key.trim();
        const printed = await fingerprint(parsed);
        if ([...sshKeys.values()].some((key) => key.name === requested.name || key.fingerprint === printed)) {
          throw apiError(409, "conflict", "key already exists");
        }
        const key = {
          id: random.letters(8),
          name: requested.name,
          public_key: publicKey,
          fingerprint: printed,
          key_type: parsed.type,
          created_at: Math.floor(at / 1_000),
        };
        sshKeys.set(key.id, key);
        return ok({ key, message: "SSH key added successfully" });
      },

      listSshKeys: () => ok([...sshKeys.values()]),

      deleteSshKey({ path }) {
        if (!sshKeys.delete(path["id"] ?? "")) throw apiError(404, "not_found", "key not found");
        return ok({ message: "Success" });
      },

      createSnapshot({ body, at, reference }) {
        const requested = snapshotBody(body, "");
        const instance = instances.find(at, ({ uuid }) => uuid === requested.instanceId);
        if (!instance) throw apiError(400, "invalid_request", `there is no instance ${requested.instanceId}`);
        if (instance.lifeCycle.status(at) !== "RUNNING")
          throw apiError(400, "invalid_request", "instance must be in RUNNING state");
        const existing = snapshots.list(at);
        if (existing.some(({ name }) => name === requested.name))
          throw apiError(400, "invalid_request", "a snapshot has this name");
        if (existing.length >= maxSnapshots)
          throw apiError(400, "invalid_request", `there are ${maxSnapshots} snapshots already`);
        const { diskGb } = buildAt(instance, at);
        const id = random.letters(8);
        const rental = ledger.open("snapshot", { id, name: requested.name, product: `${diskGb} GB` }, { at, reference });
        rental.charge("storage", diskGb * extraPrices.snapshot_gb, at + snapshotMs);
        snapshots.add({
          id,
          name: requested.name,
          createdAt: at,
          diskGb,
          lifeCycle: createLifeCycle({ CREATING: snapshotMs }, "READY", at),
          rental,
        });
        instance.lifeCycle.enter({ SNAPPING: snapshotMs }, "RUNNING", at);
        return { status: 202, body: { message: "Snapshot creation started", id } };
      },

      listSnapshots: ({ at }) =>
        ok(
          snapshots.list(at).map((snapshot) => ({
            id: snapshot.id,
            name: snapshot.name,
            status: snapshot.lifeCycle.status(at),
            createdAt: Math.floor(snapshot.createdAt / 1_000),
            minimumDiskSizeGb: snapshot.diskGb,
          })),
        ),

      deleteSnapshot({ path, at, reference }) {
        const snapshot = snapshots.get(at, ({ id }) => id === path["id"]);
        snapshot.lifeCycle.enter({}, undefined, at);
        snapshot.rental.end(at, reference);
        return ok({ message: "Snapshot deleted successfully" });
      },
    },
  };
}

/** RFC 3339 without fractions, as Go prints it. */
function seconds(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
}
