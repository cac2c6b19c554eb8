import { GpuError } from "@gpu/core";
import {
  type CreateInstanceRequest,
  createRunPodClient,
  type GpuRequest,
  type KnownInstanceAction,
  type KnownInstanceStatus,
  type RunPodClient,
  type Instance as RunPodInstance,
  type InstancePort as RunPodPort,
} from "@gpu/runpod";
import { asGpuError, preflightError, withChanges } from "../errors.js";
import { identifyGpu } from "../gpu-models.js";
import { type Access, accessByKey, type Billing, bareInstance, type InstancePort, type InstanceStatus } from "../instance.js";
import { listPages } from "../list-pages.js";
import { markedName, splitMarkedName } from "../mark.js";
import {
  type CallContext,
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
  requireId,
  requireList,
  requireObject,
  roundUsd,
  statusOf,
  toNumber,
  toSize,
  toText,
  toTime,
  toUsd,
} from "../vendor-values.js";
import { anyDataCenter, type CloudName, clouds, defaultDiskGb, diskUsdPerHour, gpuCounts, toOffers } from "./runpod-catalogue.js";

export interface RunPodTypes {
  client: RunPodClient;
  /** `ports` are exposed in addition to `22/tcp`, and replace those of a template. `gpu` has what the machine must have at least. */
  createOptions: Partial<
    Pick<
      CreateInstanceRequest,
      "templateId" | "registry" | "mounts" | "args" | "entrypoint" | "cmd" | "ports" | "startJupyter" | "globalNetworking"
    >
  > & { gpu?: Omit<GpuRequest, "id" | "count"> };
  needs: never;
  lacks: "startupScript";
  actions: "start" | "stop" | "restart";
}

/** Options of the RunPod provider. */
export type RunPodOptions = ProviderOptions<RunPodClient>;

const statuses = {
  PROVISIONING: "pending",
  STARTING: "starting",
  RUNNING: "running",
  EXITED: "stopped",
  ERROR: "failed",
  TERMINATED: "terminated",
} satisfies Record<KnownInstanceStatus, InstanceStatus>;

/** The longest name that was seen to be accepted for other resources; none is documented for instances. */
const longestName = 191;
const sshPort = "22/tcp";
const keyVariable = "PUBLIC_KEY";
/** The vendor's own image with an SSH server, for NVIDIA GPUs. */
const defaultImage = "runpod/pytorch:1.0.2-cu1281-torch280-ubuntu2404";

/**
 * RunPod: containers on demand, in its own data centers and on machines of others. SSH needs an image that starts an SSH server and
 * installs `PUBLIC_KEY`, as those of `runpod/` do; without `image` one of them is used. The price of an offer includes 20 GB of disk.
 */
export function runpod(options: RunPodOptions = {}): Provider<"runpod", RunPodTypes> {
  return { id: "runpod", connect: (defaults) => connectRunPod(connectClient(options, defaults, createRunPodClient)) };
}

function connectRunPod(client: RunPodClient): ConnectedProvider<"runpod", RunPodTypes> {
  const run = (action: KnownInstanceAction, id: string, { signal }: CallContext) =>
    client.runInstanceAction({ path: { id }, body: { action }, signal });

  /** Runs an action. A conflict is a success if the instance already has the status: the response of a repeated request may be lost. */
  async function change(action: "start" | "stop", wanted: readonly InstanceStatus[], id: string, context: CallContext) {
    try {
      return await run(action, id, context);
    } catch (error) {
      if (!GpuError.isInstance(error) || error.code !== "conflict") throw error;
      const instance = await client.getInstance({ path: { id }, signal: context.signal });
      if (!wanted.includes(statusOf(statuses, toText(instance?.status)))) throw error;
      return instance;
    }
  }

  return {
    id: "runpod",
    client,
    guarantee: "name",
    showsPrice: true,
    // The vendor documents no delay of its list; clients of the older API looked again for some seconds. This is a margin.
    settleMs: 60_000,
    needs: [],
    lacks: ["startupScript"],

    async listOffers({ signal, clock }, { offer, gpuCount, isGpu } = {}) {
      // A vendor's own spelling must be found even where no machine has so many: with one GPU, every type is listed.
      const counts = gpuCount === undefined ? gpuCounts : isGpu ? [gpuCount] : [...new Set([1, gpuCount])];
      // One request for each cloud and number of GPUs: stock is that of whole instances.
      const reads =
        offer === undefined ? clouds.flatMap((cloud) => counts.map((count) => ({ cloud, count }))) : [readOffer(offer)];
      const lists = await Promise.all(
        reads.map(async ({ cloud, count }) => {
          const query = { include: ["AVAILABILITY"], product: ["POD"], cloud, count };
          const types = requireList("runpod", "offers", (await client.listGpuTypes({ query, signal }))?.gpus);
          return objectsIn(types).flatMap((type) => toOffers(type, cloud, count, isoOf(clock.now())));
        }),
      );
      return lists.flat();
    },

    async prepareCreate(request) {
      const body = toCreateBody(request);
      return {
        extraUsdPerHour: diskUsdPerHour(body.disk + (body.mounts?.persistent?.size ?? 0) - defaultDiskGb),
        async send({ signal }) {
          const instance = await client.createInstance({ body, signal });
          return { id: requireId("runpod", "create", instance?.id, "committed"), found: toInstance("create", instance) };
        },
      };
    },

    get(id, { signal }) {
      return unlessNotFound(async () => toInstance("get", await client.getInstance({ path: { id }, signal })));
    },

    list({ signal, clock, onHeaders }) {
      return listPages(
        "runpod",
        clock,
        () => client.listInstances.pages({ signal, onHeaders }),
        ({ pods }) => requireList("runpod", "list", pods).map((instance) => toInstance("list", instance)),
      );
    },

    async delete(id, { signal }) {
      await client.deleteInstance({ path: { id }, signal });
    },

    async access(id, { signal }) {
      return toAccess(requireObject("runpod", "access", await client.getInstance({ path: { id }, signal })));
    },

    actions: {
      async start(id, context) {
        const instance = await change("start", ["pending", "starting", "running"], id, context);
        if (toNumber(instance?.gpu?.count) !== 0) return;
        // The machine's GPUs were rented to others, and the instance runs without.
        const stopped = run("stop", id, context);
        await stopped.catch((error: unknown) => {
          const message = `runpod start: ${id} started without GPU, and may run and cost: it could not be stopped again`;
          throw withChanges(asGpuError(error, "runpod", "start"), { message, sideEffect: "committed", cause: error });
        });
        throw preflightError("runpod", "start", "no_capacity", `${id} started without GPU and was stopped again`);
      },
      async stop(id, context) {
        await change("stop", ["stopped"], id, context);
      },
      async restart(id, context) {
        await run("restart", id, context);
      },
    },
  };
}

function toCreateBody(request: ProviderCreateRequest): CreateInstanceRequest {
  const { offer, name, mark, image, sshPublicKey, diskGb, env } = request;
  const { gpu, ports = [], ...options } = request.options as RunPodTypes["createOptions"];
  const { cloud, dataCenter, gpuId, count } = readOffer(offer);
  if (sshPublicKey !== undefined && env !== undefined && keyVariable in env) {
    throw preflightError("runpod", "create", "invalid_request", `give either sshPublicKey or ${keyVariable} in env, not both`);
  }
  const chosenImage = image ?? (options.templateId === undefined ? defaultImage : undefined);
  if (chosenImage === defaultImage && gpuId.startsWith("AMD ")) {
    throw preflightError("runpod", "create", "unsupported", `${gpuId} needs an image for AMD GPUs: pass one as \`image\``);
  }
  return {
    ...options,
    name: markedName(name, mark, longestName),
    ...(chosenImage !== undefined && { image: chosenImage }),
    cloud,
    // Always with a count: without one the vendor finds no machine.
    gpu: { ...gpu, id: gpuId, count },
    ...(dataCenter !== anyDataCenter && { dataCenterIds: [dataCenter] }),
    // Always: without one the vendor refuses the create.
    disk: diskGb ?? defaultDiskGb,
    ports: [...new Set([sshPort, ...ports])],
    env: { ...env, ...(sshPublicKey !== undefined && { [keyVariable]: sshPublicKey.trim() }) },
  };
}

function readOffer(offer: string): { cloud: CloudName; dataCenter: string; gpuId: string; count: number } {
  const [given, dataCenter, encoded, count = "", ...more] = splitOfferPath(offer);
  const cloud = clouds.find((one) => one === given);
  const gpuId = encoded && decoded(encoded);
  if (cloud && dataCenter && gpuId && /^[1-9]\d?$/.test(count) && more.length === 0) {
    return { cloud, dataCenter, gpuId, count: Number(count) };
  }
  const example = "runpod:SECURE/US-KS-2/NVIDIA%20H100%2080GB%20HBM3/1";
  throw invalidOffer("runpod", offer, `runpod:CLOUD/DATA_CENTER/GPU/COUNT, such as ${example}`);
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function toInstance(operation: string, instance: RunPodInstance): FoundInstance<"runpod"> {
  const id = requireId("runpod", operation, instance?.id);
  const rawStatus = toText(instance.status);
  const access = toAccess(instance);
  const known = statusOf(statuses, rawStatus);
  // `RUNNING` is reported before the container runs.
  const status = known === "running" && !access && !hasContainer(instance) ? "starting" : known;
  const gpuId = toText(instance.gpu?.id);
  const { name, mark } = splitMarkedName(toText(instance.name));
  return {
    mark,
    instance: {
      ...bareInstance("runpod", id),
      name: toText(name),
      status,
      rawStatus,
      ready: status === "running" && access !== undefined,
      billing: billingOf(known, instance),
      gpu: gpuId === null ? null : identifyGpu(gpuId),
      gpuCount: gpuId === null ? null : toNumber(instance.gpu?.count),
      // Version 2 of the API has no interruptible instances.
      market: "on_demand",
      usdPerHour: known === "stopped" || known === "terminated" ? null : priceOf(instance),
      region: toText(instance.dataCenterId),
      address: access?.host ?? null,
      ports: known === "running" ? portsOf(id, instance) : [],
      createdAt: toTime(instance.createdAt),
      error: status === "failed" ? rawStatus : null,
    },
  };
}

/** `runtime` is null until the container runs; older responses may lack it. */
function hasContainer({ runtime }: RunPodInstance): boolean {
  return runtime === undefined || toNumber(runtime?.uptime) !== null;
}

/** `cost` has no disks. A price without the size of the disks is not the whole price. */
function priceOf({ cost, disk, mounts }: RunPodInstance): number | null {
  const usd = toUsd(cost, 1);
  const diskGb = toNumber(disk);
  const persistentGb = mounts?.persistent ? toNumber(mounts.persistent.size) : 0;
  return usd === null || diskGb === null || persistentGb === null ? null : roundUsd(usd + diskUsdPerHour(diskGb + persistentGb));
}

/** https://docs.runpod.io/pods/pricing; when billing begins and what `ERROR` costs is not documented. */
function billingOf(status: InstanceStatus, { mounts }: RunPodInstance): Billing {
  if (status === "running" || status === "starting") return "compute";
  if (status === "stopped") return mounts?.persistent ? "storage" : "none";
  return status === "terminated" ? "none" : "unknown";
}

/** The mapped port of the container's port 22. The vendor's proxy takes only keys of the account, and no file transfers. */
function toAccess(instance: RunPodInstance): Access | undefined {
  // The runtime of a stopped instance is out of date.
  if (["stopped", "failed", "terminated"].includes(statusOf(statuses, toText(instance.status)))) return undefined;
  const { direct } = instance.ssh ?? {};
  const host = toText(direct?.host);
  const port = toSize(direct?.port);
  if (host !== null && port !== null && !isPrivate(host)) return accessByKey(toText(direct?.username) ?? "root", host, port);
  // After a start the runtime may still have the old port, so it counts only where the vendor does not send `ssh.direct`.
  if (direct !== undefined) return undefined;
  const [mapped] = mappedPorts(instance).filter(({ inside, protocol }) => inside === 22 && protocol === "tcp");
  return mapped && accessByKey("root", mapped.host, mapped.port);
}

/** The ports of a running instance; without a host or port if they cannot be reached from outside. */
function mappedPorts({ runtime }: RunPodInstance) {
  return objectsIn<RunPodPort>(runtime?.ports).flatMap(({ private: given, public: outside, type, ip }) => {
    const inside = toSize(given);
    const host = toText(ip);
    return inside === null
      ? []
      : [{ inside, protocol: toText(type) ?? "tcp", host: host && isPrivate(host) ? null : host, port: toSize(outside) }];
  });
}

/** 100.64.0.0/10, the network of the vendor's proxy. */
function isPrivate(ip: string): boolean {
  const [, second] = /^100\.(\d+)\./.exec(ip) ?? [];
  return second !== undefined && Number(second) >= 64 && Number(second) < 128;
}

function portsOf(id: string, instance: RunPodInstance): InstancePort[] {
  return mappedPorts(instance).map(({ inside, protocol, host, port }) => {
    const isHttp = protocol === "http";
    const direct = host !== null && port !== null ? `${host}:${port}` : null;
    return { port: inside, protocol, endpoint: isHttp ? `https://${id}-${inside}.proxy.runpod.net` : direct };
  });
}
