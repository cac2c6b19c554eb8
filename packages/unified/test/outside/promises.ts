import { inspect } from "node:util";
import { GpuError, type Instance, type LaunchReport, type Offer, type UnifiedGpuError } from "../../src/index.js";
import { LambdaCloud } from "./fakes/lambda.js";
import { NovitaCloud } from "./fakes/novita.js";
import { RunpodCloud } from "./fakes/runpod.js";
import { ThunderCloud } from "./fakes/thunder-compute.js";
import { VastCloud } from "./fakes/vast.js";
import { type Machine, refOf } from "./ledger.js";
import { isUnsent, type Sent } from "./network.js";
import type { Call, World } from "./world.js";

/** Describes how a promise was broken; undefined when it was kept. */
type Finding = string | undefined;

/** A check of one promise in the READMEs. */
export interface Promised {
  /** Checks one call when it ends. */
  afterCall?(call: Call, world: World): Finding;
  /** Checks the whole programme, after the network recovered and every handle was reconciled. */
  atEnd?(world: World): Finding;
}

const isInstance = (value: unknown): value is Instance =>
  typeof value === "object" && value !== null && "ref" in value && "rawStatus" in value;

/** The call's error, if it is a `GpuError`. */
export function errorOf({ end }: Call): UnifiedGpuError | undefined {
  // UnifiedGpuError adds optional fields only.
  return end?.kind === "error" && GpuError.isInstance(end.error) ? (end.error as UnifiedGpuError) : undefined;
}

/** The instance that a call returned. */
export function instanceOf({ end }: Call): Instance | undefined {
  if (end?.kind !== "value") return undefined;
  const { value } = end;
  if (isInstance(value)) return value;
  const inner = typeof value === "object" && value !== null && "instance" in value ? value.instance : undefined;
  return isInstance(inner) ? inner : undefined;
}

export function outcomeOf({ end }: Call): string | undefined {
  const value = end?.kind === "value" ? end.value : undefined;
  return typeof value === "object" && value !== null && "outcome" in value ? String(value.outcome) : undefined;
}

/** All instances that a call returned. */
function shownBy(call: Call): Instance[] {
  const one = instanceOf(call);
  const { end } = call;
  if (one) return [one];
  if (call.operation !== "list" || end?.kind !== "value") return [];
  const { instances, unattributed } = end.value as { instances: Instance[]; unattributed: Instance[] };
  return [...instances, ...unattributed];
}

const isCreate = ({ operation }: Call): boolean => operation === "create" || operation === "launch";

const endOf = ({ endedAt }: Call): number => endedAt ?? Number.POSITIVE_INFINITY;

/** Whether two calls of different processes overlapped. */
function overlapped(one: Call, other: Call): boolean {
  return one.client !== other.client && one.startedAt < endOf(other) && other.startedAt < endOf(one);
}

/** Whether the vendor shows marks, which the guarantee depends on. */
function keepsMarks(world: World, vendor: string): boolean {
  const cloud = world.cloud(vendor);
  return !(cloud instanceof ThunderCloud) || cloud.showsKeys;
}

/** Whether reads showed an ended machine as alive: Vast.ai has no status for a machine that is being deleted. */
function looksAlive(world: World, machine: Machine, at: number): boolean {
  const cloud = world.cloud(machine.vendor);
  return cloud instanceof VastCloud && cloud.looksAlive(machine, at);
}

const lifeOf = ({ madeAt, endedAt }: Machine): string => `made at ${madeAt}, ended at ${endedAt ?? "never"}`;

/**
 * An idempotency key never creates a second machine while the first exists. Exceptions: overlapping calls, and other processes at a
 * vendor that does not show marks.
 */
function oneKeyMakesOneMachine(world: World): Finding {
  const byKey = new Map<string, Call[]>();
  for (const call of world.calls) {
    const { key, offer } = call.asked;
    if (call.operation !== "create" || !key || !offer) continue;
    const name = `${offer.split(":")[0]} ${call.client.account} ${call.client.owner} ${key}`;
    byKey.set(name, [...(byKey.get(name) ?? []), call]);
  }
  for (const [name, calls] of byKey) {
    if (calls.some((one) => calls.some((other) => overlapped(one, other)))) continue;
    const machines = calls.flatMap((call) => world.machinesOf(call)).sort((one, other) => one.madeAt - other.madeAt);
    for (const [index, machine] of machines.entries()) {
      const isSameGpu = (one: Machine) => world.callOf(one.madeBy)?.client === world.callOf(machine.madeBy)?.client;
      const earlier = machines
        .slice(0, index)
        .find((one) => world.ledger.isAlive(one, machine.madeAt) && (isSameGpu(one) || keepsMarks(world, machine.vendor)));
      if (earlier) return `key ${name} made ${refOf(machine)} while ${refOf(earlier)} existed`;
    }
  }
  return undefined;
}

/** A create sends its paid request once, unless the vendor supports idempotency keys and the key's window is open. */
function aPaidRequestIsSentOnce(call: Call): Finding {
  if (call.operation !== "create") return undefined;
  const paid = call.requests.filter((sent) => sent.purpose === "create" && !isUnsent(sent));
  const [first, ...again] = paid;
  if (!first || again.length === 0) return undefined;
  const key = first.idempotencyKey;
  const isAllowed = key !== null && again.every((sent) => sent.idempotencyKey === key && sent.sentAt < first.sentAt + 600_000);
  return isAllowed ? undefined : `${paid.length} paid requests`;
}

/** After a create or launch fails with `sideEffect: "none"`, none of its machines exists, then or later. */
function noneMeansNothingWasMade(world: World): Finding {
  for (const call of world.calls) {
    if (!isCreate(call) || errorOf(call)?.sideEffect !== "none") continue;
    const left = world.machinesOf(call).find(({ endedAt }) => endedAt === null || endedAt > endOf(call));
    if (left)
      return `call ${call.id} (${errorOf(call)?.code}) failed with side effect none, but left ${refOf(left)}: ${lifeOf(left)}`;
  }
  return undefined;
}

/** A delete returns `deleted` only for a machine that no longer exists. */
function deletedMeansGone(call: Call, world: World): Finding {
  if (call.operation !== "delete" || outcomeOf(call) !== "deleted") return undefined;
  const machine = world.ledger.find(call.asked.ref ?? "");
  if (machine && !world.ledger.isAlive(machine)) return undefined;
  if (!machine)
    return call.client.seen.has(call.asked.ref ?? "")
      ? undefined
      : `${call.asked.ref} never existed, but was reported as deleted`;
  return `${refOf(machine)} still exists`;
}

/** A delete returns `not_found` only if this `Gpu` never saw the machine, and its account does not have it. */
function notFoundMeansUnseen(call: Call, world: World): Finding {
  if (call.operation !== "delete" || outcomeOf(call) !== "not_found") return undefined;
  const ref = call.asked.ref ?? "";
  if (call.client.seen.has(ref)) return `this Gpu had seen ${ref}`;
  const machine = world.ledger.find(ref);
  if (!machine || machine.account !== call.client.account) return undefined;
  return world.ledger.isAlive(machine) ? `${ref} exists in this account` : undefined;
}

const isFullyReceived = ({ isSuccess, status, situation }: Sent): boolean =>
  isSuccess && status !== null && situation !== "late body";

/** Once the vendor has accepted a delete, the outcome is `deleted` or `deleting`. */
function anAcceptedDeleteIsNeverUnknown(call: Call): Finding {
  if (call.operation !== "delete" || outcomeOf(call) !== "unknown") return undefined;
  return call.requests.some((sent) => sent.purpose === "delete" && isFullyReceived(sent))
    ? "the vendor had accepted the delete"
    : undefined;
}

/** A call deletes only the machine that it names or created itself. Exception: a recycled index at Thunder Compute, as in its README. */
function onlyItsOwnIsDeleted(call: Call, world: World): Finding {
  const ids = new Set(call.requests.map(({ id }) => id));
  const ended = world.ledger.machines.filter(({ endedBy }) => endedBy !== null && ids.has(endedBy));
  const made = world.machinesOf(call);
  for (const machine of ended) {
    const isNamed = call.operation === "delete" && call.asked.ref === refOf(machine);
    const cloud = world.cloud(machine.vendor);
    const isRecycledIndex =
      cloud instanceof ThunderCloud && machine.endedBy !== null && cloud.recycledIndexDeletes.has(machine.endedBy);
    if (isNamed || isRecycledIndex || (isCreate(call) && made.includes(machine))) continue;
    return `${call.operation} deleted ${refOf(machine)}`;
  }
  return undefined;
}

/**
 * After a reconcile returns `absent`, no machine of the handle's create exists, then or later. Machines that another owner or other
 * parameters created under the same key do not count.
 */
function absentMeansNotCreated(world: World): Finding {
  for (const call of world.calls) {
    if (call.operation !== "reconcile" || outcomeOf(call) !== "absent") continue;
    const made = (call.asked.of ?? []).flatMap((one) => world.machinesOf(one));
    // Each attempt of a launch has its own handle and offer.
    const isOfAttempt = (machine: Machine) =>
      world.callOf(machine.madeBy)?.operation !== "launch" || machine.offer === call.asked.offer;
    const left = made.filter(isOfAttempt).find(({ endedAt }) => endedAt === null || endedAt > endOf(call));
    if (left) return `reconcile ${call.id} returned absent, but left ${refOf(left)}`;
  }
  return undefined;
}

/** A reconcile returns `created` only with a machine of the handle's create. */
function reconciledIsTheRightOne(call: Call, world: World): Finding {
  if (call.operation !== "reconcile" || outcomeOf(call) !== "created") return undefined;
  const made = (call.asked.of ?? []).flatMap((one) => world.machinesOf(one)).map(refOf);
  const ref = instanceOf(call)?.ref ?? "nothing";
  return made.includes(ref) ? undefined : `${ref} was not made by that create`;
}

/**
 * The instance of a create or launch exists, belongs to the caller, was created under its key, and matches its offer. fal shows
 * another process only the machine type, and may report an ended machine as `unknown`.
 */
function createdIsWhatWasAskedFor(call: Call, world: World): Finding {
  const instance = isCreate(call) ? instanceOf(call) : undefined;
  if (!instance) return undefined;
  const machine = world.ledger.find(instance.ref);
  if (!machine) return `${instance.ref} does not exist`;
  if (machine.account !== call.client.account) return `${instance.ref} belongs to another account`;
  const { owner } = call.client;
  // At fal a key belongs to the account, not to an owner.
  const isFal = machine.vendor === "fal";
  const makers = world.calls.filter(
    (one) =>
      one === call || (call.asked.key !== undefined && one.asked.key === call.asked.key && (isFal || one.client.owner === owner)),
  );
  if (!makers.some((one) => world.machinesOf(one).includes(machine))) return `${instance.ref} was made by another call`;
  const maker = world.callOf(machine.madeBy);
  const isComparable = !isFal || maker?.client === call.client;
  const isSameRequest = isComparable
    ? maker?.asked.parameters === call.asked.parameters
    : maker?.asked.offer === call.asked.offer;
  if (call.asked.offer && !machine.isWrong && machine.offer !== call.asked.offer) return `${instance.ref} is ${machine.offer}`;
  if (maker && maker !== call && !isSameRequest) return `${instance.ref} was made with other parameters`;
  const endedBefore = machine.endedAt !== null && machine.endedAt < call.startedAt;
  const isReported = isFal && maker?.client !== call.client && instance.status === "unknown";
  // While lists may lag, a machine that no read shows may be new or gone. It is returned as pending, without a vendor status.
  const isYoung = call.startedAt - machine.madeAt < world.cloud(machine.vendor).settleMs;
  const isUnseen = isYoung && instance.rawStatus === null && world.callOf(machine.endedBy)?.client !== call.client;
  return endedBefore && !isReported && !isUnseen && !looksAlive(world, machine, call.startedAt)
    ? `${instance.ref} had ended before the call`
    : undefined;
}

const unverifiedOf = ({ end }: Call): readonly unknown[] => {
  const value = end?.kind === "value" ? (end.value as { unverified?: unknown; instance?: { unverified?: unknown } }) : undefined;
  const unverified = value?.unverified ?? value?.instance?.unverified;
  return Array.isArray(unverified) ? unverified : [];
};

/** A launch returns the requested model, or lists `gpu` in `unverified`. */
function aLaunchGivesTheModel(call: Call, world: World): Finding {
  const instance = call.operation === "launch" ? instanceOf(call) : undefined;
  const machine = instance && world.ledger.find(instance.ref);
  if (!machine?.isWrong || unverifiedOf(call).includes("gpu")) return undefined;
  return `${instance?.ref} is ${machine.offer}, requested was ${call.asked.gpu}`;
}

/** A launch never has two machines at the same time, and leaves only the one that its result or error names. */
function aLaunchLeavesOneMachine(call: Call, world: World): Finding {
  if (call.operation !== "launch" || call.end?.kind === "crashed") return undefined;
  const made = world.machinesOf(call);
  for (const [index, machine] of made.entries()) {
    const other = made.slice(0, index).find((one) => world.ledger.isAlive(one, machine.madeAt));
    if (other) return `${refOf(machine)} was made while ${refOf(other)} existed`;
  }
  const error = errorOf(call);
  const named = [instanceOf(call)?.ref, error?.ref, error?.instance?.ref];
  const left = made.find(
    (machine) => world.ledger.isAlive(machine) && !named.includes(refOf(machine) as Instance["ref"]) && !error?.handle,
  );
  return left ? `${refOf(left)} is left, but nothing names it` : undefined;
}

/** The actual price of a machine. At fal only the price that the caller supplies counts. */
function truePrice(world: World, machine: Machine): number | null {
  return machine.vendor === "fal" ? (world.falPrices?.[machine.offer.slice("fal:".length)] ?? null) : machine.usdPerHour;
}

const isSame = (one: number, other: number): boolean => Math.abs(one - other) <= 1e-6 * Math.max(1, Math.abs(other));

/** A price is correct, including its unit, or null. */
function aPriceIsRightOrNull(call: Call, world: World): Finding {
  for (const instance of shownBy(call)) {
    if (instance.usdPerHour === null) continue;
    const machine = world.ledger.find(instance.ref);
    const price = machine ? truePrice(world, machine) : null;
    if (price === null || !isSame(instance.usdPerHour, price))
      return `${instance.ref} costs ${price}, but is shown as ${instance.usdPerHour}`;
  }
  if (call.operation !== "offers" || call.end?.kind !== "value") return undefined;
  for (const offer of (call.end.value as { offers: Offer[] }).offers) {
    const item = world
      .cloud(offer.provider)
      .catalogue()
      .find((one) => one.offer === offer.id);
    const price = offer.provider === "fal" ? (world.falPrices?.[offer.id.slice("fal:".length)] ?? null) : item?.usdPerHour;
    const cloud = world.cloud(offer.provider);
    if (cloud instanceof RunpodCloud && !cloud.sells(offer.id)) return `offer ${offer.id} is not sold`;
    if (offer.usdPerHour === null || price === undefined) continue;
    if (price === null || !isSame(offer.usdPerHour, price))
      return `offer ${offer.id} costs ${price}, but is shown as ${offer.usdPerHour}`;
    const perGpu = price / offer.gpuCount;
    if (offer.usdPerGpuHour !== null && !isSame(offer.usdPerGpuHour, perGpu)) return `offer ${offer.id} costs ${perGpu} per GPU`;
  }
  return undefined;
}

/** No successful create or launch exceeds the caller's price limit. */
function noSuccessIsAboveTheLimit(call: Call, world: World): Finding {
  const { maxUsdPerHour } = call.asked;
  const instance = isCreate(call) ? instanceOf(call) : undefined;
  const machine = instance && world.ledger.find(instance.ref);
  if (maxUsdPerHour === undefined || !machine) return undefined;
  // Novita does not show the price of an instance. Other promises cover a wrong machine.
  if (machine.isWrong && machine.vendor === "novita") return undefined;
  const price = truePrice(world, machine);
  return price === null || price > maxUsdPerHour + 1e-9
    ? `${instance.ref} costs ${price}, the limit is ${maxUsdPerHour}`
    : undefined;
}

/** Errors, events and results contain no key, password or environment value. Only `access` returns a password. */
function secretsStaySecret(call: Call, world: World): Finding {
  const { end } = call;
  if (!end || end.kind === "crashed") return undefined;
  const shown: string[] = [];
  if (end.kind === "value" && call.operation !== "access") shown.push(JSON.stringify(end.value) ?? "");
  if (end.kind === "error") {
    const { error } = end;
    shown.push(String(error), inspect(error, { depth: 6 }), JSON.stringify(error) ?? "");
    if (error instanceof Error) shown.push(error.stack ?? "");
  }
  if (end.kind === "value" && call.operation === "launch") shown.push(inspect(end.value, { depth: 8 }));
  const recent = call.events.slice(-20);
  shown.push(JSON.stringify(recent), JSON.stringify(call.handles));
  const text = shown.join("\n");
  const ofMachines = world.clouds.flatMap((cloud) => {
    if (cloud instanceof NovitaCloud) return cloud.machines.map((machine) => cloud.passwordOf(machine));
    if (cloud instanceof VastCloud) return cloud.machines.flatMap((machine) => cloud.secretsOf(machine));
    return cloud instanceof LambdaCloud || cloud instanceof RunpodCloud
      ? cloud.machines.map((machine) => cloud.tokenOf(machine))
      : [];
  });
  for (const secret of [...world.secrets, ...ofMachines]) if (text.includes(secret)) return `shows ${secret.slice(0, 12)}…`;
  return undefined;
}

/** The result is complete for every provider that is not in `failures`. */
function aFailedListIsNoEmptyList(call: Call, world: World): Finding {
  if (call.end?.kind !== "value") return undefined;
  if (call.operation === "list") {
    const { owner } = call.asked;

    const { failures } = call.end.value as { failures: { provider: string }[] };
    const shown = new Set(shownBy(call).map(({ ref }) => String(ref)));
    const missing = world.ledger.machines.find((machine) => {
      const { listLagMs } = world.cloud(machine.vendor).conditions;
      const wasThere = machine.account === call.client.account && machine.madeAt + listLagMs <= call.startedAt;
      const isThere = machine.endedAt === null || machine.endedAt > endOf(call);
      if (owner !== undefined && world.callOf(machine.madeBy)?.client.owner !== owner) return false;
      return wasThere && isThere && !shown.has(refOf(machine)) && !failures.some(({ provider }) => provider === machine.vendor);
    });
    if (missing) return `${refOf(missing)} is not listed, and its provider is not in failures`;
  }
  if (call.operation === "offers" && !call.asked.isFiltered) {
    const { offers, failures, skipped } = call.end.value as {
      offers: Offer[];
      failures: { provider: string }[];
      skipped: { offer: Offer }[];
    };
    const shown = new Set([...offers, ...skipped.map(({ offer }) => offer)].map(({ id }) => String(id)));
    for (const cloud of world.clouds) {
      if (failures.some(({ provider }) => provider === cloud.vendor)) continue;
      const missing = cloud
        .catalogue()
        .find(
          ({ offer, isAvailable, market, gpuCount }) =>
            isAvailable && market === "on_demand" && gpuCount === 1 && !shown.has(offer),
        );
      if (missing) return `${missing.offer} is not shown, and its provider is not in failures`;
    }
  }
  return undefined;
}

/** At fal a key belongs to the account, so two owners that create under one key get the same machine. */
function isShared(world: World, { client }: Call, maker: Call | undefined, machine: Machine | undefined): boolean {
  const key = maker?.asked.key;
  return (
    machine?.vendor === "fal" && key !== undefined && world.calls.some((one) => one.client === client && one.asked.key === key)
  );
}

/** `owned` is true only for machines of this owner and false only for others. A list by owner has no other machines. */
function ownedIsTrue(call: Call, world: World): Finding {
  for (const instance of shownBy(call)) {
    const machine = world.ledger.find(instance.ref);
    const maker = machine && world.callOf(machine.madeBy);
    const isOurs =
      isShared(world, call, maker, machine) ||
      (maker?.client.owner === call.client.owner && maker.client.account === call.client.account);
    if (instance.owned === true && !isOurs) return `${instance.ref} is reported as owned`;
    if (instance.owned === false && isOurs) return `${instance.ref} is reported as not owned`;
  }
  if (call.operation !== "list" || !call.asked.owner || call.end?.kind !== "value") return undefined;
  const foreign = (call.end.value as { instances: Instance[] }).instances.find(({ ref }) => {
    const machine = world.ledger.find(ref);
    const maker = machine && world.callOf(machine.madeBy);
    return maker?.client.owner !== call.asked.owner && !isShared(world, call, maker, machine);
  });
  return foreign ? `${foreign.ref} is listed as the owner's` : undefined;
}

/** Every call ends within its bounds on time and requests. */
function everyCallEnds(call: Call): Finding {
  return call.overran ?? undefined;
}

/** No call of the same process repeats an operation before its `Retry-After` is over. */
function pausesAreKept(world: World): Finding {
  const paused = new Map<string, Sent[]>();
  for (const sent of world.network.sent) {
    const name = `${sent.process.id} ${sent.operation}`;
    const received = (paused.get(name) ?? []).filter(({ endedAt }) => endedAt !== null && endedAt <= sent.sentAt);
    const until = Math.max(...received.map(({ pausedUntil }) => pausedUntil ?? 0), 0);
    if (sent.sentAt < until - 1) return `${sent.operation} was sent ${until - sent.sentAt} ms too early`;
    if (sent.pausedUntil !== null && sent.status === 429) paused.set(name, [...(paused.get(name) ?? []), sent]);
  }
  return undefined;
}

/**
 * With `limits`, a create does not exceed the maximum number of its owner's instances. Instances of other processes count only
 * after the list lag, because limits do not lock across processes.
 */
function limitsHold(world: World): Finding {
  for (const machine of world.ledger.machines) {
    const maker = world.callOf(machine.madeBy);
    const { maxInstances } = maker?.client.limits ?? {};
    if (!maker || maxInstances === undefined) continue;
    const { settleMs } = world.cloud(machine.vendor);
    // With `ignore`, only this process's own instances count at a provider whose list failed.
    const isUnread =
      maker.client.limits?.onUnreadable === "ignore" &&
      maker.requests.some(({ purpose, isSuccess }) => purpose === "list" && !isSuccess);
    const others = world.ledger.machines.filter((other) => {
      const by = world.callOf(other.madeBy)?.client;
      const isOurs = by?.account === maker.client.account && by.owner === maker.client.owner;
      const isKnown = by === maker.client || (!isUnread && other.madeAt < maker.startedAt - settleMs);
      const wasThere = other.madeAt <= machine.madeAt && world.ledger.isAlive(other, machine.madeAt);
      return other !== machine && isOurs && isKnown && wasThere && keepsMarks(world, other.vendor);
    });
    if (others.length >= maxInstances) {
      return `call ${maker.id} made ${refOf(machine)} next to ${others.map(refOf).join(", ")}; the limit is ${maxInstances}`;
    }
  }
  return undefined;
}

const hasFailed = (world: World, machine: Machine): boolean =>
  !world.ledger.isAlive(machine) || (machine.failsAt !== null && machine.failsAt <= world.time.now);

/** A wait fails with `instance_failed` only if the machine failed or is gone. */
function aWaitBlamesNoHealthyMachine(call: Call, world: World): Finding {
  if (call.operation !== "wait" || errorOf(call)?.code !== "instance_failed") return undefined;
  const machine = world.ledger.find(call.asked.ref ?? "");
  return machine && machine.account === call.client.account && !hasFailed(world, machine)
    ? `${refOf(machine)} is healthy`
    : undefined;
}

/**
 * A wait times out only if no read showed the machine as ready. At Thunder Compute a read includes the catalogue, for the price, so
 * the timeout may also cut off a read whose catalogue is late.
 */
function aWaitSeesWhatIsReady(call: Call, world: World): Finding {
  if (call.operation !== "wait" || errorOf(call)?.code !== "wait_timeout") return undefined;
  const machine = world.ledger.find(call.asked.ref ?? "");
  const timeoutMs = call.asked.timeoutMs ?? 15 * 60_000;
  if (!machine || machine.account !== call.client.account || hasFailed(world, machine)) return undefined;
  const purpose = machine.vendor === "thunder-compute" ? "list" : "get";
  const isWhole = ({ sentAt }: Sent) =>
    !call.requests.some((sent) => sent.purpose === "catalogue" && sent.situation !== "plain" && sent.sentAt >= sentAt);
  const good = call.requests.find(
    (sent) =>
      isWhole(sent) &&
      sent.purpose === purpose &&
      sent.situation === "plain" &&
      sent.isSuccess &&
      sent.status !== null &&
      sent.sentAt > machine.readyAt,
  );
  // Without faults, two seconds are enough for a last read. A wait without requests was in a pause that the vendor requested.
  const isEasy =
    call.requests.length > 0 &&
    call.requests.every(({ situation }) => situation === "plain") &&
    machine.readyAt + 2_000 < call.startedAt + timeoutMs;
  return good || isEasy ? `${refOf(machine)} was ready at ${machine.readyAt}, the wait ended at ${call.endedAt}` : undefined;
}

/** A launch deletes only machines that failed, are late, are too expensive or have the wrong model. */
function aLaunchDeletesNoGoodMachine(call: Call, world: World): Finding {
  if (call.operation !== "launch" || call.abortedAt !== null || call.end?.kind === "crashed") return undefined;
  const { maxUsdPerHour = Number.POSITIVE_INFINITY, timeoutMs = 15 * 60_000 } = call.asked;
  const attempts =
    errorOf(call)?.launch?.attempts ?? (call.end?.kind === "value" ? (call.end.value as LaunchReport).attempts : []);
  for (const machine of world.machinesOf(call)) {
    if (machine.endedBy === null || machine.isWrong || machine.failsAt !== null) continue;
    if ((truePrice(world, machine) ?? Number.POSITIVE_INFINITY) > maxUsdPerHour) continue;
    if (machine.readyAt > machine.madeAt + timeoutMs) continue;
    const isBlamed = attempts.some(({ offer, error }) => offer.id === machine.offer && error?.code === "instance_failed");
    if (isBlamed) return `${refOf(machine)} was healthy, but was deleted`;
  }
  return undefined;
}

/** An instance returned as ready exists, runs and has an address. */
function readyMeansReady(call: Call, world: World): Finding {
  const isWait = call.operation === "wait" || (call.operation === "launch" && call.asked.until !== "created");
  const instance = isWait ? instanceOf(call) : undefined;
  if (!instance) return undefined;
  const machine = world.ledger.find(instance.ref);
  if (!machine) return `${instance.ref} does not exist`;
  if (!instance.ready || !instance.address) return `${instance.ref} was returned, but is not ready`;
  const readAt = call.requests.at(-1)?.sentAt ?? call.startedAt;
  if (machine.failsAt !== null && machine.failsAt < readAt) return `${instance.ref} had failed`;
  if (machine.readyAt > world.time.now) return `${instance.ref} is not ready before ${machine.readyAt}`;
  const endedBefore = machine.endedAt !== null && machine.endedAt < call.startedAt;
  return endedBefore && !looksAlive(world, machine, call.startedAt) ? `${instance.ref} had ended` : undefined;
}

/** An abort ends a call immediately, unless a launch or create still has a machine to delete. */
function anAbortEndsTheCall(call: Call): Finding {
  if (call.abortedAt === null || call.end?.kind === "crashed") return undefined;
  const cleansUp =
    call.operation === "launch" || (call.operation === "create" && call.requests.some(({ purpose }) => purpose === "delete"));
  const allowedMs = cleansUp ? 10 * 60_000 : 100;
  const tookMs = endOf(call) - call.abortedAt;
  return tookMs > allowedMs ? `it continued for ${tookMs} ms after the abort` : undefined;
}

/** If `onIntent` rejects, no paid request is sent, and the error has `sideEffect: "none"`. */
function aRejectedIntentSendsNothing(call: Call): Finding {
  if (!call.asked.rejectsIntent || !isCreate(call)) return undefined;
  if (call.handles.length > 0 && call.requests.some(({ purpose }) => purpose === "create")) return "a paid request was sent";
  const effect = errorOf(call)?.sideEffect;
  return call.handles.length > 0 && effect !== undefined && effect !== "none" ? `its side effect is ${effect}` : undefined;
}

/** A call sends no request after it ended. */
function nothingIsSentAfterTheEnd(world: World): Finding {
  for (const call of world.calls) {
    const late = call.end?.kind === "crashed" ? undefined : call.requests.find(({ sentAt }) => sentAt > endOf(call));
    if (late) return `${call.operation} ${call.id} sent ${late.operation} ${late.sentAt - endOf(call)} ms after its end`;
  }
  return undefined;
}

function everyFailureIsAGpuError({ end }: Call): Finding {
  return end?.kind === "error" && !GpuError.isInstance(end.error) ? `threw ${inspect(end.error).slice(0, 200)}` : undefined;
}

/** `create_ambiguous` has a handle that survives JSON, and its side effect is never `none`. */
function anAmbiguousCreateHasAHandle(call: Call): Finding {
  const error = errorOf(call);
  if (error?.code !== "create_ambiguous") return undefined;
  if (error.sideEffect === "none") return "its side effect is none";
  if (!error.handle) return "it has no handle";
  return JSON.stringify(JSON.parse(JSON.stringify(error.handle))) === JSON.stringify(error.handle)
    ? undefined
    : "its handle does not survive JSON";
}

/** An error with `sideEffect: "none"` does not say in its message that the request may have taken effect. */
function textAndSideEffectAgree(call: Call): Finding {
  const error = errorOf(call);
  if (error?.sideEffect !== "none") return undefined;
  return /may have (taken effect|been rented|cost)|may (exist|be running|still run)/i.test(error.message)
    ? `side effect none, but: ${error.message}`
    : undefined;
}

/**
 * Every machine that a call created is returned, named by an error, or found by reconciling its handle. Exception: overlapping calls
 * under one key, because a create does not lock.
 */
function noMachineIsLost(world: World): Finding {
  const given = new Set<string>();
  for (const call of world.calls) {
    for (const { ref } of shownBy(call)) if (isCreate(call) || call.operation === "reconcile") given.add(ref);
    const error = errorOf(call);
    for (const ref of [error?.ref, error?.instance?.ref]) if (ref) given.add(ref);
    if (call.operation === "reconcile" && call.end?.kind === "value") {
      for (const { ref } of (call.end.value as { candidates?: Instance[] }).candidates ?? []) given.add(ref);
    }
  }
  const lost = world.ledger.machines.find((machine) => {
    const maker = world.callOf(machine.madeBy);
    const hadAnIntent = maker !== undefined && (maker.end?.kind !== "crashed" || maker.handles.length > 0);
    const hasRival = world.calls.some(
      (one) => maker?.asked.key !== undefined && one.asked.key === maker.asked.key && overlapped(one, maker),
    );
    return hadAnIntent && !hasRival && world.ledger.isAlive(machine) && !given.has(refOf(machine));
  });
  return lost ? `${refOf(lost)} of call ${world.callOf(lost.madeBy)?.id} runs, but nothing leads to it` : undefined;
}

/** With guarantee `name`, the final reconcile is never `unknown`, because the vendor can be read by then. */
function aReconcileTellsInTheEnd(world: World): Finding {
  for (const call of world.calls) {
    if (call.operation !== "reconcile" || outcomeOf(call) !== "unknown" || !call.asked.isFinal) continue;
    const vendor = call.asked.offer?.split(":")[0] ?? "";
    const hasMark = ["shadeform", "novita", "runcrate", "lambda", "runpod", "vast"].includes(vendor);
    const hasUnmarked = world.ledger.machines.some(
      (machine) => machine.vendor === vendor && machine.account === "ours" && machine.madeBy === null,
    );
    // Overlapping calls may have created several.
    const made = (call.asked.of ?? []).flatMap((one) => world.machinesOf(one)).filter((machine) => world.ledger.isAlive(machine));
    if (hasMark && !hasUnmarked && made.length <= 1) return `reconcile ${call.id} of ${vendor} is unknown`;
  }
  return undefined;
}

/** The promises by name. `planted.ts` has a fault that breaks each. */
export const promises = {
  oneKeyMakesOneMachine: { atEnd: oneKeyMakesOneMachine },
  aPaidRequestIsSentOnce: { afterCall: aPaidRequestIsSentOnce },
  noneMeansNothingWasMade: { atEnd: noneMeansNothingWasMade },
  deletedMeansGone: { afterCall: deletedMeansGone },
  notFoundMeansUnseen: { afterCall: notFoundMeansUnseen },
  anAcceptedDeleteIsNeverUnknown: { afterCall: anAcceptedDeleteIsNeverUnknown },
  onlyItsOwnIsDeleted: { afterCall: onlyItsOwnIsDeleted },
  absentMeansNotCreated: { atEnd: absentMeansNotCreated },
  reconciledIsTheRightOne: { afterCall: reconciledIsTheRightOne },
  createdIsWhatWasAskedFor: { afterCall: createdIsWhatWasAskedFor },
  aLaunchGivesTheModel: { afterCall: aLaunchGivesTheModel },
  aLaunchLeavesOneMachine: { afterCall: aLaunchLeavesOneMachine },
  aPriceIsRightOrNull: { afterCall: aPriceIsRightOrNull },
  noSuccessIsAboveTheLimit: { afterCall: noSuccessIsAboveTheLimit },
  secretsStaySecret: { afterCall: secretsStaySecret },
  aFailedListIsNoEmptyList: { afterCall: aFailedListIsNoEmptyList },
  ownedIsTrue: { afterCall: ownedIsTrue },
  everyCallEnds: { afterCall: everyCallEnds },
  pausesAreKept: { atEnd: pausesAreKept },
  limitsHold: { atEnd: limitsHold },
  aWaitBlamesNoHealthyMachine: { afterCall: aWaitBlamesNoHealthyMachine },
  aWaitSeesWhatIsReady: { afterCall: aWaitSeesWhatIsReady },
  aLaunchDeletesNoGoodMachine: { afterCall: aLaunchDeletesNoGoodMachine },
  readyMeansReady: { afterCall: readyMeansReady },
  anAbortEndsTheCall: { afterCall: anAbortEndsTheCall },
  aRejectedIntentSendsNothing: { afterCall: aRejectedIntentSendsNothing },
  nothingIsSentAfterTheEnd: { atEnd: nothingIsSentAfterTheEnd },
  everyFailureIsAGpuError: { afterCall: everyFailureIsAGpuError },
  anAmbiguousCreateHasAHandle: { afterCall: anAmbiguousCreateHasAHandle },
  textAndSideEffectAgree: { afterCall: textAndSideEffectAgree },
  noMachineIsLost: { atEnd: noMachineIsLost },
  aReconcileTellsInTheEnd: { atEnd: aReconcileTellsInTheEnd },
} satisfies Record<string, Promised>;

export type PromiseName = keyof typeof promises;
