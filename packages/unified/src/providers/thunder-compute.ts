import type { CallOptions } from "@gpu/core";
import {
  type CreateInstanceRequest,
  createThunderComputeClient,
  type InstanceType,
  type KnownAvailability,
  type KnownInstanceStatus,
  type ThunderComputeClient,
  type Instance as ThunderInstance,
} from "@gpu/thunder-compute";
import { withinScope } from "../deadline.js";
import { preflightError, rethrowControlFlow } from "../errors.js";
import { identifyGpu } from "../gpu-models.js";
import { accessByKey, type Billing, bareInstance, type InstanceStatus } from "../instance.js";
import type { Availability, Offer } from "../offer.js";
import {
  type CallContext,
  type ConnectedProvider,
  connectClient,
  type FoundInstance,
  type Provider,
  type ProviderOptions,
} from "../provider.js";
import { type SerialQueue, serialQueue } from "../serial.js";
import { isoOf } from "../time.js";
import { invalidOffer, newOffer } from "../vendor-offer.js";
import { requireId, requireObject, statusOf, toNumber, toSize, toText, toTime, toUsd } from "../vendor-values.js";
import {
  type Catalogue,
  type ConfigurationKey,
  coreCounts,
  equipmentOf,
  extraPriceOf,
  gpuOf,
  includedDiskGb,
  keyOf,
  memoryOf,
  parseKey,
  priceOf,
} from "./thunder-compute-catalogue.js";
import { markedPublicKey, markInKeys } from "./thunder-compute-mark.js";

const provider = "thunder-compute";
type ProviderName = typeof provider;

export interface ThunderComputeTypes {
  client: ThunderComputeClient;
  /** `cpu_cores` is one of the numbers that the configuration allows. Default: the smallest, which the price includes. */
  createOptions: Partial<Pick<CreateInstanceRequest, "cpu_cores" | "ephemeral_disk_gb" | "mode">>;
  needs: "sshPublicKey";
  lacks: "startupScript" | "env";
  actions: never;
}

/** Options of the Thunder Compute provider. */
export type ThunderComputeOptions = ProviderOptions<ThunderComputeClient>;

const statuses = {
  PENDING: "pending",
  QUEUED: "pending",
  PROVISIONING: "pending",
  CREATING: "pending",
  STAGING: "starting",
  STARTING: "starting",
  RESTORING: "starting",
  RUNNING: "running",
  MODIFYING: "updating",
  MIGRATING: "updating",
  SNAPPING: "updating",
  UNKNOWN: "unknown",
  STOPPING: "stopping",
  STOPPED: "stopped",
  DELETING: "terminating",
} satisfies Record<KnownInstanceStatus, InstanceStatus>;

const availabilities: Readonly<Record<string, Availability>> = {
  available: "available",
  unavailable: "unavailable",
} satisfies Record<KnownAvailability, Availability>;

/** The template of a create without one: https://www.thundercompute.com/docs/api-reference/utilities/get-thunder-templates */
const defaultTemplate = "base";
/** How long the last catalogue is used for the prices of instances. */
const catalogueFreshMs = 60_000;

/** The queues by client: an index must not be reused between its look-up and the call that takes it. */
const queues = new WeakMap<ThunderComputeClient, SerialQueue>();

/** Thunder Compute: machines with one to eight GPUs. The id of an instance is its `uuid`; the vendor chooses its name. */
export function thunderCompute(options: ThunderComputeOptions = {}): Provider<ProviderName, ThunderComputeTypes> {
  return { id: provider, connect: (defaults) => connectThunder(connectClient(options, defaults, createThunderComputeClient)) };
}

function connectThunder(client: ThunderComputeClient): ConnectedProvider<ProviderName, ThunderComputeTypes> {
  const queue = queues.get(client) ?? serialQueue();
  queues.set(client, queue);
  /** The last read of the catalogue; without a catalogue if it failed. */
  let known: { catalogue: Catalogue | undefined; until: number } | undefined;
  const knownAt = ({ clock }: CallContext) => (known && clock.now() < known.until ? known : undefined);

  async function readTypes(operation: string, options: CallOptions): Promise<Catalogue["types"]> {
    return requireObject(provider, operation, (await client.listInstanceTypes(options))?.specs);
  }

  async function readCatalogue({ signal, clock }: CallContext, limits: CallOptions = {}): Promise<Catalogue> {
    // When one of the two fails, the scope ends the other.
    const [types, prices] = await withinScope(signal, (scope) => {
      const options = { signal: scope.signal, ...limits };
      return Promise.all([readTypes("offers", options), client.listPrices(options)]);
    });
    const catalogue = { types, prices: prices?.pricing ?? {} };
    known = { catalogue, until: clock.now() + catalogueFreshMs };
    return catalogue;
  }

  /** For the prices of instances, which the vendor does not show. An instance whose price cannot be read is returned without one. */
  async function catalogueForPrices(context: CallContext): Promise<Catalogue | undefined> {
    const fresh = knownAt(context);
    if (fresh) return fresh.catalogue;
    try {
      return await readCatalogue(context, { timeoutMs: 5_000, maxRetries: 0 });
    } catch (error) {
      if (context.signal?.aborted) throw error;
      rethrowControlFlow(error);
      known = { catalogue: undefined, until: context.clock.now() + catalogueFreshMs };
      return undefined;
    }
  }

  /** All instances with their indexes. */
  async function readInstances(
    operation: string,
    { signal, onHeaders }: CallContext,
    refreshAddresses = false,
  ): Promise<IndexedInstance[]> {
    const response = await client.listInstances({ signal, onHeaders, ...(refreshAddresses && { query: { update_ips: true } }) });
    return Object.entries(requireObject(provider, operation, response)).map(([index, instance]) => ({
      index,
      instance,
      uuid: requireId(provider, operation, instance?.uuid),
    }));
  }

  async function find(id: string, operation: string, context: CallContext): Promise<IndexedInstance> {
    const found = (await readInstances(operation, context, operation === "access")).find(({ uuid }) => uuid === id);
    if (!found) throw preflightError(provider, operation, "not_found", `there is no instance ${id}`);
    return found;
  }

  return {
    id: provider,
    client,
    guarantee: "best-effort",
    recyclesIds: true,
    // "May be missing from the list for a moment"; the vendor's own client polls every five seconds and reads twice.
    settleMs: 30_000,
    needs: ["sshPublicKey"],
    lacks: ["startupScript", "env"],
    actions: {},

    async listOffers(context) {
      const [{ types, prices }, stock] = await Promise.all([
        readCatalogue(context),
        // Unlike the catalogue, this call needs a key, and it is not in the vendor's reference.
        client.listAvailability({ signal: context.signal }).catch((error: unknown) => {
          if (context.signal?.aborted) throw error;
          rethrowControlFlow(error);
          return undefined;
        }),
      ]);
      const observedAt = isoOf(context.clock.now());
      return Object.keys(types).flatMap((key): Offer<ProviderName>[] => {
        const shape = parseKey(key);
        // A key with a mode, from before July 2026, means the same as the one without.
        if (!shape || (shape.mode && Object.hasOwn(types, shape.withoutMode))) return [];
        const availability = availabilities[toText(stock?.specs?.[key])?.toLowerCase() ?? ""] ?? "unknown";
        return [toOffer(key, shape, types[key] ?? {}, toUsd(prices[key], 1), availability, observedAt)];
      });
    },

    async prepareCreate(request, context) {
      const shape = parseKey(request.offer);
      if (!shape) {
        throw invalidOffer(provider, request.offer, "thunder-compute:GPU_xCOUNT, such as thunder-compute:h100_x1");
      }
      const publicKey = markedPublicKey(request.sshPublicKey, request.mark);
      // A launch has just read the catalogue.
      const types = knownAt(context)?.catalogue?.types ?? (await readTypes("create", { signal: context.signal }));
      const type = Object.hasOwn(types, request.offer) ? types[request.offer] : undefined;
      if (!type) throw preflightError(provider, "create", "offer_gone", `${request.offer} is no longer offered`);
      const options = request.options as ThunderComputeTypes["createOptions"];
      const mode = options.mode ?? shape.mode;
      const body: CreateInstanceRequest = {
        gpu_type: shape.gpuType,
        num_gpus: shape.gpuCount,
        cpu_cores: chooseCores(request.offer, type, options.cpu_cores),
        disk_size_gb: chooseDisk(request.offer, type, request.diskGb),
        template: request.image ?? defaultTemplate,
        public_key: publicKey,
        ...(options.ephemeral_disk_gb !== undefined && { ephemeral_disk_gb: options.ephemeral_disk_gb }),
        ...(mode !== undefined && { mode }),
      };
      const equipment = {
        gpuCount: body.num_gpus,
        cpuCores: body.cpu_cores,
        diskGb: body.disk_size_gb,
        hasEphemeralDisk: toSize(body.ephemeral_disk_gb) !== null,
      };
      return {
        // With a limit, the prices were just read together with the offer's.
        extraUsdPerHour: known?.catalogue ? extraPriceOf(equipment, request.offer, known.catalogue) : null,
        async send({ signal }) {
          // Drops `key`: a private key that the vendor may return although a public key was sent.
          const { uuid } = await client.createInstance({ body, signal });
          return { id: requireId(provider, "create", uuid, "committed") };
        },
      };
    },

    async get(id, context) {
      const found = (await readInstances("get", context)).find(({ uuid }) => uuid === id);
      return found && toInstance(found, await catalogueForPrices(context));
    },

    async list(context) {
      const all = await readInstances("list", context);
      const catalogue = all.length > 0 ? await catalogueForPrices(context) : undefined;
      return all.map((one) => toInstance(one, catalogue));
    },

    delete(id, context) {
      return queue(context.signal, async () => {
        const { index, instance } = await find(id, "delete", context);
        // Its index will soon be that of another machine.
        if (statusOf(statuses, toText(instance.status)) === "terminating") return;
        await client.deleteInstance({ path: { id: index }, signal: context.signal });
      });
    },

    async access(id, context) {
      const { instance } = await find(id, "access", context);
      return accessByKey("ubuntu", toText(instance.ip), toSize(instance.port));
    },
  };
}

interface IndexedInstance {
  readonly index: string;
  readonly uuid: string;
  readonly instance: ThunderInstance;
}

function toOffer(
  key: string,
  { gpuType, gpuCount }: ConfigurationKey,
  type: Partial<InstanceType>,
  usdPerHour: number | null,
  availability: Availability,
  observedAt: string,
): Offer<ProviderName> {
  const cpuCores = coreCounts(type)[0] ?? null;
  return newOffer(provider, [key], {
    gpu: gpuOf(gpuType, type),
    gpuCount,
    usdPerHour,
    availability,
    cpuCores,
    memoryGb: memoryOf(type, cpuCores),
    diskGb: { included: includedDiskGb * gpuCount, min: toNumber(type.storageGB?.min), max: toNumber(type.storageGB?.max) },
    // https://www.thundercompute.com/blog/how-thunder-compute-works-gpu-over-tcp
    kind: "vm",
    observedAt,
  });
}

function chooseCores(offer: string, type: InstanceType, asked: number | undefined): number {
  const allowed = coreCounts(type);
  const cores = asked ?? allowed[0];
  if (cores !== undefined && allowed.includes(cores)) return cores;
  const reason = `cpu_cores of ${offer} must be one of ${allowed.join(", ") || "none (the vendor lists no numbers)"}`;
  throw preflightError(provider, "create", asked === undefined ? "vendor_contract" : "invalid_request", reason);
}

function chooseDisk(offer: string, type: InstanceType, asked: number | undefined): number {
  const min = toNumber(type.storageGB?.min) ?? 0;
  const max = toNumber(type.storageGB?.max) ?? Number.POSITIVE_INFINITY;
  if (asked === undefined) return Math.min(Math.max(min, includedDiskGb), max);
  if (asked >= min && asked <= max) return asked;
  throw preflightError(provider, "create", "invalid_request", `diskGb of ${offer} must be from ${min} to ${max}`);
}

function toInstance({ uuid, instance }: IndexedInstance, catalogue: Catalogue | undefined): FoundInstance<ProviderName> {
  const status = statusOf(statuses, toText(instance.status));
  const address = toText(instance.ip);
  const gpuType = toText(instance.gpuType);
  const key = catalogue && keyOf(instance, catalogue);
  const ports = (Array.isArray(instance.httpPorts) ? instance.httpPorts : []).flatMap((port) => toSize(port) ?? []);
  return {
    mark: markInKeys(instance.sshPublicKeys),
    instance: {
      ...bareInstance(provider, uuid),
      name: toText(instance.name),
      status,
      rawStatus: toText(instance.status),
      // Without a port nobody can log in: the vendor chooses it.
      ready: status === "running" && address !== null && toSize(instance.port) !== null,
      billing: billingOf(status),
      gpu: gpuType === null ? null : identifyGpu(gpuType, { vramGb: toSize(key && catalogue.types[key]?.vramGB) }),
      gpuCount: toSize(instance.numGpus),
      // Thunder Compute has no spot market.
      market: "on_demand",
      usdPerHour: key ? priceOf(equipmentOf(instance), key, catalogue) : null,
      address,
      // https://github.com/Thunder-Compute/terraform-provider-thundercompute
      ports: ports.map((port) => ({ port, protocol: "http", endpoint: `https://${uuid}-${port}.thundercompute.net` })),
      createdAt: toTime(instance.createdAt),
    },
  };
}

/** Billed by the minute from `RUNNING` until it is deleted. Billing before `RUNNING` is not documented. */
function billingOf(status: InstanceStatus): Billing {
  if (status === "running") return "compute";
  return status === "terminating" ? "none" : "unknown";
}
