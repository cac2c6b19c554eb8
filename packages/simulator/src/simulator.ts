import type { Catalogue } from "./catalogue.js";
import { createVirtualClock, type VirtualClock } from "./clock.js";
import { createFaults, type Fault, type FaultHandle } from "./faults.js";
import { ConnectionLost, unknownHost } from "./fetch-errors.js";
import { type VendorName, vendorNames } from "./generated/vendor-names.js";
import { definitions } from "./generated/vendors.js";
import { createLedger, type LedgerEntry } from "./ledger.js";
import { anything, checkName, checkOptions, milliseconds, SimulatorError } from "./options.js";
import { createRandom } from "./random.js";
import { createRouter, type OutgoingResponse, type RequestRecord, type Router } from "./router.js";
import { type Listening, listen } from "./server.js";
import { integer, type Rule } from "./validation.js";
import { defaultSettings, type VendorDefinition, type VendorServer, type VendorSettings } from "./vendor.js";

/** Options of `createSimulator`. */
export interface SimulatorOptions {
  /** The simulated vendors, as a list of names or with settings by name. Default: all. */
  vendors?: readonly VendorName[] | { readonly [Vendor in VendorName]?: Partial<VendorSettings> } | undefined;
  /** Determines ids, addresses, keys and passwords. Default: `"gpu"`. */
  seed?: string | number | undefined;
  /** Default: `createVirtualClock()`, which moves by itself while the program is idle. */
  clock?: VirtualClock | undefined;
}

/** GPU clouds in memory. */
export interface Simulator {
  /**
   * Pass it to clients as `fetch`, or replace the global `fetch` with it. It serves the hosts of the simulated vendors. Any other
   * host fails like an unknown host: nothing reaches the network.
   */
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>;
  /** A valid API key for each vendor, without a prefix. */
  readonly keys: Readonly<Record<VendorName, string>>;
  /** Pass it to clients as `clock`. */
  readonly clock: VirtualClock;
  /** Places a fault. Throws a `SimulatorError` when a part of it is misspelled, or when it can never apply. */
  fault<Vendor extends VendorName>(fault: Fault<Vendor>): FaultHandle;
  /** All rentals with their costs so far, oldest first. */
  ledger(): LedgerEntry[];
  /** Every received request, in order. */
  requests(): readonly Readonly<RequestRecord>[];
  /** A vendor's products, prices and stock, to read and to change. Throws a `SimulatorError` when the vendor is not simulated. */
  catalogue(vendor: VendorName): Catalogue;
  /**
   * Serves each vendor on a free loopback port, for other processes. Needs `node:http`. Other processes run in real time: use a
   * clock with `pace: "real"`, or `advance`.
   */
  listen(): Promise<Listening>;
}

interface Running {
  server: VendorServer<string>;
  router: Router;
  baseUrls: VendorDefinition["baseUrls"];
  /** Whether the vendor serves a URL outside of its base URLs. */
  servesAtRoot: (url: URL) => boolean;
}

const amount: Rule<number> = (value, at) => {
  if (typeof value === "number" && value >= 0) return value;
  throw new SimulatorError(`${at} must be a number from 0 on`);
};
const settingRules: { readonly [Setting in keyof VendorSettings]: Rule<unknown> } = {
  bootMs: milliseconds({ endless: true }),
  addressMs: milliseconds({ endless: true }),
  settleMs: milliseconds(),
  pageSize: integer(0),
  firstPage: integer(0, 1),
  clockOffMs: milliseconds({ min: Number.NEGATIVE_INFINITY }),
  createIntervalMs: milliseconds(),
  balanceUsd: amount,
};

function checkSimulatorOptions(options: SimulatorOptions): void {
  const seed: Rule<unknown> = (value, at) => {
    if (typeof value === "string" || typeof value === "number") return value;
    throw new SimulatorError(`${at} must be a string or a number`);
  };
  const clock: Rule<unknown> = (value, at) => {
    const isClock = (["now", "sleep", "hold", "advance"] as const).every(
      (name) => typeof (value as Partial<VirtualClock> | null)?.[name] === "function",
    );
    if (isClock) return value;
    throw new SimulatorError(`${at} must be a clock of createVirtualClock`);
  };
  checkOptions(options, { vendors: anything, seed, clock }, "createSimulator");
  const { vendors } = options;
  if (vendors === undefined) return;
  if (Array.isArray(vendors)) {
    if (vendors.length === 0) throw new SimulatorError(`createSimulator: vendors is empty; there are ${vendorNames.join(", ")}`);
    for (const vendor of vendors) checkName(vendor, vendorNames, "createSimulator: vendors");
    return;
  }
  checkOptions(vendors, Object.fromEntries(vendorNames.map((vendor) => [vendor, anything])), "createSimulator: vendors");
  for (const [vendor, settings] of Object.entries(vendors)) {
    if (settings !== undefined) checkOptions(settings, settingRules, `createSimulator: vendors.${vendor}`);
  }
}

/**
 * Creates a simulator. It uses no timer or port until something sleeps or `listen` is called. Throws a `SimulatorError` when an
 * option is unknown or wrong.
 */
export function createSimulator(options: SimulatorOptions = {}): Simulator {
  checkSimulatorOptions(options);
  const { vendors = vendorNames, seed = "gpu", clock = createVirtualClock() } = options;
  const ledger = createLedger();
  const faults = createFaults();
  const log: RequestRecord[] = [];
  const running = new Map<VendorName, Running>();
  for (const vendor of vendorNames) {
    const definition = definitions[vendor];
    const chosen = isList(vendors) ? (vendors.includes(vendor) ? {} : undefined) : vendors[vendor];
    if (!chosen) continue;
    const given = Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== undefined));
    const settings: VendorSettings = { ...defaultSettings, ...definition.defaults, ...given };
    const { clockOffMs } = settings;
    const random = createRandom(`${seed}/${vendor}`);
    const now = () => clock.now() + clockOffMs;
    const own = ledger.of(vendor, clockOffMs, definition.billingStepMs ?? 1_000);
    const server = definition.start({ now, random, ledger: own, settings });
    const router = createRouter({ definition, server, settings, clock, faults, ledger, log });
    running.set(vendor, { server, router, baseUrls: definition.baseUrls, servesAtRoot: rootOf(definition) });
  }

  function find(vendor: VendorName): Running {
    const found = running.get(vendor);
    if (!found) throw new SimulatorError(`${String(vendor)} is not simulated; there are ${[...running.keys()].join(", ")}`);
    return found;
  }

  async function send(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    const request = typeof input === "object" && "method" in input ? new Request(input, init) : undefined;
    const signal = request?.signal ?? init?.signal ?? undefined;
    signal?.throwIfAborted();
    const url = new URL(request?.url ?? String(input));
    const target = url.origin + url.pathname;
    for (const { router, baseUrls, servesAtRoot } of running.values()) {
      const base = baseUrls.find((candidate) => target.startsWith(`${candidate}/`));
      if (base === undefined && !servesAtRoot(url)) continue;
      const text = await bodyText(request ?? init);
      try {
        const sent = await router({
          method: (request?.method ?? init?.method ?? "GET").toUpperCase(),
          path: base === undefined ? url.pathname : target.slice(base.length),
          atRoot: base === undefined,
          query: url.searchParams,
          headers: request?.headers ?? new Headers(init?.headers),
          text,
          signal,
        });
        signal?.throwIfAborted();
        return responseOf(sent);
      } catch (error) {
        throw error instanceof ConnectionLost ? error.rejection : error;
      }
    }
    const known = [...running.values()].map(({ baseUrls }) => baseUrls[0]).join(", ");
    throw unknownHost(`the simulator does not serve ${target}; it serves ${known}`);
  }

  const keys = vendorNames.map((vendor) => [vendor, running.get(vendor)?.server.apiKey ?? `${vendor}-is-not-simulated`]);
  return {
    fetch: send,
    keys: Object.fromEntries(keys) as Record<VendorName, string>,
    clock,
    fault(fault) {
      if (typeof fault !== "object" || fault === null) throw new SimulatorError("fault takes an object with vendor and kind");
      checkName(fault.vendor, vendorNames, "fault: vendor");
      find(fault.vendor);
      return faults.place(fault, definitions[fault.vendor].operations);
    },
    ledger() {
      for (const { router } of running.values()) router.settle();
      return ledger.entries(clock.now());
    },
    requests: () => log,
    catalogue: (vendor) => find(vendor).server.catalogue,
    listen: () =>
      listen(new Map([...running].map(([vendor, { router, baseUrls }]) => [vendor, { router, path: pathOf(baseUrls[0]) }]))),
  };
}

function rootOf({ baseUrls, operations }: VendorDefinition): Running["servesAtRoot"] {
  const paths = new Set(Object.values(operations).flatMap(({ atRoot, path }) => (atRoot ? path : [])));
  const origins = new Set(baseUrls.map((baseUrl) => new URL(baseUrl).origin));
  return ({ origin, pathname }) => paths.has(pathname) && origins.has(origin);
}

function isList(vendors: NonNullable<SimulatorOptions["vendors"]>): vendors is readonly VendorName[] {
  return Array.isArray(vendors);
}

/**
 * The response. Node.js reads bodies with the global `queueMicrotask`, which a test runner may have replaced, so a whole body is
 * read without it.
 */
function responseOf(sent: OutgoingResponse): Response {
  const { text, status, headers, bodyFailure } = sent;
  const response = new Response(bodyOf(sent), { status, headers });
  if (bodyFailure !== undefined) return response;
  const read = async () => {
    // With the runtime's own error.
    if (response.bodyUsed || response.body?.locked) return Response.prototype.text.call(response);
    void response.body?.cancel();
    return text;
  };
  return Object.assign(response, { text: read, json: async () => JSON.parse(await read()) });
}

/** The body of a `Response`. An incomplete body ends with its error. */
function bodyOf({ text, bodyFailure }: OutgoingResponse): ReadableStream<Uint8Array> | string | null {
  if (bodyFailure === undefined) return text === "" ? null : text;
  const chunks = text === "" ? [] : [new TextEncoder().encode(text)];
  return new ReadableStream({
    pull(controller) {
      const chunk = chunks.shift();
      if (chunk) controller.enqueue(chunk);
      else controller.error(bodyFailure);
    },
  });
}

/** The path of a base URL. */
function pathOf(baseUrl: string): string {
  return new URL(baseUrl).pathname.replace(/\/$/, "");
}

async function bodyText(source: Request | RequestInit | undefined): Promise<string> {
  if (!source?.body) return "";
  return typeof source.body === "string" ? source.body : await new Response(source.body).text();
}
