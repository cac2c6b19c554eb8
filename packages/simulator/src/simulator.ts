import type { Catalogue } from "./catalogue.js";
import { createVirtualClock, type VirtualClock } from "./clock.js";
import { createFaults, type Fault, type FaultHandle } from "./faults.js";
import { createLedger, type LedgerEntry } from "./ledger.js";
import { createRandom } from "./random.js";
import { ConnectionReset, createRouter, type RequestRecord, type Router } from "./router.js";
import { type Listening, listen } from "./server.js";
import type { VendorName, VendorServer, VendorSettings } from "./vendor.js";
import { definitions, vendorNames } from "./vendors/index.js";

/** Options of `createSimulator`. */
export interface SimulatorOptions {
  /** Which vendors there are, or how they behave where that is not the default. Default: all five. */
  vendors?: readonly VendorName[] | { readonly [Vendor in VendorName]?: Partial<VendorSettings> } | undefined;
  /** Ids, addresses, keys and passwords follow from it. Default: `"gpu"`. */
  seed?: string | number | undefined;
  /** Default: a virtual clock that moves by itself when nothing runs. */
  clock?: VirtualClock | undefined;
}

/** Five GPU clouds in memory. */
export interface Simulator {
  /**
   * Give it to the clients as `fetch`, or put it in the place of the global one. Answers for the hosts of the simulated vendors; any
   * other host fails as an unknown one: nothing ever reaches the network.
   */
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>;
  /** A valid API key for each vendor, as the clients take it: without any prefix. */
  readonly keys: Readonly<Record<VendorName, string>>;
  /** Give it to the clients as `clock`. */
  readonly clock: VirtualClock;
  /** Puts a fault in place. Error when it could never strike. */
  fault<Vendor extends VendorName>(fault: Fault<Vendor>): FaultHandle;
  /** What was rented, when, by which request, and what it cost until now. Oldest first. */
  ledger(): LedgerEntry[];
  /** Every request that came, in order. */
  requests(): readonly Readonly<RequestRecord>[];
  /** What a vendor has to rent: prices and stock, to read and to change. Error when the vendor is not simulated. */
  catalogue(vendor: VendorName): Catalogue;
  /**
   * Serves each vendor on a free loopback port, for other processes. Only where `node:http` exists. Their time is not virtual: use a
   * clock of `pace: "real"`, or `advance`.
   */
  listen(): Promise<Listening>;
}

interface Running {
  server: VendorServer<string>;
  router: Router;
  baseUrls: readonly string[];
}

/** Makes a simulator. It holds no timer and no port until something sleeps or `listen` is called. */
export function createSimulator(options: SimulatorOptions = {}): Simulator {
  const { vendors = vendorNames, seed = "gpu", clock = createVirtualClock() } = options;
  const ledger = createLedger();
  const faults = createFaults();
  const log: RequestRecord[] = [];
  const running = new Map<VendorName, Running>();
  for (const vendor of vendorNames) {
    const definition = definitions[vendor];
    const own = isList(vendors) ? (vendors.includes(vendor) ? {} : undefined) : vendors[vendor];
    if (!own) continue;
    const settings = { ...definition.defaults, ...own };
    const random = createRandom(`${seed}/${vendor}`);
    const server = definition.start({ vendor, now: clock.now, random, ledger, settings });
    const router = createRouter({ definition, server, settings, clock, faults, log });
    running.set(vendor, { server, router, baseUrls: definition.baseUrls });
  }

  function find(vendor: VendorName): Running {
    const found = running.get(vendor);
    if (!found) throw new Error(`${vendor} is not simulated; there are ${[...running.keys()].join(", ")}`);
    return found;
  }

  async function send(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    const request = typeof input === "object" && "method" in input ? new Request(input, init) : undefined;
    const signal = request?.signal ?? init?.signal ?? undefined;
    signal?.throwIfAborted();
    const url = new URL(request?.url ?? String(input));
    const place = url.origin + url.pathname;
    for (const { router, baseUrls } of running.values()) {
      const base = baseUrls.find((candidate) => place.startsWith(`${candidate}/`));
      if (base === undefined) continue;
      const text = await bodyText(request ?? init);
      try {
        const answer = await router({
          method: (request?.method ?? init?.method ?? "GET").toUpperCase(),
          path: place.slice(base.length),
          query: url.searchParams,
          headers: request?.headers ?? new Headers(init?.headers),
          text,
          signal,
        });
        signal?.throwIfAborted();
        return new Response(answer.text === "" ? null : answer.text, { status: answer.status, headers: answer.headers });
      } catch (error) {
        if (error instanceof ConnectionReset) throw new TypeError("fetch failed", { cause: error });
        throw error;
      }
    }
    const known = [...running.values()].map(({ baseUrls }) => baseUrls[0]).join(", ");
    const cause = Object.assign(new Error(`the simulator does not serve ${place}; it serves ${known}`), { code: "ENOTFOUND" });
    throw new TypeError("fetch failed", { cause });
  }

  const keyOf = (vendor: VendorName) => running.get(vendor)?.server.apiKey ?? `${vendor}-is-not-simulated`;
  return {
    fetch: send,
    keys: {
      "thunder-compute": keyOf("thunder-compute"),
      shadeform: keyOf("shadeform"),
      fal: keyOf("fal"),
      novita: keyOf("novita"),
      runcrate: keyOf("runcrate"),
    },
    clock,
    fault(fault) {
      find(fault.vendor);
      return faults.place(fault, definitions[fault.vendor].operations);
    },
    ledger() {
      for (const { server } of running.values()) server.settle?.();
      return ledger.entries(clock.now());
    },
    requests: () => log,
    catalogue: (vendor) => find(vendor).server.catalogue,
    listen: () =>
      listen(new Map([...running].map(([vendor, { router, baseUrls }]) => [vendor, { router, path: pathOf(baseUrls[0]) }]))),
  };
}

function isList(vendors: NonNullable<SimulatorOptions["vendors"]>): vendors is readonly VendorName[] {
  return Array.isArray(vendors);
}

/** A base URL's path, so that a server has the same one. */
function pathOf(baseUrl: string | undefined): string {
  return new URL(baseUrl ?? "http://localhost").pathname.replace(/\/$/, "");
}

async function bodyText(source: Request | RequestInit | undefined): Promise<string> {
  if (!source?.body) return "";
  return typeof source.body === "string" ? source.body : await new Response(source.body).text();
}
