import "./immediate-digest.js";
import type { Clock } from "@gpu/core";
import { createVirtualClock, type VirtualClock } from "@gpu/simulator";
import {
  createGpu,
  GpuError,
  type GpuErrorCode,
  type GpuEvent,
  type GpuOptions,
  type SideEffect,
  type UnifiedGpuError,
} from "../src/index.js";
import type { Access, Instance, InstanceStatus } from "../src/instance.js";
import type { Offer } from "../src/offer.js";
import type {
  CallContext,
  CommonField,
  ConnectedProvider,
  FoundInstance,
  Guarantee,
  InstanceAction,
  Provider,
  ProviderCreateRequest,
} from "../src/provider.js";

export type FakeOperation =
  | "listOffers"
  | "prepareCreate"
  | "create"
  | "get"
  | "list"
  | "delete"
  | "access"
  | "remark"
  | InstanceAction;

/** Replaces an operation of the fake. Calling `work` performs the operation. */
export type Fault = (work: () => Promise<unknown>, context: CallContext) => Promise<unknown>;

/** A machine of the fake vendor. Tests may change it. */
export interface Machine {
  readonly id: string;
  mark: string | undefined;
  readonly name: string | undefined;
  readonly createdAt: number;
  bootMs: number;
  /** Overrides the status derived from the machine's age. */
  status: InstanceStatus | undefined;
  gpu: Instance["gpu"];
  gpuCount: number | null;
  market: Instance["market"];
  usdPerHour: number | null;
  error: string | null;
  /** When the vendor ends the machine itself, if it reports that. */
  endsAt: string | null;
  isSubscription: boolean;
  deletedAt: number | undefined;
}

export interface FakeOptions<Id extends string = string> {
  id?: Id;
  guarantee?: Guarantee;
  settleMs?: number;
  keyWindowMs?: number;
  needs?: readonly CommonField[];
  lacks?: readonly CommonField[];
  /** Whether instances show their marks. Default: true, unless the guarantee is `key`. */
  showsMarks?: boolean;
  /** Whether instances show when they were created. Default: true. */
  showsAge?: boolean;
  /** How long a new machine is missing from `get` and `list`. */
  lagMs?: number;
  bootMs?: number;
  /** How long a deleted machine is still shown, as terminating. */
  deletingMs?: number;
  offers?: readonly OfferFields[];
  /** Offset of a list's `Date` header from the virtual clock; null for no header. Default: 0. */
  dateOffMs?: number | null;
  /** Whether the vendor reuses the ids of deleted instances. */
  recyclesIds?: boolean;
  /** Whether marks can be changed. */
  remarks?: boolean;
  /** What each create costs in addition to its offer. */
  extraUsdPerHour?: number | null;
  clock?: VirtualClock;
}

export interface FakeTypes {
  client: { name: string };
  createOptions: { zone?: string };
  needs: never;
  lacks: never;
  actions: InstanceAction;
}

/** Of an offer, `id` is the part after the provider. */
export type OfferFields = Partial<Omit<Offer, "id">> & { readonly id?: string };

/** Virtual 2026-01-01T00:00:00Z. */
export const startOfTime = Date.UTC(2026, 0, 1);

export function makeOffer<Id extends string>(provider: Id, fields: OfferFields = {}): Offer<Id> {
  const { usdPerHour = 2, gpuCount = 1 } = fields;
  return {
    upstreamCloud: null,
    gpu: { model: "H100", vendor: "nvidia", vramGb: 80, formFactor: "sxm", rawName: "H100", known: true },
    gpuCount,
    usdPerHour,
    usdPerGpuHour: usdPerHour === null ? null : usdPerHour / gpuCount,
    market: "on_demand",
    availability: "available",
    region: null,
    cpuCores: 8,
    memoryGb: 64,
    diskGb: { included: 100, min: null, max: null },
    kind: "vm",
    bootSeconds: { min: null, max: null },
    observedAt: new Date(startOfTime).toISOString(),
    ...fields,
    provider,
    id: `${provider}:${fields.id ?? "h100"}`,
  };
}

/** An in-memory vendor with a virtual clock and faults injected by the test. */
export function fakeCloud<Id extends string = "fake">(options: FakeOptions<Id> = {}) {
  const id = options.id ?? ("fake" as Id);
  const { guarantee = "name", settleMs = 30_000, lagMs = 0, bootMs = 60_000, deletingMs = 0, showsAge = true } = options;
  const showsMarks = options.showsMarks ?? guarantee !== "key";
  // Digests run on another thread, which can be slow on a busy machine. Virtual time must not advance meanwhile.
  const clock = options.clock ?? createVirtualClock({ quietMs: 4 });
  const machines: Machine[] = [];
  const calls: FakeOperation[] = [];
  const requests: ProviderCreateRequest[] = [];
  const faults = new Map<FakeOperation, Fault[]>();
  const createdUnderKey = new Map<string, { at: number; id: string }>();
  let offers = (options.offers ?? [{}]).map((offer) => makeOffer(id, offer));

  async function run<T>(operation: FakeOperation, context: CallContext, work: () => Promise<T>): Promise<T> {
    calls.push(operation);
    if (context.signal?.aborted) throw failure("aborted", "none");
    const fault = faults.get(operation)?.shift();
    return fault ? ((await fault(work, context)) as T) : work();
  }

  const isShown = ({ createdAt, deletedAt }: Machine) =>
    clock.now() >= createdAt + lagMs && (deletedAt === undefined || clock.now() < deletedAt + deletingMs);
  const isThere = ({ deletedAt }: Machine) => deletedAt === undefined;

  function rent(request: ProviderCreateRequest): Machine {
    const rented = offers.find((offer) => offer.id === `${id}:${request.offer}`);
    const machine: Machine = {
      id: `i${machines.length + 1}`,
      mark: showsMarks ? request.mark : undefined,
      name: request.name,
      createdAt: clock.now(),
      bootMs,
      status: undefined,
      gpu: rented?.gpu ?? null,
      gpuCount: rented?.gpuCount ?? null,
      market: rented?.market ?? "unknown",
      usdPerHour: rented?.usdPerHour ?? null,
      error: null,
      endsAt: null,
      isSubscription: false,
      deletedAt: undefined,
    };
    machines.push(machine);
    return machine;
  }

  function show(machine: Machine): FoundInstance<Id> {
    const booted = clock.now() >= machine.createdAt + machine.bootMs;
    const status = machine.deletedAt !== undefined ? "terminating" : (machine.status ?? (booted ? "running" : "starting"));
    const address = status === "running" ? "203.0.113.7" : null;
    const instance: FoundInstance<Id>["instance"] = {
      ref: `${id}:${machine.id}`,
      provider: id,
      id: machine.id,
      name: machine.name ?? null,
      status,
      rawStatus: status.toUpperCase(),
      ready: status === "running",
      billing: status === "running" ? "compute" : "unknown",
      gpu: machine.gpu,
      gpuCount: machine.gpuCount,
      market: machine.market,
      usdPerHour: machine.usdPerHour,
      region: null,
      address,
      ports: [],
      createdAt: showsAge ? new Date(machine.createdAt).toISOString() : null,
      error: machine.error,
    };
    const { endsAt, isSubscription } = machine;
    return { instance, mark: showsMarks ? machine.mark : "unknown", endsAt, isSubscription };
  }

  function find(instanceId: string): Machine {
    const found = machines.find((machine) => machine.id === instanceId && isShown(machine));
    if (!found) throw failure("not_found", "none");
    return found;
  }

  const act = (action: InstanceAction) => (instanceId: string, context: CallContext) =>
    run(action, context, async () => void find(instanceId));

  const connected: ConnectedProvider<Id, FakeTypes> = {
    id,
    client: { name: `client of ${id}` },
    guarantee,
    settleMs,
    ...(guarantee === "key" && { keyWindowMs: options.keyWindowMs ?? 9 * 60_000 }),
    ...(options.recyclesIds && { recyclesIds: true }),
    ...(options.remarks && {
      remark: (instanceId: string, mark: string, _expiresAt: string, context: CallContext) =>
        run("remark", context, async () => {
          find(instanceId).mark = mark;
        }),
    }),
    needs: options.needs ?? [],
    lacks: options.lacks ?? [],
    actions: { start: act("start"), stop: act("stop"), restart: act("restart") },
    listOffers: (context) =>
      run("listOffers", context, async () =>
        offers.map((offer) => ({ ...offer, observedAt: new Date(clock.now()).toISOString() })),
      ),
    prepareCreate: (request, context) =>
      run("prepareCreate", context, async () => ({
        ...(options.extraUsdPerHour !== undefined && { extraUsdPerHour: options.extraUsdPerHour }),
        send: (sendContext) =>
          run("create", sendContext, async () => {
            requests.push(request);
            const kept = guarantee === "key" ? createdUnderKey.get(request.idempotencyKey) : undefined;
            if (kept && clock.now() - kept.at < 600_000) return { id: kept.id };
            const machine = rent(request);
            createdUnderKey.set(request.idempotencyKey, { at: clock.now(), id: machine.id });
            return { id: machine.id };
          }),
      })),
    get: (instanceId, context) =>
      run("get", context, async () => {
        const found = machines.find((machine) => machine.id === instanceId && isShown(machine));
        return found && show(found);
      }),
    list: (context) =>
      run("list", context, async () => {
        const { dateOffMs = 0 } = options;
        const date = dateOffMs === null ? {} : { date: new Date(clock.now() + dateOffMs).toUTCString() };
        context.onHeaders?.(new Headers(date));
        return machines.filter(isShown).map(show);
      }),
    delete: (instanceId, context) =>
      run("delete", context, async () => {
        const found = find(instanceId);
        found.deletedAt ??= clock.now();
      }),
    access: (instanceId, context) =>
      run("access", context, async (): Promise<Access | undefined> => {
        const { address } = show(find(instanceId)).instance;
        return address === null ? undefined : { host: address, port: 22, user: "root", auth: { kind: "key" } };
      }),
  };
  const provider: Provider<Id, FakeTypes> = { id, connect: () => connected };

  return {
    provider,
    connected,
    clock,
    /** All machines ever rented, including deleted ones. */
    machines,
    /** Machines that are billed. */
    running: () => machines.filter(isThere),
    calls,
    count: (operation: FakeOperation) => calls.filter((call) => call === operation).length,
    /** The create requests that reached the vendor. */
    requests,
    rent,
    /** Queues faults for the next calls of an operation, in order. */
    next: (operation: FakeOperation, ...planned: Fault[]) =>
      void faults.set(operation, [...(faults.get(operation) ?? []), ...planned]),
    setOffers: (next: readonly OfferFields[]) => {
      offers = next.map((offer) => makeOffer(id, offer));
    },
    show,
  };
}

export type FakeCloud = ReturnType<typeof fakeCloud>;

/** A `Gpu` on fake clouds that share one clock, with the events that it emitted. */
export function gpuOn(
  clouds: readonly Pick<FakeCloud, "provider" | "clock">[],
  { clock = clouds[0]?.clock, ...options }: { clock?: Clock } & Pick<GpuOptions, "owner" | "limits" | "intents"> = {},
) {
  const events: GpuEvent[] = [];
  const gpu = createGpu({
    providers: clouds.map(({ provider }) => provider),
    defaults: { clock },
    onEvent: (event) => events.push(event),
    ...options,
  });
  return { gpu, events };
}

/** Waits until a create request reaches the cloud, because the virtual clock does not wait for digests. */
export async function untilSent(cloud: Pick<FakeCloud, "count">): Promise<void> {
  const before = cloud.count("create");
  while (cloud.count("create") === before) await new Promise((resolve) => setImmediate(resolve));
}

interface ErrorParts {
  status?: number;
  retryable?: boolean;
  retryAfterMs?: number;
}

function failure(code: GpuErrorCode, sideEffect: SideEffect, more: ErrorParts = {}): GpuError {
  return new GpuError({ code, vendor: "fake", message: `fake: ${code}`, sideEffect, ...more });
}

/** A clock with a given offset from the virtual clock, which `jump` changes. */
export function jumpingClock(clock: VirtualClock, offMs = 0) {
  let off = offMs;
  return {
    now: () => clock.now() + off,
    sleep: clock.sleep,
    jump: (ms: number) => {
      off += ms;
    },
  };
}

/** Throws an error without performing the operation. */
export const fails =
  (code: GpuErrorCode, sideEffect: SideEffect = "none", more: ErrorParts = {}): Fault =>
  async () => {
    throw failure(code, sideEffect, more);
  };

/** The call takes effect, and the response is lost. */
export const responseLost: Fault = async (work) => {
  await work();
  throw failure("network", "possible");
};

/** The call takes effect, and fails with something else. */
export const doneBut =
  (code: GpuErrorCode, sideEffect: SideEffect = "possible", more: { status?: number } = {}): Fault =>
  async (work) => {
    await work();
    throw failure(code, sideEffect, more);
  };

/** Fails immediately, and performs the operation later. */
export const doneLater =
  (clock: VirtualClock, ms: number, fault: Fault = fails("network", "possible")): Fault =>
  async (work, context) => {
    void clock.sleep(ms).then(work);
    return fault(work, context);
  };

/** A slow read that returns the state from when it began. */
export const slow =
  (clock: VirtualClock, ms: number): Fault =>
  async (work) => {
    const result = await work();
    await clock.sleep(ms);
    return result;
  };

/** A list that hides the mark of every instance. */
export const withoutMarks: Fault = async (work) =>
  ((await work()) as FoundInstance[]).map((found) => ({ ...found, mark: "unknown" }));

/** The same fault a number of times. */
export const times = (count: number, fault: Fault): Fault[] => Array.from({ length: count }, () => fault);

/** No response before the caller gives up. */
export const hangs: Fault = (_, { signal }) =>
  new Promise((_resolve, reject) => {
    const end = () => reject(failure("aborted", "possible"));
    if (signal?.aborted) end();
    signal?.addEventListener("abort", end);
  });

/** The call returns this value. */
export const returns =
  (value: unknown): Fault =>
  async () =>
    value;

/** The error that a call rejects with. */
export async function errorOf(call: Promise<unknown>): Promise<UnifiedGpuError> {
  const result = await call.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if (!("error" in result)) throw new Error(`expected a rejection, but the call returned ${JSON.stringify(result.value)}`);
  if (!GpuError.isInstance(result.error)) throw result.error;
  return result.error as UnifiedGpuError;
}

export const sshPublicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPZF0ivPXjdsYBKwMkfTmXB3rI1bzs8pdVnEGAcBg0TX ada@workstation";
