import { partialListSign } from "@gpu/core";
import {
  type CreateInstanceRequest,
  createRuncrateClient,
  type InstanceType,
  type KnownDeploymentType,
  type KnownInstanceStatus,
  type RuncrateClient,
  type Instance as RuncrateInstance,
} from "@gpu/runcrate";
import { preflightError } from "../errors.js";
import { identifyGpu } from "../gpu-models.js";
import { accessByKey, type Billing, bareInstance, type InstanceStatus } from "../instance.js";
import { markedName, splitMarkedName } from "../mark.js";
import type { Offer } from "../offer.js";
import {
  type CallContext,
  type ConnectedProvider,
  connectClient,
  type FoundInstance,
  type Provider,
  type ProviderOptions,
  unlessNotFound,
} from "../provider.js";
import { findOrRegister, registeredKeyName } from "../ssh-key.js";
import { isoOf } from "../time.js";
import { invalidOffer, newOffer, splitOfferPath } from "../vendor-offer.js";
import {
  objectsIn,
  requireBalance,
  requireId,
  requireList,
  requireObject,
  statusOf,
  toSize,
  toText,
  toTime,
  toUsd,
} from "../vendor-values.js";

export interface RuncrateTypes {
  client: RuncrateClient;
  /** With `ssh_key_id` that key is installed, and `sshPublicKey` is not registered. */
  createOptions: Pick<CreateInstanceRequest, "ssh_key_id" | "startup_commands" | "storage_id" | "launch_script_base64">;
  needs: "name" | "sshPublicKey";
  lacks: never;
  actions: never;
}

/** Options of the Runcrate provider. */
export type RuncrateOptions = ProviderOptions<RuncrateClient>;

const statuses = {
  starting: "starting",
  deploying: "starting",
  provisioning: "starting",
  creating: "pending",
  awaiting_provider: "pending",
  pending: "pending",
  running: "running",
  deployed: "running",
  terminated: "terminated",
  failed: "failed",
} satisfies Record<KnownInstanceStatus, InstanceStatus>;

const kinds: Readonly<Record<string, Offer["kind"]>> = {
  vm: "vm",
  baremetal: "baremetal",
  container: "container",
} satisfies Record<KnownDeploymentType, Offer["kind"]>;

/** The longest name that is reported to be accepted: https://runcrate.ai/docs/api-reference/instances/create-a-gpu-instance */
const longestName = 64;

/** Runcrate: GPU machines of several data centres. The catalogue has no stock; only a create shows it. */
export function runcrate(options: RuncrateOptions = {}): Provider<"runcrate", RuncrateTypes> {
  return { id: "runcrate", connect: (defaults) => connectRuncrate(connectClient(options, defaults, createRuncrateClient)) };
}

function connectRuncrate(client: RuncrateClient): ConnectedProvider<"runcrate", RuncrateTypes> {
  async function read(id: string, signal: AbortSignal | undefined): Promise<RuncrateInstance> {
    return (await client.getInstance({ path: { id }, signal }))?.data;
  }

  return {
    id: "runcrate",
    client,
    guarantee: "name",
    showsPrice: true,
    // The vendor documents no list lag; this is a margin.
    settleMs: 30_000,
    needs: ["name", "sshPublicKey"],
    lacks: [],
    // One credit is one US dollar: https://runcrate.ai/docs/billing/credits
    async balance({ signal }) {
      return requireBalance("runcrate", (await client.getBalance({ signal }))?.data?.creditsBalance, 1);
    },

    actions: {},

    async listOffers({ signal, clock }) {
      const types = await client.listInstanceTypes({ signal });
      const observedAt = isoOf(clock.now());
      const offers = new Map<string, Offer<"runcrate">>();
      for (const type of requireList("runcrate", "offers", types?.data)) {
        // A type without an id cannot be rented.
        const id = toText(type?.id);
        const isCpuOnly = toText(type?.gpu_type)?.toUpperCase() === "CPU";
        if (id !== null && !isCpuOnly && !offers.has(id)) offers.set(id, toOffer(id, type, observedAt));
      }
      return [...offers.values()];
    },

    async prepareCreate(request, context) {
      const options = request.options as RuncrateTypes["createOptions"];
      const [type, ...more] = splitOfferPath(request.offer);
      if (!type || more.length > 0) {
        throw invalidOffer("runcrate", request.offer, "runcrate:TYPE_ID, such as runcrate:stoic-tharp-h100x2-4d7a");
      }
      if (request.startupScript !== undefined && options.launch_script_base64 !== undefined) {
        const reason = "give either startupScript or launch_script_base64, not both";
        throw preflightError("runcrate", "create", "invalid_request", reason);
      }
      const variables = Object.entries(request.env ?? {}).map(([key, value]) => ({ key, value }));
      const body: CreateInstanceRequest = {
        name: markedName(request.name, request.mark, longestName),
        instance_type_id: type,
        ssh_key_id: options.ssh_key_id ?? (await registerKey(client, request.sshPublicKey, context)),
        ...(request.image !== undefined && { template: request.image }),
        ...(request.diskGb !== undefined && { storage: request.diskGb }),
        ...(variables.length > 0 && { env_vars: variables }),
        ...(request.startupScript !== undefined && { launch_script: request.startupScript }),
        ...(options.launch_script_base64 !== undefined && { launch_script_base64: options.launch_script_base64 }),
        ...(options.startup_commands !== undefined && { startup_commands: options.startup_commands }),
        ...(options.storage_id !== undefined && { storage_id: options.storage_id }),
      };
      return {
        async send({ signal }) {
          const { data } = await client.createInstance({ body, signal });
          const id = requireId("runcrate", "create", data?.id, "committed");
          return { id, found: toInstance(id, data) };
        },
      };
    },

    get(id, { signal }) {
      return unlessNotFound(async () => {
        const instance = await read(id, signal);
        return toInstance(requireId("runcrate", "get", instance?.id), instance);
      });
    },

    async list({ signal, onHeaders }) {
      const response = await client.listInstances({ signal, onHeaders });
      const instances = requireList("runcrate", "list", response?.data);
      // Documented without pages. An instance that a partial list lacks may still run.
      const sign = partialListSign(response, instances.length);
      if (sign !== undefined) {
        const reason = `the list has ${instances.length} instances and is incomplete (${sign}); the vendor documents no way to read the rest`;
        throw preflightError("runcrate", "list", "vendor_contract", reason);
      }
      return instances.map((instance) => toInstance(requireId("runcrate", "list", instance?.id), instance));
    },

    async delete(id, { signal }) {
      await client.deleteInstance({ path: { id }, signal });
    },

    async access(id, { signal }) {
      const host = toText(requireObject("runcrate", "access", await read(id, signal)).ip);
      // Keys are installed for root. The port is not in the instance; 22 is what the vendor's own client falls back to:
      // https://github.com/aeonmindai/runcrate-cli
      return accessByKey("root", host, 22);
    },
  };
}

function registerKey(client: RuncrateClient, line: string | undefined, { signal }: CallContext): Promise<string> {
  return findOrRegister(
    "runcrate",
    line,
    // The vendor returns only the fingerprints of keys, and not always.
    async (_, print) => {
      const keys = objectsIn(requireList("runcrate", "create", (await client.listSshKeys({ signal })).data));
      const found =
        keys.find((one) => plainFingerprint(one.fingerprint) === print) ??
        keys.find((one) => one.name === registeredKeyName(print));
      return toText(found?.id);
    },
    async (body) => toText((await client.createSshKey({ body, signal })).data?.id),
  );
}

/** A fingerprint without the `SHA256:` prefix and the padding, which some responses have. */
function plainFingerprint(text: unknown): string | undefined {
  return toText(text)
    ?.trim()
    .replace(/^SHA256:/i, "")
    .replace(/=+$/, "");
}

function toOffer(id: string, type: InstanceType, observedAt: string): Offer<"runcrate"> {
  const gpuCount = toSize(type.gpu_count) ?? 0;
  return newOffer("runcrate", [id], {
    gpu: identifyGpu(toText(type.gpu_type) ?? "unknown", { gpuCount, id }),
    gpuCount,
    usdPerHour: toUsd(type.hourly_rate, 1),
    region: toText(type.region),
    cpuCores: toSize(type.cpu_cores),
    memoryGb: toSize(type.memory_gb),
    diskGb: { included: toSize(type.storage_gb), min: null, max: null },
    kind: kinds[toText(type.deployment_type)?.toLowerCase() ?? ""] ?? "vm",
    observedAt,
  });
}

function toInstance(id: string, instance: RuncrateInstance): FoundInstance<"runcrate"> {
  const { name, mark } = splitMarkedName(toText(instance.name));
  const status = statusOf(statuses, toText(instance.status));
  const gpuType = toText(instance.gpu_type);
  const address = toText(instance.ip);
  return {
    mark,
    instance: {
      ...bareInstance("runcrate", id),
      name,
      status,
      rawStatus: toText(instance.status),
      ready: status === "running" && address !== null,
      billing: billingOf(status),
      gpu:
        gpuType === null || gpuType.toUpperCase() === "CPU"
          ? null
          : identifyGpu(gpuType, { gpuCount: toSize(instance.gpu_count) }),
      gpuCount: toSize(instance.gpu_count),
      // Runcrate has no spot market.
      market: "on_demand",
      usdPerHour: toUsd(instance.cost_per_hour, 1),
      region: toText(instance.region),
      address,
      createdAt: toTime(instance.created_at),
    },
  };
}

/** Neither the start of billing nor the cost of a failed machine is documented. */
function billingOf(status: InstanceStatus): Billing {
  if (status === "running") return "compute";
  return status === "terminated" ? "none" : "unknown";
}
