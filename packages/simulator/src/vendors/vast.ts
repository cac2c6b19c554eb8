import { createStock, type Product } from "../catalogue.js";
import { cursorOf, nextCursor, pageFrom } from "../cursors.js";
import type { Rental } from "../ledger.js";
import { bootNew, createLifeCycle, type LifeCycle, phasesOf } from "../life-cycle.js";
import { createMachines } from "../machines.js";
import { parsePublicKey } from "../ssh.js";
import { flag, Invalid, integer, nullable, object, oneOf, optional, type Rule, text, type Valid } from "../validation.js";
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

const shown = { markFields: ["label"], priceFields: ["dph_total"] } as const;
const laterPage = (query: URLSearchParams) => query.has("after_token");

const operations = {
  searchOffers: { method: "POST", path: "/api/v0/bundles/" },
  createInstance: {
    method: "PUT",
    path: "/api/v0/asks/{id}/",
    boots: true,
    rentsSpot: isBid,
    // Every offer has both prices, so only the bid decides the market.
    otherMachines: {
      market: (body) => (isBid(body) ? { ...body, price: undefined } : { ...body, price: highestBid }),
    },
  },
  listInstances: {
    method: "GET",
    path: "/api/v1/instances/",
    listsInstances: true,
    ...shown,
    laterPage,
    pages: {
      parameter: "after_token",
      cut: { repeated_cursor: (body, query) => ({ ...body, next_token: query.get("after_token") ?? cursorOf("offset", 0) }) },
      endless: (body, query) => ({ ...body, next_token: nextCursor("offset", query.get("after_token")) }),
    },
  },
  getInstance: { method: "GET", path: "/api/v0/instances/{id}/", instanceId: idInPath, ...shown },
  updateInstance: { method: "PUT", path: "/api/v0/instances/{id}/", instanceId: idInPath },
  deleteInstance: { method: "DELETE", path: "/api/v0/instances/{id}/", instanceId: idInPath },
  restartInstance: { method: "PUT", path: "/api/v0/instances/reboot/{id}/", instanceId: idInPath },
  recycleInstance: { method: "PUT", path: "/api/v0/instances/recycle/{id}/", instanceId: idInPath },
  changeBid: { method: "PUT", path: "/api/v0/instances/bid_price/{id}/", instanceId: idInPath },
  prepayInstance: { method: "PUT", path: "/api/v0/instances/prepay/{id}/", instanceId: idInPath },
  requestInstanceLogs: { method: "PUT", path: "/api/v0/instances/request_logs/{id}/", instanceId: idInPath },
  createSnapshot: { method: "POST", path: "/api/v0/instances/take_snapshot/{id}/", instanceId: idInPath },
  listSshKeys: { method: "GET", path: "/api/v0/ssh/" },
  createSshKey: { method: "POST", path: "/api/v0/ssh/" },
  updateSshKey: { method: "PUT", path: "/api/v0/ssh/{id}/" },
  deleteSshKey: { method: "DELETE", path: "/api/v0/ssh/{id}/" },
  listInstanceSshKeys: { method: "GET", path: "/api/v0/instances/{id}/ssh/" },
  attachInstanceSshKey: { method: "POST", path: "/api/v0/instances/{id}/ssh/" },
  detachInstanceSshKey: { method: "DELETE", path: "/api/v0/instances/{id}/ssh/{ssh_key_id}/" },
  listTemplates: { method: "GET", path: "/api/v0/template/" },
  createTemplate: { method: "POST", path: "/api/v0/template/" },
  updateTemplate: { method: "PUT", path: "/api/v0/template/" },
  deleteTemplate: { method: "DELETE", path: "/api/v0/template/" },
  searchVolumeOffers: { method: "POST", path: "/api/v0/volumes/search/" },
  listVolumes: { method: "GET", path: "/api/v0/volumes/" },
  createVolume: { method: "PUT", path: "/api/v0/volumes/" },
  deleteVolume: { method: "DELETE", path: "/api/v0/volumes/" },
  getCurrentUser: { method: "GET", path: "/api/v0/users/current/" },
  listInvoices: { method: "GET", path: "/api/v1/invoices/", laterPage },
  listCharges: { method: "GET", path: "/api/v0/charges/", laterPage },
} as const satisfies Operations;

type Operation = keyof typeof operations;

/**
 * Vast.ai, https://docs.vast.ai. An offer is one ask: renting it takes it off the market, and destroying the instance
 * returns it. Failures may have status 200, a read of a destroyed instance is 200 with null, and a path without its last slash is
 * redirected. Creates must be `createIntervalMs` apart. A bid below `min_bid` is refused and leaves a stopped instance whose disk is
 * billed. A start without a free GPU is refused, and happens later. The price of the catalogue is the one on demand with 32 GB of disk.
 * GPUs are billed by the second while the instance runs, and the disk until it is destroyed. Not documented, so assumed: a destroyed
 * instance is shown for 10 seconds, the response to a bid that is too low, and that every machine is offered on demand and for bids.
 */
export const vast: VendorDefinition<Operation> = {
  vendor: "vast",
  baseUrls: ["https://console.vast.ai"],
  operations,
  errorResponses: {
    invalidRequest: (problem) => failure(400, "invalid_args", problem),
    unauthorized: () => failure(404, "auth_error", "Invalid user key"),
    expiredKey: () => failure(404, "auth_error", "Invalid user key"),
    forbidden: () => failure(403, "not_authorized", "This API key is not authorized for this action."),
    notFound: () => failure(404, "no_such_instance", "No such instance."),
    rateLimited: () => ({ status: 429, text: "API requests too frequent: endpoint threshold=1.0" }),
    internalError: () => failure(500, "server_error", "Internal server error"),
    noCapacity: () => failure(410, "no_such_ask", "error 410/3907: no_such_ask"),
    insufficientFunds: () => failure(400, "insufficient_credit", "Your account lacks credit; see the billing page."),
    unknownPath: (_, path) =>
      Object.values(operations).some((route) => matches(route.path, `${path}/`))
        ? {
            status: 301,
            text: "<html>301 Moved Permanently</html>",
            headers: { location: `${path}/`, "content-type": "text/html" },
          }
        : { status: 404, body: { success: false, msg: "Not found" } },
    failure: (status, message) => failure(status, status < 500 ? "invalid_args" : "server_error", message),
  },
  defaults: { bootMs: 120_000, addressMs: 0, settleMs: 0, pageSize: 25, balanceUsd: 100, createIntervalMs: 4_500 },
  billingStepMs: 1,
  start,
};

function failure(status: number, error: string, msg: string, more: object = {}): ApiResponse {
  return { status, body: { success: false, error, msg, ...more } };
}

/** Whether a path is one of a template. */
function matches(template: string, path: string): boolean {
  const parts = path.split("/");
  const wanted = template.split("/");
  return parts.length === wanted.length && wanted.every((part, index) => part.startsWith("{") || part === parts[index]);
}

function isBid(body: Fields): boolean {
  return typeof body["price"] === "number";
}

const highestBid = 128;
const hoursPerMonth = 720;
/** GB of disk in the price of the catalogue. */
const catalogueDiskGb = 32;
/** The vendor returns no more offers, whatever is asked for. */
const mostOffers = 64;
const longestPage = 25;
const stoppingMs = 5_000;
const rebootingMs = 10_000;
const destroyingMs = 10_000;
/** How long a volume stays in use after its instance was destroyed. */
const detachingMs = 30_000;

/** One ask of one host. */
interface Ask extends Product {
  machineId: number;
  gpuName: string;
  gpus: number;
  gpuRamMb: number;
  /** US dollars per GB and month. */
  storageCost: number;
  diskGb: number;
  geolocation: string;
  reliability: number;
  isVerified: boolean;
  directPorts: number;
}

const firstAsk = 28_461_000;

function ask(
  number: number,
  [gpuName, gpus, gpuRamMb]: readonly [string, number, number],
  usdPerHour: number,
  more: Partial<Ask> = {},
): Ask {
  return {
    id: String(firstAsk + number),
    usdPerHour,
    free: 1,
    machineId: 41_000 + number,
    gpuName,
    gpus,
    gpuRamMb,
    storageCost: 0.15,
    diskGb: 812.4,
    geolocation: "Texas, US",
    reliability: 0.9971,
    isVerified: true,
    directPorts: 250,
    ...more,
  };
}

const asks: Ask[] = [
  ask(1, ["RTX 3090", 1, 24_576], 0.19, { geolocation: ", US" }),
  ask(2, ["RTX 4090", 1, 24_564], 0.36, { storageCost: 0.2 }),
  ask(3, ["RTX 4090", 1, 24_564], 0.38, { geolocation: "Bavaria, DE" }),
  ask(4, ["RTX 4090", 2, 24_564], 0.78),
  ask(5, ["RTX 5090", 1, 32_607], 0.55, { geolocation: "Quebec, CA" }),
  ask(6, ["L40S", 1, 46_068], 0.62),
  ask(7, ["A100 SXM4", 1, 81_920], 0.95, { geolocation: "Oregon, US", storageCost: 0.1 }),
  ask(8, ["H100 NVL", 1, 95_830], 1.85),
  ask(9, ["H100 SXM", 1, 81_559], 1.95, { storageCost: 0.12 }),
  ask(10, ["H100 SXM", 8, 81_559], 15.92, { diskGb: 12_000 }),
  ask(11, ["RTX A6000", 1, 49_140], 0.45, { isVerified: false }),
  ask(12, ["RTX 3060", 1, 12_288], 0.08, { directPorts: 0 }),
  ask(13, ["B200", 1, 183_359], 3.4, { free: 0 }),
];

const sshKeyText: Rule<string> = (value, at) => {
  const line = text(1, 4_096)(value, at);
  if (!parsePublicKey(line)) throw new Invalid(`${at} is not an SSH public key`);
  return line;
};
const number: Rule<number> = (value, at) => {
  if (typeof value !== "number") throw new Invalid(`${at} must be a number`);
  return value;
};
/** The vendor ignores a text, without an error. */
const variables: Rule<Readonly<Record<string, string>>> = (value) =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, string>) : {};
const createBody = object({
  image: optional(nullable(text(1, 1_024))),
  template_hash_id: optional(nullable(text(1))),
  template_id: optional(nullable(integer(1))),
  disk: optional(number),
  label: optional(nullable(text(0, 256))),
  env: optional(variables),
  runtype: optional(nullable(text())),
  onstart: optional(nullable(text(0, 4_048))),
  price: optional(nullable(number)),
  cancel_unavail: optional(flag),
  target_state: optional(oneOf("running", "stopped")),
  volume_info: optional(nullable(object({ create_new: flag, volume_id: integer(1), mount_path: text(1) }))),
});
const updateBody = object({ state: optional(oneOf("running", "stopped")), label: optional(text(0, 1_024)) });
const bidBody = object({ price: nullable(number) });
const prepayBody = object({ amount: number });
const sshKeyBody = object({ ssh_key: sshKeyText });
const templateBody = object({ name: text(1), image: text(1) });
const snapshotBody = object({ personal_repo: text(1) });
const volumeBody = object({ id: integer(1), size: optional(integer(1)), name: optional(text(1, 64)) });

type CreateBody = Valid<typeof createBody>;

/** Stages of an instance in this simulator; the vendor spreads them over several fields. */
type Stage =
  | "unreported"
  | "created"
  | "loading"
  | "broken"
  | "running"
  | "stopping"
  | "stopped"
  | "relaunching"
  | "rebooting"
  | "destroying";

/** `actual_status` and `cur_state` of each stage. */
const states: Readonly<Record<Stage, readonly [actual: string | null, contract: string]>> = {
  unreported: [null, "unloaded"],
  created: ["created", "running"],
  loading: ["loading", "running"],
  // A failed boot stays in the same status forever.
  broken: ["loading", "running"],
  running: ["running", "running"],
  stopping: ["running", "stopped"],
  stopped: ["exited", "stopped"],
  relaunching: ["exited", "running"],
  rebooting: ["rebooting", "running"],
  destroying: ["running", "unloaded"],
};

interface Instance {
  id: number;
  ask: Ask;
  given: CreateBody;
  label: string | null;
  isBid: boolean;
  /** US dollars per hour, without disk. */
  gpuUsdPerHour: number;
  diskGb: number;
  /** Which state is wanted, from which moment on. */
  intended: { at: number; state: "running" | "stopped" }[];
  /** Whether it holds the GPUs of its ask. */
  holdsGpu: boolean;
  /** When a higher bid takes the GPUs. */
  outbidAt: number;
  createdAt: number;
  ip: string;
  sshPort: number;
  apiKey: string;
  sshKeys: Map<number, string>;
  lifeCycle: LifeCycle;
  rental: Rental;
}

interface SshKey {
  id: number;
  public_key: string;
  createdAt: number;
}

interface Volume {
  id: number;
  name: string | null;
  machineId: number;
  sizeGb: number;
  storageCost: number;
  createdAt: number;
  rental: Rental;
}

const done: ApiResponse = ok({ success: true });
const seconds = (ms: number) => ms / 1_000;
const comparisons: Readonly<Record<string, (value: unknown, wanted: unknown) => boolean>> = {
  eq: (value, wanted) => value === wanted,
  neq: (value, wanted) => value !== wanted,
  gt: (value, wanted) => Number(value) > Number(wanted),
  gte: (value, wanted) => Number(value) >= Number(wanted),
  lt: (value, wanted) => Number(value) < Number(wanted),
  lte: (value, wanted) => Number(value) <= Number(wanted),
  in: (value, wanted) => Array.isArray(wanted) && wanted.includes(value),
  notin: (value, wanted) => Array.isArray(wanted) && !wanted.includes(value),
};

/** Whether an object passes flat filters. Unknown fields are ignored; one on `id` passes nothing. */
function passes(fields: Fields, filters: Fields): boolean {
  const values: Fields = {
    ...fields,
    id: undefined,
    verified: fields["verification"] === "verified",
    datacenter: fields["hosting_type"] === 1,
    geolocation: String(fields["geolocation"]).slice(-2),
  };
  return Object.entries(filters).every(([name, filter]) => {
    if (typeof filter !== "object" || filter === null || Array.isArray(filter) || !(name in values)) return true;
    return Object.entries(filter).every(([comparison, wanted]) => comparisons[comparison]?.(values[name], wanted) ?? true);
  });
}

/** Sorts by `order`, a list of fields and directions. */
function sorted<T extends Fields>(items: readonly T[], order: unknown): T[] {
  const keys = Array.isArray(order) ? order.filter(Array.isArray) : [];
  return [...items].sort((one, other) => {
    for (const [field, direction] of keys) {
      const difference = Number(one[String(field)]) - Number(other[String(field)]);
      if (difference) return direction === "desc" ? -difference : difference;
    }
    return 0;
  });
}

function asObject(body: unknown): Fields {
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw new Invalid("the body must be an object");
  return body as Fields;
}

/** A query parameter that holds JSON. */
function jsonIn(query: URLSearchParams, name: string): Fields {
  try {
    return asObject(JSON.parse(query.get(name) ?? "{}"));
  } catch {
    throw new ApiError(failure(400, "invalid_request", `${name} is not JSON`));
  }
}

function start(world: World): VendorServer<Operation> {
  const { random, ledger, settings } = world;
  const apiKey = random.hex(64);
  const userId = random.integer(100_000, 999_999);
  const stock = createStock(asks, 1e6);
  const instances = createMachines<Instance>(vast.errorResponses.notFound);
  const sshKeys = new Map<number, SshKey>();
  const volumes = new Map<number, Volume>();
  const templates = new Map<number, Fields & { id: number; hash_id: string }>();
  let lastCreateAt = Number.NEGATIVE_INFINITY;
  let nextId = 28_470_000;
  const newId = () => {
    nextId += random.integer(1, 9);
    return nextId;
  };

  const stageOf = ({ lifeCycle }: Instance, at: number) => (lifeCycle.status(at) ?? "destroying") as Stage;
  const diskUsdPerHour = (gb: number, storageCost: number) => (gb * storageCost) / hoursPerMonth;
  const baseOf = ({ usdPerHour, storageCost }: Ask) =>
    Number(Math.max(usdPerHour - diskUsdPerHour(catalogueDiskGb, storageCost), 0.001).toFixed(9));
  const minBidOf = (offered: Ask) => Number((baseOf(offered) * 0.6).toFixed(4));
  const pricesOf = (gpu: number, disk: number) => ({
    gpuCostPerHour: gpu,
    diskHour: disk,
    totalHour: gpu + disk,
    discountTotalHour: 0,
    discountedTotalPerHour: gpu + disk,
  });

  /** The fields that an offer and its instance share. */
  function describeHost(offered: Ask) {
    return {
      machine_id: offered.machineId,
      host_id: offered.machineId + 50_000,
      gpu_name: offered.gpuName,
      num_gpus: offered.gpus,
      gpu_ram: offered.gpuRamMb,
      min_bid: minBidOf(offered),
      storage_cost: offered.storageCost,
      inet_up_cost: 0.005,
      inet_down_cost: 0.005,
      cpu_cores: 96,
      cpu_cores_effective: 12 * offered.gpus,
      cpu_ram: 515_870,
      inet_up: 910.2,
      inet_down: 880.7,
      reliability2: offered.reliability,
      verification: offered.isVerified ? "verified" : "unverified",
      geolocation: offered.geolocation,
    };
  }

  function describeAsk(offered: Ask, diskGb: number, isForBid: boolean): Fields {
    const disk = diskUsdPerHour(diskGb, offered.storageCost);
    const gpu = isForBid ? minBidOf(offered) : baseOf(offered);
    const end = seconds(world.now()) + 7_920_000;
    return {
      id: Number(offered.id),
      ask_contract_id: Number(offered.id),
      ...describeHost(offered),
      bundle_id: offered.machineId * 3,
      gpu_total_ram: offered.gpuRamMb * offered.gpus,
      gpu_arch: "nvidia",
      cpu_arch: "amd64",
      dph_base: baseOf(offered),
      dph_total: gpu + disk,
      storage_total_cost: disk,
      search: pricesOf(gpu, disk),
      instance: pricesOf(gpu, disk),
      disk_space: offered.diskGb,
      disk_bw: 3_120.5,
      reliability: offered.reliability,
      hosting_type: null,
      cuda_max_good: 12.8,
      driver_version: "570.86.15",
      compute_cap: 890,
      direct_port_count: offered.directPorts,
      static_ip: true,
      rentable: offered.free > 0,
      rented: false,
      is_bid: isForBid,
      vms_enabled: false,
      external: false,
      end_date: end,
      duration: 7_920_000,
      avail_vol_ask_id: offered.machineId + 1_000_000,
      avail_vol_size: offered.diskGb / 2,
      score: 100 / offered.usdPerHour,
    };
  }

  const instanceOf = ({ path, at }: ApiRequest) =>
    instances.get(at, (one) => String(one.id) === path["id"] && stageOf(one, at) !== "destroying");

  function portsOf({ ask: offered, given, sshPort }: Instance): Fields {
    if (offered.directPorts === 0 || !/direct?/.test(given.runtype ?? "")) return {};
    const opened = Object.keys(given.env ?? {}).flatMap((name) => {
      const [, inner, protocol = "/tcp"] = /^-p \d+:(\d+)(\/udp)?$/.exec(name) ?? [];
      return inner === undefined ? [] : `${inner}${protocol}`;
    });
    const mapped = ["22/tcp", ...opened].map((port, index) => [port, [{ HostIp: "0.0.0.0", HostPort: String(sshPort + index) }]]);
    return Object.fromEntries(mapped);
  }

  function describe(instance: Instance, at: number): Record<string, unknown> {
    const { ask: offered, given, gpuUsdPerHour, diskGb } = instance;
    const stage = stageOf(instance, at);
    const [actual, contract] = states[stage];
    const isUp = stage === "running";
    const disk = diskUsdPerHour(diskGb, offered.storageCost);
    const intended = instance.intended.filter((one) => one.at <= at).at(-1)?.state ?? "running";
    const hasAddress = isUp && at >= instance.createdAt + settings.bootMs + settings.addressMs;
    const messages: Partial<Record<Stage, string>> = {
      broken: "Error response from daemon: manifest unknown",
      running: `success, running ${given.image ?? "image"}`,
    };
    return {
      id: instance.id,
      ...describeHost(offered),
      bundle_id: null,
      actual_status: actual,
      intended_status: intended,
      cur_state: contract,
      next_state: intended,
      status_msg: messages[stage] ?? null,
      label: instance.label,
      image_uuid: given.image ?? null,
      image_runtype: given.runtype ?? "ssh",
      image_args: null,
      onstart: given.onstart ?? null,
      extra_env: Object.entries(given.env ?? {}),
      template_id: given.template_id ?? null,
      template_hash_id: given.template_hash_id ?? null,
      // The vendor's value ends in a newline.
      public_ipaddr: hasAddress ? `${instance.ip}\n` : null,
      ssh_host: hasAddress ? "ssh4.vast.ai" : null,
      ssh_port: hasAddress ? 10_000 + (instance.id % 20_000) : null,
      ssh_idx: "4",
      ports: hasAddress ? portsOf(instance) : null,
      direct_port_start: -1,
      direct_port_end: -1,
      jupyter_token: instance.apiKey,
      is_bid: instance.isBid,
      dph_base: gpuUsdPerHour,
      dph_total: gpuUsdPerHour + disk,
      storage_total_cost: disk,
      search: pricesOf(gpuUsdPerHour, disk),
      instance: pricesOf(isUp ? gpuUsdPerHour : 0, disk),
      start_date: seconds(instance.createdAt),
      end_date: seconds(instance.createdAt) + 7_920_000,
      duration: 7_920_000 - seconds(at - instance.createdAt),
      uptime_mins: null,
      gpu_totalram: offered.gpuRamMb * offered.gpus,
      gpu_util: null,
      gpu_temp: null,
      mem_limit: null,
      mem_usage: null,
      disk_space: diskGb,
      disk_usage: -1,
      country_code: offered.geolocation.slice(-2),
    };
  }

  /** From `at` on it bills its GPUs, once it runs. */
  function bill(instance: Instance, at: number): void {
    instance.rental.charge("compute", instance.gpuUsdPerHour, at);
  }

  function releaseGpu(instance: Instance, at: number): void {
    instance.rental.stop("compute", at);
    if (instance.holdsGpu) stock.giveBack(instance.ask.id, 1);
    instance.holdsGpu = false;
  }

  function stop(instance: Instance, at: number): void {
    instance.intended.push({ at, state: "stopped" });
    if (["stopping", "stopped"].includes(stageOf(instance, at))) return;
    releaseGpu(instance, at);
    instance.lifeCycle.enter({ stopping: stoppingMs }, "stopped", at);
  }

  function startAgain(instance: Instance, at: number): boolean {
    if (!stock.take(instance.ask.id, 1)) return false;
    instance.holdsGpu = true;
    instance.lifeCycle.enter({ relaunching: Math.round(settings.bootMs / 2) }, "running", at);
    bill(instance, instance.lifeCycle.settlesAt());
    return true;
  }

  function describeVolume(volume: Volume, at: number): object {
    const users = [...instances.list(at), ...instances.list(at - detachingMs)].filter(
      ({ given }) => given.volume_info?.volume_id === volume.id,
    );
    return {
      id: volume.id,
      label: volume.name,
      status: users.length > 0 ? "in-use" : "created",
      type: "machine",
      machine_id: volume.machineId,
      disk_space: volume.sizeGb,
      instances: [...new Set(users.map(({ id }) => id))],
      start_date: seconds(volume.createdAt),
      end_date: seconds(volume.createdAt) + 7_920_000,
      storage_total_cost: diskUsdPerHour(volume.sizeGb, volume.storageCost),
    };
  }

  const describeKey = ({ id, public_key, createdAt }: SshKey) => ({
    id,
    user_id: userId,
    public_key,
    created_at: seconds(createdAt),
    deleted_at: null,
  });
  const missingKey = () => new ApiError(failure(400, "no_such_ssh_key", "No such SSH key."));

  function sshKeyOf({ path }: ApiRequest): SshKey {
    const found = sshKeys.get(Number(path["id"]));
    if (!found) throw missingKey();
    return found;
  }

  const emptyReport: ApiResponse = ok({ success: true, count: 0, total: 0, next_token: null, results: [] });
  const noDates = new ApiError({ status: 200, body: { success: false, error: "Invalid date range", msg: "Invalid date range" } });
  const act =
    (work: (instance: Instance, request: ApiRequest) => void) =>
    (request: ApiRequest): ApiResponse => {
      work(instanceOf(request), request);
      return done;
    };
  const reboot = act((instance, { at }) => {
    if (stageOf(instance, at) !== "running") throw new Invalid("The instance is not running.");
    instance.lifeCycle.enter({ rebooting: rebootingMs, relaunching: rebootingMs }, "running", at);
  });

  return {
    apiKey,
    catalogue: stock,
    authorize({ headers }) {
      const given = keyAfter("Bearer", headers);
      if (given === undefined) throw new ApiError(failure(403, "auth_error", "This action requires login."));
      if (given !== apiKey) throw new ApiError(vast.errorResponses.unauthorized());
    },
    settle() {
      const now = world.now();
      for (const instance of instances.list(now)) {
        const stage = stageOf(instance, now);
        if (stage === "destroying") continue;
        if (instance.outbidAt <= now && instance.holdsGpu) stop(instance, instance.outbidAt);
        const isQueued = stage === "stopped" && instance.intended.at(-1)?.state === "running";
        if (isQueued) startAgain(instance, now);
      }
    },
    handlers: {
      searchOffers({ body }) {
        const { order, limit = mostOffers, type = "ondemand", allocated_storage: diskGb = 8, ...filters } = asObject(body);
        const wantedGb = number(diskGb, "allocated_storage");
        const found = stock
          .products()
          .filter((offered) => offered.free > 0 && offered.diskGb >= wantedGb)
          .map((offered) => describeAsk(offered, wantedGb, type === "bid"))
          .filter((offered) => passes(offered, filters));
        return ok({ offers: sorted(found, order).slice(0, Math.min(integer(1)(limit, "limit"), mostOffers)) });
      },

      createInstance(request) {
        const { path, body, at, preemptedAfterMs } = request;
        if (at - lastCreateAt < settings.createIntervalMs) throw new ApiError(vast.errorResponses.rateLimited());
        lastCreateAt = at;
        const given = createBody(body, "");
        const offered = stock.find(path["id"] ?? "");
        if (!given.image && !given.template_hash_id && !given.template_id) throw new Invalid("image is required");
        const diskGb = given.disk ?? 8;
        if (diskGb < 8) throw new Invalid("disk must be at least 8");
        const price = given.price ?? null;
        if (price !== null && !(price >= 0.001 && price <= highestBid)) {
          throw new ApiError(failure(400, "invalid_price", "price must be from 0.001 to 128"));
        }
        if (!offered) {
          const message = `error 404/3603: no_such_ask Instance type by id ${path["id"]} is not available.`;
          throw new ApiError(failure(400, "invalid_args", message, { ask_id: Number(path["id"]) }));
        }
        const isTooLow = price !== null && price < minBidOf(offered);
        if (diskGb > offered.diskGb) throw new Invalid("disk is larger than the free space");
        const wantsStop = given.target_state === "stopped";
        const volume = given.volume_info;
        if (volume && !volume.create_new && volumes.get(volume.volume_id)?.machineId !== offered.machineId) {
          throw new ApiError(failure(404, "no_such_volume", "No such volume on this machine."));
        }
        if (!isTooLow && !stock.take(offered.id, 1)) throw new ApiError(vast.errorResponses.noCapacity(body));
        const id = newId();
        const isStopped = isTooLow || wantsStop;
        const phases = phasesOf(settings.bootMs, { unreported: 0.1, created: 0.2, loading: 0.7 });
        const { lifeCycle, readyAt } = isStopped
          ? { lifeCycle: createLifeCycle({}, "stopped", at), readyAt: Number.POSITIVE_INFINITY }
          : bootNew(phases, "running", "broken", request);
        const rental = ledger.open("instance", { id, name: given.label ?? null, product: offered.id }, request);
        rental.charge("storage", diskUsdPerHour(diskGb, offered.storageCost), at);
        const instance = instances.add({
          id,
          ask: offered,
          given,
          label: given.label ?? null,
          isBid: price !== null,
          gpuUsdPerHour: price ?? baseOf(offered),
          diskGb,
          intended: [{ at, state: isStopped ? "stopped" : "running" }],
          holdsGpu: !isTooLow,
          outbidAt: at + preemptedAfterMs,
          createdAt: at,
          ip: random.ipv4(),
          sshPort: random.integer(20_000, 60_000),
          apiKey: random.hex(64),
          sshKeys: new Map([...sshKeys].map(([keyId, { public_key }]) => [keyId, public_key])),
          lifeCycle,
          rental,
        });
        if (isTooLow) {
          return ok({ success: false, error: "invalid_price", msg: "The bid is below the minimum.", new_contract: id });
        }
        bill(instance, readyAt);
        return ok({ success: true, new_contract: id, instance_api_key: instance.apiKey });
      },

      listInstances({ query, listAt }) {
        const { label } = jsonIn(query, "select_filters");
        const found = instances.list(listAt).map((instance) => describe(instance, listAt));
        const wanted = label === undefined ? found : found.filter((one) => passes(one, { label }));
        const limit = Number(query.get("limit") ?? longestPage);
        const size = Math.min(limit > 0 ? limit : 5, longestPage, settings.pageSize);
        const page = pageFrom("offset", wanted, query.get("after_token"), size);
        if (!page) throw new ApiError(failure(400, "invalid_token", "after_token is not valid"));
        const { items, next } = page;
        const total = wanted.length;
        return ok({ success: true, instances: items, instances_found: items.length, total_instances: total, next_token: next });
      },

      getInstance({ path, at }) {
        const found = instances.find(at, ({ id }) => String(id) === path["id"]);
        return ok({ instances: found ? describe(found, at) : null });
      },

      updateInstance(request) {
        const { at } = request;
        const { state, label } = updateBody(request.body, "");
        const instance = instanceOf(request);
        if (label !== undefined) {
          instance.label = label;
          instance.rental.rename(label);
        }
        if (state === "stopped") stop(instance, at);
        if (state !== "running" || !["stopping", "stopped"].includes(stageOf(instance, at))) return done;
        instance.intended.push({ at, state });
        if (startAgain(instance, at)) return done;
        return ok({ success: false, msg: "Required resources are currently unavailable, state change queued." });
      },

      deleteInstance(request) {
        const { at, reference } = request;
        const instance = instanceOf(request);
        releaseGpu(instance, at);
        instance.rental.end(at, reference);
        instance.intended.push({ at, state: "stopped" });
        instance.lifeCycle.enter({ destroying: destroyingMs }, undefined, at);
        return done;
      },

      restartInstance: reboot,
      recycleInstance: reboot,

      changeBid: act((instance, { body, at }) => {
        const { price } = bidBody(body, "");
        if (!instance.isBid) throw new Invalid("The instance is not interruptible.");
        instance.gpuUsdPerHour = price ?? minBidOf(instance.ask);
        if (stageOf(instance, at) === "running") bill(instance, at);
      }),

      prepayInstance: (request) => {
        instanceOf(request);
        prepayBody(request.body, "");
        return ok({ success: true, timescale: 1, discount_rate: 0.2 });
      },

      requestInstanceLogs: (request) => {
        const { id } = instanceOf(request);
        return ok({ success: true, result_url: `https://s3.amazonaws.com/vast.ai/instance_logs/${id}.log`, msg: "Request sent" });
      },

      createSnapshot: (request) => {
        instanceOf(request);
        if ("id" in asObject(request.body)) throw new Invalid("id is not allowed");
        snapshotBody(request.body, "");
        return ok({ success: true, msg: "Snapshot started" });
      },

      listSshKeys() {
        if (sshKeys.size === 0) throw new ApiError(failure(404, "no_ssh_key", "No SSH keys."));
        return ok([...sshKeys.values()].map(describeKey));
      },

      createSshKey({ body, at }) {
        const { ssh_key } = sshKeyBody(body, "");
        const isSame = ({ public_key }: SshKey) => public_key === ssh_key;
        if ([...sshKeys.values()].some(isSame)) throw new Invalid("duplicate ssh key");
        const key = { id: newId(), public_key: ssh_key, createdAt: at };
        sshKeys.set(key.id, key);
        return ok({ success: true, key: describeKey(key) });
      },

      updateSshKey(request) {
        const key = sshKeyOf(request);
        key.public_key = sshKeyBody(request.body, "").ssh_key;
        return ok({ success: true, key: describeKey(key) });
      },

      deleteSshKey(request) {
        sshKeys.delete(sshKeyOf(request).id);
        return done;
      },

      listInstanceSshKeys(request) {
        const found = [...instanceOf(request).sshKeys].map(([id, public_key]) => ({ id, public_key }));
        return ok({ success: true, ssh_keys: JSON.stringify(found) });
      },

      attachInstanceSshKey(request) {
        const { ssh_key } = sshKeyBody(request.body, "");
        instanceOf(request).sshKeys.set(newId(), ssh_key);
        return ok({ success: true, msg: "SSH key added to instance." });
      },

      detachInstanceSshKey(request) {
        if (!instanceOf(request).sshKeys.delete(Number(request.path["ssh_key_id"]))) throw missingKey();
        return ok({ success: true, msg: "SSH key detached." });
      },

      listTemplates: () => ok({ success: true, templates_found: templates.size, templates: [...templates.values()] }),

      createTemplate({ body, at }) {
        const { name, image } = templateBody(body, "");
        const template = { ...asObject(body), name, image, id: newId(), hash_id: random.hex(32), created_at: seconds(at) };
        templates.set(template.id, template);
        return ok({ success: true, msg: "Template created", template: { id: template.id, hash_id: template.hash_id, name } });
      },

      updateTemplate({ body }) {
        const { hash_id, ...changes } = asObject(body);
        const found = [...templates.values()].find((one) => one.hash_id === hash_id);
        if (!found) throw new ApiError(failure(404, "not_found", "No such template."));
        const changed = { ...found, ...changes, hash_id: random.hex(32) };
        templates.set(found.id, changed);
        return ok({ success: true, template: { id: changed.id, hash_id: changed.hash_id } });
      },

      deleteTemplate({ body }) {
        const { template_id } = asObject(body);
        if (!templates.delete(Number(template_id))) throw new ApiError(failure(404, "not_found", "No such template."));
        return ok({ success: true, msg: "Template deleted" });
      },

      searchVolumeOffers({ body, at }) {
        const { order, limit = mostOffers, ...filters } = asObject(body);
        const found = stock.products().map((offered) => ({
          id: offered.machineId + 1_000_000,
          machine_id: offered.machineId,
          host_id: offered.machineId + 50_000,
          disk_space: offered.diskGb / 2,
          storage_cost: offered.storageCost,
          geolocation: offered.geolocation,
          reliability2: offered.reliability,
          end_date: seconds(at) + 7_920_000,
        }));
        const matching = found.filter((offered) => passes(offered, filters));
        return ok({ offers: sorted(matching, order).slice(0, integer(1)(limit, "limit")) });
      },

      listVolumes: ({ at }) => ok({ volumes: [...volumes.values()].map((volume) => describeVolume(volume, at)) }),

      createVolume({ body, at, reference }) {
        const given = volumeBody(body, "");
        const offered = stock.products().find(({ machineId }) => machineId + 1_000_000 === given.id);
        if (!offered) throw new ApiError(failure(404, "no_such_volume", "No such volume offer."));
        if (given.name !== undefined && !/^\w+$/.test(given.name)) {
          throw new ApiError(failure(422, "invalid_args", "Volume name: letters, digits and underscores only."));
        }
        const id = newId();
        const { name = null, size: sizeGb = 15 } = given;
        const { machineId, storageCost } = offered;
        const rental = ledger.open("volume", { id, name, product: `${sizeGb} GB` }, { at, reference });
        rental.charge("storage", diskUsdPerHour(sizeGb, storageCost), at);
        volumes.set(id, { id, name, machineId, sizeGb, storageCost, createdAt: at, rental });
        return ok({ success: true, volume_id: id, volume_name: `V.${id}` });
      },

      deleteVolume({ query, at, reference }) {
        const volume = volumes.get(Number(query.get("id")));
        if (!volume) throw new ApiError(failure(404, "no_such_volume", "No such volume."));
        if ((describeVolume(volume, at) as Fields)["status"] === "in-use") {
          throw new Invalid("The volume is in use.");
        }
        volume.rental.end(at, reference);
        volumes.delete(volume.id);
        return done;
      },

      getCurrentUser: ({ at }) =>
        ok({
          id: userId,
          email: "ada@example.com",
          username: "ada",
          fullname: "Ada Example",
          // A prepaid account has all of its money in `credit`.
          balance: 0,
          credit: settings.balanceUsd - Number(ledger.spent(at).toFixed(6)),
          ssh_key: null,
          has_billing: true,
          balance_threshold: 5,
          balance_threshold_enabled: false,
          sid: random.hex(8),
        }),

      listInvoices({ query }) {
        if (!("when" in jsonIn(query, "select_filters"))) throw noDates;
        return emptyReport;
      },

      listCharges({ query }) {
        if (!("day" in jsonIn(query, "select_filters"))) throw noDates;
        return emptyReport;
      },
    },
  };
}
