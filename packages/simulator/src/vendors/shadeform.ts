import { createStock, type Product } from "../catalogue.js";
import type { Rental } from "../ledger.js";
import { bootNew, type LifeCycle, phasesOf } from "../life-cycle.js";
import { createMachines } from "../machines.js";
import { makePrivateKey, makePublicKey, parsePublicKey } from "../ssh.js";
import { flag, Invalid, integer, list, nullable, object, oneOf, optional, text, type Valid } from "../validation.js";
import {
  ApiError,
  type ApiRequest,
  type ApiResponse,
  emptyOk,
  type Fields,
  idInPath,
  type Operations,
  ok,
  type VendorDefinition,
  type VendorServer,
  type World,
} from "../vendor.js";

const shown = { markFields: ["tags"], priceFields: ["hourly_price", "rental_terms"] } as const;

const operations = {
  createInstance: {
    method: "POST",
    path: "/instances/create",
    boots: true,
    otherMachines: {
      gpu: (body) => otherMachine(body, (one, requested) => one.gpuType !== requested.gpuType && one.gpus === requested.gpus),
      count: (body) => otherMachine(body, (one, requested) => one.gpus !== requested.gpus),
      market: otherMarket,
    },
    rentsSpot: isSpot,
  },
  listInstanceTypes: { method: "GET", path: "/instances/types" },
  listInstances: { method: "GET", path: "/instances", listsInstances: true, ...shown },
  getInstance: { method: "GET", path: "/instances/{id}/info", instanceId: idInPath, ...shown },
  updateInstance: { method: "POST", path: "/instances/{id}/update" },
  deleteInstance: { method: "POST", path: "/instances/{id}/delete", instanceId: idInPath },
  restartInstance: { method: "POST", path: "/instances/{id}/restart" },
  listClusterTypes: { method: "GET", path: "/clusters/types" },
  listClusters: { method: "GET", path: "/clusters" },
  createCluster: { method: "POST", path: "/clusters/create", boots: true },
  getCluster: { method: "GET", path: "/clusters/{id}/info" },
  deleteCluster: { method: "POST", path: "/clusters/{id}/delete" },
  listSshKeys: { method: "GET", path: "/sshkeys" },
  createSshKey: { method: "POST", path: "/sshkeys/add" },
  getSshKey: { method: "GET", path: "/sshkeys/{id}/info" },
  setDefaultSshKey: { method: "POST", path: "/sshkeys/{id}/setdefault" },
  deleteSshKey: { method: "POST", path: "/sshkeys/{id}/delete" },
  listVolumeTypes: { method: "GET", path: "/volumes/types" },
  listVolumes: { method: "GET", path: "/volumes" },
  createVolume: { method: "POST", path: "/volumes/create" },
  getVolume: { method: "GET", path: "/volumes/{id}/info" },
  deleteVolume: { method: "POST", path: "/volumes/{id}/delete" },
  listTemplates: { method: "GET", path: "/templates" },
  listFeaturedTemplates: { method: "GET", path: "/templates/featured" },
  getTemplate: { method: "GET", path: "/templates/{template_id}/info" },
  createTemplate: { method: "POST", path: "/templates/save" },
  updateTemplate: { method: "POST", path: "/templates/{template_id}/update" },
  deleteTemplate: { method: "POST", path: "/templates/{template_id}/delete" },
} as const satisfies Operations;

type Operation = keyof typeof operations;

/**
 * Shadeform, https://docs.shadeform.ai. A create returns only an id. Address and times are null until the machine is active.
 * `hourly_price` is integer cents in some responses and a string of dollars in others. Deletes return an empty 200. Billed by the
 * second, from active until deletion is requested. `auto_delete` works. Not documented, so assumed: an instance in `error` costs
 * nothing, an invalid body is a 400, and insufficient funds are a 409.
 */
export const shadeform: VendorDefinition<Operation> = {
  vendor: "shadeform",
  baseUrls: ["https://api.shadeform.ai/v1"],
  operations,
  errorResponses: {
    invalidRequest: (problem) => failure(400, problem),
    unauthorized: () => ({ status: 401, body: { message: "Invalid API key" } }),
    expiredKey: () => ({ status: 401, body: { message: "API key has expired" } }),
    forbidden: () => ({ status: 403, body: { message: "Forbidden" } }),
    notFound: () => failure(404, "Not found"),
    rateLimited: () => ({ status: 429, body: { message: "Too many requests" } }),
    internalError: () => failure(500, "Something went wrong, please try again later", "INTERNAL_SERVER_ERROR"),
    noCapacity(body) {
      const requested = typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
      const type = requested["shade_instance_type"] ?? requested["cluster_type"];
      return failure(409, `The instance type [${type}] is not available in the region [${requested["region"]}]`, "OUT_OF_STOCK");
    },
    insufficientFunds: () => failure(409, "Insufficient funds in the wallet", "INSUFFICIENT_FUNDS"),
    failure: (status, message) => failure(status, message, status < 500 ? undefined : "INTERNAL_SERVER_ERROR"),
  },
  defaults: { bootMs: 180_000, addressMs: 0, settleMs: 0, pageSize: 0, balanceUsd: 100 },
  start,
};

function failure(status: number, error: string, code?: string): ApiResponse {
  return { status, body: code ? { error_code: code, error } : { error } };
}

/** A machine type of one cloud. */
interface MachineType {
  cloud: string;
  type: string;
  cloudType: string;
  deployment: "vm" | "container" | "baremetal";
  gpuType: string;
  gpus: number;
  vramGb: number;
  interconnect: string;
  vcpus: number;
  memoryGb: number;
  storageGb: number;
  /** Null: the API never returns the port, which is 22. */
  sshPort: number | null;
}

/** A machine type in one region, on demand or as spot. */
interface Offer extends Product {
  machine: MachineType;
  region: string;
  spot: boolean;
}

function machineType(
  [cloud, type, cloudType]: readonly [string, string, string],
  [gpuType, gpus, vramGb, interconnect]: readonly [string, number, number, string],
  [vcpus, memoryGb, storageGb]: readonly [number, number, number],
  deployment: MachineType["deployment"] = "vm",
  sshPort: number | null = 22,
): MachineType {
  return { cloud, type, cloudType, deployment, gpuType, gpus, vramGb, interconnect, vcpus, memoryGb, storageGb, sshPort };
}

function offer(machine: MachineType, region: string, usdPerHour: number, free = Number.POSITIVE_INFINITY, spot = false): Offer {
  const id = `${machine.cloud}/${machine.type}/${region}${spot ? "/spot" : ""}`;
  return { id, usdPerHour, free, machine, region, spot };
}

const regionNames: Readonly<Record<string, string>> = {
  "kansascity-usa-1": "US, Kansas City, KS",
  "desmoines-usa-1": "US, Des Moines, IA",
  "montreal-canada-2": "Canada, Montreal",
  "helsinki-finland-2": "Finland, Helsinki",
  "dulles-usa-1": "US, Dulles, VA",
  "warsaw-poland-1": "Poland, Warsaw",
};

const a6000 = machineType(["massedcompute", "A6000", "gpu_1x_a6000"], ["A6000", 1, 48, "pcie"], [6, 48, 256]);
const a100 = machineType(["hyperstack", "A100_80G", "n3-A100x1"], ["A100_80G", 1, 80, "pcie"], [28, 120, 850]);
const h100 = machineType(["hyperstack", "H100", "n3-H100x1"], ["H100", 1, 80, "pcie"], [28, 180, 850]);
const h100sxm = machineType(["verda", "H100_sxm5", "1H100.80S.30V"], ["H100", 1, 80, "sxm5"], [30, 120, 500], "vm", null);
const h100sxm8 = machineType(
  ["voltagepark", "H100_sxm5x8", "H100_80GB_SXM_8x"],
  ["H100", 8, 80, "sxm5"],
  [208, 1024, 18_000],
  "baremetal",
);
const l40s = machineType(["massedcompute", "L40S", "gpu_1x_l40s"], ["L40S", 1, 48, "pcie"], [22, 128, 625]);
const cpuMini = machineType(["hyperstack", "cpu_mini", "n1-cpu-mini"], ["CPU", 0, 0, "pcie"], [4, 4, 100]);

/** On-demand prices are whole cents, and the same in all regions of a machine type. */
const offers: Offer[] = [
  offer(l40s, "desmoines-usa-1", 0.86),
  offer(h100, "montreal-canada-2", 2.1),
  offer(h100, "montreal-canada-2", 1.5, Number.POSITIVE_INFINITY, true),
  offer(h100, "warsaw-poland-1", 2.1, 0),
  offer(a6000, "kansascity-usa-1", 0.57),
  offer(a6000, "desmoines-usa-1", 0.57, 0),
  offer(h100sxm8, "dulles-usa-1", 19.92),
  offer(h100sxm, "helsinki-finland-2", 2.65),
  offer(a100, "montreal-canada-2", 1.35),
  offer(a100, "warsaw-poland-1", 1.1, Number.POSITIVE_INFINITY, true),
  offer(a100, "warsaw-poland-1", 1.35, 0),
  offer(cpuMini, "montreal-canada-2", 0.08),
];

/** The body of a create for another machine type with GPUs that is in stock on demand. */
function otherMachine(body: Fields, differs: (one: MachineType, requested: MachineType) => boolean): Fields {
  const requested = offers.find(({ machine }) => machine.cloud === body["cloud"] && machine.type === body["shade_instance_type"]);
  const other =
    requested &&
    offers.find(({ machine, free, spot }) => free > 0 && !spot && machine.gpus > 0 && differs(machine, requested.machine));
  if (!other) return body;
  return {
    ...body,
    cloud: other.machine.cloud,
    region: other.region,
    shade_instance_type: other.machine.type,
    rental_type: undefined,
  };
}

function isSpot(body: Fields): boolean {
  return body["rental_type"] === "spot";
}

/** The body of a create for the same machine type on the other market, in any region that has it in stock. */
function otherMarket(body: Fields): Fields {
  const other = offers.find(
    ({ machine, free, spot }) =>
      free > 0 && spot !== isSpot(body) && machine.cloud === body["cloud"] && machine.type === body["shade_instance_type"],
  );
  return other ? { ...body, region: other.region, rental_type: other.spot ? "spot" : "on_demand" } : body;
}

const osOptions = ["ubuntu22.04_cuda12.4_shade_os", "ubuntu22.04_cuda12.6_shade_os", "ubuntu24.04_cuda13.0_shade_os"] as const;
const volumeTypes = [
  {
    cloud: "verda",
    region: "helsinki-finland-2",
    supports_multi_mount: false,
    fixed_size: true,
    price_per_gb_per_hour: "0.00028",
  },
  {
    cloud: "hyperstack",
    region: "montreal-canada-2",
    supports_multi_mount: false,
    fixed_size: true,
    price_per_gb_per_hour: ".000097",
  },
];
const bootTime = { min_boot_in_sec: 120, max_boot_in_sec: 600 };
const clusterSize = 2;
const deletingMs = 20_000;

const env = object({ name: text(1), value: text() });
const threshold = object({ date_threshold: optional(text(1)), spend_threshold: optional(text(1)) });
const launch = object({
  type: oneOf("docker", "script"),
  docker_configuration: optional(
    object({
      image: text(1),
      args: optional(text()),
      shared_memory_in_gb: optional(integer(0)),
      envs: optional(list(env)),
      port_mappings: optional(list(object({ host_port: integer(1, 65_535), container_port: integer(1, 65_535) }))),
      volume_mounts: optional(list(object({ host_path: text(1), container_path: text(1) }))),
      registry_credentials: optional(object({ username: optional(text()), password: optional(text()) })),
    }),
  ),
  script_configuration: optional(object({ base64_script: text(1) })),
});
const ufwRule = object({
  rule: optional(text()),
  from_ip: optional(nullable(text())),
  to_ip: optional(nullable(text())),
  port: optional(nullable(text())),
  proto: optional(nullable(text())),
});
const createBody = object({
  cloud: text(1),
  region: text(1),
  shade_instance_type: text(1),
  // Required by the document, optional in practice.
  shade_cloud: optional(flag),
  name: text(1),
  rental_type: optional(oneOf("on_demand", "spot")),
  os: optional(text(1)),
  template_id: optional(text(1)),
  launch_configuration: optional(launch),
  volume_ids: optional(list(text(1), 1)),
  ssh_key_id: optional(text(1)),
  auto_delete: optional(threshold),
  alert: optional(threshold),
  volume_mount: optional(object({ auto: optional(flag) })),
  tags: optional(list(text())),
  envs: optional(list(env)),
});
const updateBody = object({
  name: optional(text(1)),
  auto_delete: optional(nullable(threshold)),
  alert: optional(nullable(threshold)),
  tags: optional(nullable(list(text()))),
});
const clusterBody = object({
  cloud: text(1),
  region: text(1),
  cluster_type: text(1),
  name: text(1),
  num_instances: integer(1),
  ssh_key_id: optional(text(1)),
  os: optional(text(1)),
});
const sshKeyBody = object({ name: text(1), public_key: text(1) });
const volumeBody = object({ cloud: text(1), region: text(1), size_in_gb: integer(1), name: text(1) });
const templateBody = object({
  name: text(1),
  description: optional(text()),
  public: optional(flag),
  launch_configuration: optional(launch),
  auto_delete: optional(threshold),
  alert: optional(threshold),
  volume_mount: optional(object({ auto: optional(flag) })),
  tags: optional(list(text())),
  envs: optional(list(env)),
  networking: optional(object({ ufw_rules: optional(list(ufwRule)) })),
});

interface Instance {
  id: string;
  offer: Offer;
  /** The price in US dollars per hour at the time of the create. */
  usdPerHour: number;
  given: Omit<Valid<typeof createBody>, "auto_delete" | "alert" | "tags">;
  autoDelete: Valid<typeof threshold> | undefined;
  alert: Valid<typeof threshold> | undefined;
  tags: string[] | undefined;
  name: string;
  sshKeyId: string;
  assignedId: string;
  ip: string;
  createdAt: number;
  /** When it becomes active; Infinity when it never does. */
  activeAt: number;
  /** When a spot machine is reclaimed; Infinity when it never is. */
  preemptedAt: number;
  lifeCycle: LifeCycle;
  rental: Rental;
}

interface Cluster {
  id: string;
  offer: Offer;
  usdPerHour: number;
  name: string;
  instances: Instance[];
  createdAt: number;
  lifeCycle: LifeCycle;
  activeAt: number;
  rental: Rental;
}

interface Volume {
  id: string;
  type: (typeof volumeTypes)[number];
  name: string;
  sizeGb: number;
  assignedId: string;
  rental: Rental;
}

interface SshKey {
  id: string;
  name: string;
  public_key: string;
  is_default: boolean;
  private_key: string;
}

function start(world: World): VendorServer<Operation> {
  const { random, ledger, settings } = world;
  const apiKey = random.hex(48);
  const stock = createStock(offers, 100);
  const instances = createMachines<Instance>(shadeform.errorResponses.notFound);
  const clusters = createMachines<Cluster>(shadeform.errorResponses.notFound);
  const volumes = new Map<string, Volume>();
  const templates = new Map<string, { id: string; author: string } & Valid<typeof templateBody>>();
  const sshKeys = new Map<string, SshKey>();
  const managedKey: SshKey = {
    id: random.uuid(),
    name: "Shadeform Managed Key",
    public_key: makePublicKey(random, "shadeform"),
    is_default: true,
    private_key: makePrivateKey(random),
  };
  sshKeys.set(managedKey.id, managedKey);
  const featured = {
    id: random.uuid(),
    name: "Jupyter",
    description: "JupyterLab with PyTorch",
    author: "Shadeform",
    logo: "https://www.shadeform.ai/logos/jupyter.png",
    public: true,
    launch_configuration: { type: "script", script_configuration: { base64_script: "cGlwIGluc3RhbGwganVweXRlcmxhYgo=" } },
  };

  const notFound = () => new ApiError(shadeform.errorResponses.notFound());

  const instanceOf = ({ path, at }: ApiRequest) => instances.get(at, ({ id }) => id === path["id"]);

  function keyOf(id: string | undefined): SshKey {
    const key = id === undefined ? [...sshKeys.values()].find((candidate) => candidate.is_default) : sshKeys.get(id);
    if (!key) throw new Invalid(`there is no SSH key ${id}`);
    return key;
  }

  function osOf(os: string | undefined): string {
    if (os !== undefined && !osOptions.some((option) => option === os))
      throw new Invalid(`os must be one of ${osOptions.join(", ")}`);
    return os ?? osOptions[0];
  }

  /** When the `auto_delete` thresholds end an instance. */
  function autoDeletionAt({ autoDelete, usdPerHour, activeAt }: Instance): number {
    const date = autoDelete?.date_threshold ? Date.parse(autoDelete.date_threshold) : Number.POSITIVE_INFINITY;
    const spend = autoDelete?.spend_threshold ? Number(autoDelete.spend_threshold) : Number.POSITIVE_INFINITY;
    return Math.min(date, activeAt + Math.ceil((spend / usdPerHour) * 3_600_000));
  }

  function checkedThreshold(value: Valid<typeof threshold> | undefined): Valid<typeof threshold> | undefined {
    if (value?.date_threshold && Number.isNaN(Date.parse(value.date_threshold)))
      throw new Invalid("date_threshold is not a date");
    if (value?.spend_threshold && !(Number(value.spend_threshold) > 0)) throw new Invalid("spend_threshold is not an amount");
    return value;
  }

  function endInstance(instance: Instance, at: number, by: ApiRequest | undefined): void {
    stock.giveBack(instance.offer.id, 1);
    instance.lifeCycle.enter({ deleting: deletingMs }, undefined, at);
    instance.rental.end(at, by?.reference);
  }

  function settle(): void {
    const at = world.now();
    for (const instance of instances.list(at)) {
      const moment = Math.min(autoDeletionAt(instance), instance.preemptedAt);
      if (moment > at || instance.lifeCycle.status(at) === "deleting") continue;
      if (moment < instance.preemptedAt) instance.preemptedAt = Number.POSITIVE_INFINITY;
      endInstance(instance, Math.max(moment, instance.createdAt), undefined);
    }
  }

  function configuration(machine: MachineType): Record<string, unknown> {
    return {
      memory_in_gb: machine.memoryGb,
      storage_in_gb: machine.storageGb,
      vcpus: machine.vcpus,
      num_gpus: machine.gpus,
      gpu_type: machine.gpuType,
      interconnect: machine.interconnect,
      nvlink: machine.interconnect.startsWith("sxm"),
      vram_per_gpu_in_gb: machine.vramGb,
      gpu_manufacturer: "nvidia",
    };
  }

  function describeType(machine: MachineType): Record<string, unknown> {
    const own = stock
      .products()
      .filter((product) => product.machine.cloud === machine.cloud && product.machine.type === machine.type);
    const { vram_per_gpu_in_gb: _, gpu_manufacturer: __, ...repeated } = configuration(machine);
    const onDemand = own.find(({ spot }) => !spot);
    return {
      cloud: machine.cloud,
      shade_instance_type: machine.type,
      cloud_instance_type: machine.cloudType,
      // Undocumented: these fields are repeated at the top level.
      ...repeated,
      configuration: { ...configuration(machine), os_options: osOptions },
      hourly_price: cents(onDemand?.usdPerHour ?? 0),
      deployment_type: machine.deployment,
      // On demand and spot are separate entries of a region.
      availability: own.map(({ region, free, spot, usdPerHour }) => ({
        region,
        available: free > 0,
        display_name: regionNames[region] ?? region,
        rental_type: spot ? "spot" : "on_demand",
        ...(spot ? { hourly_price: usdPerHour.toFixed(2) } : {}),
      })),
      boot_time: bootTime,
    };
  }

  function describe(instance: Instance, at: number): Record<string, unknown> {
    const { given, offer: rented } = instance;
    const status = instance.lifeCycle.status(at);
    const wasActive = at >= instance.activeAt;
    const reachable = at >= instance.activeAt + settings.addressMs;
    return {
      id: instance.id,
      cloud: rented.machine.cloud,
      region: rented.region,
      shade_instance_type: rented.machine.type,
      cloud_instance_type: rented.machine.cloudType,
      cloud_assigned_id: status === "creating" ? null : instance.assignedId,
      shade_cloud: given.shade_cloud ?? true,
      name: instance.name,
      configuration: { ...configuration(rented.machine), os: given.os ?? osOptions[0] },
      ip: reachable ? instance.ip : null,
      ssh_user: "shadeform",
      ssh_port: reachable ? rented.machine.sshPort : null,
      status,
      status_details:
        at >= instance.preemptedAt
          ? "preempted"
          : ({ pending_provider: "Instance created, waiting on provider", error: "The provider could not start the machine" }[
              String(status)
            ] ?? ""),
      cost_estimate: dollars(instance.rental.cost(at)),
      hourly_price: cents(instance.usdPerHour),
      rental_terms: {
        rental_type: rented.spot ? "spot" : "on_demand",
        hourly_price: instance.usdPerHour.toFixed(2),
        ending_at: null,
      },
      ...(given.launch_configuration ? { launch_configuration: given.launch_configuration } : {}),
      ...(instance.tags ? { tags: instance.tags } : {}),
      active_at: wasActive ? micros(instance.activeAt) : null,
      created_at: micros(instance.createdAt),
      deleted_at: null,
      boot_time: bootTime,
    };
  }

  function describeFully(instance: Instance, at: number): Record<string, unknown> {
    const { given } = instance;
    return {
      ...describe(instance, at),
      ssh_key_id: instance.sshKeyId,
      ...(given.volume_ids ? { volume_ids: given.volume_ids } : {}),
      ...(instance.autoDelete ? { auto_delete: instance.autoDelete } : {}),
      ...(instance.alert ? { alert: instance.alert } : {}),
      ...(given.volume_mount ? { volume_mount: given.volume_mount } : {}),
      ...(given.envs ? { envs: given.envs } : {}),
    };
  }

  /** Creates an instance. `clusterRental`: the rental of its cluster, which is paid for as a whole. */
  function boot(
    given: Valid<typeof createBody>,
    rented: Offer,
    request: ApiRequest,
    clusterRental: Rental | undefined,
  ): Instance {
    const { at, preemptedAfterMs } = request;
    const phases = phasesOf(settings.bootMs, { creating: 0.05, pending_provider: 0.35, pending: 0.6 });
    const { lifeCycle, readyAt: activeAt } = bootNew(phases, "active", "error", request);
    const { auto_delete: autoDelete, alert, tags, ...rest } = given;
    const id = random.uuid();
    const rental = clusterRental ?? ledger.open("instance", { id, name: given.name, product: rented.id }, request);
    if (!clusterRental) rental.charge("compute", rented.usdPerHour, activeAt);
    return {
      id,
      offer: rented,
      usdPerHour: rented.usdPerHour,
      given: rest,
      autoDelete,
      alert,
      tags,
      name: given.name,
      sshKeyId: keyOf(given.ssh_key_id).id,
      assignedId: random.uuid(),
      ip: random.ipv4(),
      createdAt: at,
      activeAt,
      preemptedAt: at + preemptedAfterMs,
      lifeCycle,
      rental,
    };
  }

  function mountedBy(volumeId: string, at: number): string | null {
    return instances.find(at, ({ given }) => given.volume_ids?.includes(volumeId) === true)?.id ?? null;
  }

  function describeVolume(volume: Volume, at: number): unknown {
    return {
      id: volume.id,
      cloud: volume.type.cloud,
      cloud_assigned_id: volume.assignedId,
      region: volume.type.region,
      name: volume.name,
      fixed_size: volume.type.fixed_size,
      size_in_gb: volume.sizeGb,
      cost_estimate: dollars(volume.rental.cost(at)),
      supports_multi_mount: volume.type.supports_multi_mount,
      mounted_by: mountedBy(volume.id, at),
    };
  }

  function volumeOf({ path }: ApiRequest): Volume {
    const volume = volumes.get(path["id"] ?? "");
    if (!volume) throw notFound();
    return volume;
  }

  function describeCluster(cluster: Cluster, at: number): unknown {
    const { machine, region } = cluster.offer;
    return {
      id: cluster.id,
      cloud: machine.cloud,
      name: cluster.name,
      region_info: { region, display_name: regionNames[region] ?? region },
      status: cluster.lifeCycle.status(at),
      status_details: null,
      cloud_cluster_id: null,
      instances: cluster.instances.map((instance) => describe(instance, at)),
      hourly_price: cents(cluster.usdPerHour),
      // Only this field has a dollar sign.
      cost_estimate: `$${cluster.rental.cost(at).toFixed(2)}`,
      created_at: micros(cluster.createdAt),
      updated_at: micros(Math.min(at, cluster.activeAt)),
      active_at: at >= cluster.activeAt ? micros(cluster.activeAt) : null,
    };
  }

  const clusterOf = ({ path, at }: ApiRequest) => clusters.get(at, ({ id }) => id === path["id"]);

  function templateOf({ path }: ApiRequest) {
    const template = templates.get(path["template_id"] ?? "");
    if (!template) throw notFound();
    return template;
  }

  function sshKeyOf({ path }: ApiRequest): SshKey {
    const key = sshKeys.get(path["id"] ?? "");
    if (!key) throw notFound();
    return key;
  }

  return {
    apiKey,
    catalogue: stock,
    settle,
    authorize({ headers }) {
      if (headers.get("x-api-key") !== apiKey) throw new ApiError(shadeform.errorResponses.unauthorized());
    },
    handlers: {
      createInstance(request) {
        const requested = createBody(request.body, "");
        const spot = requested.rental_type === "spot";
        const id = `${requested.cloud}/${requested.shade_instance_type}/${requested.region}${spot ? "/spot" : ""}`;
        osOf(requested.os);
        keyOf(requested.ssh_key_id);
        checkedThreshold(requested.auto_delete);
        checkedThreshold(requested.alert);
        if (requested.shade_cloud === false) throw new Invalid(`no account of ${requested.cloud} is linked`);
        if (requested.template_id && requested.template_id !== featured.id && !templates.has(requested.template_id)) {
          throw new Invalid(`there is no template ${requested.template_id}`);
        }
        for (const volumeId of requested.volume_ids ?? []) {
          const volume = volumes.get(volumeId);
          if (!volume) throw new Invalid(`there is no volume ${volumeId}`);
          if (volume.type.cloud !== requested.cloud || volume.type.region !== requested.region)
            throw new Invalid("the volume is in another region");
          if (mountedBy(volumeId, request.at)) throw new Invalid("the volume is mounted already");
        }
        // The API reports an unknown region as out of stock.
        const rented = stock.find(id);
        if (!rented || !stock.take(id, 1)) throw new ApiError(shadeform.errorResponses.noCapacity(request.body));
        return ok({ id: instances.add(boot(requested, rented, request, undefined)).id });
      },

      listInstanceTypes({ query }) {
        const wanted = (name: string, value: string | number) => !query.has(name) || query.get(name) === String(value);
        const machines = [...new Set(stock.products().map(({ machine }) => machine))].filter(
          (machine) =>
            wanted("cloud", machine.cloud) &&
            wanted("num_gpus", machine.gpus) &&
            wanted("gpu_type", machine.gpuType) &&
            wanted("shade_instance_type", machine.type),
        );
        const types = machines.map((machine) => {
          const type = describeType(machine);
          // The filter applies to entries, so a type with only a spot entry in stock remains.
          const entries = (type["availability"] as { region: string; available: boolean }[]).filter(
            (entry) => wanted("region", entry.region) && wanted("available", String(entry.available)),
          );
          return { ...type, hourly_price: Number(type["hourly_price"]), availability: entries };
        });
        const filtered =
          query.has("region") || query.has("available") ? types.filter(({ availability }) => availability.length > 0) : types;
        if (query.get("sort") === "price") filtered.sort((one, other) => one.hourly_price - other.hourly_price);
        return ok({ instance_types: filtered });
      },

      listInstances: ({ listAt }) => ok({ instances: instances.list(listAt).map((instance) => describe(instance, listAt)) }),
      getInstance: (request) => ok(describeFully(instanceOf(request), request.at)),

      updateInstance(request) {
        const requested = updateBody(request.body, "");
        const instance = instanceOf(request);
        if (requested.name !== undefined) {
          instance.name = requested.name;
          instance.rental.rename(requested.name);
        }
        // A missing field keeps its value, null removes it.
        if (requested.tags !== undefined) instance.tags = requested.tags ?? undefined;
        if (requested.alert !== undefined) instance.alert = checkedThreshold(requested.alert ?? undefined);
        if (requested.auto_delete !== undefined) instance.autoDelete = checkedThreshold(requested.auto_delete ?? undefined);
        return emptyOk;
      },

      deleteInstance(request) {
        const instance = instanceOf(request);
        if (instance.lifeCycle.status(request.at) === "deleting") return emptyOk;
        instance.preemptedAt = Number.POSITIVE_INFINITY;
        endInstance(instance, request.at, request);
        return emptyOk;
      },

      restartInstance(request) {
        const instance = instanceOf(request);
        if (instance.lifeCycle.status(request.at) !== "active") throw new Invalid("the instance is not active");
        // The status stays `active` during a restart.
        return emptyOk;
      },

      listClusterTypes: () =>
        ok({
          cluster_types: stock
            .products()
            .filter(({ machine }) => machine.gpus === 8)
            .map(({ machine, region, free }) => {
              return {
                cloud: machine.cloud,
                num_instances: clusterSize,
                availability: { region, display_name: regionNames[region] ?? region, available: free >= clusterSize },
                // A cluster type has its own availability, by region.
                cluster_type: describeType(machine),
              };
            }),
        }),

      listClusters: ({ at }) => ok({ clusters: clusters.list(at).map((cluster) => describeCluster(cluster, at)) }),

      createCluster(request) {
        const requested = clusterBody(request.body, "");
        osOf(requested.os);
        keyOf(requested.ssh_key_id);
        const id = `${requested.cloud}/${requested.cluster_type}/${requested.region}`;
        const rented = stock.find(id);
        if (rented?.machine.gpus !== 8 || !stock.take(id, requested.num_instances)) {
          throw new ApiError(shadeform.errorResponses.noCapacity(request.body));
        }
        const usdPerHour = rented.usdPerHour * requested.num_instances;
        const phases = phasesOf(settings.bootMs, { creating: 0.1, pending: 0.9 });
        const { lifeCycle, readyAt: activeAt } = bootNew(phases, "active", "error", request);
        const clusterId = random.uuid();
        const rental = ledger.open("cluster", { id: clusterId, name: requested.name, product: rented.id }, request);
        rental.charge("compute", usdPerHour, activeAt);
        const machines = Array.from({ length: requested.num_instances }, (_, index) =>
          boot(
            createBody({ ...requested, shade_instance_type: requested.cluster_type, name: `${requested.name}-${index}` }, ""),
            rented,
            request,
            rental,
          ),
        );
        clusters.add({
          id: clusterId,
          offer: rented,
          usdPerHour,
          name: requested.name,
          instances: machines,
          createdAt: request.at,
          lifeCycle,
          activeAt,
          rental,
        });
        return ok({ id: clusterId });
      },

      getCluster: (request) => ok(describeCluster(clusterOf(request), request.at)),

      deleteCluster(request) {
        const cluster = clusterOf(request);
        if (cluster.lifeCycle.status(request.at) === "deleting") return emptyOk;
        stock.giveBack(cluster.offer.id, cluster.instances.length);
        for (const { lifeCycle } of [cluster, ...cluster.instances]) {
          lifeCycle.enter({ deleting: deletingMs }, undefined, request.at);
        }
        cluster.rental.end(request.at, request.reference);
        return emptyOk;
      },

      listSshKeys: () => ok({ ssh_keys: [...sshKeys.values()] }),

      createSshKey({ body }) {
        const requested = sshKeyBody(body, "");
        if (!parsePublicKey(requested.public_key)) throw new Invalid("public_key is not an OpenSSH public key");
        if ([...sshKeys.values()].some(({ name }) => name === requested.name)) throw new Invalid("SSH key name must be unique");
        const key: SshKey = {
          id: random.uuid(),
          name: requested.name,
          public_key: requested.public_key,
          is_default: false,
          private_key: "",
        };
        sshKeys.set(key.id, key);
        return ok({ id: key.id });
      },

      getSshKey: (request) => ok(sshKeyOf(request)),

      setDefaultSshKey(request) {
        const next = sshKeyOf(request);
        for (const key of sshKeys.values()) key.is_default = key === next;
        return emptyOk;
      },

      deleteSshKey(request) {
        const key = sshKeyOf(request);
        const isUsed = instances.find(request.at, ({ sshKeyId }) => sshKeyId === key.id) !== undefined;
        if (key === managedKey || key.is_default || isUsed)
          throw new Invalid("the key is the managed one, the default, or in use");
        sshKeys.delete(key.id);
        return emptyOk;
      },

      listVolumeTypes: () => ok({ volume_types: volumeTypes }),
      listVolumes: ({ at }) => ok({ volumes: [...volumes.values()].map((volume) => describeVolume(volume, at)) }),

      createVolume({ body, at, reference }) {
        const requested = volumeBody(body, "");
        const type = volumeTypes.find(({ cloud, region }) => cloud === requested.cloud && region === requested.region);
        if (!type) throw new Invalid(`${requested.cloud} has no volumes in ${requested.region}`);
        const id = random.uuid();
        const { name, size_in_gb: sizeGb } = requested;
        const rental = ledger.open("volume", { id, name, product: `${sizeGb} GB` }, { at, reference });
        rental.charge("storage", sizeGb * Number(type.price_per_gb_per_hour), at);
        volumes.set(id, { id, type, name, sizeGb, assignedId: random.uuid(), rental });
        return ok({ id });
      },

      getVolume: (request) => ok(describeVolume(volumeOf(request), request.at)),

      deleteVolume(request) {
        const volume = volumeOf(request);
        if (mountedBy(volume.id, request.at)) throw new Invalid("the volume is mounted; delete the instance first");
        volume.rental.end(request.at, request.reference);
        volumes.delete(volume.id);
        return emptyOk;
      },

      listTemplates: () => ok({ templates: [...templates.values()] }),
      listFeaturedTemplates: () => ok({ templates: [featured] }),
      getTemplate: (request) => ok(request.path["template_id"] === featured.id ? featured : templateOf(request)),

      createTemplate({ body }) {
        const template = { id: random.uuid(), author: "ada", ...templateBody(body, "") };
        templates.set(template.id, template);
        return ok({ id: template.id });
      },

      updateTemplate(request) {
        const { id, author } = templateOf(request);
        templates.set(id, { id, author, ...templateBody(request.body, "") });
        return emptyOk;
      },

      deleteTemplate(request) {
        templates.delete(templateOf(request).id);
        return emptyOk;
      },
    },
  };
}

/** Integer cents. */
function cents(usd: number): number {
  return Math.round(usd * 100);
}

/** A string of decimal dollars. */
function dollars(usd: number): string {
  return usd === 0 ? "0" : String(Math.round(usd * 1e10) / 1e10);
}

/** RFC 3339 in UTC with microseconds. */
function micros(at: number): string {
  return new Date(at).toISOString().replace("Z", "000Z");
}
