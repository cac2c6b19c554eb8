import type { CreateHandle, Gpu, Instance, LaunchResult, UnifiedGpuError } from "../../src/index.js";
import type { Cloud, Conditions } from "./cloud.js";
import { LambdaCloud } from "./fakes/lambda.js";
import { RunpodCloud } from "./fakes/runpod.js";
import { ThunderCloud } from "./fakes/thunder-compute.js";
import { VastCloud } from "./fakes/vast.js";
import { type Machine, refOf } from "./ledger.js";
import type { FaultRates, Situation } from "./network.js";
import { errorOf, instanceOf, outcomeOf, type Promised, type PromiseName, promises } from "./promises.js";
import { Random } from "./random.js";
import {
  type Asked,
  type Call,
  type CallPlan,
  type Client,
  realSubject,
  type Subject,
  type VendorName,
  vendorNames,
  World,
} from "./world.js";

/** A broken promise, and the seed that broke it. */
export interface BrokenPromise {
  readonly promise: PromiseName;
  readonly seed: number;
  readonly what: string;
}

/** The result of one programme. */
export interface Report {
  readonly seed: number;
  readonly broken: readonly BrokenPromise[];
  /** Number of calls by outcome. */
  readonly outcomes: ReadonlyMap<string, number>;
  readonly requests: number;
}

export interface ProgrammeOptions {
  readonly subject?: Subject;
  readonly vendors?: readonly VendorName[];
  readonly trace?: (line: string) => void;
}

const minute = 60_000;
const imageOf: Readonly<Record<string, string | undefined>> = { novita: "pytorch/pytorch:2.8.0", "thunder-compute": "base" };
const needsKey: readonly string[] = ["thunder-compute", "fal", "runcrate", "lambda"];
const mayHaveKey: readonly string[] = ["shadeform", "runpod", "vast"];

/** Arguments of a create at any vendor. */
interface CreateArguments {
  readonly offer: `${string}:${string}`;
  readonly name: string;
  readonly sshPublicKey?: string;
  readonly image?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly maxUsdPerHour?: number;
  readonly idempotencyKey?: string;
}

/** A create that later steps may repeat. */
interface StartedCreate {
  readonly call: Call;
  readonly asked: CreateArguments;
}

/** A create with an unknown outcome. */
interface UnresolvedCreate {
  readonly handle: CreateHandle;
  readonly call: Call;
  readonly key: string | undefined;
}

const faults: readonly Situation[] = [
  "slow response",
  "late body",
  "refused",
  "reset before",
  "reset after",
  "lost",
  "transport timeout",
  "body lost",
  "html 200",
  "html 502",
  "cut json",
  "broken body",
  "404 of a proxy",
  "429",
  "500",
  "500 after effect",
  "504",
];

function faultRatesOf(random: Random): FaultRates {
  const rate = random.pick([0, 0, 0, 0.03, 0.1, 0.25, 0.5]);
  if (rate === 0) return {};
  const kinds = random.chance(0.4) ? faults : faults.filter(() => random.chance(0.3));
  return Object.fromEntries([["plain", 1 - rate], ...kinds.map((kind) => [kind, rate / Math.max(1, kinds.length)])]);
}

function conditionsOf(random: Random, settleMs: number): Partial<Conditions> {
  const sometimes = <T>(probability: number, usual: T, other: () => T): T => (random.chance(probability) ? other() : usual);
  return {
    workMs: sometimes<readonly [number, number]>(0.25, [200, 2_000], () => [1_000, 59_000]),
    listLagMs: sometimes(0.5, 0, () => random.between(1_000, settleMs)),
    bootMs: sometimes<readonly [number, number]>(0.15, [5_000, 120_000], () => [10 * minute, 25 * minute]),
    endingMs: sometimes<readonly [number, number]>(0.3, [0, 5_000], () => [10_000, 120_000]),
    marksHiddenMs: sometimes(0.15, 0, () => random.between(5_000, 10 * minute)),
    emptyAs: random.pick(["null", "missing", "empty"] as const),
    unreadableMs: sometimes(0.15, 0, () => random.between(2_000, 20_000)),
    unreadableAs: random.pick([404, 500] as const),
    soldOut: sometimes(0.2, 0, () => random.pick([0.3, 0.7, 1])),
    soldOutAs: random.between(0, 11),
    wrongMachine: sometimes(0.08, 0, () => 0.5),
    diesInBoot: sometimes(0.15, 0, () => random.pick([0.3, 0.7])),
    diesAs: random.pick(["failed", "gone"] as const),
    clockOffsetMs: sometimes(0.2, 0, () => random.pick([-60, -5, 5, 60]) * minute),
    pageSize: sometimes(0.4, 100, () => random.between(1, 3)),
    paging: sometimes(0.25, "usual", () =>
      random.pick(["no total", "from one", "number ignored", "endless", "repeated cursor", "null cursor"] as const),
    ),
    cutLists: sometimes(0.1, "no", () => random.pick(["cursor", "hasMore", "total"] as const)),
    remembers: random.pick(["from start", "when finished"] as const),
    echoesSecrets: random.chance(0.3),
    deleteAs: random.pick(["usual", "empty 200", "204"] as const),
  };
}

function sshPublicKey(random: Random): string {
  const blob = Buffer.concat([
    Buffer.from([0, 0, 0, 11]),
    Buffer.from("ssh-ed25519"),
    Buffer.from([0, 0, 0, 32]),
    Buffer.from(random.letters(32)),
  ]);
  return `ssh-ed25519 ${blob.toString("base64")} ada@lovelace`;
}

/** One random programme: API calls in a random world. The promises are checked after each call and at the end. */
class Programme {
  readonly world: World;
  readonly random: Random;
  readonly broken: BrokenPromise[] = [];
  readonly outcomes = new Map<string, number>();
  readonly #seed: number;
  readonly #publicKey: string;
  readonly #startedCreates: StartedCreate[] = [];
  readonly #instances: { readonly client: Client; readonly instance: Instance }[] = [];
  /** Creates to reconcile at the end. */
  readonly #unresolved: UnresolvedCreate[] = [];
  readonly #jumps: boolean;
  #client: Client;

  constructor(seed: number, { subject = realSubject, vendors, trace }: ProgrammeOptions) {
    this.#seed = seed;
    const random = new Random(seed);
    this.random = random;
    const count = random.weighted({ "1": 6, "2": 2, "3": 1, "8": 1 });
    const all = random.shuffled(vendorNames);
    this.world = new World(random.between(0, 4294967295), vendors ?? all.slice(0, Number(count)), subject);
    const world = this.world;
    world.trace = trace;
    world.network.trace = (line) => world.log(line);
    this.#publicKey = sshPublicKey(random);
    if (random.chance(0.5)) world.falPrices = { gpu_1x_h100_sxm5: 2.1, gpu_8x_h100_sxm5: 16.8 };
    for (const cloud of world.clouds) {
      cloud.conditions = { ...cloud.conditions, ...conditionsOf(random, cloud.settleMs) };
      const showsPrice = ["shadeform", "runcrate", "lambda", "runpod", "vast"].includes(cloud.vendor);
      if (showsPrice && random.chance(0.1)) cloud.conditions = { ...cloud.conditions, expensive: 0.6 };
      if (cloud instanceof ThunderCloud) cloud.showsKeys = random.chance(0.8);
      if (cloud instanceof LambdaCloud) cloud.secondTerminate = random.pick(["harmless", "refused"] as const);
      if (cloud instanceof RunpodCloud) {
        cloud.runsAhead = random.chance(0.7);
        cloud.showsAddressIn = random.pick(["ssh", "ports"] as const);
        cloud.failedAs = random.pick(["ERROR", "EXITED"] as const);
      }
      if (cloud instanceof VastCloud) cloud.randomizeQuirks();
      this.#addOthers(cloud);
    }
    world.network.faultRates = faultRatesOf(random);
    this.#jumps = random.chance(0.08);
    if (random.chance(0.25)) world.time.wallOffsetMs = random.pick([-60, 60, -5, 5]) * minute;
    if (random.chance(0.15))
      world.limits = { maxInstances: random.between(1, 2), onUnreadable: random.pick(["refuse", "ignore"] as const) };
    this.#client = world.client();
  }

  /** Adds machines that the library did not create, in both accounts. Some names look like marks. */
  #addOthers(cloud: Cloud): void {
    const { random } = this;
    const names = ["notebook", "train-g507f1f77bcf86cd799439011", `job-h${random.letters(35)}`, `x-g${random.letters(24)}`];
    for (let count = random.pick([0, 0, 1, 3]); count > 0; count--) {
      const name = random.pick(names);
      const item = random.pick(cloud.catalogue());
      const cores = cloud instanceof ThunderCloud ? { cpu_cores: cloud.leastCores(item) } : {};
      const body = {
        tags: random.chance(0.5) ? [`gpu=${random.letters(24)}`] : undefined,
        public_key: `ssh-ed25519 AAAAC3 ${name}`,
        ...cores,
      };
      cloud.add({ item, account: random.chance(0.8) ? "ours" : "theirs", madeBy: null, body, name });
    }
  }

  async run(): Promise<Report> {
    const { world, random } = this;
    await world.run(async () => {
      const steps = random.between(1, 5);
      for (let step = 0; step < steps; step++) {
        if (this.#client.isDead) this.#restart();
        await this.#step();
        if (random.chance(0.3)) await world.time.sleep(random.pick([1_000, 10_000, 45_000, 3 * minute, 12 * minute]));
      }
      await this.#settle();
    });
    for (const [name, { atEnd }] of this.#promises()) this.#judge(name, atEnd?.(world));
    return { seed: this.#seed, broken: this.broken, outcomes: this.outcomes, requests: world.network.sent.length };
  }

  #promises(): [PromiseName, Promised][] {
    return Object.entries(promises) as [PromiseName, Promised][];
  }

  #judge(promise: PromiseName, what: string | undefined): void {
    if (what === undefined || this.broken.some((one) => one.promise === promise)) return;
    this.world.log(`BROKEN ${promise}: ${what}`);
    this.broken.push({ promise, seed: this.#seed, what });
  }

  #restart(): void {
    this.#client = this.world.client();
    this.world.log(`process ${this.#client.id} starts`);
  }

  #count(outcome: string): void {
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
  }

  async #step(): Promise<void> {
    const { random } = this;
    const kind = random.weighted({
      create: 8,
      launch: 5,
      repeat: 4,
      wait: 4,
      delete: 5,
      reconcile: 3,
      list: 2,
      offers: 1,
      get: 1,
      access: 1,
      parallel: 2,
      others: 1,
      anotherOwner: 1,
      restart: 2,
      jump: this.#jumps ? 4 : 0,
    });
    switch (kind) {
      case "create":
        return void (await this.#create(this.#client, this.#newArguments()));
      case "launch":
        return await this.#launch();
      case "repeat":
        return await this.#repeat();
      case "wait":
        return await this.#wait();
      case "delete":
        return await this.#delete();
      case "reconcile":
        return await this.#reconcileOne();
      case "list":
        return await this.#list();
      case "offers":
        return await this.#offers();
      case "get":
      case "access":
        return await this.#get(kind);
      case "parallel":
        return await this.#parallel();
      case "others":
        this.#others();
        return;
      case "anotherOwner":
        return await this.#anotherOwner();
      case "restart":
        if (!this.#jumps) this.#restart();
        return;
      case "jump":
        this.#jump(random.pick([-5, 5]) * minute);
        return;
    }
  }

  #jump(ms: number): void {
    this.world.log(`the clock of the processes jumps by ${ms} ms`);
    this.world.time.wallOffsetMs += ms;
  }

  #plan(): CallPlan {
    const { random } = this;
    if (random.chance(0.07)) return { abortAt: random.between(1, 14) };
    return !this.#jumps && random.chance(0.07) ? { crashAt: random.between(1, 14) } : {};
  }

  async #call(
    client: Client,
    operation: Call["operation"],
    asked: Asked,
    work: (gpu: Gpu, signal: AbortSignal, call: Call) => Promise<unknown>,
    plan = this.#plan(),
  ): Promise<Call> {
    // Half of the clock jumps happen during a call.
    if (this.#jumps && this.random.chance(0.5)) {
      const jump = this.random.pick([-5, 5]) * minute;
      this.world.time.at(this.world.time.now + this.random.between(10, 60_000), () => {
        this.#jump(jump);
      });
    }
    if (this.random.chance(0.06)) this.#endSomethingMeanwhile();
    const call = await this.world.call(client, operation, asked, (signal, begun) => work(client.gpu, signal, begun), plan);
    for (const [name, { afterCall }] of this.#promises()) this.#judge(name, afterCall?.(call, this.world));
    this.#remember(call);
    this.#countEnd(call);
    return call;
  }

  /** Ends a machine while its list is read page by page, which a client can only detect from the total. */
  #endSomethingMeanwhile(): void {
    const { time, clouds, ledger } = this.world;
    const cloud = clouds.find(({ vendor, conditions }) => vendor === "novita" && conditions.paging === "usual");
    const machine = cloud?.machines.find((one) => one.madeBy === null && ledger.isAlive(one));
    if (machine) time.at(time.now + this.random.between(1, 120), () => ledger.end(machine, null));
  }

  /** Records the instances that a call returned. An instance named only by an error does not count as seen. */
  #remember(call: Call): void {
    const { client, end } = call;
    const instance = instanceOf(call);
    const listed =
      call.operation === "list" && end?.kind === "value"
        ? (end.value as { instances: Instance[]; unattributed: Instance[] })
        : undefined;
    for (const one of [...(instance ? [instance] : []), ...(listed ? [...listed.instances, ...listed.unattributed] : [])]) {
      client.seen.add(one.ref);
      this.#instances.push({ client, instance: one });
    }
  }

  #countEnd(call: Call): void {
    const { operation, end } = call;
    const error = errorOf(call);
    const attempts =
      error?.launch?.attempts ?? (operation === "launch" && end?.kind === "value" ? (end.value as LaunchResult).attempts : []);
    for (const attempt of attempts) if (attempt.error) this.#count(`attempt: ${attempt.error.code}`);
    const isStopped = operation === "launch" && error?.handle !== undefined;
    this.#count(`${operation}: ${isStopped ? "stopped with a handle" : this.#nameOf(call)}`);
    if (operation !== "create" || !error) return;
    const kind =
      error.code === "create_ambiguous"
        ? "ambiguous"
        : error.sideEffect === "none"
          ? "certainly not created"
          : "exists despite the error";
    this.#count(`create: ${kind}`);
  }

  #nameOf(call: Call): string {
    if (call.end?.kind === "crashed") return "crashed";
    return outcomeOf(call) ?? errorOf(call)?.code ?? (call.end?.kind === "value" ? "done" : "another error");
  }

  #keyFor(vendor: string): string {
    const takesAny = vendor !== "fal" && vendor !== "thunder-compute";
    return takesAny && this.random.chance(0.5) ? `job ${this.random.letters(12)}` : this.#client.gpu.newIdempotencyKey();
  }

  #newArguments(): CreateArguments {
    const { random, world } = this;
    const cloud = random.pick(world.clouds);
    const item = random.pick(cloud.catalogue());
    const { vendor } = cloud;
    const takesEnv = ["shadeform", "novita", "runcrate", "runpod", "vast"].includes(vendor);
    const secret = `hunter2-${random.letters(16)}`;
    if (takesEnv) world.secrets.add(secret);
    const image = vendor === "runpod" && random.chance(0.5) ? "runpod/base:1.0.2-ubuntu2404" : imageOf[vendor];
    const limit = item.usdPerHour === null ? random.pick([1, 5]) : item.usdPerHour * random.pick([0.5, 1, 1, 1.5]);
    return {
      offer: item.offer as `${string}:${string}`,
      name: random.pick(["train-42", "a", "notebook-of-ada"]),
      ...(needsKey.includes(vendor) || (mayHaveKey.includes(vendor) && random.chance(0.5))
        ? { sshPublicKey: this.#publicKey }
        : {}),
      ...(image ? { image } : {}),
      ...(takesEnv && random.chance(0.4) ? { env: { HF_TOKEN: secret } } : {}),
      ...(random.chance(0.4) ? { maxUsdPerHour: limit } : {}),
      ...(random.chance(0.6) ? { idempotencyKey: this.#keyFor(vendor) } : {}),
    };
  }

  async #create(client: Client, asked: CreateArguments, plan?: CallPlan): Promise<Call> {
    const { random } = this;
    const { offer, idempotencyKey: key, maxUsdPerHour, ...rest } = asked;
    const rejectsIntent = random.chance(0.04);
    const passesOnIntent = rejectsIntent || random.chance(0.9);
    const call = await this.#call(
      client,
      "create",
      {
        offer,
        parameters: JSON.stringify({ offer, ...rest }),
        ...(key ? { key } : {}),
        ...(maxUsdPerHour === undefined ? {} : { maxUsdPerHour }),
        ...(rejectsIntent ? { rejectsIntent } : {}),
      },
      (gpu, signal, begun) => {
        const onIntent = async (handle: CreateHandle) => {
          begun.handles.push(handle);
          await this.world.time.sleep(random.between(0, 200));
          if (rejectsIntent) throw new Error("disk full");
        };
        // The arguments match the vendor, but the compiler cannot know that.
        return gpu.create({ ...asked, signal, ...(passesOnIntent ? { onIntent } : {}) } as Parameters<Gpu["create"]>[0]);
      },
      plan ?? this.#plan(),
    );
    this.#startedCreates.push({ call, asked });
    this.#keepHandles(call, key);
    return call;
  }

  #keepHandles(call: Call, key: string | undefined): void {
    const error: UnifiedGpuError | undefined = errorOf(call);
    const handles = error?.handle ? [error.handle] : call.end?.kind === "crashed" ? call.handles : [];
    for (const handle of handles) this.#unresolved.push({ handle: JSON.parse(JSON.stringify(handle)), call, key });
  }

  async #repeat(): Promise<void> {
    const { random } = this;
    const again = this.#startedCreates.filter(({ asked }) => asked.idempotencyKey);
    if (again.length === 0) return void (await this.#create(this.#client, this.#newArguments()));
    const { asked } = random.pick(again);
    const isOther = random.chance(0.15);
    await this.#create(this.#client, isOther ? { ...asked, name: `${asked.name}-other` } : asked);
  }

  async #launch(): Promise<void> {
    const { random, world } = this;
    const item = random.pick(world.clouds.flatMap((cloud) => cloud.catalogue()));
    const until = random.pick(["ready", "ready", "created"] as const);
    const hasNovita = world.clouds.some(({ vendor }) => vendor === "novita");
    const isForNovita = hasNovita && random.chance(0.6);
    const timeoutMs = random.pick([3 * minute, 15 * minute]);
    const maxUsdPerHour = random.pick([0.5, 2, 4, 30]);
    const call = await this.#call(
      this.#client,
      "launch",
      { gpu: item.gpu, gpuCount: item.gpuCount, maxUsdPerHour, until, timeoutMs },
      (gpu, signal, begun) =>
        gpu.launch({
          gpu: item.gpu,
          gpuCount: item.gpuCount,
          market: item.market,
          maxUsdPerHour,
          name: "train-7",
          ...(isForNovita ? { image: "pytorch/pytorch:2.8.0" } : { sshPublicKey: this.#publicKey }),
          until,
          wait: { timeoutMs },
          signal,
          onIntent: (handle) => void begun.handles.push(handle),
        }),
    );
    this.#keepHandles(call, undefined);
  }

  /** A known instance, or a reference that no call returned. */
  #target(): { ref: string; given: Instance | string } {
    const { random, world } = this;
    const known = this.#instances.filter(({ client }) => client.account === "ours");
    if (known.length > 0 && random.chance(0.85)) {
      const { instance } = random.pick(known);
      return { ref: instance.ref, given: random.chance(0.6) ? instance : instance.ref };
    }
    const machines = world.ledger.machines;
    const ref = machines.length > 0 ? refOf(random.pick<Machine>(machines)) : `${random.pick(world.clouds).vendor}:nosuch1`;
    const shown = random.chance(0.3) ? ref.slice(0, -2) : ref;
    return { ref: shown, given: shown };
  }

  async #wait(): Promise<void> {
    const { ref, given } = this.#target();
    const timeoutMs = this.random.pick([30_000, 5 * minute, 15 * minute]);
    await this.#call(this.#client, "wait", { ref, timeoutMs }, (gpu, signal) =>
      gpu.waitUntilReady(given as Instance, { timeoutMs, signal }),
    );
  }

  async #delete(): Promise<void> {
    const { random } = this;
    const { ref, given } = this.#target();
    const waitMs = random.pick([0, 0, 10_000, 60_000]);
    const client = random.chance(0.06) ? this.world.client({ account: "theirs" }) : this.#client;
    await this.#call(client, "delete", { ref, waitMs }, (gpu, signal) => gpu.delete(given as Instance, { waitMs, signal }));
  }

  async #get(operation: "get" | "access"): Promise<void> {
    const { ref, given } = this.#target();
    await this.#call(this.#client, operation, { ref }, (gpu, signal) => gpu[operation](given as Instance, { signal }));
  }

  async #list(): Promise<void> {
    const owner = this.random.chance(0.5) ? "ci" : undefined;
    await this.#call(this.#client, "list", owner ? { owner } : {}, (gpu, signal) =>
      gpu.list({ ...(owner ? { owner } : {}), signal }),
    );
  }

  async #offers(): Promise<void> {
    await this.#call(this.#client, "offers", {}, (gpu, signal) => gpu.offers({ signal }));
  }

  async #reconcileOne(): Promise<void> {
    if (this.#unresolved.length === 0) return await this.#list();
    await this.#reconcile(this.#client, this.random.pick(this.#unresolved), {});
  }

  async #reconcile(client: Client, { handle, call, key }: UnresolvedCreate, more: Asked, plan?: CallPlan): Promise<void> {
    // At fal a key identifies a create within the account. Elsewhere its owner and parameters count too.
    const isSame = ({ asked, client }: Call) =>
      handle.provider === "fal" || (client.owner === call.client.owner && asked.parameters === call.asked.parameters);
    const of = this.world.calls.filter((one) => one === call || (key !== undefined && one.asked.key === key && isSame(one)));
    await this.#call(
      client,
      "reconcile",
      { of, offer: handle.offer, ...more },
      (gpu, signal) => gpu.reconcile(handle, { signal }),
      plan ?? this.#plan(),
    );
  }

  async #parallel(): Promise<void> {
    const { random, world } = this;
    const asked = this.#newArguments();
    const isOtherProgram = !this.#jumps && random.chance(0.3);
    const other = isOtherProgram ? world.client() : this.#client;
    const second = random.chance(0.5) ? this.#create(other, random.chance(0.5) ? asked : this.#newArguments()) : this.#delete();
    await Promise.all([this.#create(this.#client, asked), second]);
  }

  /** A create by another owner in the same account, sometimes with a key that is already used. */
  async #anotherOwner(): Promise<void> {
    const { random, world } = this;
    const [begun] = this.#startedCreates;
    await this.#create(world.client({ owner: "nightly" }), begun && random.chance(0.5) ? begun.asked : this.#newArguments());
  }

  /** Simulates changes made in the vendor's console. */
  #others(): void {
    const { random, world } = this;
    const cloud = random.pick(world.clouds);
    const foreign = cloud.machines.filter((machine) => machine.madeBy === null && world.ledger.isAlive(machine));
    if (foreign.length > 0 && random.chance(0.5)) world.ledger.end(random.pick(foreign), null);
    else this.#addOthers(cloud);
  }

  /** Removes all faults, and reconciles every create with an unknown outcome in a new process. */
  async #settle(): Promise<void> {
    const { world } = this;
    await world.time.sleep(5 * minute);
    world.clear();
    if (this.#jumps) await world.time.sleep(30 * minute);
    else this.#restart();
    if (this.#client.isDead) this.#restart();
    for (const known of this.#unresolved) await this.#reconcile(this.#client, known, { isFinal: true }, {});
    await world.time.sleep(5 * minute);
  }
}

/** Runs the programme of the given seed. */
export async function runProgramme(seed: number, options: ProgrammeOptions = {}): Promise<Report> {
  return await new Programme(seed, options).run();
}
