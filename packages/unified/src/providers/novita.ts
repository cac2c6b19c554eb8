import { GpuError, redactText } from "@gpu/core";
import {
  type CreateInstanceRequest,
  createNovitaClient,
  type KnownInstanceStatus,
  type NovitaClient,
  type Instance as NovitaInstance,
} from "@gpu/novita";
import { preflightError } from "../errors.js";
import { type GpuIdentity, identifyGpu } from "../gpu-models.js";
import { type Access, type Billing, bareInstance, type InstanceStatus } from "../instance.js";
import { listPages } from "../list-pages.js";
import { markedName, splitMarkedName } from "../mark.js";
import type { Market } from "../offer.js";
import {
  type ConnectedProvider,
  connectClient,
  type FoundInstance,
  type Provider,
  type ProviderCreateRequest,
  type ProviderOptions,
  unlessNotFound,
} from "../provider.js";
import { isoOf } from "../time.js";
import { invalidOffer, splitOfferPath } from "../vendor-offer.js";
import {
  objectsIn,
  requireBalance,
  requireId,
  requireList,
  requireObject,
  statusOf,
  toNumber,
  toSize,
  toText,
  toTimeOfUnix,
} from "../vendor-values.js";
import { anyCluster, diskUsdPerHour, freeDiskGb, indexClusters, toOffers } from "./novita-catalogue.js";

export interface NovitaTypes {
  client: NovitaClient;
  createOptions: Pick<
    CreateInstanceRequest,
    | "imageAuth"
    | "imageAuthId"
    | "ports"
    | "tools"
    | "command"
    | "entrypoint"
    | "networkStorages"
    | "networkId"
    | "minCudaVersion"
  >;
  needs: "image";
  lacks: "sshPublicKey" | "startupScript";
  actions: "start" | "stop" | "restart";
}

/** Options of the Novita provider. */
export type NovitaOptions = ProviderOptions<NovitaClient>;

const statuses = {
  toCreate: "pending",
  creating: "pending",
  pending: "pending",
  pulling: "starting",
  running: "running",
  toStart: "starting",
  starting: "starting",
  toStop: "stopping",
  stopping: "stopping",
  exited: "stopped",
  toRestart: "updating",
  restarting: "updating",
  toReset: "updating",
  resetting: "updating",
  migrating: "updating",
  // The reason for this status is not documented.
  freezing: "stopping",
  toRemove: "terminating",
  removing: "terminating",
  removed: "terminated",
} satisfies Record<KnownInstanceStatus, InstanceStatus>;

/**
 * Billing begins with `pulling`: https://novita.ai/docs/api-reference/gpu-instance-get-instance
 * A stopped instance costs its disk only: https://novitaai.mintlify.dev/docs/guides/gpu-instance-pricing
 */
const billings: Partial<Record<string, Billing>> = {
  toCreate: "none",
  creating: "none",
  pending: "none",
  pulling: "compute",
  running: "compute",
  toStop: "compute",
  stopping: "compute",
  exited: "storage",
  removed: "none",
} satisfies Partial<Record<KnownInstanceStatus, Billing>>;

const longestName = 255;

/**
 * Novita: GPU containers of one to eight GPUs, on demand and spot, with SSH by password. The price includes 60 GB of root disk;
 * more costs extra and is not in the price of an offer. The vendor does not document the unit of an instance's price, so that is null.
 */
export function novita(options: NovitaOptions = {}): Provider<"novita", NovitaTypes> {
  return { id: "novita", connect: (defaults) => connectNovita(connectClient(options, defaults, createNovitaClient)) };
}

function connectNovita(client: NovitaClient): ConnectedProvider<"novita", NovitaTypes> {
  return {
    id: "novita",
    client,
    guarantee: "name",
    // The vendor documents no list lag; this is a margin.
    settleMs: 30_000,
    needs: ["image"],
    lacks: ["sshPublicKey", "startupScript"],

    async listOffers({ signal, clock }) {
      const [products, clusters] = await Promise.all([client.listInstanceTypes({ signal }), client.listClusters({ signal })]);
      const observedAt = isoOf(clock.now());
      const clusterIds = indexClusters(requireList("novita", "offers", clusters?.data));
      return objectsIn(requireList("novita", "offers", products?.data)).flatMap((product) =>
        toOffers(product, clusterIds, observedAt),
      );
    },

    async prepareCreate(request) {
      const body = toCreateBody(request);
      return {
        extraUsdPerHour: diskUsdPerHour(request.diskGb ?? freeDiskGb),
        async send({ signal }) {
          const { id } = await client.createInstance({ body, signal });
          return { id: requireId("novita", "create", id, "committed") };
        },
      };
    },

    marketOf: (offer) => readOffer(offer).market,

    get(id, { signal }) {
      return unlessNotFound(async () =>
        toInstance(client, "get", await client.getInstance({ query: { instanceId: id }, signal })),
      );
    },

    // Items of the list may lack the SSH address; such an instance is not ready here, and may be by `get`.
    async list({ signal, clock, onHeaders }) {
      let total = 0;
      const all = await listPages(
        "novita",
        clock,
        () => {
          total = 0;
          return client.listInstances.pages({ query: { pageSize: 50 }, signal, onHeaders });
        },
        (page) => {
          total = Math.max(total, toNumber(page.total) ?? 0);
          return requireList("novita", "list", page.instances).map((item) => toInstance(client, "list", item));
        },
      );
      if (all.length >= total) return all;
      // An instance that a partial list omits may still exist and cost money.
      const reason = `the vendor reports ${total} instances, but its pages have ${all.length}; list them again`;
      throw preflightError("novita", "list", "vendor_contract", reason);
    },

    async delete(id, { signal }) {
      await client.deleteInstance({ body: { instanceId: id }, signal });
    },

    async access(id, { signal }) {
      return toAccess(requireObject("novita", "access", await client.getInstance({ query: { instanceId: id }, signal })));
    },

    // In 1/10000 USD, unlike prices: https://novita.ai/docs/api-reference/basic-get-user-balance
    async balance({ signal }) {
      return requireBalance("novita", (await client.getBalance({ signal }))?.availableBalance, 10_000);
    },

    actions: {
      async start(id, { signal }) {
        await client.startInstance({ body: { instanceId: id }, signal });
      },
      async stop(id, { signal }) {
        try {
          await client.stopInstance({ body: { instanceId: id }, signal });
        } catch (error) {
          if (!GpuError.isInstance(error) || error.code !== "conflict") throw error;
          // The vendor reports a conflict when a request is repeated after its response was lost.
          const { status } = await client.getInstance({ query: { instanceId: id }, signal });
          if (!["stopping", "stopped"].includes(statusOf(statuses, toText(status)))) throw error;
        }
      },
      async restart(id, { signal }) {
        await client.restartInstance({ body: { instanceId: id }, signal });
      },
    },
  };
}

function toCreateBody(request: ProviderCreateRequest): CreateInstanceRequest {
  const { productId, cluster, gpuNum, market } = readOffer(request.offer);
  const envs = Object.entries(request.env ?? {}).map(([key, value]) => ({ key, value }));
  return {
    ...(request.options as NovitaTypes["createOptions"]),
    kind: "gpu",
    name: markedName(request.name, request.mark, longestName),
    productId,
    gpuNum,
    rootfsSize: request.diskGb ?? freeDiskGb,
    imageUrl: request.image ?? "",
    ...(envs.length > 0 && { envs }),
    ...(cluster !== anyCluster && { clusterId: cluster }),
    ...(market === "spot" && { billingMode: "spot" }),
  };
}

function readOffer(offer: string): { productId: string; cluster: string; gpuNum: number; market: Market } {
  const [productId, cluster, count = "", market, ...more] = splitOfferPath(offer);
  if (productId && cluster && /^[1-8]$/.test(count) && (market === undefined || market === "spot") && more.length === 0) {
    return { productId, cluster, gpuNum: Number(count), market: market ?? "on_demand" };
  }
  throw invalidOffer("novita", offer, "novita:PRODUCT/CLUSTER_ID/COUNT with a count of 1 to 8, followed by /spot for spot");
}

function toInstance(client: NovitaClient, operation: string, instance: NovitaInstance): FoundInstance<"novita"> {
  const id = requireId("novita", operation, instance?.id);
  const rawStatus = toText(instance.status);
  const failure = failureOf(instance);
  const status = failure.isFatal ? "failed" : statusOf(statuses, rawStatus);
  const address = sshEndpoint(instance)?.host ?? null;
  const { name, mark } = splitMarkedName(toText(instance.name));
  return {
    mark,
    isSubscription: instance.billingMode === "monthly",
    instance: {
      ...bareInstance("novita", id),
      name: toText(name),
      status,
      rawStatus,
      ready: status === "running" && address !== null,
      billing: billingOf(instance, rawStatus),
      gpu: gpuOf(instance),
      gpuCount: toSize(instance.gpuNum),
      market: marketOf(instance),
      region: toText(instance.clusterId),
      address,
      ports: objectsIn(instance.portMappings).flatMap(({ port, type, endpoint }) => {
        const inside = toSize(port);
        return inside === null ? [] : [{ port: inside, protocol: toText(type) ?? "tcp", endpoint: toText(endpoint) }];
      }),
      createdAt: toTimeOfUnix(instance.createdAt),
      error: failure.reason && redactText(client, instance, failure.reason),
    },
  };
}

/** Novita has no status for a failure: a failed boot has a message, and a reclaimed spot machine has a separate status. */
function failureOf({ status, statusError, spotStatus }: NovitaInstance): { isFatal: boolean; reason: string | null } {
  const state = toText(statusError?.state);
  const message = toText(statusError?.message) ?? (state && /fail|error/i.test(state) ? state : null);
  const common = statusOf(statuses, toText(status));
  if (message !== null) return { isFatal: ["pending", "starting", "stopped"].includes(common), reason: message };
  // A reclaimed spot machine runs until it is stopped.
  const isReclaimed = spotStatus === "reclaiming" || spotStatus === "terminated";
  return { isFatal: isReclaimed && common === "stopped", reason: isReclaimed ? `preempted (spotStatus ${spotStatus})` : null };
}

function billingOf({ billingMode }: NovitaInstance, rawStatus: string | null): Billing {
  // A subscription is paid in advance, whatever the instance does.
  if (billingMode === "monthly" && rawStatus !== "removed") return "unknown";
  return (rawStatus !== null && Object.hasOwn(billings, rawStatus) && billings[rawStatus]) || "unknown";
}

/** A subscription is neither on demand nor spot. Older instances have an empty mode. */
function marketOf({ billingMode, spotStatus }: NovitaInstance): Market | "unknown" {
  if (billingMode === "spot" || (!billingMode && toText(spotStatus) !== null)) return "spot";
  return billingMode === "onDemand" ? "on_demand" : "unknown";
}

/** The GPU by the product's name, or else by its id if that begins with a model, such as `4090.16c62g`. */
function gpuOf({ kind, productName, productId }: NovitaInstance): GpuIdentity | null {
  if (kind === "cpu") return null;
  const name = toText(productName);
  const id = toText(productId);
  if (name !== null) return identifyGpu(name, { id });
  const byId = identifyGpu(id?.split(".")[0] ?? "");
  return byId.known ? byId : null;
}

/** Host, port and user of `ssh -p 30418 root@proxy.us-ca-6.gpu-instance.novita.ai`, and the password next to it. */
function sshEndpoint(instance: NovitaInstance) {
  // The flat fields are older. Some responses have the password only there.
  const { connectComponentSSH: ssh, sshCommand, sshPassword } = instance;
  const command = toText(ssh?.sshCommand) ?? toText(sshCommand) ?? "";
  const [, user, host] = /(?:^|\s)([^\s@]+)@([^\s@:]+)/.exec(command) ?? [];
  if (!user || !host) return undefined;
  const port = Number(/(?:^|\s)-p\s*(\d+)/.exec(command)?.[1] ?? 22);
  return { host, port, user, password: toText(ssh?.password) ?? toText(sshPassword) };
}

function toAccess(instance: NovitaInstance): Access | undefined {
  const endpoint = sshEndpoint(instance);
  if (!endpoint || endpoint.password === null) return undefined;
  const { host, port, user, password } = endpoint;
  return { host, port, user, auth: { kind: "password", password } };
}
