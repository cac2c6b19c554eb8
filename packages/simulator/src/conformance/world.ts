import { type ClientOptions, GpuError } from "@gpu/core";
import { assert } from "./assert.js";
import { type Cloud, type CloudRental, type CloudSettings, hasOperation, type MakeCloud, placeFault } from "./cloud.js";
import type {
  CallContextUnderTest,
  ConnectedProviderUnderTest,
  CreateUnderTest,
  FoundUnderTest,
  GpuCreateUnderTest,
  GpuFieldsUnderTest,
  GpuUnderTest,
  OfferId,
  ProviderUnderTest,
  WholeApi,
} from "./provider.js";

/** Creates the provider to test, with the options of its client. */
export type MakeProvider = (options: ClientOptions) => ProviderUnderTest;

/** Shared by all cases of one provider. */
export interface Suite {
  /** The provider's id. */
  readonly vendor: string;
  readonly makeProvider: MakeProvider;
  readonly makeCloud: MakeCloud;
  /** Undefined for a provider that is tested alone. */
  readonly createGpu: WholeApi["createGpu"] | undefined;
  /** The marks of the first, second, … create. They are the same in all cases, so that reads of two cases can be compared. */
  readonly marks: Map<number, Promise<string>>;
  /** What each step does without faults, for all cases with faults. */
  readonly faultless: Map<string, Promise<Performed>>;
}

/** A step that has run. */
export interface Performed {
  readonly prepared: unknown;
  readonly outcome: Outcome<unknown>;
  /** The operations that it called. */
  readonly operations: ReadonlySet<string | null>;
}

/** Cases by name. */
export type Cases = Readonly<Record<string, (suite: Suite) => Promise<void>>>;

/** A new simulated vendor and the provider that is connected to it. */
export interface World {
  readonly vendor: string;
  readonly cloud: Cloud;
  readonly provider: ConnectedProviderUnderTest;
  readonly context: CallContextUnderTest;
  /** Creates a `Gpu` with this provider. Each one acts like another process. */
  gpu(): GpuUnderTest;
  /** A create of the cheapest offer in stock, with a new mark and key. */
  request(): Promise<CreateUnderTest>;
  /** A create of the same offer for `Gpu`. */
  gpuRequest(): Promise<GpuCreateUnderTest>;
  /** Creates an instance. */
  create(request?: CreateUnderTest): Promise<{ readonly id: string; readonly request: CreateUnderTest }>;
  /** Waits until the instance is ready. */
  boot(id: string): Promise<FoundUnderTest>;
  /** Whether marks come from `createGpu`. A provider that validates marks does not recognize made-up ones. */
  readonly hasRealMarks: boolean;
  /** Whether an instance can belong to a create, by its mark. */
  isOf(found: FoundUnderTest, request: CreateUnderTest): boolean;
  /** Places a fault on all requests, or on `times` of them. Undefined when it cannot apply. */
  fault(fault: { kind: string; operation?: string; times?: number; [option: string]: unknown }): { remove(): void } | undefined;
  /** Calls `act` once, after the next response of an operation. */
  after(operation: string, act: () => void): void;
  /** All rented instances, including deleted ones. */
  rentals(): CloudRental[];
  /** The ids of all rented instances, including deleted ones. */
  rentedIds(): string[];
  /** The instances that are rented now. */
  running(): CloudRental[];
  /** Whether the cloud has an operation. */
  has(operation: string): boolean;
  /** How often an operation was called. */
  count(operation: string): number;
  /** Whether a call sent so many requests that it must be endless. */
  isEndless(): boolean;
}

const sshPublicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPZF0ivPXjdsYBKwMkfTmXB3rI1bzs8pdVnEGAcBg0TX ada@workstation";
const mostRequests = 20_000;

export function startWorld(suite: Suite, settings: CloudSettings = {}): World {
  const { vendor, createGpu } = suite;
  const cloud = suite.makeCloud(settings);
  const { clock } = cloud;
  const waiting: { operation: string; act: () => void }[] = [];
  let requests = 0;

  async function fetch(url: string, init: RequestInit): Promise<Response> {
    requests += 1;
    if (requests > mostRequests) throw new TypeError("fetch failed", { cause: new Error("more requests than any call needs") });
    const response = await cloud.fetch(url, init);
    const operation = cloud.requests().at(-1)?.operation;
    const index = waiting.findIndex((one) => one.operation === operation);
    if (index >= 0) waiting.splice(index, 1)[0]?.act();
    return response;
  }

  const clientOptions: ClientOptions = { fetch, clock, apiKey: cloud.keys[vendor] };
  const provider = suite.makeProvider(clientOptions).connect({});
  const context: CallContextUnderTest = { clock };
  let made = 0;

  async function cheapestOffer() {
    const offers = await provider.listOffers(context);
    const inStock = offers.filter(({ availability, market }) => availability !== "unavailable" && market === "on_demand");
    const [cheapest] = [...inStock].sort((a, b) => (a.usdPerHour ?? 0) - (b.usdPerHour ?? 0));
    assert(cheapest !== undefined, "there is no offer in stock");
    return cheapest;
  }

  async function request(): Promise<CreateUnderTest> {
    const { id } = await cheapestOffer();
    made += 1;
    const name = `machine-${made}`;
    const mark = suite.marks.get(made) ?? markOf(made, suite, clientOptions, id, neededFields(provider, name));
    suite.marks.set(made, mark);
    return {
      offer: id.slice(id.indexOf(":") + 1),
      mark: await mark,
      idempotencyKey: `key-${made}`,
      options: {},
      ...neededFields(provider, name),
      name,
    };
  }

  const rentals = () => cloud.ledger().filter(({ kind }) => kind === "instance");
  return {
    vendor,
    cloud,
    provider,
    context,
    gpu() {
      if (!createGpu) throw new Error("this case needs `createGpu`");
      return createGpu({ providers: [suite.makeProvider(clientOptions)], owner, defaults: { clock } });
    },
    request,
    gpuRequest: async () => ({ ...neededFields(provider), offer: offerId((await cheapestOffer()).id) }),
    has: (operation) => hasOperation(cloud, vendor, operation),
    async create(given) {
      const requested = given ?? (await request());
      const { id } = await (await provider.prepareCreate(requested, context)).send(context);
      return { id, request: requested };
    },
    async boot(id) {
      for (let minute = 0; minute < 30; minute += 1) {
        const found = await provider.get(id, context);
        if (found?.instance.ready) return found;
        await clock.advance(60_000);
      }
      throw new Error(`${id} is not ready after 30 minutes`);
    },
    hasRealMarks: createGpu !== undefined,
    isOf({ mark }, requested) {
      if (mark === requested.mark) return true;
      if (mark === "unknown") return provider.guarantee !== "name";
      return mark === undefined && !createGpu;
    },
    fault: (fault) => placeFault(cloud, { times: Number.POSITIVE_INFINITY, ...fault, vendor }),
    after: (operation, act) => void waiting.push({ operation, act }),
    rentals,
    rentedIds: () => rentals().map(({ id }) => id),
    running: () => rentals().filter(({ endedAt }) => endedAt === null),
    count: (operation) => cloud.requests().filter((one) => one.operation === operation).length,
    isEndless: () => requests > mostRequests,
  };
}

/** A new world with a `Gpu`, and a create for it. */
export async function startGpu(suite: Suite, settings: CloudSettings = {}) {
  const world = startWorld(suite, settings);
  return { world, gpu: world.gpu(), request: await world.gpuRequest() };
}

/** Types the id of an offer. */
export function offerId(id: string): OfferId {
  const colon = id.indexOf(":");
  return `${id.slice(0, colon)}:${id.slice(colon + 1)}`;
}

const owner = "conformance";

/** The fields that the provider needs. */
export function neededFields(provider: ConnectedProviderUnderTest, name = "machine"): GpuFieldsUnderTest {
  return {
    ...(provider.needs.includes("name") && { name }),
    ...(provider.needs.includes("sshPublicKey") && { sshPublicKey }),
    ...(provider.needs.includes("image") && { image: "ubuntu:22.04" }),
  };
}

/** A mark of `createGpu`, from a create that ends before it is sent. */
async function markOf(
  count: number,
  { makeProvider, createGpu }: Suite,
  options: ClientOptions,
  offer: string,
  fields: GpuFieldsUnderTest,
): Promise<string> {
  if (!createGpu) return madeUpMark(count);
  let mark: string | undefined;
  const provider = makeProvider(options);
  const recorder: ProviderUnderTest = {
    id: provider.id,
    connect(defaults) {
      const connected = provider.connect(defaults);
      return {
        ...connected,
        async prepareCreate(request) {
          mark = request.mark;
          throw new Error("only the mark is needed");
        },
      };
    },
  };
  const gpu = createGpu({ providers: [recorder], owner, defaults: { clock: options.clock } });
  await gpu.create({ offer: offerId(offer), ...fields }).catch(() => undefined);
  assert(mark !== undefined, "`createGpu` did not pass a create to the provider");
  return mark;
}

/** A text with the length of a mark, without valid check characters. */
function madeUpMark(count: number): string {
  return `mark${String(count).padStart(31, "0")}`;
}

/** The result or error of a call. */
export type Outcome<T> = { readonly value: T; readonly error?: undefined } | { readonly error: GpuError };

/** Returns the result of a call, or its `GpuError`. Throws when the call throws anything else. */
export async function outcomeOf<T>(call: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await call() };
  } catch (error) {
    assert(GpuError.isInstance(error), `it threw something other than a GpuError: ${String(error)}`);
    return { error };
  }
}
