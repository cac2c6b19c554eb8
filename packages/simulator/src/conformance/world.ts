import { type ClientOptions, GpuError } from "@gpu/core";
import { createVirtualClock } from "../clock.js";
import type { LedgerEntry } from "../ledger.js";
import { createSimulator, type Simulator } from "../simulator.js";
import type { VendorName, VendorSettings } from "../vendor.js";
import { vendorNames } from "../vendors/index.js";
import { assert } from "./assert.js";
import type {
  CallContextUnderTest,
  ConnectedProviderUnderTest,
  CreateUnderTest,
  FoundUnderTest,
  ProviderUnderTest,
} from "./provider.js";

/** Makes the provider to test, with the options of its client. */
export type MakeProvider = (options: ClientOptions) => ProviderUnderTest;

/** The simulated vendor that a provider speaks to. */
export function vendorOf(makeProvider: MakeProvider): VendorName {
  const { id } = makeProvider({});
  const vendor = vendorNames.find((name) => name === id);
  if (!vendor) throw new Error(`the simulator has no vendor "${id}"; it has ${vendorNames.join(", ")}`);
  return vendor;
}

/** A fresh simulated vendor, and the provider connected to it. */
export interface World {
  readonly vendor: VendorName;
  readonly simulator: Simulator;
  readonly provider: ConnectedProviderUnderTest;
  readonly context: CallContextUnderTest;
  /** A create of the cheapest offer that is in stock; each with a mark and a key of its own. */
  request(): Promise<CreateUnderTest>;
  /** Creates an instance. */
  create(request?: CreateUnderTest): Promise<{ readonly id: string; readonly request: CreateUnderTest }>;
  /** Waits until the instance is ready. */
  boot(id: string): Promise<FoundUnderTest>;
  /** The instances that were rented, gone or not. */
  rentals(): LedgerEntry[];
  /** How often an operation was called. */
  count(operation: string): number;
}

const sshPublicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPZF0ivPXjdsYBKwMkfTmXB3rI1bzs8pdVnEGAcBg0TX ada@workstation";

/** A mark in the form of `@gpu/unified`: 33 letters and digits and a check of two, by which providers tell it from other text. */
function makeMark(serial: number): string {
  const text = `mark${String(serial).padStart(29, "0")}`;
  const sum = [...text].reduce((rest, character) => (rest * 37 + character.charCodeAt(0)) % 1_291, 1);
  return text + sum.toString(36).padStart(2, "0");
}

export function startWorld(makeProvider: MakeProvider, settings: Partial<VendorSettings> = {}): World {
  const vendor = vendorOf(makeProvider);
  const simulator = createSimulator({ vendors: { [vendor]: settings }, clock: createVirtualClock({ quietMs: 0 }) });
  const { fetch, clock, keys } = simulator;
  const provider = makeProvider({ fetch, clock, apiKey: keys[vendor] }).connect({});
  const context: CallContextUnderTest = { clock };
  let made = 0;
  const count = (operation: string) => simulator.requests().filter((one) => one.operation === operation).length;

  async function request(): Promise<CreateUnderTest> {
    const offers = await provider.listOffers(context);
    const inStock = offers.filter(({ availability, market }) => availability !== "unavailable" && market === "on_demand");
    const [cheapest] = [...inStock].sort((a, b) => (a.usdPerHour ?? 0) - (b.usdPerHour ?? 0));
    assert(cheapest !== undefined, "there is no offer in stock");
    made += 1;
    return {
      offer: cheapest.id.slice(cheapest.id.indexOf(":") + 1),
      mark: makeMark(made),
      idempotencyKey: `key-${made}`,
      options: {},
      name: `machine-${made}`,
      ...(provider.needs.includes("sshPublicKey") && { sshPublicKey }),
      ...(provider.needs.includes("image") && { image: "ubuntu:22.04" }),
    };
  }

  return {
    vendor,
    simulator,
    provider,
    context,
    request,
    async create(given) {
      const asked = given ?? (await request());
      const { id } = await (await provider.prepareCreate(asked, context)).send(context);
      return { id, request: asked };
    },
    async boot(id) {
      for (let minute = 0; minute < 30; minute += 1) {
        const found = await provider.get(id, context);
        if (found?.instance.ready) return found;
        await clock.advance(60_000);
      }
      throw new Error(`${id} is not ready after 30 minutes`);
    },
    rentals: () => simulator.ledger().filter(({ kind }) => kind === "instance"),
    count,
  };
}

/** What a call gave or threw. */
export type Outcome<T> = { readonly value: T; readonly error?: undefined } | { readonly error: GpuError };

/** What a call gives, or the `GpuError` that it fails with. Anything else that it throws is a fault of the provider's. */
export async function outcomeOf<T>(call: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await call() };
  } catch (error) {
    assert(GpuError.isInstance(error), `it threw what is no GpuError: ${String(error)}`);
    return { error };
  }
}
