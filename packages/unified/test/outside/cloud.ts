import type { Account, Ledger, Machine } from "./ledger.js";
import type { Random } from "./random.js";
import type { VirtualTime } from "./time.js";

/** How the vendor behaves. Every value stays within what the vendor's API documentation and our READMEs allow. */
export interface Conditions {
  /** Time from the create request until the machine exists, in milliseconds: at most 60 s. */
  workMs: readonly [least: number, most: number];
  /** Maximum lag of a list for new machines. */
  listLagMs: number;
  bootMs: readonly [least: number, most: number];
  /** How long a machine stays listed after its deletion. */
  endingMs: readonly [least: number, most: number];
  /** How long a new machine shows no name, tag or key. */
  marksHiddenMs: number;
  /** How a response represents a field without a value. */
  emptyAs: "null" | "missing" | "empty";
  /** How long a new machine cannot be read by its id. */
  unreadableMs: number;
  unreadableAs: 404 | 500;
  soldOut: number;
  /** Index into `soldOutResponses`. */
  soldOutAs: number;
  wrongMachine: number;
  /** Probability that a machine costs more than its offer, for vendors that show the price. */
  expensive: number;
  diesInBoot: number;
  /** Whether a machine whose boot failed is shown as failed or disappears. */
  diesAs: "failed" | "gone";
  /** Offset of the vendor's clock from virtual time, in milliseconds. */
  clockOffsetMs: number;
  pageSize: number;
  paging: "usual" | "no total" | "from one" | "number ignored" | "endless" | "repeated cursor" | "null cursor";
  /** How a list reports that it is incomplete, without a usable cursor to the rest. */
  cutLists: "no" | "cursor" | "hasMore" | "total";
  /** Whether an idempotency key takes effect when the first request starts or when it finishes. */
  remembers: "from start" | "when finished";
  /** Whether error messages echo secrets of the request. */
  echoesSecrets: boolean;
  /** The response to a successful delete. */
  deleteAs: "usual" | "empty 200" | "204";
}

export const calm: Conditions = {
  workMs: [200, 2_000],
  listLagMs: 0,
  bootMs: [20_000, 90_000],
  endingMs: [0, 10_000],
  marksHiddenMs: 0,
  emptyAs: "null",
  unreadableMs: 0,
  unreadableAs: 404,
  soldOut: 0,
  soldOutAs: 0,
  wrongMachine: 0,
  expensive: 0,
  diesInBoot: 0,
  diesAs: "failed",
  clockOffsetMs: 0,
  pageSize: 100,
  paging: "usual",
  cutLists: "no",
  remembers: "when finished",
  echoesSecrets: false,
  deleteAs: "usual",
};

/** A parsed request. */
export interface VendorRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  readonly text: string;
}

export interface VendorResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

export type Json = Readonly<Record<string, unknown>>;

export function json(status: number, body: unknown): VendorResponse {
  return { status, headers: { "content-type": "application/json" }, text: JSON.stringify(body) };
}

export function empty(status: number): VendorResponse {
  return { status, headers: {}, text: "" };
}

/** Converts to the runtime's `Response`, without a body for statuses that must not have one. */
export function toResponse({ status, headers, text }: VendorResponse, body: BodyInit | null = text): Response {
  const isBodiless = status === 204 || status === 205 || status === 304;
  return new Response(isBodiless ? null : body, { status, headers });
}

export function toVendorRequest(url: string, init: RequestInit): VendorRequest {
  const { pathname, searchParams } = new URL(url);
  return {
    method: (init.method ?? "GET").toUpperCase(),
    path: pathname,
    query: searchParams,
    headers: new Headers(init.headers),
    text: typeof init.body === "string" ? init.body : "",
  };
}

export function toJson(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}

/** A rentable item with its actual price. */
export interface CatalogueItem {
  /** Offer id in the format that `@gpu/unified` documents. */
  readonly offer: string;
  /** The model's name in `launch` and `offers`. */
  readonly gpu: string;
  readonly gpuCount: number;
  readonly market: "on_demand" | "spot";
  /** US dollars per hour for the whole machine; null when the vendor publishes no price. */
  readonly usdPerHour: number | null;
  readonly isAvailable: boolean;
}

export interface Stored extends Machine {
  readonly item: CatalogueItem;
  readonly name: string | null;
  /** The body of the create request, which later reads return fields of. */
  readonly body: Json;
  /** How long lists may still show the machine after it ended. */
  readonly endingMs: number;
  readonly ip: string;
}

export interface NewMachine {
  readonly item: CatalogueItem;
  readonly account: Account;
  readonly madeBy: number | null;
  readonly body: Json;
  readonly name: string | null;
  readonly id?: string;
  /** In addition to the price of the item. */
  readonly extraUsdPerHour?: number | null;
}

/** Lifecycle phase of a machine. */
export type Phase = "queued" | "booting" | "running" | "failed" | "ending" | "gone";

/** A vendor's API over in-memory machines. */
export abstract class Cloud {
  abstract readonly vendor: string;
  abstract readonly origin: string;
  /** The list lag that the README allows. */
  abstract readonly settleMs: number;
  abstract readonly soldOutResponses: readonly VendorResponse[];
  readonly machines: Stored[] = [];
  /** Ids of machines that all reads hide. */
  readonly hidden = new Set<string>();
  readonly keys: Readonly<Record<Account, string>>;
  conditions: Conditions;
  readonly time: VirtualTime;
  readonly random: Random;
  readonly ledger: Ledger;

  constructor(time: VirtualTime, random: Random, ledger: Ledger, conditions: Conditions = calm) {
    this.time = time;
    this.random = random;
    this.ledger = ledger;
    this.conditions = conditions;
    this.keys = { ours: this.newKey(), theirs: this.newKey() };
  }

  abstract catalogue(): readonly CatalogueItem[];
  /** Handles a request, and resolves once the vendor would respond. */
  abstract respond(request: VendorRequest): Promise<VendorResponse>;
  protected abstract newKey(): string;
  protected abstract newId(): string;

  /** Passed to a client as `fetch`. */
  readonly fetch = async (url: string, init: RequestInit): Promise<Response> => {
    init.signal?.throwIfAborted();
    return toResponse(await this.respond(toVendorRequest(url, init)));
  };

  accountOf(key: string | null | undefined): Account | undefined {
    return key === this.keys.ours ? "ours" : key === this.keys.theirs ? "theirs" : undefined;
  }

  /** The requested item, or another one when the vendor delivers the wrong machine. */
  protected delivered(item: CatalogueItem): CatalogueItem {
    if (!this.random.chance(this.conditions.wrongMachine)) return item;
    const others = this.catalogue().filter(({ gpu, gpuCount }) => gpu !== item.gpu && gpuCount === item.gpuCount);
    return others.length > 0 ? this.random.pick(others) : item;
  }

  protected work(): Promise<void> {
    const [least, most] = this.conditions.workMs;
    return this.time.sleep(this.random.between(least, most));
  }

  add({ item: asked, account, madeBy, body, name, id = this.newId(), extraUsdPerHour = 0 }: NewMachine): Stored {
    const { conditions, random, time } = this;
    const item = madeBy === null ? asked : this.delivered(asked);
    const bootMs = random.between(...conditions.bootMs);
    const failsAt = madeBy !== null && random.chance(conditions.diesInBoot) ? time.now + bootMs * random.next() : null;
    const price = item.usdPerHour === null || extraUsdPerHour === null ? null : item.usdPerHour + extraUsdPerHour;
    const surcharge = madeBy !== null && random.chance(conditions.expensive) ? 3 : 1;
    const machine: Stored = {
      vendor: this.vendor,
      id,
      account,
      madeBy,
      madeAt: time.now,
      offer: item.offer,
      usdPerHour: price === null ? null : Math.round(price * surcharge * 1e9) / 1e9,
      isWrong: item.gpu !== asked.gpu,
      readyAt: time.now + bootMs,
      failsAt,
      endedAt: failsAt !== null && conditions.diesAs === "gone" ? failsAt : null,
      endedBy: null,
      item,
      name,
      body,
      endingMs: random.between(...conditions.endingMs),
      ip: `203.0.113.${random.between(1, 254)}`,
    };
    this.machines.push(machine);
    this.ledger.machines.push(machine);
    return machine;
  }

  phase(machine: Machine & { readonly endingMs: number }): Phase {
    const { now } = this.time;
    const { endedAt, failsAt, readyAt, madeAt, endingMs } = machine;
    if (endedAt !== null && now >= endedAt) return now < endedAt + endingMs && endedAt !== failsAt ? "ending" : "gone";
    if (failsAt !== null && now >= failsAt) return "failed";
    if (now >= readyAt) return "running";
    return now < madeAt + (readyAt - madeAt) / 3 ? "queued" : "booting";
  }

  /** The machines in a list, which may lag for new machines. */
  protected listed(account: Account): Stored[] {
    const lagMs = Math.floor(this.conditions.listLagMs * this.random.next());
    return this.machines.filter(
      (machine) =>
        machine.account === account &&
        machine.madeAt + lagMs <= this.time.now &&
        this.phase(machine) !== "gone" &&
        !this.hidden.has(machine.id),
    );
  }

  protected own(id: string, account: Account): Stored | undefined {
    return this.machines.find(
      (machine) =>
        machine.id === id &&
        machine.account === account &&
        machine.madeAt <= this.time.now &&
        this.phase(machine) !== "gone" &&
        !this.hidden.has(id),
    );
  }

  protected isUnreadable({ madeAt, madeBy }: Machine): boolean {
    return madeBy !== null && this.time.now < madeAt + this.conditions.unreadableMs;
  }

  protected hidesMark({ madeAt, madeBy }: Machine): boolean {
    return madeBy !== null && this.time.now < madeAt + this.conditions.marksHiddenMs;
  }

  /** Represents a field without a value according to the conditions. */
  protected emptyField(field: string, emptyValue: unknown = ""): Json {
    const { emptyAs } = this.conditions;
    if (emptyAs === "missing") return {};
    return { [field]: emptyAs === "null" ? null : emptyValue };
  }

  /** Represents a mark that is hidden for now. An empty value would mean that the machine has no mark. */
  protected hiddenMark(field: string): Json {
    return this.conditions.emptyAs === "missing" ? {} : { [field]: null };
  }

  protected vendorTime(at: number): string {
    return new Date(at + this.conditions.clockOffsetMs).toISOString();
  }

  protected soldOutResponse(): VendorResponse | undefined {
    if (!this.random.chance(this.conditions.soldOut)) return undefined;
    return this.soldOutResponses[this.conditions.soldOutAs % this.soldOutResponses.length];
  }

  /** A message, with the request's secrets if the vendor echoes them. */
  protected withEcho(text: string, request: VendorRequest): string {
    if (!this.conditions.echoesSecrets) return text;
    const key = request.headers.get("authorization") ?? request.headers.get("x-api-key") ?? "";
    return `${text} (request by ${key}: ${request.text})`;
  }
}
