import {
  type CreateHandle,
  createGpu,
  fal,
  type Gpu,
  GpuError,
  type GpuEvent,
  type GpuLimits,
  type GpuOptions,
  lambda,
  novita,
  type Provider,
  runcrate,
  runpod,
  shadeform,
  thunderCompute,
  vast,
} from "../../src/index.js";
import { type Cloud, type Conditions, calm } from "./cloud.js";
import { FalCloud } from "./fakes/fal.js";
import { LambdaCloud } from "./fakes/lambda.js";
import { NovitaCloud } from "./fakes/novita.js";
import { RuncrateCloud } from "./fakes/runcrate.js";
import { RunpodCloud } from "./fakes/runpod.js";
import { ShadeformCloud } from "./fakes/shadeform.js";
import { ThunderCloud } from "./fakes/thunder-compute.js";
import { VastCloud } from "./fakes/vast.js";
import { Ledger, type Machine } from "./ledger.js";
import { currentCall, Network, type NetworkCall, type Process } from "./network.js";
import { Random } from "./random.js";
import { VirtualTime } from "./time.js";

export const vendorNames = ["thunder-compute", "shadeform", "fal", "novita", "runcrate", "lambda", "runpod", "vast"] as const;
export type VendorName = (typeof vendorNames)[number];

/** The API under test. The planted faults replace parts of it. */
export interface Subject {
  createGpu(options: GpuOptions): Gpu;
  /** Wraps the `fetch` between the API and the network. */
  wrapFetch?(fetch: Fetch, world: World): Fetch;
  /** Replaces the result of a call. */
  changeEnd?(end: End, call: Call, world: World): End;
}
type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export const realSubject: Subject = { createGpu: (options) => createGpu(options) };

export type Operation = "offers" | "create" | "launch" | "wait" | "get" | "access" | "list" | "delete" | "reconcile";

/** How a call ended. */
export type End =
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "error"; readonly error: unknown }
  | { readonly kind: "crashed" };

/** A process with one `Gpu`, and the instances that it has seen. */
export interface Client extends Process {
  readonly gpu: Gpu;
  readonly account: "ours" | "theirs";
  readonly owner: string;
  readonly limits: GpuLimits | undefined;
  readonly seen: Set<string>;
  readonly events: GpuEvent[];
  readonly open: Set<Call>;
}

/** The arguments of a call that the promises need. */
export interface Asked {
  readonly offer?: string;
  readonly key?: string;
  readonly gpu?: string;
  readonly gpuCount?: number;
  readonly maxUsdPerHour?: number;
  readonly ref?: string;
  readonly waitMs?: number;
  readonly timeoutMs?: number;
  readonly until?: "ready" | "created";
  readonly owner?: string;
  readonly rejectsIntent?: boolean;
  /** The creates that a reconcile's handle may stand for. */
  readonly of?: readonly Call[];
  /** The create's parameters, serialized to compare them. */
  readonly parameters?: string;
  readonly isFiltered?: boolean;
  /** Whether the call runs at the end, when the network works and nothing is in flight. */
  readonly isFinal?: boolean;
}

/** One call of the API. */
export interface Call extends NetworkCall {
  readonly id: number;
  readonly client: Client;
  readonly operation: Operation;
  readonly asked: Asked;
  readonly startedAt: number;
  endedAt: number | null;
  end: End | null;
  abortedAt: number | null;
  /** Why the call exceeded its bounds on time or requests; null when it did not. */
  overran: string | null;
  /** Handles passed to `onIntent`. */
  readonly handles: CreateHandle[];
  /** Events of the client, which are searched for secrets. */
  readonly events: GpuEvent[];
}

export interface CallPlan {
  /** Number of the request or response at which the caller aborts. */
  readonly abortAt?: number;
  /** Number of the request or response at which the process crashes. */
  readonly crashAt?: number;
}

const minute = 60_000;

/** The maximum virtual time and number of requests of a call. */
function boundsOf(operation: Operation, { waitMs = 0, timeoutMs = 15 * minute }: Asked): { ms: number; requests: number } {
  const requests = 12_000;
  switch (operation) {
    case "offers":
    case "list":
      return { ms: 21_000, requests };
    case "get":
    case "access":
      return { ms: 15 * minute, requests };
    case "delete":
      return { ms: (Number(waitMs) || 0) + 20 * minute, requests };
    case "wait":
      return { ms: timeoutMs + 15 * minute, requests };
    case "reconcile":
      return { ms: 40 * minute, requests };
    case "create":
      return { ms: 60 * minute, requests };
    case "launch":
      return { ms: 12 * 60 * minute, requests };
  }
}

/** The vendors, the network, the client processes, and the ledger of what actually exists. */
export class World {
  readonly time = new VirtualTime();
  readonly random: Random;
  readonly ledger: Ledger;
  readonly network: Network;
  readonly clouds: readonly Cloud[];
  readonly calls: Call[] = [];
  readonly clients: Client[] = [];
  readonly secrets = new Set<string>();
  readonly subject: Subject;
  /** US dollars per hour by instance type, which the caller supplies for fal. */
  falPrices: Readonly<Record<string, number>> | undefined;
  /** Limits of each process that starts later. */
  limits: GpuLimits | undefined;
  trace: ((line: string) => void) | undefined;

  constructor(seed: number, vendors: readonly VendorName[] = vendorNames, subject: Subject = realSubject) {
    this.random = new Random(seed);
    this.subject = subject;
    this.ledger = new Ledger(this.time);
    this.clouds = vendors.map((vendor) => this.#cloud(vendor));
    this.network = new Network(this.time, this.random.fork(), this.ledger, this.clouds);
    for (const { keys } of this.clouds) for (const key of Object.values(keys)) this.secrets.add(key);
  }

  #cloud(vendor: VendorName): Cloud {
    const random = this.random.fork();
    const kinds = {
      "thunder-compute": ThunderCloud,
      shadeform: ShadeformCloud,
      fal: FalCloud,
      novita: NovitaCloud,
      runcrate: RuncrateCloud,
      lambda: LambdaCloud,
      runpod: RunpodCloud,
      vast: VastCloud,
    };
    const cloud = new kinds[vendor](this.time, random, this.ledger);
    if (cloud instanceof ThunderCloud) this.secrets.add(cloud.privateKey);
    return cloud;
  }

  /** Runs `main` in this world's virtual time. */
  run<T>(main: () => Promise<T>): Promise<T> {
    return this.time.run(this.random.fork(), main);
  }

  cloud(vendor: string): Cloud {
    const cloud = this.clouds.find((one) => one.vendor === vendor);
    if (!cloud) throw new Error(`No cloud ${vendor} in this world`);
    return cloud;
  }

  set(conditions: Partial<Conditions>): void {
    for (const cloud of this.clouds) cloud.conditions = { ...cloud.conditions, ...conditions };
  }

  /** Removes all faults and lags. */
  clear(): void {
    this.network.faultRates = {};
    this.network.choose = undefined;
    for (const cloud of this.clouds) {
      const { emptyAs, pageSize, clockOffsetMs } = cloud.conditions;
      cloud.conditions = { ...calm, emptyAs, pageSize, clockOffsetMs };
      if (cloud instanceof VastCloud) cloud.resetQuirks();
    }
  }

  log(line: string): void {
    this.trace?.(`${((this.time.now - this.time.start) / 1_000).toFixed(3)} s  ${line}`);
  }

  /** Starts a process with its own `Gpu`. */
  client({
    account = "ours",
    owner = "ci",
    limits = this.limits,
    intents,
  }: Partial<Pick<Client, "account" | "owner" | "limits"> & Pick<GpuOptions, "intents">> = {}): Client {
    const events: GpuEvent[] = [];
    const process: Process = { id: this.clients.length, isDead: false };
    const plain = this.network.fetchOf(process);
    const fetch = this.subject.wrapFetch?.(plain, this) ?? plain;
    const makers: Readonly<Record<string, (apiKey: string) => Provider>> = {
      "thunder-compute": (apiKey) => thunderCompute({ apiKey, fetch }),
      shadeform: (apiKey) => shadeform({ apiKey, fetch }),
      fal: (apiKey) => fal({ apiKey, fetch, usdPerHour: this.falPrices }),
      novita: (apiKey) => novita({ apiKey, fetch }),
      runcrate: (apiKey) => runcrate({ apiKey, fetch }),
      lambda: (apiKey) => lambda({ apiKey, fetch }),
      runpod: (apiKey) => runpod({ apiKey, fetch }),
      vast: (apiKey) => vast({ apiKey, fetch }),
    };
    const providers = this.clouds.map(({ vendor, keys }) => {
      const make = makers[vendor];
      if (!make) throw new Error(`No provider ${vendor}`);
      return make(keys[account]);
    });
    const gpu = this.subject.createGpu({ providers, owner, limits, intents, onEvent: (event) => events.push(event) });
    const client: Client = Object.assign(process, {
      gpu,
      account,
      owner,
      limits,
      seen: new Set<string>(),
      events,
      open: new Set<Call>(),
    });
    this.clients.push(client);
    return client;
  }

  /** Makes a call, and waits until it ends or its process crashes. */
  async call(
    client: Client,
    operation: Operation,
    asked: Asked,
    work: (signal: AbortSignal, call: Call) => Promise<unknown>,
    { abortAt, crashAt }: CallPlan = {},
  ): Promise<Call> {
    const controller = new AbortController();
    const bounds = boundsOf(operation, asked);
    let stop: (end: End) => void = () => undefined;
    const stopped = new Promise<End>((resolve) => {
      stop = resolve;
    });
    let events = 0;
    const call: Call = {
      id: this.calls.length,
      client,
      operation,
      asked,
      startedAt: this.time.now,
      endedAt: null,
      end: null,
      abortedAt: null,
      overran: null,
      handles: [],
      events: client.events,
      requests: [],
      onEvent: () => {
        events++;
        if (events === abortAt && call.end === null) {
          call.abortedAt = this.time.now;
          this.log(`call ${call.id} is aborted`);
          controller.abort();
        }
        if (events === crashAt && call.end === null) this.kill(client);
        if (call.requests.length > bounds.requests) overrun(`${call.requests.length} requests`);
      },
    };
    const overrun = (reason: string) => {
      call.overran ??= reason;
      client.isDead = true;
      stop({ kind: "crashed" });
    };
    this.calls.push(call);
    client.open.add(call);
    this.#stops.set(call, stop);
    const cancel = this.time.at(this.time.now + bounds.ms, () => overrun(`more than ${bounds.ms} ms`));
    this.log(
      `call ${call.id} of process ${client.id}: ${operation} ${JSON.stringify({ ...asked, of: asked.of?.map(({ id }) => id) })}`,
    );
    const worked: Promise<End> = currentCall
      .run(call, () => work(controller.signal, call))
      .then(
        (value) => ({ kind: "value", value }),
        (error: unknown) => ({ kind: "error", error }),
      );
    const end = await Promise.race([worked, stopped]);
    cancel();
    client.open.delete(call);
    this.#stops.delete(call);
    call.endedAt = this.time.now;
    call.end = this.subject.changeEnd?.(end, call, this) ?? end;
    this.log(`call ${call.id} ends: ${describeEnd(call.end)}`);
    return call;
  }

  readonly #stops = new Map<Call, (end: End) => void>();

  /** Crashes a process: it sends and receives nothing more. */
  kill(client: Client): void {
    this.log(`process ${client.id} dies`);
    client.isDead = true;
    for (const call of client.open) this.#stops.get(call)?.({ kind: "crashed" });
  }

  /** The machines that a call's requests created. */
  machinesOf(call: Call): Machine[] {
    const ids = new Set(call.requests.map(({ id }) => id));
    return this.ledger.machines.filter(({ madeBy }) => madeBy !== null && ids.has(madeBy));
  }

  callOf(request: number | null): Call | undefined {
    const owner = request === null ? undefined : this.network.sent[request]?.call;
    return this.calls.find((call) => call === owner);
  }
}

function describeEnd(end: End): string {
  if (end.kind === "crashed") return "crashed";
  if (end.kind === "value") return JSON.stringify(end.value)?.slice(0, 300) ?? "nothing";
  const { error } = end;
  return GpuError.isInstance(error) ? `${error.code}, side effect ${error.sideEffect}: ${error.message}` : String(error);
}
