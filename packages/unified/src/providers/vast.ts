import { GpuError, redactText } from "@gpu/core";
import {
  type CreateInstanceRequest,
  createVastClient,
  type KnownInstanceStatus,
  type SearchOffersRequest,
  type UpdateInstanceRequest,
  type VastClient,
  type Instance as VastInstance,
  type Offer as VastOffer,
} from "@gpu/vast";
import { preflightError, sentences, withChanges } from "../errors.js";
import { type Access, accessByKey, type Billing, bareInstance, type InstancePort, type InstanceStatus } from "../instance.js";
import { listPages } from "../list-pages.js";
import { markedName, splitMarkedName } from "../mark.js";
import type { Market, Offer } from "../offer.js";
import {
  type CallContext,
  type ConnectedProvider,
  connectClient,
  type FoundInstance,
  type Provider,
  type ProviderCreateRequest,
  type ProviderOptions,
  unlessNotFound,
  type WantedOffers,
} from "../provider.js";
import { requireSshPublicKey } from "../ssh-key.js";
import { isoOf, Timekeeper } from "../time.js";
import { turns } from "../turns.js";
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
  toUsd,
} from "../vendor-values.js";
import {
  defaultDiskGb,
  diskUsdPerHour,
  isUsual,
  namesOf,
  smallestDiskGb,
  toGpu,
  toOffer,
  toPlace,
  usdOfBid,
  usualFilters,
} from "./vast-catalogue.js";

export interface VastTypes {
  client: VastClient;
  /** `env` is added to the common one; docker options are keys of it, such as `"-p 8080:8080": "1"`. The bid comes with the offer. */
  createOptions: Partial<
    Omit<CreateInstanceRequest, "image" | "disk" | "label" | "onstart" | "price" | "cancel_unavail" | "target_state">
  >;
  needs: never;
  lacks: never;
  actions: "start" | "stop" | "restart";
}

/** Options of the Vast.ai provider. */
export type VastOptions = ProviderOptions<VastClient>;

const statuses = {
  created: "pending",
  loading: "starting",
  scheduling: "starting",
  running: "running",
  stopped: "stopped",
  frozen: "stopped",
  // It does not run again by itself.
  exited: "failed",
  rebooting: "updating",
  restarting: "updating",
  recycling: "updating",
  unknown: "unknown",
  offline: "unknown",
  destroyed: "terminated",
  terminated: "terminated",
} satisfies Record<KnownInstanceStatus, InstanceStatus>;

/** Messages of the host when an image cannot be pulled or a container cannot start. */
const bootFailure =
  /OCI runtime create failed|Error response from daemon|manifest unknown|pull access denied|unauthorized|no space left/i;
/** The tag selects an image for the machine's CUDA version. */
const defaultImage = "vastai/base-image:@vastai-automatic-tag";
/** The vendor accepts 256 characters and advises fewer than 128. */
const longestLabel = 120;
const longestScript = 4_048;
/** A container is shown as `exited` until it is launched again. */
const relaunchMs = 10 * 60_000;
/** The vendor returns no more offers at once, as far as seen. */
const offersPerPage = 64;
const mostPages = 6;
const instancesPerPage = 25;

/** Vast.ai: containers on machines of independent hosts. Each offer is one machine, and vanishes when anyone rents it. */
export function vast(options: VastOptions = {}): Provider<"vast", VastTypes> {
  return { id: "vast", connect: (defaults) => connectVast(connectClient(options, defaults, createVastClient)) };
}

function connectVast(client: VastClient): ConnectedProvider<"vast", VastTypes> {
  const launched = launches();
  /** Instances that this client has stopped. */
  const stopped = new Set<string>();
  // The vendor accepts a create every 4.5 s, a delete every 3 s, a read every 2 s, and a page of the list or a change every second, for
  // the whole account: https://docs.vast.ai/api-reference/rate-limits-and-errors
  const turn = { create: turns(5_000), delete: turns(3_200), read: turns(2_200), page: turns(1_200), change: turns(1_200) };

  async function read(id: string, context: CallContext): Promise<VastInstance | undefined> {
    if (!isId(id)) return undefined;
    await turn.read(context);
    const { signal } = context;
    const response = await unlessNotFound(() => client.getInstance({ path: { id }, signal }));
    if (response === undefined) return undefined;
    const { instances } = requireObject("vast", "get", response);
    // Unknown and destroyed ones are null; an empty list or object was reported too.
    if (instances === null || isEmpty(instances)) return undefined;
    return requireObject("vast", "get", instances);
  }

  async function readExisting(id: string, operation: string, context: CallContext): Promise<VastInstance> {
    const instance = await read(id, context);
    if (!instance) throw preflightError("vast", operation, "not_found", `there is no vast:${id}`);
    return instance;
  }

  async function* listedPages(query: object, context: CallContext) {
    const { signal, onHeaders } = context;
    await turn.page(context);
    for await (const page of client.listInstances.pages({ query, signal, onHeaders })) {
      yield page;
      if (page.next_token) await turn.page(context);
    }
  }

  function shown(operation: string, instance: VastInstance, { clock }: CallContext): FoundInstance<"vast"> {
    const id = String(instance?.id);
    return toInstance(client, operation, instance, launched.isRecent(id, clock), stopped.has(id));
  }

  async function change(id: string, body: UpdateInstanceRequest, context: CallContext): Promise<void> {
    await turn.change(context);
    await client.updateInstance({ path: { id }, body, signal: context.signal });
  }

  return {
    id: "vast",
    client,
    guarantee: "name",
    showsPrice: true,
    // New instances were seen to be missing from the list at first; for how long was not measured.
    settleMs: 60_000,
    needs: [],
    lacks: [],
    marketOf: (offer) => readOffer(offer).market,

    async balance({ signal }) {
      const user = requireObject("vast", "balances", await client.getCurrentUser({ signal }));
      const parts = [toNumber(user.balance), toNumber(user.credit)];
      const sum = (parts[0] ?? 0) + (parts[1] ?? 0);
      return requireBalance("vast", parts.every((part) => part === null) ? undefined : sum, 1);
    },

    async listOffers(context, wanted = {}) {
      const observedAt = isoOf(context.clock.now());
      if (wanted.offer !== undefined) return readOneOffer(client, wanted.offer, observedAt, context);
      const markets: Market[] = wanted.market ? [wanted.market] : ["on_demand", "spot"];
      const found: Offer<"vast">[] = [];
      for (const market of markets) {
        for (const ask of await search(client, market, wanted, context)) {
          const offer = isUsual(ask) ? toOffer(ask, market, observedAt, undefined) : undefined;
          if (offer) found.push(offer);
        }
      }
      return found;
    },

    async prepareCreate(request, context) {
      const { ask, market } = readOffer(request.offer);
      const body = toCreateBody(request);
      const extraUsdPerHour = await priceOfExtras(client, request, ask, market, context);
      await turn.create(context);
      return {
        extraUsdPerHour,
        async send({ signal }) {
          try {
            const response = await client.createInstance({ path: { id: ask }, body, signal });
            return { id: requireId("vast", "create", response?.new_contract, "committed") };
          } catch (error) {
            const made = madeByRefusal(error);
            if (made === undefined) throw error;
            return made;
          }
        },
      };
    },

    async get(id, context) {
      const instance = await read(id, context);
      return instance && shown("get", instance, context);
    },

    list(context) {
      const query = { limit: instancesPerPage, order_by: '[{"col":"id","dir":"asc"}]' };
      return listPages(
        "vast",
        context.clock,
        () => listedPages(query, context),
        ({ instances }) => requireList("vast", "list", instances ?? []).map((one) => shown("list", one, context)),
        true,
      );
    },

    async delete(id, context) {
      if (!isId(id)) throw preflightError("vast", "delete", "not_found", `"${id}" is not the id of an instance`);
      await turn.delete(context);
      await client.deleteInstance({ path: { id }, signal: context.signal });
    },

    async access(id, context) {
      return toAccess(await readExisting(id, "access", context));
    },

    async remark(id, mark, _, context) {
      const { label } = await readExisting(id, "extend", context);
      const { name } = splitMarkedName(toText(label) ?? "");
      await change(id, { label: markedName(name ?? "", mark, longestLabel) }, context);
    },

    actions: {
      async start(id, context) {
        const { clock } = context;
        launched.note(id, clock);
        stopped.delete(id);
        try {
          await change(id, { state: "running" }, context);
        } catch (error) {
          if (!isQueuedStart(error)) throw error;
          // Also after an abort.
          await cancelStart(id, error, () => {
            stopped.add(id);
            return change(id, { state: "stopped" }, { clock });
          });
        }
      },
      async stop(id, context) {
        stopped.add(id);
        await change(id, { state: "stopped" }, context);
      },
      async restart(id, { signal, clock }) {
        launched.note(id, clock);
        await client.restartInstance({ path: { id }, signal });
      },
    },
  };
}

function isId(text: string): boolean {
  return /^\d+$/.test(text);
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

/** When instances were started or restarted by this client. */
function launches() {
  let time: Timekeeper | undefined;
  const at = new Map<string, number>();
  const now = (clock: CallContext["clock"]) => {
    time ??= new Timekeeper(clock);
    return time.now();
  };
  return {
    note: (id: string, clock: CallContext["clock"]) => void at.set(id, now(clock)),
    isRecent: (id: string, clock: CallContext["clock"]) => now(clock) - (at.get(id) ?? Number.NEGATIVE_INFINITY) < relaunchMs,
  };
}

/** An offer's id: `ASK` on demand, `ASK/bid/MICROS` for a bid. Without its price, a bid would be rented on demand. */
function readOffer(offer: string): { ask: string; market: Market; bidMicros: number | undefined } {
  const [ask, kind, price, ...more] = splitOfferPath(offer);
  const isAsk = ask !== undefined && isId(ask) && more.length === 0;
  if (isAsk && kind === undefined) return { ask, market: "on_demand", bidMicros: undefined };
  if (isAsk && kind === "bid" && /^[1-9]\d*$/.test(price ?? "")) return { ask, market: "spot", bidMicros: Number(price) };
  const form = "vast:ASK, or vast:ASK/bid/MICROS with a bid in millionths of a US dollar per hour";
  const reason = isAsk && kind === "bid" ? "has no bid, and would be rented on demand" : undefined;
  throw invalidOffer("vast", offer, form, reason);
}

/** The asks of one market, cheapest first. The vendor has no cursor, so each page begins at the last price of the one before. */
async function search(client: VastClient, market: Market, wanted: WantedOffers, context: CallContext): Promise<VastOffer[]> {
  const names = wanted.isGpu ? namesOf(wanted.isGpu) : [];
  const filters: SearchOffersRequest = {
    ...usualFilters,
    ...(names.length > 0 && { gpu_name: { in: names } }),
    ...(wanted.gpuCount !== undefined && { num_gpus: { eq: wanted.gpuCount } }),
    type: market === "spot" ? "bid" : "ondemand",
    allocated_storage: defaultDiskGb,
    order: [["dph_total", "asc"]],
    limit: offersPerPage,
  };
  const found = new Map<number, VastOffer>();
  let from: number | null = null;
  for (let page = 0; page < mostPages; page += 1) {
    const more: SearchOffersRequest = from === null ? {} : { dph_total: { gte: from } };
    const asks = await readAsks(client, { ...filters, ...more }, context);
    const before = found.size;
    for (const ask of asks) found.set(ask.id, ask);
    from = toNumber(asks.at(-1)?.dph_total);
    if (asks.length < offersPerPage) return [...found.values()];
    if (found.size === before || from === null) break;
  }
  if (from === null || from <= (wanted.maxUsdPerHour ?? Number.POSITIVE_INFINITY)) {
    const reason = `only the ${found.size} cheapest asks of ${filters.type} were read; narrow the search by gpu, gpuCount or maxUsdPerHour`;
    context.onUnread?.(preflightError("vast", "offers", "unsupported", reason));
  }
  return [...found.values()];
}

async function readAsks(client: VastClient, body: SearchOffersRequest, { signal }: CallContext): Promise<VastOffer[]> {
  const response = await client.searchOffers({ body, signal });
  return objectsIn(requireList("vast", "offers", response?.offers));
}

async function readAsk(client: VastClient, ask: string, market: Market, context: CallContext): Promise<VastOffer | undefined> {
  const type = market === "spot" ? "bid" : "ondemand";
  // A filter on `id` matches nothing.
  const body = { ask_contract_id: { eq: Number(ask) }, type, allocated_storage: smallestDiskGb };
  return (await readAsks(client, body, context)).find(({ id }) => String(id) === ask);
}

/** One offer as it is now, with the bid of its id. */
async function readOneOffer(
  client: VastClient,
  offer: string,
  observedAt: string,
  context: CallContext,
): Promise<Offer<"vast">[]> {
  const { ask, market, bidMicros } = readOffer(offer);
  const found = await readAsk(client, ask, market, context);
  const current = found && toOffer(found, market, observedAt, bidMicros);
  return current ? [current] : [];
}

/** What another disk than the default one adds to the price, in US dollars per hour; null when it is unknown. */
async function priceOfExtras(
  client: VastClient,
  request: ProviderCreateRequest,
  ask: string,
  market: Market,
  context: CallContext,
): Promise<number | null> {
  const { volume_info } = request.options as VastTypes["createOptions"];
  if (volume_info?.create_new) return null;
  const { diskGb = defaultDiskGb } = request;
  if (diskGb === defaultDiskGb) return 0;
  const found = await readAsk(client, ask, market, context);
  if (!found) throw preflightError("vast", "create", "offer_gone", `vast:${request.offer} is no longer offered`);
  return diskUsdPerHour(diskGb - defaultDiskGb, found.storage_cost);
}

function toCreateBody(request: ProviderCreateRequest): CreateInstanceRequest {
  const { image, diskGb = defaultDiskGb, name, mark, sshPublicKey } = request;
  // A price, which the type leaves out, would turn an offer on demand into a bid.
  const { env, price: _, ...options } = request.options as VastTypes["createOptions"] & { price?: unknown };
  const { bidMicros } = readOffer(request.offer);
  if (diskGb < smallestDiskGb) throw invalid(`diskGb must be at least ${smallestDiskGb}`);
  if ((sshPublicKey ?? request.startupScript) !== undefined && options.runtype === "args") {
    throw invalid("sshPublicKey and startupScript need a runtype with SSH; with `args` a script replaces the image's entrypoint");
  }
  const hasTemplate = options.template_hash_id != null || options.template_id != null;
  const onstart = scriptOf(request);
  if (onstart.length > longestScript) throw invalid(`startupScript with the key is longer than ${longestScript} characters`);
  const variables = { ...env, ...request.env };
  return {
    runtype: "ssh_direct",
    ...options,
    ...(image !== undefined ? { image } : !hasTemplate && { image: defaultImage }),
    disk: diskGb,
    label: markedName(name, mark, longestLabel),
    ...(Object.keys(variables).length > 0 && { env: variables }),
    ...(onstart !== "" && { onstart }),
    ...(bidMicros !== undefined && { price: usdOfBid(bidMicros) }),
    // Otherwise a request that cannot be served leaves a stopped instance, which bills its disk.
    cancel_unavail: true,
    target_state: "running",
  };
}

/**
 * The start script, with the SSH key in front: in the request itself, so that the instance has the key also when the response is lost.
 * https://docs.vast.ai/api-reference/creating-instances-with-api
 */
function scriptOf({ sshPublicKey, startupScript = "" }: ProviderCreateRequest): string {
  if (sshPublicKey === undefined) return startupScript;
  const key = requireSshPublicKey("vast", sshPublicKey);
  const file = "/root/.ssh/authorized_keys";
  const install = `mkdir -p /root/.ssh; grep -qsF '${key.blob}' ${file} || echo '${key.type} ${key.blob}' >> ${file}`;
  return startupScript === "" ? install : `${install}\n${startupScript}`;
}

function invalid(reason: string) {
  return preflightError("vast", "create", "invalid_request", reason);
}

/** The stopped instance that a refused create has left, with the refusal. */
function madeByRefusal(error: unknown): { id: string; refusal: GpuError } | undefined {
  if (!GpuError.isInstance(error) || error.sideEffect !== "committed") return undefined;
  const { new_contract: id } = { ...(error.body as { new_contract?: unknown } | undefined) };
  if (!Number.isSafeInteger(id) && toText(id) === null) return undefined;
  const isGeneral = error.code === "conflict" || error.code === "invalid_request";
  const message = `vast create: refused, with an instance left stopped: ${reasonOf(error)}`;
  return { id: String(id), refusal: withChanges(error, { message, ...(isGeneral && { code: "no_capacity" }) }) };
}

/** The vendor's reason, without what the client advises: the outcome is settled here. */
function reasonOf({ vendorCode, vendorMessage, code }: GpuError): string {
  return [vendorCode ?? code, vendorMessage ?? []].flat().join(": ");
}

/** Whether the vendor will start the instance, and bill it, once its GPUs are free. */
function isQueuedStart(error: unknown): error is GpuError {
  return GpuError.isInstance(error) && error.code === "no_capacity" && error.sideEffect === "committed";
}

/** Cancels a start that would follow, and cost money, at any later time. */
async function cancelStart(id: string, error: GpuError, stop: () => Promise<void>): Promise<never> {
  const reason = `vast start: ${reasonOf(error)}`;
  try {
    await stop();
  } catch (cause) {
    const message = sentences(reason, `The start is queued and could not be cancelled: stop or delete vast:${id}.`);
    throw withChanges(error, { message, cause });
  }
  throw withChanges(error, { sideEffect: "none", message: sentences(reason, "The queued start was cancelled.") });
}

/** Directly, or else through the vendor's proxy. */
function toAccess({ public_ipaddr, ports, ssh_host, ssh_port }: VastInstance): Access | undefined {
  const hostOf = (host: unknown) => toText(host)?.trim() ?? null;
  return (
    accessByKey("root", hostOf(public_ipaddr), toSize(ports?.["22/tcp"]?.[0]?.HostPort)) ??
    accessByKey("root", hostOf(ssh_host), toSize(ssh_port))
  );
}

function toPorts({ public_ipaddr, ports }: VastInstance): InstancePort[] {
  const host = toText(public_ipaddr)?.trim();
  return Object.entries(ports ?? {}).flatMap(([name, mapped]) => {
    const [, port, protocol = ""] = /^(\d+)\/(tcp|udp)$/.exec(name) ?? [];
    if (port === undefined) return [];
    const outside = toText(objectsIn(mapped)[0]?.HostPort);
    return [{ port: Number(port), protocol, endpoint: host && outside ? `${host}:${outside}` : null }];
  });
}

/** `isLaunching`: it was started a moment ago, so that `exited` is not its end. */
function readStatus(instance: VastInstance, isLaunching: boolean): InstanceStatus {
  const { cur_state, intended_status, status_msg } = instance;
  const actual = toText(instance.actual_status);
  const status = actual === null ? "pending" : statusOf(statuses, actual);
  const isMeantToRun = intended_status === "running";
  if (status === "terminated") return status;
  if (cur_state === "stopped") {
    // Queued: it starts, and bills, when its GPUs are free.
    if (isMeantToRun) return "pending";
    return status === "running" ? "stopping" : "stopped";
  }
  if (status === "running" && intended_status === "stopped") return "stopping";
  if (actual === "exited") return intended_status === "stopped" ? "stopped" : isLaunching ? "starting" : status;
  const isBooting = status === "pending" || status === "starting";
  return isBooting && bootFailure.test(toText(status_msg) ?? "") ? "failed" : status;
}

/** What is billed in each state: https://github.com/vast-ai/vast-cli. Whether an ended container bills its GPUs is not known. */
function billingOf({ actual_status, cur_state }: VastInstance, status: InstanceStatus): Billing {
  if (status === "terminated" || actual_status === "offline") return "none";
  if (cur_state === "stopped" && status !== "stopping") return "storage";
  if (actual_status === "frozen") return "compute";
  if (status === "unknown") return "unknown";
  if (actual_status === "exited" && status !== "stopped") return "compute";
  return ["pending", "starting", "stopped"].includes(status) ? "storage" : "compute";
}

/** A bid that others outbid is stopped; so is one that anybody has stopped. */
function isOutbid({ is_bid, intended_status, cur_state }: VastInstance, status: InstanceStatus): boolean {
  return is_bid === true && status === "stopped" && intended_status === "stopped" && cur_state === "stopped";
}

function toInstance(
  client: VastClient,
  operation: string,
  instance: VastInstance,
  isLaunching: boolean,
  isOurStop: boolean,
): FoundInstance<"vast"> {
  const id = requireId("vast", operation, instance?.id);
  const { name, mark } = splitMarkedName(toText(instance.label));
  const status = readStatus(instance, isLaunching);
  const gpuName = toText(instance.gpu_name);
  const gpuCount = toSize(instance.num_gpus);
  const access = toAccess(instance);
  const message = toText(instance.status_msg);
  const isTaken = !isOurStop && isOutbid(instance, status);
  return {
    mark,
    instance: {
      ...bareInstance("vast", id),
      name,
      status,
      rawStatus: toText(instance.actual_status),
      ready: status === "running" && access !== undefined,
      billing: billingOf(instance, status),
      gpu: gpuName === null ? null : toGpu(gpuName, instance.gpu_ram, gpuCount),
      gpuCount,
      market: typeof instance.is_bid === "boolean" ? (instance.is_bid ? "spot" : "on_demand") : "unknown",
      usdPerHour: toUsd(instance.dph_total, 1),
      region: toPlace(instance.geolocation).region,
      address: access?.host ?? null,
      ports: toPorts(instance),
      createdAt: toTimeOfUnix(instance.start_date),
      error: isTaken
        ? "preempted: outbid, or stopped by another client"
        : status === "failed"
          ? message && redactText(client, instance, message)
          : null,
    },
  };
}
