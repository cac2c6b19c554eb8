import { createStock, type Product } from "../catalogue.js";
import { cursorOf, nextCursor, pageFrom } from "../cursors.js";
import type { Rental } from "../ledger.js";
import { bootNew, type LifeCycle } from "../life-cycle.js";
import { createMachines } from "../machines.js";
import { makePrivateKey, makePublicKey, parsePublicKey } from "../ssh.js";
import { Invalid, integer, list, object, oneOf, optional, type Rule, text, type Valid } from "../validation.js";
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

const shown = { markFields: ["tags"], priceFields: ["price_cents_per_hour"] } as const;
const laterPage = (query: URLSearchParams) => query.has("page_token");
const firstId = ({ body }: Pick<ApiRequest, "body">) => (body as { instance_ids?: unknown[] } | undefined)?.instance_ids?.[0];

const operations = {
  listInstanceTypes: { method: "GET", path: "/instance-types" },
  listRegions: { method: "GET", path: "/regions" },
  listImages: { method: "GET", path: "/images" },
  listInstances: {
    method: "GET",
    path: "/instances",
    listsInstances: true,
    ...shown,
    laterPage,
    // Without a token the list is complete, so there is no parameter to ignore.
    pages: {
      cut: { repeated_cursor: (body, query) => ({ ...body, page_token: query.get("page_token") ?? cursorOf("offset", 1) }) },
      endless: (body, query) => ({ ...body, page_token: nextCursor("offset", query.get("page_token")) }),
    },
  },
  getInstance: { method: "GET", path: "/instances/{id}", instanceId: idInPath, ...shown },
  updateInstance: { method: "POST", path: "/instances/{id}", instanceId: idInPath },
  createInstance: {
    method: "POST",
    path: "/instance-operations/launch",
    boots: true,
    otherMachines: {
      gpu: (body) => otherType(body, (one, requested) => one.gpu !== requested.gpu && one.gpus === requested.gpus),
      count: (body) => otherType(body, (one, requested) => one.gpus !== requested.gpus),
    },
  },
  restartInstance: { method: "POST", path: "/instance-operations/restart", instanceId: firstId },
  deleteInstance: { method: "POST", path: "/instance-operations/terminate", instanceId: firstId },
  listSshKeys: { method: "GET", path: "/ssh-keys" },
  createSshKey: { method: "POST", path: "/ssh-keys" },
  deleteSshKey: { method: "DELETE", path: "/ssh-keys/{id}" },
  listVolumes: { method: "GET", path: "/file-systems" },
  listFilesystems: { method: "GET", path: "/filesystems" },
  createVolume: { method: "POST", path: "/filesystems" },
  deleteVolume: { method: "DELETE", path: "/filesystems/{id}" },
  listFirewallRules: { method: "GET", path: "/firewall-rules" },
  replaceFirewallRules: { method: "PUT", path: "/firewall-rules" },
  listFirewallRulesets: { method: "GET", path: "/firewall-rulesets" },
  createFirewallRuleset: { method: "POST", path: "/firewall-rulesets" },
  getGlobalFirewallRuleset: { method: "GET", path: "/firewall-rulesets/global" },
  updateGlobalFirewallRuleset: { method: "PATCH", path: "/firewall-rulesets/global" },
  getFirewallRuleset: { method: "GET", path: "/firewall-rulesets/{id}" },
  updateFirewallRuleset: { method: "PATCH", path: "/firewall-rulesets/{id}" },
  deleteFirewallRuleset: { method: "DELETE", path: "/firewall-rulesets/{id}" },
  listAuditEvents: { method: "GET", path: "/audit-events", laterPage },
} as const satisfies Operations;

type Operation = keyof typeof operations;

/**
 * Lambda, https://docs.lambda.ai/api/cloud. Results are under `data`; the catalogue is a map. A launch returns only an id. The address
 * appears while the instance is still `booting`; before that, the field is absent. A 429 is plain text. Launches must be
 * `createIntervalMs` apart. Filesystems are read and written at different paths. Billed by the minute, from `active` until deletion is
 * requested. Not documented, so assumed: an instance that becomes `unhealthy` without having been `active` costs nothing, `terminated`
 * is shown for 10 seconds, and an unknown name in a launch is a 400. Filesystems stay empty, so they cost nothing.
 */
export const lambda: VendorDefinition<Operation> = {
  vendor: "lambda",
  baseUrls: ["https://cloud.lambda.ai/api/v1", "https://cloud.lambdalabs.com/api/v1"],
  operations,
  errorResponses: {
    invalidRequest: (problem) => failure(400, "global/invalid-parameters", problem),
    unauthorized: () => failure(401, "global/invalid-api-key", "API key was invalid, expired, or deleted."),
    expiredKey: () => failure(401, "global/invalid-api-key", "API key was invalid, expired, or deleted."),
    forbidden: () => failure(403, "global/account-inactive", "Your account is inactive."),
    notFound: () => failure(404, "global/object-does-not-exist", "Specified instance does not exist."),
    rateLimited: () => ({ status: 429, text: "error code: 1015" }),
    internalError: () => failure(500, "global/internal-error", "An internal server error occurred."),
    noCapacity: () =>
      failure(400, "instance-operations/launch/insufficient-capacity", "Not enough capacity to fulfill launch request.", {
        suggestion: "Choose an instance type with more availability, or try again later.",
      }),
    // Lambda bills in arrears: an account with an unpaid invoice becomes inactive.
    insufficientFunds: () => failure(403, "global/account-inactive", "Your account is inactive."),
    unknownPath: (_, path) =>
      Object.values(operations).some((route) => route.path === path)
        ? { status: 405 }
        : failure(404, "global/not-found", "The requested resource was not found."),
    failure: (status, message) => failure(status, status < 500 ? "global/invalid-parameters" : "global/internal-error", message),
  },
  defaults: { bootMs: 180_000, addressMs: 0, settleMs: 0, pageSize: 50, balanceUsd: 100, createIntervalMs: 12_000 },
  billingStepMs: 60_000,
  start,
};

function failure(status: number, code: string, message: string, more: object = {}): ApiResponse {
  return { status, body: { error: { code, message, ...more } } };
}

/** A machine type, the same in every region. */
interface MachineType {
  name: string;
  description: string;
  gpu: string;
  gpus: number;
  vcpus: number;
  memoryGib: number;
  storageGib: number;
  architecture: "x86_64" | "arm64";
}

/** A machine type in one region. */
interface Offer extends Product {
  type: MachineType;
  region: RegionName;
}

const regions = {
  "us-west-1": "California, USA",
  "us-west-3": "Utah, USA",
  "us-south-1": "Texas, USA",
  "us-south-2": "North Texas, USA",
  "us-east-1": "Virginia, USA",
  "us-east-3": "Washington DC, USA",
  "europe-central-1": "Germany",
} as const;
type RegionName = keyof typeof regions;

function machineType(
  name: string,
  [gpu, gpus]: readonly [string, number],
  [vcpus, memoryGib, storageGib]: readonly [number, number, number],
  architecture: MachineType["architecture"] = "x86_64",
): MachineType {
  const description = gpus === 0 ? `${vcpus}x CPU General` : `${gpus}x ${gpu}`;
  return { name, description, gpu, gpus, vcpus, memoryGib, storageGib, architecture };
}

function offersOf(type: MachineType, usdPerHour: number, free: Partial<Record<RegionName, number>>): Offer[] {
  return Object.entries(free).map(([name, units]) => {
    const region = name as RegionName;
    return { id: `${type.name}/${region}`, usdPerHour, free: units, type, region };
  });
}

const plenty = Number.POSITIVE_INFINITY;

/** Prices of August 2026. */
const offers: Offer[] = [
  ...offersOf(machineType("gpu_1x_a10", ["A10 (24 GB PCIe)", 1], [30, 200, 1_400]), 1.29, {
    "us-east-1": plenty,
    "us-west-1": plenty,
  }),
  ...offersOf(machineType("gpu_1x_a100_sxm4", ["A100 (40 GB SXM4)", 1], [30, 200, 512]), 1.99, { "us-east-1": plenty }),
  ...offersOf(machineType("gpu_1x_gh200", ["GH200 (96 GB)", 1], [64, 432, 4_096], "arm64"), 2.29, { "us-east-3": plenty }),
  ...offersOf(machineType("gpu_1x_h100_pcie", ["H100 (80 GB PCIe)", 1], [26, 200, 1_024]), 3.29, { "us-west-3": plenty }),
  ...offersOf(machineType("gpu_1x_h100_sxm5", ["H100 (80 GB SXM5)", 1], [26, 225, 2_816]), 4.29, {
    "us-south-1": plenty,
    "europe-central-1": 0,
  }),
  ...offersOf(machineType("gpu_8x_v100", ["Tesla V100 (16 GB)", 8], [92, 448, 6_041]), 6.32, { "us-south-1": plenty }),
  ...offersOf(machineType("gpu_8x_a100_80gb_sxm4", ["A100 (80 GB SXM4)", 8], [240, 1_800, 20_480]), 22.32, { "us-south-2": 0 }),
  ...offersOf(machineType("gpu_8x_h100_sxm5", ["H100 (80 GB SXM5)", 8], [208, 1_800, 22_528]), 31.92, { "us-south-2": plenty }),
  ...offersOf(machineType("cpu_4x_general", ["N/A", 0], [4, 16, 100]), 0.2, { "us-east-1": plenty }),
];

/** The body of a launch of another type with GPUs that is in stock. */
function otherType(body: Fields, differs: (one: MachineType, requested: MachineType) => boolean): Fields {
  const requested = offers.find(({ type }) => type.name === body["instance_type_name"])?.type;
  const other = requested && offers.find(({ type, free }) => free > 0 && type.gpus > 0 && differs(type, requested));
  return other ? { ...body, instance_type_name: other.type.name, region_name: other.region } : body;
}

const families = ["lambda-stack-24-04", "lambda-stack-22-04", "gpu-base-24-04", "ubuntu-24-04"] as const;
const imageTime = "2025-11-13T19:45:33.104000+00:00";
const youngMs = 5_000;
const terminatingMs = 20_000;
const terminatedMs = 10_000;
/** How long a filesystem stays in use after its instance is gone. */
const detachingMs = 30_000;

/** A string that matches a pattern. */
function matching(pattern: RegExp, min: number, max: number): Rule<string> {
  const rule = text(min, max);
  return (value, at) => {
    const read = rule(value, at);
    if (!pattern.test(read)) throw new Invalid(`${at}: String should match pattern '${pattern.source}'`);
    return read;
  };
}

const tag = object({ key: matching(/^[a-z][a-z0-9-:]+$/, 2, 55), value: text(0, 128) });
const mount = object({
  mount_point: matching(/^(\/home|\/lambda\/nfs|\/data)[/a-zA-Z0-9-]*$/, 1, 256),
  file_system_id: text(1),
});
const launchBody = object({
  region_name: text(1),
  instance_type_name: text(1),
  ssh_key_names: list(text(1)),
  name: optional(text(0, 64)),
  hostname: optional(matching(/^[a-z0-9][0-9a-z-]{0,62}$/, 1, 63)),
  image: optional(object({ id: optional(text(1)), family: optional(text(1)) })),
  user_data: optional(text(0, 1_000_000)),
  tags: optional(list(tag)),
  file_system_names: optional(list(text(1))),
  file_system_mounts: optional(list(mount)),
  firewall_rulesets: optional(list(object({ id: text(1) }))),
  quantity: optional(integer(1)),
});
const idsBody = object({ instance_ids: list(text(1)) });
const renameBody = object({ name: optional(text(0, 64)) });
const sshKeyBody = object({ name: text(1, 64), public_key: optional(text(1, 4_096)) });
const volumeBody = object({ name: matching(/^[a-zA-Z]+[0-9a-zA-Z-]*$/, 1, 60), region: text(1) });
const rule = object({
  protocol: oneOf("tcp", "udp", "icmp", "all"),
  port_range: optional(list(integer(1, 65_535), 2)),
  source_network: text(1),
  description: text(0, 128),
});
const rulesBody = object({ data: list(rule) });
const rulesetBody = object({ name: text(1, 64), region: text(1), rules: list(rule) });
const rulesetUpdate = object({ name: optional(text(1, 64)), rules: optional(list(rule)) });

interface Instance {
  id: string;
  offer: Offer;
  /** The price in US dollars per hour at the time of the launch. */
  usdPerHour: number;
  name: string | undefined;
  given: Valid<typeof launchBody>;
  volumes: Volume[];
  imageFamily: string;
  imageId: string;
  ip: string;
  privateIp: string;
  jupyterToken: string;
  createdAt: number;
  /** When the address is known; it may be while the instance is booting. */
  addressAt: number;
  /** When it passes its first health check; Infinity when it never does. */
  activeAt: number;
  lifeCycle: LifeCycle;
  rental: Rental;
}

interface SshKey {
  id: string;
  name: string;
  public_key: string;
}

interface Volume {
  id: string;
  name: string;
  region: RegionName;
  createdAt: number;
  rental: Rental;
}

interface Ruleset {
  id: string;
  name: string;
  region: RegionName;
  rules: Valid<typeof rule>[];
  createdAt: number;
}

const data = (value: unknown): ApiResponse => ok({ data: value });
const cents = (usd: number) => Math.round(usd * 100);
function start(world: World): VendorServer<Operation> {
  const { random, ledger, settings } = world;
  const apiKey = `secret_simulator_${random.hex(32)}.${random.letters(32)}`;
  const workspaceId = random.hex(32);
  const user = { id: random.hex(32), email: "ada@example.com", status: "active" };
  // A type has one price in all regions.
  const stock = createStock(offers, 100, (one, other) => one.type === other.type);
  const instances = createMachines<Instance>(lambda.errorResponses.notFound);
  const sshKeys = new Map<string, SshKey>();
  const volumes = new Map<string, Volume>();
  const rulesets = new Map<string, Ruleset>();
  const events: { at: number; event: object }[] = [];
  const images = Object.keys(regions).flatMap((region) =>
    families.map((family) => ({ id: random.uuid(), family, region: region as RegionName })),
  );
  let globalRules: Valid<typeof rule>[] = [
    { protocol: "icmp", port_range: undefined, source_network: "0.0.0.0/0", description: "Allow ICMP traffic from everywhere" },
    { protocol: "tcp", port_range: [22, 22], source_network: "0.0.0.0/0", description: "Allow SSH from everywhere" },
  ];
  let lastLaunchAt = Number.NEGATIVE_INFINITY;

  const apiError = (status: number, code: string, message: string) => new ApiError(failure(status, code, message));
  const missing = (what: string, status = 404) =>
    apiError(status, "global/object-does-not-exist", `Specified ${what} does not exist.`);

  /** The id in the form in which the vendor keeps it. A malformed one is an invalid request. */
  function readId(id: unknown, place: string): string {
    const plain = String(id).toLowerCase().replaceAll("-", "");
    if (!/^[0-9a-f]{32}$/.test(plain)) throw new Invalid(`Error in ${place}: Input should be a valid UUID`);
    return plain;
  }

  const pathId = ({ path }: ApiRequest) => readId(path["id"], "request path at 'id'");

  function regionOf(name: string): RegionName {
    const found = Object.keys(regions).find((region) => region === name);
    if (found === undefined) throw new Invalid(`Region ${name} does not exist.`);
    return found as RegionName;
  }

  const describeRegion = (name: RegionName) => ({ name, description: regions[name] });

  function note(request: ApiRequest, resource: string, action: string, resources: readonly { id: string }[]): void {
    const event = {
      service_name: "cloud",
      resource_name: resource,
      action,
      catalog_version: "1.0",
      event_id: random.hex(32),
      event_time: new Date(request.at).toISOString(),
      actor_lrn: `lrn:user:${user.id}`,
      resource_owner_lrn: `lrn:workspace:${workspaceId}`,
      request_api_key_lrn: null,
      resource_lrns: resources.map(({ id }) => `lrn:${resource}:${id}`),
      additional_details: {},
    };
    events.push({ at: request.at, event });
  }

  const instanceOf = (id: string, at: number) => instances.get(at, (instance) => instance.id === id);

  /** All instances of a batch; one that does not exist fails the batch. */
  function batchOf({ body, at }: ApiRequest): Instance[] {
    const { instance_ids } = idsBody(body, "");
    if (instance_ids.length === 0) throw new Invalid("instance_ids: List should have at least 1 item");
    return instance_ids.map((id, index) => instanceOf(readId(id, `request body at 'instance_ids.${index}'`), at));
  }

  function describeType({ type }: Offer, usdPerHour: number): Record<string, unknown> {
    return {
      name: type.name,
      description: type.description,
      gpu_description: type.gpu,
      price_cents_per_hour: cents(usdPerHour),
      specs: { vcpus: type.vcpus, memory_gib: type.memoryGib, storage_gib: type.storageGib, gpus: type.gpus },
      architecture: type.architecture,
    };
  }

  /** A new instance says for a few seconds that it cannot be terminated, although it can. */
  function actionsOf(status: string | undefined, ageMs: number): object {
    const reason = { booting: "vm-has-not-launched", terminating: "vm-is-terminating", terminated: "vm-is-terminating" }[
      status ?? ""
    ];
    const state = reason ? { available: false, reason_code: reason } : { available: true };
    const never = { available: false, reason_code: "vm-is-too-old" };
    return {
      migrate: never,
      rebuild: never,
      restart: state,
      cold_reboot: state,
      terminate: status === "booting" && ageMs >= youngMs ? { available: true } : state,
    };
  }

  function describe(instance: Instance, at: number): Record<string, unknown> {
    const { given, offer, lifeCycle } = instance;
    const status = lifeCycle.status(at);
    const hasAddress = at >= instance.addressAt;
    return {
      id: instance.id,
      ...(instance.name !== undefined && { name: instance.name }),
      // Absent, not null, until the address is known.
      ...(hasAddress && {
        ip: instance.ip,
        private_ip: instance.privateIp,
        hostname: given.hostname ?? instance.ip.replaceAll(".", "-"),
        jupyter_token: instance.jupyterToken,
        jupyter_url: `https://jupyter-${instance.id.slice(0, 8)}.lambdaspaces.com/?token=${instance.jupyterToken}`,
      }),
      status,
      ssh_key_names: given.ssh_key_names,
      file_system_names: instance.volumes.map(({ name }) => name),
      ...(given.file_system_mounts && { file_system_mounts: given.file_system_mounts }),
      region: describeRegion(offer.region),
      instance_type: describeType(offer, instance.usdPerHour),
      actions: actionsOf(status, at - instance.createdAt),
      tags: given.tags ?? [],
      firewall_rulesets: given.firewall_rulesets ?? [],
      image: { id: instance.imageId, family: instance.imageFamily },
      first_healthy: at >= instance.activeAt ? new Date(instance.activeAt).toISOString() : null,
      is_reserved: false,
      workspace_id: workspaceId,
    };
  }

  function imageOf(given: Valid<typeof launchBody>["image"], region: RegionName): { id: string; family: string } {
    const wanted = given?.id?.replaceAll("-", "");
    const found = images.find(
      (image) =>
        image.region === region &&
        (wanted === undefined ? image.family === (given?.family ?? families[0]) : image.id.replaceAll("-", "") === wanted),
    );
    if (!found) throw missing("image", 400);
    return found;
  }

  /** Filesystems of a launch, by name and by id. One of another region is unknown by its name. */
  function volumesOf(given: Valid<typeof launchBody>, region: RegionName): Volume[] {
    const named = (given.file_system_names ?? []).map((name) => {
      const found = [...volumes.values()].find((volume) => volume.name === name && volume.region === region);
      if (!found) throw missing("filesystem", 400);
      return found;
    });
    const mounted = (given.file_system_mounts ?? []).map(({ file_system_id }) => {
      const found = volumes.get(file_system_id);
      if (!found) throw missing("filesystem", 400);
      if (found.region === region) return found;
      const code = "instance-operations/launch/file-system-in-wrong-region";
      throw apiError(400, code, "The filesystem is not in the region of the instance.");
    });
    return [...new Set([...named, ...mounted])];
  }

  /** A filesystem stays in use for a while after its instance is gone. */
  function isInUse(volume: Volume, at: number): boolean {
    const uses = (one: Instance) => one.volumes.includes(volume);
    return instances.find(at, uses) !== undefined || instances.find(at - detachingMs, uses) !== undefined;
  }

  function describeVolume(volume: Volume, at: number): object {
    return {
      id: volume.id,
      name: volume.name,
      mount_point: `/lambda/nfs/${volume.name}`,
      created: new Date(volume.createdAt).toISOString(),
      created_by: user,
      is_in_use: isInUse(volume, at),
      region: describeRegion(volume.region),
      bytes_used: 0,
    };
  }

  const listVolumes = ({ at }: ApiRequest) => data([...volumes.values()].map((volume) => describeVolume(volume, at)));

  function checkRules(rules: readonly Valid<typeof rule>[]): void {
    for (const { protocol, port_range } of rules) {
      if (protocol === "icmp" && port_range !== undefined) throw new Invalid("port_range is not allowed for icmp");
      if (protocol !== "icmp" && port_range?.length !== 2) throw new Invalid(`port_range is required for ${protocol}`);
    }
  }

  const usedBy = (id: string, at: number) =>
    instances.list(at).filter(({ given }) => given.firewall_rulesets?.some((one) => one.id === id) === true);

  function rulesetOf(request: ApiRequest): Ruleset {
    const found = rulesets.get(pathId(request));
    if (!found) throw missing("firewall ruleset");
    return found;
  }

  function describeRuleset({ id, name, region, rules, createdAt }: Ruleset, at: number): object {
    const instance_ids = usedBy(id, at).map((instance) => instance.id);
    return { id, name, region: describeRegion(region), rules, created: new Date(createdAt).toISOString(), instance_ids };
  }

  const describeGlobal = () => data({ id: "global", name: "Global Firewall Rules", rules: globalRules });

  function page<T>(items: readonly T[], token: string | null) {
    const found = pageFrom("offset", items, token, settings.pageSize);
    if (!found) throw new Invalid("page_token is not valid");
    return found;
  }

  return {
    apiKey,
    catalogue: stock,
    authorize({ headers }) {
      const basic = keyAfter("Basic", headers);
      const given = basic === undefined ? keyAfter("Bearer", headers) : atob(basic).replace(/:$/, "");
      if (given === undefined) throw apiError(401, "global/invalid-api-key", "No API key was provided.");
      if (given !== apiKey) throw new ApiError(lambda.errorResponses.unauthorized());
    },
    handlers: {
      listInstanceTypes() {
        const byName = new Map<string, { instance_type: object; regions_with_capacity_available: object[] }>();
        for (const product of stock.products()) {
          const { name } = product.type;
          const entry = byName.get(name) ?? {
            instance_type: describeType(product, product.usdPerHour),
            regions_with_capacity_available: [],
          };
          if (product.free > 0) entry.regions_with_capacity_available.push(describeRegion(product.region));
          byName.set(name, entry);
        }
        return data(Object.fromEntries(byName));
      },

      listRegions: () => data(Object.keys(regions).map((name) => describeRegion(name as RegionName))),

      listImages: () =>
        data(
          images.map(({ id, family, region }) => ({
            id,
            created_time: imageTime,
            updated_time: imageTime,
            name: family,
            description: `The image family ${family}`,
            family,
            version: "24.4.5-1722",
            architecture: region === "us-east-3" ? "arm64" : "x86_64",
            region: describeRegion(region),
          })),
        ),

      listInstances({ query, listAt }) {
        const found = instances.list(listAt);
        if (!query.has("page_token")) return data(found.map((instance) => describe(instance, listAt)));
        // Pages are newest first.
        const { items, next } = page(found.reverse(), query.get("page_token"));
        return ok({ data: items.map((instance) => describe(instance, listAt)), page_token: next });
      },

      getInstance: (request) => data(describe(instanceOf(pathId(request), request.at), request.at)),

      updateInstance(request) {
        const { name } = renameBody(request.body, "");
        const instance = instanceOf(pathId(request), request.at);
        if (name !== undefined) {
          instance.name = name;
          instance.rental.rename(name);
        }
        return data(describe(instance, request.at));
      },

      createInstance(request) {
        const { at, body } = request;
        if (at - lastLaunchAt < settings.createIntervalMs) throw new ApiError(lambda.errorResponses.rateLimited());
        lastLaunchAt = at;
        const given = launchBody(body, "");
        if ((given.quantity ?? 1) > 1) throw new Invalid("quantity: Input should be less than or equal to 1");
        const [keyName = "", ...otherKeys] = given.ssh_key_names;
        if (keyName === "" || otherKeys.length > 0) throw new Invalid("ssh_key_names: exactly one SSH key is required");
        if (![...sshKeys.values()].some(({ name }) => name === keyName)) throw missing("SSH key", 400);
        if (given.tags?.some(({ key }) => key.startsWith("lambda-ai-")))
          throw new Invalid("tags: the prefix lambda-ai- is reserved");
        const region = regionOf(given.region_name);
        const image = imageOf(given.image, region);
        const attached = volumesOf(given, region);
        for (const { id } of given.firewall_rulesets ?? []) {
          if (rulesets.get(id)?.region !== region) throw missing("firewall ruleset", 400);
        }
        if (!offers.some(({ type }) => type.name === given.instance_type_name)) throw missing("instance type", 400);
        const rented = stock.find(`${given.instance_type_name}/${region}`);
        if (!rented || !stock.take(rented.id, 1)) throw new ApiError(lambda.errorResponses.noCapacity(body));

        const { lifeCycle, readyAt: activeAt } = bootNew({ booting: settings.bootMs }, "active", "unhealthy", request);
        const id = random.hex(32);
        const rental = ledger.open("instance", { id, name: given.name ?? null, product: rented.id }, request);
        rental.charge("compute", rented.usdPerHour, activeAt);
        instances.add({
          id,
          offer: rented,
          usdPerHour: rented.usdPerHour,
          name: given.name,
          given,
          volumes: attached,
          imageFamily: image.family,
          imageId: image.id,
          ip: random.ipv4(),
          privateIp: `10.19.${random.integer(0, 255)}.${random.integer(1, 254)}`,
          jupyterToken: random.hex(32),
          createdAt: at,
          addressAt: settings.addressMs > 0 ? activeAt + settings.addressMs : at + Math.round(settings.bootMs / 4),
          activeAt,
          lifeCycle,
          rental,
        });
        note(request, "instance", "launch", [{ id }]);
        return data({ instance_ids: [id] });
      },

      restartInstance(request) {
        const { at } = request;
        const batch = batchOf(request);
        if (batch.some(({ lifeCycle }) => lifeCycle.status(at) !== "active")) {
          throw apiError(409, "global/conflict", "The request conflicts with the current state of the resource.");
        }
        note(request, "instance", "restart", batch);
        // The status stays `active` during a restart.
        return data({ restarted_instances: batch.map((instance) => describe(instance, at)) });
      },

      deleteInstance(request) {
        const { at, reference } = request;
        const batch = batchOf(request);
        for (const { offer, lifeCycle, rental } of batch) {
          if (["terminating", "terminated"].includes(lifeCycle.status(at) ?? "")) continue;
          stock.giveBack(offer.id, 1);
          lifeCycle.enter({ terminating: terminatingMs, terminated: terminatedMs }, undefined, at);
          rental.end(at, reference);
        }
        note(request, "instance", "terminate", batch);
        return data({ terminated_instances: batch.map((instance) => describe(instance, at)) });
      },

      listSshKeys: () => data([...sshKeys.values()].map((key) => ({ ...key, workspace_id: workspaceId }))),

      createSshKey({ body }) {
        const requested = sshKeyBody(body, "");
        if ([...sshKeys.values()].some(({ name }) => name === requested.name)) throw new Invalid("SSH key name must be unique.");
        const { public_key: given } = requested;
        // The vendor also takes the formats of RFC 4716, PKCS8 and PEM.
        if (given !== undefined && !parsePublicKey(given) && !/^-{4,5} ?BEGIN /.test(given)) {
          throw new Invalid("public_key: Input should be a valid SSH public key");
        }
        const key = { id: random.hex(32), name: requested.name, public_key: given ?? makePublicKey(random, requested.name) };
        sshKeys.set(key.id, key);
        const generated = given === undefined ? { private_key: makePrivateKey(random) } : {};
        return data({ ...key, ...generated, workspace_id: workspaceId });
      },

      deleteSshKey(request) {
        const id = pathId(request);
        const key = sshKeys.get(id);
        if (!key) throw apiError(404, "global/not-found", "The requested resource was not found.");
        if (instances.find(request.at, ({ given }) => given.ssh_key_names.includes(key.name))) {
          throw apiError(400, "ssh-keys/key-in-use", "Key is currently in use, cannot delete");
        }
        sshKeys.delete(id);
        return data({});
      },

      listVolumes,
      listFilesystems: listVolumes,

      createVolume(request) {
        const { body, at } = request;
        const requested = volumeBody(body, "");
        const region = regionOf(requested.region);
        if ([...volumes.values()].some(({ name }) => name === requested.name)) {
          throw apiError(400, "global/duplicate", `A filesystem named ${requested.name} already exists.`);
        }
        const id = random.hex(32);
        const rental = ledger.open("volume", { id, name: requested.name, product: "filesystem" }, request);
        const volume = { id, name: requested.name, region, createdAt: at, rental };
        volumes.set(id, volume);
        note(request, "filesystem", "create", [volume]);
        return data(describeVolume(volume, at));
      },

      deleteVolume(request) {
        const id = pathId(request);
        const volume = volumes.get(id);
        if (!volume) throw missing("filesystem");
        if (isInUse(volume, request.at)) {
          throw apiError(400, "filesystems/filesystem-in-use", "The filesystem is in use.");
        }
        volume.rental.end(request.at, request.reference);
        volumes.delete(id);
        return data({ deleted_ids: [id] });
      },

      listFirewallRules: () => data(globalRules),

      replaceFirewallRules({ body }) {
        const { data: rules } = rulesBody(body, "");
        checkRules(rules);
        globalRules = rules;
        return data(globalRules);
      },

      listFirewallRulesets: ({ at }) => data([...rulesets.values()].map((ruleset) => describeRuleset(ruleset, at))),

      createFirewallRuleset({ body, at }) {
        const requested = rulesetBody(body, "");
        checkRules(requested.rules);
        const ruleset = { ...requested, id: random.hex(32), region: regionOf(requested.region), createdAt: at };
        rulesets.set(ruleset.id, ruleset);
        return data(describeRuleset(ruleset, at));
      },

      getGlobalFirewallRuleset: describeGlobal,

      updateGlobalFirewallRuleset({ body }) {
        const { rules } = rulesetUpdate(body, "");
        checkRules(rules ?? []);
        globalRules = rules ?? globalRules;
        return describeGlobal();
      },

      getFirewallRuleset: (request) => data(describeRuleset(rulesetOf(request), request.at)),

      updateFirewallRuleset(request) {
        const { name, rules } = rulesetUpdate(request.body, "");
        checkRules(rules ?? []);
        const ruleset = rulesetOf(request);
        ruleset.name = name ?? ruleset.name;
        ruleset.rules = rules ?? ruleset.rules;
        return data(describeRuleset(ruleset, request.at));
      },

      deleteFirewallRuleset(request) {
        const { id } = rulesetOf(request);
        if (usedBy(id, request.at).length > 0) {
          throw apiError(400, "firewall-rulesets/firewall-ruleset-in-use", "The firewall ruleset is in use.");
        }
        rulesets.delete(id);
        return data({});
      },

      listAuditEvents({ query }) {
        const from = Date.parse(query.get("start") ?? "") || Number.NEGATIVE_INFINITY;
        const until = Date.parse(query.get("end") ?? "") || Number.POSITIVE_INFINITY;
        const found = events.filter(({ at }) => at >= from && at < until).map(({ event }) => event);
        const { items, next } = page(found, query.get("page_token"));
        return ok({ data: items, page_token: next });
      },
    },
  };
}
