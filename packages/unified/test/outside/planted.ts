import { createGpu, type Gpu, GpuError, type Instance, type LaunchReport, type Offer, UnifiedGpuError } from "../../src/index.js";
import { toVendorRequest } from "./cloud.js";
import { refOf } from "./ledger.js";
import { instanceOf, type PromiseName } from "./promises.js";
import type { Call, End, Subject, World } from "./world.js";

/** A copy of the error with some fields replaced. */
function withFields(error: unknown, fields: Readonly<Record<string, unknown>>): unknown {
  if (typeof error !== "object" || error === null) return error;
  return new Proxy(error, {
    get: (target, name) => (typeof name === "string" && name in fields ? fields[name] : Reflect.get(target, name)),
  });
}

const failing = (code: string): End => ({
  kind: "error",
  error: new UnifiedGpuError({ message: "planted", code, vendor: "planted", sideEffect: "none" }),
});

/** Changes the result or the error of a call. */
const changing = (changeEnd: (end: End, call: Call, world: World) => End): Subject => ({ createGpu, changeEnd });

/** Replaces methods of the API under test. */
const wrapping = (changed: (gpu: Gpu) => Partial<Gpu>): Subject => ({
  createGpu: (options) => {
    const gpu = createGpu(options);
    const other: Partial<Record<string | symbol, unknown>> = changed(gpu);
    return new Proxy(gpu, {
      get: (target, name) => {
        const value: unknown = other[name] ?? Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  },
});

/** Changes the requests that are sent. */
const sending = (wrapFetch: NonNullable<Subject["wrapFetch"]>): Subject => ({ createGpu, wrapFetch });

const isCreate = (url: string, init: RequestInit): boolean => {
  const { method, path } = toVendorRequest(url, init);
  return (method === "POST" && /\/(instances|create|launch|pods)$/.test(path)) || (method === "PUT" && path.includes("/asks/"));
};

const isDelete = (url: string, init: RequestInit): boolean => {
  const { method, path } = toVendorRequest(url, init);
  return method === "DELETE" || /\/(delete|terminate)$/.test(path);
};

/** Sends every create request twice. */
const doubledCreates = sending((fetch) => async (url, init) => {
  if (isCreate(url, init)) fetch(url, init).catch(() => undefined);
  return await fetch(url, init);
});

const withInstance = (end: End, change: (instance: Instance) => Instance): End => {
  if (end.kind !== "value" || typeof end.value !== "object" || end.value === null) return end;
  const { value } = end;
  if ("instance" in value) return { kind: "value", value: { ...value, instance: change(value.instance as Instance) } };
  return "rawStatus" in value ? { kind: "value", value: change(value as Instance) } : end;
};

const withOutcome = (end: End, call: Call, operation: Call["operation"], outcomes: readonly string[], outcome: object): End => {
  if (call.operation !== operation || end.kind !== "value") return end;
  return outcomes.includes((end.value as { outcome: string }).outcome) ? { kind: "value", value: outcome } : end;
};

const withCodeChanged = (end: End, isMeant: (error: GpuError) => boolean, fields: Readonly<Record<string, unknown>>): End =>
  end.kind === "error" && GpuError.isInstance(end.error) && isMeant(end.error)
    ? { kind: "error", error: withFields(end.error, fields) }
    : end;

/** For each promise, a fault that breaks it. */
export const planted: Readonly<Record<PromiseName, Subject>> = {
  oneKeyMakesOneMachine: doubledCreates,
  aPaidRequestIsSentOnce: sending((fetch) => async (url, init) => {
    if (!isCreate(url, init)) return await fetch(url, init);
    const response = await fetch(url, init).catch(() => undefined);
    return response && response.status < 500 ? response : await fetch(url, init);
  }),
  noneMeansNothingWasMade: changing((end) =>
    withCodeChanged(end, ({ sideEffect }) => sideEffect !== "none", { sideEffect: "none" }),
  ),
  deletedMeansGone: changing((end, call) => withOutcome(end, call, "delete", ["unknown", "not_found"], { outcome: "deleted" })),
  notFoundMeansUnseen: changing((end, call) =>
    withOutcome(end, call, "delete", ["unknown", "deleting", "deleted"], { outcome: "not_found" }),
  ),
  anAcceptedDeleteIsNeverUnknown: changing((end, call) =>
    withOutcome(end, call, "delete", ["deleted", "deleting"], { outcome: "unknown" }),
  ),
  onlyItsOwnIsDeleted: {
    createGpu,
    wrapFetch: (fetch, world) => async (url, init) => {
      if (!isDelete(url, init)) return await fetch(url, init);
      const body = typeof init.body === "string" ? init.body : undefined;
      const named = world.ledger.machines.find(({ id }) => url.includes(id) || body?.includes(id));
      const other = world.ledger.machines.find(
        (one) => one !== named && one.vendor === named?.vendor && world.ledger.isAlive(one),
      );
      if (!named || !other) return await fetch(url, init);
      return await fetch(url.replace(named.id, other.id), {
        ...init,
        ...(body ? { body: body.replace(named.id, other.id) } : {}),
      });
    },
  },
  absentMeansNotCreated: changing((end, call) =>
    withOutcome(end, call, "reconcile", ["created"], { outcome: "absent", candidates: [] }),
  ),
  reconciledIsTheRightOne: changing((end, call) =>
    call.operation === "reconcile"
      ? withInstance(end, (instance) => ({ ...instance, ref: `${instance.provider}:another` }))
      : end,
  ),
  createdIsWhatWasAskedFor: changing((end, call, world) => {
    const other = world.ledger.machines[0];
    return call.operation === "create" && other
      ? withInstance(end, (instance) => ({ ...instance, ref: refOf(other) as Instance["ref"] }))
      : end;
  }),
  aLaunchGivesTheModel: changing((end, call, world) => {
    const instance = call.operation === "launch" ? instanceOf({ ...call, end }) : undefined;
    const machine = instance && world.ledger.find(instance.ref);
    // Pretends that the vendor delivered another model.
    if (machine) Object.assign(machine, { isWrong: true });
    return end;
  }),
  aLaunchLeavesOneMachine: doubledCreates,
  aPriceIsRightOrNull: changing((end, call) => {
    const inCents = <T extends { usdPerHour: number | null }>(one: T): T => ({
      ...one,
      usdPerHour: one.usdPerHour && one.usdPerHour * 100,
    });
    if (call.operation === "offers" && end.kind === "value") {
      const value = end.value as { offers: Offer[] };
      return { kind: "value", value: { ...value, offers: value.offers.map(inCents) } };
    }
    return withInstance(end, inCents);
  }),
  noSuccessIsAboveTheLimit: wrapping((gpu) => ({
    create: (({ maxUsdPerHour: _, ...request }: Parameters<Gpu["create"]>[0]) => gpu.create(request)) as Gpu["create"],
  })),
  secretsStaySecret: changing((end, _call, world) => {
    const [secret = ""] = world.secrets;
    return withCodeChanged(end, () => true, { message: `refused: ${secret}`, stack: `Error: refused: ${secret}` });
  }),
  aFailedListIsNoEmptyList: changing((end, call) =>
    call.operation === "list" && end.kind === "value"
      ? { kind: "value", value: { ...(end.value as object), failures: [] } }
      : end,
  ),
  ownedIsTrue: changing((end) => withInstance(end, (instance) => ({ ...instance, owned: instance.owned !== true }))),
  everyCallEnds: wrapping(() => ({ get: () => new Promise<never>(() => undefined) })),
  pausesAreKept: sending((fetch) => async (url, init) => {
    const response = await fetch(url, init);
    return response.status === 429 ? await fetch(url, init) : response;
  }),
  // Counts only listed instances, and ignores those that lists do not show yet.
  limitsHold: {
    createGpu: ({ limits, ...options }) => {
      const gpu = createGpu(options);
      const create: Gpu["create"] = async (request) => {
        const { instances, unattributed } = await gpu.list({ owner: options.owner ?? "" });
        if (instances.length + unattributed.length < (limits?.maxInstances ?? Number.POSITIVE_INFINITY))
          return gpu.create(request);
        throw new UnifiedGpuError({ message: "planted", code: "limit_exceeded", vendor: "planted", sideEffect: "none" });
      };
      return { ...gpu, create };
    },
  },
  aWaitBlamesNoHealthyMachine: changing((end, { operation }) =>
    operation === "wait" && end.kind === "value" ? failing("instance_failed") : end,
  ),
  aWaitSeesWhatIsReady: changing((end, { operation }) =>
    operation === "wait" && end.kind === "value" ? failing("wait_timeout") : end,
  ),
  aLaunchDeletesNoGoodMachine: changing((end, call, world) => {
    const instance = call.operation === "launch" ? instanceOf({ ...call, end }) : undefined;
    const machine = instance && world.ledger.find(instance.ref);
    if (!machine || end.kind !== "value") return end;
    const [attempt] = (end.value as LaunchReport).attempts;
    if (!attempt) return end;
    world.ledger.end(machine, call.requests.at(-1)?.id ?? null);
    const error = new UnifiedGpuError({ message: "planted", code: "instance_failed", vendor: "planted", sideEffect: "none" });
    const offer = { ...attempt.offer, id: machine.offer as Offer["id"] };
    const launch = { attempts: [{ offer, outcome: "failed" as const, error }], skipped: [], failures: [] };
    return { kind: "error", error: withFields(error, { launch }) };
  }),
  readyMeansReady: wrapping((gpu) => ({
    waitUntilReady: (instance, options) => gpu.get(instance, options?.signal ? { signal: options.signal } : {}),
  })),
  anAbortEndsTheCall: wrapping((gpu) => ({
    waitUntilReady: (instance, options = {}) => gpu.waitUntilReady(instance, { ...options, signal: undefined }),
    create: (({ signal: _, ...request }: Parameters<Gpu["create"]>[0]) => gpu.create(request)) as Gpu["create"],
    list: ({ signal: _, ...options } = {}) => gpu.list(options),
  })),
  aRejectedIntentSendsNothing: wrapping((gpu) => ({
    create: (({ onIntent, ...request }: Parameters<Gpu["create"]>[0]) =>
      gpu.create({
        ...request,
        onIntent: (handle) => void Promise.resolve(onIntent?.(handle)).catch(() => undefined),
      })) as Gpu["create"],
  })),
  nothingIsSentAfterTheEnd: sending((fetch, world) => async (url, init) => {
    if (init.method === "GET") world.time.sleep(60_000).then(() => fetch(url, init).catch(() => undefined));
    return await fetch(url, init);
  }),
  everyFailureIsAGpuError: changing((end) =>
    end.kind === "error" ? { kind: "error", error: new TypeError("Cannot read properties of null") } : end,
  ),
  anAmbiguousCreateHasAHandle: changing((end) =>
    withCodeChanged(end, ({ code }) => code === "create_ambiguous", { handle: undefined }),
  ),
  textAndSideEffectAgree: changing((end) =>
    withCodeChanged(end, ({ sideEffect }) => sideEffect === "none", { message: "It may have taken effect", stack: "Error" }),
  ),
  noMachineIsLost: changing((end, { operation }) => (operation === "create" && end.kind === "value" ? failing("network") : end)),
  aReconcileTellsInTheEnd: changing((end, call) =>
    call.operation === "reconcile" && end.kind === "value"
      ? { kind: "value", value: { outcome: "unknown", candidates: [] } }
      : end,
  ),
};
