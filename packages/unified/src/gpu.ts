import { type ClientOptions, systemClock } from "@gpu/core";
import { act, getInstance, instanceAccess, type ListOptions, type ListResult, listInstances } from "./actions.js";
import { callback, checkFields, hasFunctions, isFilled, isObject, isOptional, type Rules, signalOf, text } from "./arguments.js";
import { type BalanceOptions, type BalancesResult, readBalances } from "./balances.js";
import { type GpuContext, target } from "./context.js";
import { createInstance } from "./create/create.js";
import { type DeleteOptions, type DeleteOutcome, deleteInstance } from "./delete.js";
import { inspectKey, preflightError } from "./errors.js";
import { type GpuEvent, notify } from "./events.js";
import { type ExtendOptions, extendInstance } from "./extend.js";
import type { CreateHandle } from "./handle.js";
import { newIdempotencyKey } from "./idempotency-key.js";
import type { Access, Instance, InstanceOf, InstanceRef } from "./instance.js";
import { type IntentStore, type ReconciledIntent, reconcileAll } from "./intents.js";
import { type LaunchRequest, type LaunchResult, launch } from "./launch.js";
import { type Lease, lease } from "./lease.js";
import { checkLimitOptions, type GpuLimits, limitRules } from "./limits.js";
import { ownerDigest } from "./mark.js";
import { Memory } from "./memory.js";
import { type AskOptions, findOffers, type OfferFilter, type OffersResult } from "./offers.js";
import type { ConnectedProvider, InstanceAction, Provider } from "./provider.js";
import { type ReconcileOutcome, reconcile } from "./reconcile.js";
import type { AnyCreateRequest, CreateRequest, OfferArgument, ProviderIdOf, TypesOf, Unsupported } from "./request.js";
import { serialQueue } from "./serial.js";
import { type SweepOptions, type SweepResult, sweep } from "./sweep.js";
import { Timekeeper } from "./time.js";
import { type WaitOptions, waitUntilReady } from "./wait.js";

/** What `createGpu` takes. */
export interface GpuOptions<P extends Provider = Provider> {
  readonly providers: readonly P[];
  /** Whose instances these are: part of the mark on every instance that is created. Default: no name. */
  readonly owner?: string | undefined;
  /** Options of every provider's client that do not give their own. Its `clock` is this API's too. */
  readonly defaults?: ClientOptions | undefined;
  /** Limits for all instances of this owner, checked before each create. Experimental. */
  readonly limits?: GpuLimits | undefined;
  /** Where handles are kept from before a paid call until its outcome is known, for `reconcileAll` after a crash. Experimental. */
  readonly intents?: IntentStore | undefined;
  /** Called with the events of calls. Its errors and rejections are ignored. */
  readonly onEvent?: ((event: GpuEvent) => void) | undefined;
}

/** The ids of the providers that support an action. */
type ProvidersWith<P extends Provider, Action extends InstanceAction> =
  P extends Provider<infer Id, infer Types> ? (Action extends Types["actions"] ? Id : never) : never;

type Named<Id extends string> = Instance<Id> | InstanceRef<Id>;

/** An instance whose provider supports an action; otherwise a type whose name is the compiler's message. */
type NamedWith<P extends Provider, Id extends string, Action extends InstanceAction> = [
  Exclude<Id, ProvidersWith<P, Action>>,
] extends [never]
  ? Named<Id>
  : Unsupported<`${Exclude<Id, ProvidersWith<P, Action>>} does not support ${Action}`>;

interface Signalled {
  signal?: AbortSignal | undefined;
}

/** One API over GPU clouds. Without parameters, the type that helpers take. */
export interface Gpu<P extends Provider = Provider> {
  /** The providers by id; `client` is the vendor's own client. */
  readonly providers: { readonly [Id in P["id"]]: ConnectedProvider<Id, TypesOf<P, Id>> };
  /** Lists what can be rented, cheapest first. A provider that failed is in `failures`. */
  offers<Id extends P["id"] = P["id"]>(filter?: OfferFilter<Id> & AskOptions): Promise<OffersResult<Id>>;
  /** Creates an instance from the cheapest offer that succeeds. Never tries another offer while an earlier create may have succeeded. */
  launch<Id extends P["id"] = P["id"]>(request: LaunchRequest<P, Id>): Promise<LaunchResult<InstanceOf<Id>>>;
  /** Launches an instance that the end of its scope deletes: `await using lease = await gpu.lease(…)`. Experimental. */
  lease<Id extends P["id"] = P["id"]>(request: LaunchRequest<P, Id>): Promise<Lease<InstanceOf<Id>>>;
  /** Creates one instance: created, certainly not created, or `create_ambiguous` with a `handle`. */
  create<const O extends OfferArgument<P>>(request: CreateRequest<P, O>): Promise<InstanceOf<ProviderIdOf<O>>>;
  /** The balance of each account, where the vendor reports it. Experimental. */
  balances<Id extends P["id"] = P["id"]>(options?: BalanceOptions<Id>): Promise<BalancesResult<Id>>;
  /** Finds out what became of a create whose response was lost. Rents nothing. */
  reconcile(handle: CreateHandle, options?: Signalled): Promise<ReconcileOutcome<InstanceOf<P["id"]>>>;
  /** Finds out what became of the creates whose handles are left in `intents`, and clears those that are known then. Experimental. */
  reconcileAll(options?: Signalled): Promise<ReconciledIntent[]>;
  /** Waits until the instance runs and its address is known. */
  waitUntilReady<Id extends P["id"]>(instance: Named<Id>, options?: WaitOptions): Promise<InstanceOf<Id>>;
  /** How to log in by SSH. */
  access(instance: Named<P["id"]>, options?: Signalled): Promise<Access>;
  get<Id extends P["id"]>(instance: Named<Id>, options?: Signalled): Promise<InstanceOf<Id>>;
  list<Id extends P["id"] = P["id"]>(options?: ListOptions<Id>): Promise<ListResult<InstanceOf<Id>>>;
  /** Deletes an instance, and returns what it could verify. An instance that is already gone is `deleted` if this `Gpu` has seen it before, and `not_found` otherwise. */
  delete(instance: Named<P["id"]>, options?: DeleteOptions): Promise<DeleteOutcome>;
  /** Moves the expiry of an instance to `ttlMs` from now; `unsupported` where the vendor cannot change it. Experimental. */
  extend<Id extends P["id"]>(instance: Named<Id>, options: ExtendOptions): Promise<InstanceOf<Id>>;
  /** Deletes the owner's expired instances, verifies the deletions, and reports why it keeps each other instance. Safe to run every few minutes, from several places. Experimental. */
  sweep(options?: SweepOptions<P["id"]>): Promise<SweepResult<InstanceOf<P["id"]>>>;
  start<Id extends P["id"]>(instance: NamedWith<P, Id, "start">, options?: Signalled): Promise<void>;
  stop<Id extends P["id"]>(instance: NamedWith<P, Id, "stop">, options?: Signalled): Promise<void>;
  restart<Id extends P["id"]>(instance: NamedWith<P, Id, "restart">, options?: Signalled): Promise<void>;
  /** Checks a `ref` that was stored as text. Throws `invalid_request` for any other text, `configuration` when its provider is not one of this `Gpu`. */
  parseRef(text: string): InstanceRef<P["id"]>;
  /** A key for one create, to be stored before the call. A UUIDv7, which contains the time it was made. */
  newIdempotencyKey(): string;
}

const isProvider = (value: unknown) => hasFunctions(value, "connect") && "id" in value && isFilled(value.id);

const optionRules = {
  providers: [
    (value) => Array.isArray(value) && value.length > 0 && value.every(isProvider),
    "a list of at least one provider, such as shadeform()",
  ],
  owner: text,
  defaults: [
    (value) =>
      isObject(value) && (!("clock" in value) || isOptional(value.clock, (clock) => hasFunctions(clock, "now", "sleep"))),
    "an object with options of clients, its clock an object with now and sleep",
  ],
  limits: limitRules,
  intents: [(value) => hasFunctions(value, "write", "clear", "list"), "an object with write, clear and list"],
  onEvent: callback,
} satisfies Rules<GpuOptions>;

/** Composes providers into one API. Nothing is sent, and no key is read, before the first call. */
export function createGpu<const P extends Provider>(options: GpuOptions<P>): Gpu<P> {
  checkFields("createGpu", options, optionRules, ["providers"], "configuration");
  const { owner = "", defaults = {}, limits, intents, onEvent } = options;
  checkLimitOptions(limits);
  const providers = new Map<string, ConnectedProvider>();
  for (const provider of options.providers) {
    if (providers.has(provider.id)) {
      throw preflightError("gpu", "createGpu", "configuration", `the provider "${provider.id}" was given twice`);
    }
    providers.set(provider.id, provider.connect(defaults));
  }
  const clock = defaults.clock ?? systemClock;
  const time = new Timekeeper(clock);
  let digest: Promise<string> | undefined;
  const context: GpuContext = {
    providers,
    clock,
    time,
    memory: new Memory(time),
    owner,
    ownerDigest: () => {
      digest ??= ownerDigest(owner);
      return digest;
    },
    emit: (event) => notify(onEvent, event),
    unusedKeys: new Map(),
    creates: new Map(),
    limits,
    intents,
    spending: serialQueue(),
  };
  const perform = (action: InstanceAction) => async (instance: Named<string>, signalled?: Signalled) =>
    act(context, action, instance, signalOf(action, signalled));
  const gpu = {
    providers: Object.fromEntries(providers),
    offers: (filter?: OfferFilter & AskOptions) => findOffers(context, filter),
    launch: (request: LaunchRequest) => launch(context, request),
    lease: (request: LaunchRequest) => lease(context, request),
    create: (request: AnyCreateRequest) => createInstance(context, request),
    balances: (balanceOptions?: BalanceOptions) => readBalances(context, balanceOptions),
    reconcileAll: async (signalled?: Signalled) => reconcileAll(context, signalOf("reconcileAll", signalled)),
    reconcile: async (handle: CreateHandle, signalled?: Signalled) =>
      reconcile(context, handle, signalOf("reconcile", signalled)),
    waitUntilReady: (instance: Named<string>, waitOptions?: WaitOptions) => waitUntilReady(context, instance, waitOptions),
    access: async (instance: Named<string>, signalled?: Signalled) =>
      instanceAccess(context, instance, signalOf("access", signalled)),
    get: async (instance: Named<string>, signalled?: Signalled) => getInstance(context, instance, signalOf("get", signalled)),
    list: (listOptions?: ListOptions) => listInstances(context, listOptions),
    delete: (instance: Named<string>, deleteOptions?: DeleteOptions) => deleteInstance(context, instance, deleteOptions),
    extend: (instance: Named<string>, extendOptions: ExtendOptions) => extendInstance(context, instance, extendOptions),
    sweep: (sweepOptions?: SweepOptions) => sweep(context, sweepOptions),
    start: perform("start"),
    stop: perform("stop"),
    restart: perform("restart"),
    parseRef: (text: string) => target(context, text, "parseRef").ref,
    newIdempotencyKey: () => {
      const key = newIdempotencyKey(time.instant());
      context.unusedKeys.set(key, time.now());
      return key;
    },
  } satisfies Record<keyof Gpu, unknown>;
  Object.defineProperty(gpu, inspectKey, { value: () => `Gpu of ${[...providers.keys()].join(", ")}` });
  // From here on the code knows providers only by name; the type has the names and what each supports.
  return gpu as unknown as Gpu<P>;
}
