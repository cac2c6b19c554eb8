import type { ClientOptions } from "@gpu/core";
import {
  type CreateInstanceRequest,
  createFalClient,
  type FalClient,
  type Instance as FalInstance,
  type KnownInstanceStatus,
} from "@gpu/fal";
import { isMap, isOptional, isPositive } from "../arguments.js";
import { preflightError, unifiedError } from "../errors.js";
import { identifyGpu } from "../gpu-models.js";
import { accessByKey, bareInstance, type InstanceStatus } from "../instance.js";
import { listPages } from "../list-pages.js";
import {
  type ConnectedProvider,
  connectClient,
  type FoundInstance,
  type Provider,
  type ProviderOptions,
  unlessNotFound,
} from "../provider.js";
import { isoOf } from "../time.js";
import { invalidOffer, newOffer } from "../vendor-offer.js";
import { requireBalance, requireId, requireList, requireObject, statusOf, toNumber, toText, toUsd } from "../vendor-values.js";

export interface FalTypes {
  client: FalClient;
  createOptions: Pick<CreateInstanceRequest, "sector">;
  needs: "sshPublicKey";
  lacks: "image" | "startupScript" | "env" | "diskGb";
  actions: never;
}

/** Options of the fal provider. */
export type FalOptions = ProviderOptions<FalClient> & {
  /** US dollars an hour by machine type, such as `{ gpu_1x_h100_sxm5: 2.1 }`: fal publishes no prices, so offers have none without this. */
  readonly usdPerHour?: Readonly<Record<string, number>> | undefined;
};

const statuses = {
  init: "pending",
  pending: "pending",
  provisioning: "starting",
  ready: "running",
  stopped: "stopped",
  unknown: "unknown",
} satisfies Record<KnownInstanceStatus, InstanceStatus>;

/** The machines that fal rents. Not in its API: https://fal.ai/docs/documentation/compute/index.md */
const machines = {
  gpu_1x_h100_sxm5: { gpuCount: 1, cpuCores: 16, memoryGb: 200, diskGb: 1_000 },
  gpu_8x_h100_sxm5: { gpuCount: 8, cpuCores: 128, memoryGb: 1_600, diskGb: 8_000 },
} as const;

/** A machine type: `gpu_`, number of GPUs, `x_` and GPU. New ones come without notice. */
const machineType = /^gpu_([1-9]\d*)x_(\S+)$/;

/** fal Compute: H100 machines with one GPU or eight. Prices are not published, stock is not known before the create. */
export function fal(options: FalOptions = {}): Provider<"fal", FalTypes> {
  return { id: "fal", connect: (defaults) => connectFal(options, defaults) };
}

function connectFal(given: FalOptions, defaults: ClientOptions): ConnectedProvider<"fal", FalTypes> {
  const { usdPerHour, ...options } = given ?? {};
  if (given === null || !isOptional(usdPerHour, (prices) => isMap(prices, isPositive))) {
    const reason = "fal() takes options; usdPerHour must be an object with a positive number of US dollars for each machine type";
    throw preflightError("fal", "createGpu", "configuration", reason);
  }
  const client = connectClient<FalClient>(options as ProviderOptions<FalClient>, defaults, createFalClient);
  const priceOf = (type: string | null): number | null => toUsd(type === null ? null : usdPerHour?.[type], 1);
  const found = (operation: string, instance: FalInstance): FoundInstance<"fal"> =>
    toInstance(requireId("fal", operation, instance?.id), instance, priceOf(toText(instance.instance_type)));
  return {
    id: "fal",
    client,
    guarantee: "key",
    settleMs: 15_000,
    // The vendor remembers a key for ten minutes; one minute is a margin for clocks that differ.
    keyWindowMs: 9 * 60_000,
    needs: ["sshPublicKey"],
    lacks: ["image", "startupScript", "env", "diskGb"],
    // An account may be in another currency: https://fal.ai/docs/platform-apis/v1/account/billing
    async balance({ signal }) {
      const { credits } = await client.getAccountBilling({ query: { expand: "credits" }, signal });
      const isInUsd = toText(credits?.currency)?.toUpperCase() === "USD";
      return credits && !isInUsd ? null : requireBalance("fal", credits?.current_balance, 1);
    },

    actions: {},

    async listOffers({ clock }) {
      const observedAt = isoOf(clock.now());
      return Object.entries(machines).map(([type, { diskGb, ...machine }]) =>
        newOffer("fal", [type], {
          ...machine,
          gpu: identifyGpu("H100 SXM", { vramGb: 80 }),
          usdPerHour: priceOf(type),
          diskGb: { included: diskGb, min: null, max: null },
          kind: "vm",
          // "2 to 3 minutes": https://fal.ai/docs/documentation/compute/quickstart.md
          bootSeconds: { min: 120, max: 180 },
          observedAt,
        }),
      );
    },

    async prepareCreate(request) {
      if (!machineType.test(request.offer)) {
        throw invalidOffer("fal", request.offer, "fal:gpu_COUNTx_MODEL, such as fal:gpu_1x_h100_sxm5");
      }
      const { sector } = request.options as FalTypes["createOptions"];
      const body: CreateInstanceRequest = { instance_type: request.offer, ssh_key: request.sshPublicKey?.trim() ?? "" };
      if (sector !== undefined) body.sector = sector;
      return {
        async send({ signal }) {
          const instance = await client.createInstance({ body, signal, idempotencyKey: request.idempotencyKey });
          const id = requireId("fal", "create", instance.id, "committed");
          // For a known key, the vendor returns the instance of that key, whatever is requested now.
          const other = request.isKeyNew ? undefined : differenceOf(instance, body);
          if (other !== undefined) {
            const reason = `the idempotency key already created fal:${id}, ${other}; use a new key for another instance`;
            throw unifiedError("fal", "create", "idempotency_mismatch", reason, "none", undefined, { ref: `fal:${id}` });
          }
          return { id, found: found("create", instance) };
        },
      };
    },

    get(id, { signal }) {
      return unlessNotFound(async () => found("get", await client.getInstance({ path: { id }, signal })));
    },

    list({ signal, clock, onHeaders }) {
      return listPages(
        "fal",
        clock,
        () => client.listInstances.pages({ signal, onHeaders }),
        (page) => requireList("fal", "list", page.instances).map((instance) => found("list", instance)),
      );
    },

    async delete(id, { signal }) {
      await client.deleteInstance({ path: { id }, signal });
    },

    async access(id, { signal }) {
      const host = toText(requireObject("fal", "access", await client.getInstance({ path: { id }, signal })).ip);
      // User and port are not in the API: https://fal.ai/docs/documentation/compute/quickstart.md
      return accessByKey("ubuntu", host, 22);
    },
  };
}

/** How an instance differs from the request; undefined if it shows no difference. The response does not have the SSH key. */
function differenceOf(instance: FalInstance, asked: CreateInstanceRequest): string | undefined {
  const type = toText(instance.instance_type);
  if (type !== null && type !== asked.instance_type) return `a ${type}`;
  const sector = toText(instance.sector);
  return asked.sector !== undefined && sector !== null && sector !== asked.sector ? `in ${sector}` : undefined;
}

function toInstance(id: string, instance: FalInstance, usdPerHour: number | null): FoundInstance<"fal"> {
  const status = statusOf(statuses, toText(instance.status));
  const type = toText(instance.instance_type);
  const [, gpuCount, gpu] = machineType.exec(type ?? "") ?? [];
  const rawName = gpu ?? type;
  const address = toText(instance.ip);
  return {
    // fal has neither names nor labels.
    mark: "unknown",
    instance: {
      ...bareInstance("fal", id),
      status,
      rawStatus: toText(instance.status),
      ready: status === "running" && address !== null,
      // What a stopped machine costs is not documented, and neither is when billing starts.
      billing: status === "running" ? "compute" : "unknown",
      gpu: rawName === null ? null : identifyGpu(rawName),
      gpuCount: toNumber(gpuCount),
      // fal has no spot market.
      market: "on_demand",
      usdPerHour,
      region: toText(instance.region),
      address,
    },
  };
}
