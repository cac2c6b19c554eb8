import {
  type CatalogueItem,
  Cloud,
  empty,
  type Json,
  json,
  type Stored,
  toJson,
  type VendorRequest,
  type VendorResponse,
} from "../cloud.js";
import type { Account, Machine } from "../ledger.js";

/** A slice of a host's machine that can be rented once. Slices of one machine may overlap. */
interface Ask {
  readonly id: number;
  readonly machine: number;
  readonly gpus: readonly [first: number, count: number];
  readonly gpuName: string;
  readonly gpu: string;
  readonly ramMb: number;
  readonly dphBase: number;
  readonly minBid: number;
  /** US dollars per GB and month of 30 days. */
  readonly storageCost: number;
  /** Why a search for verified, reliable and reachable machines must not return the ask. */
  readonly flaw?: "unverified" | "unreliable" | "no ports" | "small disk" | "rented out";
}

type Model = Pick<Ask, "gpuName" | "gpu" | "ramMb">;

const rtx4090: Model = { gpuName: "RTX 4090", gpu: "RTX 4090", ramMb: 24_564 };
const h100Sxm: Model = { gpuName: "H100 SXM", gpu: "H100", ramMb: 81_559 };
const h100Pcie: Model = { gpuName: "H100 PCIE", gpu: "H100", ramMb: 81_559 };
const a100: Model = { gpuName: "A100 SXM4", gpu: "A100", ramMb: 40_960 };
const a100Pcie: Model = { gpuName: "A100 PCIE", gpu: "A100", ramMb: 81_920 };
const l40s: Model = { gpuName: "L40S", gpu: "L40S", ramMb: 46_068 };

const asks: readonly Ask[] = [
  {
    ...h100Sxm,
    id: 21_000_101,
    machine: 501,
    gpus: [0, 1],
    dphBase: 2.134_444_444_444_44,
    minBid: 1.201_333,
    storageCost: 0.149_33,
  },
  { ...h100Sxm, id: 21_000_102, machine: 502, gpus: [0, 1], dphBase: 2.2, minBid: 1.3, storageCost: 0.2 },
  { ...h100Sxm, id: 21_000_103, machine: 503, gpus: [0, 1], dphBase: 2.45, minBid: 1.25, storageCost: 0.1 },
  { ...h100Pcie, id: 21_000_104, machine: 504, gpus: [0, 1], dphBase: 1.933_333_333_333_33, minBid: 0.9, storageCost: 0.15 },
  { ...h100Pcie, id: 21_000_105, machine: 505, gpus: [0, 1], dphBase: 2.01, minBid: 1, storageCost: 0.15 },
  { ...h100Sxm, id: 21_000_106, machine: 506, gpus: [0, 8], dphBase: 17.6, minBid: 9.5, storageCost: 0.2 },
  // One machine in slices: renting the pair takes both single GPUs.
  {
    ...rtx4090,
    id: 21_000_107,
    machine: 507,
    gpus: [0, 1],
    dphBase: 0.281_777_777_777_78,
    minBid: 0.133_335,
    storageCost: 0.3,
  },
  {
    ...rtx4090,
    id: 21_000_108,
    machine: 507,
    gpus: [1, 1],
    dphBase: 0.281_777_777_777_78,
    minBid: 0.133_335,
    storageCost: 0.3,
  },
  {
    ...rtx4090,
    id: 21_000_109,
    machine: 507,
    gpus: [0, 2],
    dphBase: 0.563_555_555_555_56,
    minBid: 0.266_67,
    storageCost: 0.3,
  },
  { ...rtx4090, id: 21_000_110, machine: 508, gpus: [0, 1], dphBase: 0.401_111_11, minBid: 0.2, storageCost: 0 },
  { ...a100, id: 21_000_111, machine: 509, gpus: [0, 1], dphBase: 0.82, minBid: 0.4, storageCost: 0.12 },
  { ...a100Pcie, id: 21_000_112, machine: 510, gpus: [0, 1], dphBase: 1.1, minBid: 0.6, storageCost: 0.18 },
  { ...l40s, id: 21_000_113, machine: 511, gpus: [0, 1], dphBase: 0.67, minBid: 0.31, storageCost: 0.2 },
  // Cheaper than all others, but excluded from the default search.
  {
    ...h100Sxm,
    id: 21_000_191,
    machine: 591,
    gpus: [0, 1],
    dphBase: 0.5,
    minBid: 0.2,
    storageCost: 0.1,
    flaw: "unverified",
  },
  {
    ...h100Sxm,
    id: 21_000_192,
    machine: 592,
    gpus: [0, 1],
    dphBase: 0.51,
    minBid: 0.2,
    storageCost: 0.1,
    flaw: "unreliable",
  },
  { ...h100Sxm, id: 21_000_193, machine: 593, gpus: [0, 1], dphBase: 0.52, minBid: 0.2, storageCost: 0.1, flaw: "no ports" },
  {
    ...h100Sxm,
    id: 21_000_194,
    machine: 594,
    gpus: [0, 1],
    dphBase: 0.53,
    minBid: 0.2,
    storageCost: 0.1,
    flaw: "small disk",
  },
  {
    ...h100Sxm,
    id: 21_000_195,
    machine: 595,
    gpus: [0, 1],
    dphBase: 0.54,
    minBid: 0.2,
    storageCost: 0.1,
    flaw: "rented out",
  },
];

/** Offers of single H100s, each on its own machine. */
export const h100Offers = [104, 105, 101, 102, 103].map((end) => `vast:${21_000_000 + end}`);

/** The disk size that an offer's price includes, per the README. */
const offerDiskGb = 32;
const hoursOfMonth = 720;
const storagePrice = ({ storageCost }: Ask, diskGb: number): number => (diskGb * storageCost) / hoursOfMonth;
const askOf = (all: readonly Ask[], offer: string): Ask | undefined => {
  const id = Number(offer.slice("vast:".length).split("/")[0]);
  return all.find((ask) => ask.id === id);
};

const failure = (status: number, error: string, msg: string, more: Json = {}): VendorResponse =>
  json(status, { success: false, error, msg, ...more });
const text = (status: number, body: string): VendorResponse => ({
  status,
  headers: { "content-type": "text/plain" },
  text: body,
});

/** Minimum seconds between two requests of an account to an operation. */
const thresholds: Readonly<Record<string, number>> = {
  "PUT asks": 4.5,
  "DELETE instance": 3,
  "GET instance": 2,
  "GET instances": 1,
  "PUT instance": 1,
};
const tooFast: readonly VendorResponse[] = [
  text(429, "API requests too frequent endpoint threshold=2.0"),
  json(429, { detail: "API requests too frequent" }),
  failure(429, "rate_limit_exceeded", "API requests too frequent"),
];

/** Columns that a list can be filtered by. Computed columns are not supported. */
const contractColumns = new Set(["id", "label", "machine_id", "host_id", "intended_status", "start_date", "end_date"]);

/** Vast.ai: asks that vanish, creates by PUT, errors with status 200, errors that still create, null for deleted instances, keyset pages. */
export class VastCloud extends Cloud {
  readonly vendor = "vast";
  readonly origin = "https://console.vast.ai";
  readonly settleMs = 60_000;
  /** Probability that a bid is too low by now: the vendor creates a stopped contract, and names it in the error response. */
  lowBids = 0;
  lowBidStatus: 200 | 400 = 200;
  /** Probability of an error response with status 200. */
  refusals = 0;
  /** Whether the vendor ignores filters by number. */
  ignoresNumbers = false;
  /** Status of a deleted machine that is still shown: `destroyed`, or its last status. */
  endingAs: "destroyed" | "before" = "destroyed";
  /** Whether a read of a single instance includes its ports. */
  hasPortsInReads = true;
  /** Whether the vendor enforces `thresholds`. */
  isStrict = true;
  #crowd: readonly Ask[] = [];
  readonly #last = new Map<string, number>();
  readonly #labels = new Map<string, string>();
  readonly #stopped = new Set<string>();
  #nextId = 31_000_000;

  readonly soldOutResponses = [
    failure(404, "invalid_args", "error 404/3603: no_such_ask Instance type by id 21000101 is not available.", {
      ask_id: 21_000_101,
    }),
    failure(400, "invalid_args", "error 404/3603: no_such_ask Instance type by id 21000101 is not available.", {
      ask_id: 21_000_101,
    }),
    failure(410, "no_such_ask", "error 410/3907: no_such_ask Instance type by id 21000101 is no longer available.", {
      ask_id: 21_000_101,
    }),
    failure(409, "no_such_ask", "Instance type by id 21000101 is no longer available."),
    failure(200, "no_such_ask", "Instance type by id 21000101 is not available."),
  ];

  protected override newKey(): string {
    return this.random.letters(64, "0123456789abcdef");
  }

  protected override newId(): string {
    this.#nextId += this.random.between(1, 900);
    return String(this.#nextId);
  }

  /** Picks random quirks that the vendor's documentation or its users report. */
  randomizeQuirks(): void {
    const { random } = this;
    const sometimes = (probability: number, often: number) => (random.chance(probability) ? often : 0);
    this.lowBids = sometimes(0.3, random.pick([0.3, 1]));
    this.lowBidStatus = random.pick([200, 400] as const);
    this.refusals = sometimes(0.15, random.pick([0.1, 0.4]));
    this.ignoresNumbers = random.chance(0.2);
    this.endingAs = random.pick(["destroyed", "before"] as const);
    this.hasPortsInReads = random.chance(0.7);
    if (random.chance(0.1)) this.addCrowd(random.pick([60, 100, 450]), random.chance(0.3));
  }

  /** Restores the documented behavior of creates and responses. */
  resetQuirks(): void {
    this.lowBids = 0;
    this.refusals = 0;
  }

  /** Adds more asks of one kind than a search returns at once. */
  addCrowd(count: number, hasOnePrice = false): void {
    this.#crowd = Array.from({ length: count }, (_, index) => ({
      gpuName: "RTX 3090",
      gpu: "RTX 3090",
      ramMb: 24_576,
      id: 22_000_000 + index * 7,
      machine: 10_000 + index,
      gpus: [0, 1] as const,
      dphBase: hasOnePrice ? 0.15 : 0.1 + index * 0.000_25,
      minBid: 0.05,
      storageCost: 0.15,
    }));
  }

  get #asks(): readonly Ask[] {
    return [...asks, ...this.#crowd];
  }

  override catalogue(): CatalogueItem[] {
    return this.#asks.flatMap((ask) => (ask.flaw ? [] : [this.#item(ask, null), this.#item(ask, ask.minBid)]));
  }

  #item(ask: Ask, bid: number | null): CatalogueItem {
    return {
      offer: bid === null ? `vast:${ask.id}` : `vast:${ask.id}/bid/${Math.round(bid * 1e6)}`,
      gpu: ask.gpu,
      gpuCount: ask.gpus[1],
      market: bid === null ? "on_demand" : "spot",
      usdPerHour: (bid ?? ask.dphBase) + storagePrice(ask, offerDiskGb),
      isAvailable: !this.#isUsed(ask, 30_000),
    };
  }

  /** Instances on the ask's physical machine that exist, or existed `agoMs` ago. */
  #on(ask: Ask, agoMs = 0): Stored[] {
    return this.machines.filter(
      ({ item, madeAt, endedAt, endingMs }) =>
        madeAt <= this.time.now &&
        (endedAt === null || endedAt + endingMs + agoMs > this.time.now) &&
        askOf(this.#asks, item.offer)?.machine === ask.machine,
    );
  }

  /** Whether a search may omit the ask: an account does not see machines that it already rents. */
  #isUsed(ask: Ask, agoMs: number): boolean {
    return this.#on(ask, agoMs).length > 0;
  }

  #isTaken(ask: Ask): boolean {
    const [first, count] = ask.gpus;
    const taken = this.#on(ask).some(({ item }) => {
      const [from, held] = askOf(this.#asks, item.offer)?.gpus ?? [0, 0];
      return from < first + count && first < from + held;
    });
    return taken || ask.flaw === "rented out";
  }

  /** A wrong machine must be available and in the same market. */
  protected override delivered(item: CatalogueItem): CatalogueItem {
    if (!this.random.chance(this.conditions.wrongMachine)) return item;
    const others = this.catalogue().filter(
      ({ offer, gpu, gpuCount, market, isAvailable }) =>
        gpu !== item.gpu &&
        gpuCount === item.gpuCount &&
        market === item.market &&
        isAvailable &&
        askOf(this.#asks, offer) !== undefined,
    );
    return others.length > 0 ? this.random.pick(others) : item;
  }

  /** Whether reads at `at` still showed an ended machine with its last status. */
  looksAlive({ id }: Machine, at: number): boolean {
    const machine = this.machines.find((one) => one.id === id);
    if (this.endingAs !== "before" || !machine || machine.endedAt === null) return false;
    return at < machine.endedAt + machine.endingMs && machine.endedAt !== machine.failsAt;
  }

  /** Secrets of a machine that only its owner may see. */
  secretsOf({ id }: Stored): string[] {
    return [`instance-key-${id}-7f3a9c`, `jupyter-token-${id}-51be`];
  }

  override async respond(request: VendorRequest): Promise<VendorResponse> {
    const by = this.ledger.request;
    const { method, path, query } = request;
    if (!path.endsWith("/")) return { status: 301, headers: { location: `${path}/` }, text: "<html>Moved</html>" };
    const key = request.headers.get("authorization")?.replace(/^Bearer /, "") ?? query.get("api_key");
    if (!key) return failure(403, "auth_error", "This action requires login.");
    const account = this.accountOf(key);
    if (!account) return failure(404, "auth_error", this.withEcho("Invalid user key", request));
    const route = `${method} ${path.replace(/\/\d+(?=\/)/, "/{id}")}`;
    const id = /\/(\d+)\//.exec(path)?.[1] ?? "";
    switch (route) {
      case "POST /api/v0/bundles/":
        return this.#refused(request) ?? this.#search(toJson(request.text), account);
      case "PUT /api/v0/asks/{id}/":
        return this.#limited("PUT asks", account) ?? (await this.#create(Number(id), request, account, by));
      case "GET /api/v1/instances/":
        return this.#limited("GET instances", account) ?? this.#refused(request) ?? this.#list(query, account);
      case "GET /api/v0/instances/{id}/":
        return this.#limited("GET instance", account) ?? this.#refused(request) ?? this.#get(id, account);
      case "PUT /api/v0/instances/{id}/":
        return this.#limited("PUT instance", account) ?? this.#refused(request) ?? this.#update(id, request, account);
      case "DELETE /api/v0/instances/{id}/":
        return this.#limited("DELETE instance", account) ?? this.#refused(request) ?? this.#destroy(id, account, by);
      case "GET /api/v0/users/current/":
        return json(200, { id: 4_711, email: "ada@example.com", balance: 0, credit: 25.5, api_key: key });
      default:
        return json(404, { success: false, msg: "Not found" });
    }
  }

  #limited(operation: string, account: Account): VendorResponse | undefined {
    const name = `${account} ${operation}`;
    const last = this.#last.get(name) ?? Number.NEGATIVE_INFINITY;
    if (this.isStrict && this.time.now < last + (thresholds[operation] ?? 0) * 1_000) return this.random.pick(tooFast);
    this.#last.set(name, this.time.now);
    return undefined;
  }

  #refused(request: VendorRequest): VendorResponse | undefined {
    if (!this.random.chance(this.refusals)) return undefined;
    return failure(200, "server_error", this.withEcho("error 500/1207: please try again", request));
  }

  #search(body: Json | undefined, account: Account): VendorResponse {
    if (!body) return failure(400, "invalid_request", "invalid JSON");
    const { order = [["score", "desc"]], limit = 64, type = "ondemand", allocated_storage: storage = 8, ...filters } = body;
    if (typeof storage !== "number" || typeof limit !== "number" || !Array.isArray(order))
      return failure(400, "invalid_request", "invalid query");
    if (!["ondemand", "on-demand", "bid"].includes(String(type))) return json(200, { offers: [] });
    let found = this.#asks
      .filter((ask) => !this.#isTaken(ask))
      .map((ask): Json => {
        const isRented = this.#on(ask).some((machine) => machine.account === account);
        return { ...this.#offer(ask, storage, type === "bid"), rented: isRented };
      });
    if (!this.ignoresNumbers) found = found.filter(({ disk_space: disk }) => Number(disk) >= storage);
    for (const [field, wanted] of Object.entries(filters)) {
      const column = field === "verified" ? "verification" : field === "datacenter" ? "hosting_type" : field;
      if (found.some((offer) => !(column in offer))) return failure(400, "invalid_request", `Unknown field ${field}`);
      for (const [operator, value] of Object.entries(wanted as Json)) {
        if (this.ignoresNumbers && typeof value === "number" && operator !== "eq") continue;
        found = found.filter((offer) =>
          matches(field === "id" ? undefined : offer[column], operator, toResponseValue(field, value)),
        );
      }
    }
    for (const [column, direction] of [...(order as [string, string][])].reverse()) {
      const sign = direction === "desc" ? -1 : 1;
      found.sort((one, other) => sign * (Number(one[column]) - Number(other[column])));
    }
    return json(200, { offers: found.slice(0, Math.min(limit, 64)) });
  }

  #offer(ask: Ask, storage: number, isBid: boolean): Json {
    const { flaw } = ask;
    const diskHour = storagePrice(ask, storage);
    const price = isBid ? ask.minBid : ask.dphBase;
    return {
      id: ask.id,
      ask_contract_id: ask.id,
      machine_id: ask.machine,
      host_id: ask.machine + 1,
      bundle_id: ask.machine + 2,
      gpu_name: ask.gpuName,
      num_gpus: ask.gpus[1],
      gpu_ram: ask.ramMb,
      gpu_total_ram: ask.ramMb * ask.gpus[1],
      dph_base: ask.dphBase,
      dph_total: price + diskHour,
      min_bid: ask.minBid,
      storage_cost: ask.storageCost,
      storage_total_cost: diskHour,
      search: { gpuCostPerHour: price, diskHour, totalHour: price + diskHour },
      inet_up_cost: 0.02,
      inet_down_cost: 0.01,
      cpu_cores: this.conditions.emptyAs === "null" ? null : 64,
      cpu_cores_effective: 16,
      cpu_ram: 257_654,
      disk_space: flaw === "small disk" ? 20 : 812.5,
      disk_bw: 2_100,
      inet_up: 800,
      inet_down: 900,
      reliability2: flaw === "unreliable" ? 0.71 : 0.994,
      reliability: flaw === "unreliable" ? 0.71 : 0.994,
      verification: flaw === "unverified" ? "unverified" : "verified",
      hosting_type: 0,
      geolocation: this.conditions.emptyAs === "empty" ? ", US" : "Texas, US",
      cuda_max_good: 12.8,
      compute_cap: 890,
      driver_version: "570.86.15",
      direct_port_count: flaw === "no ports" ? 0 : 100,
      static_ip: true,
      rentable: flaw !== "rented out",
      rented: false,
      is_bid: isBid,
      external: false,
      vms_enabled: false,
      duration: 8_640_000.5,
      end_date: this.time.now / 1_000 + 8_640_000.5,
      gpu_arch: "nvidia",
      cpu_arch: "amd64",
      resource_type: "gpu",
      score: 100 - ask.dphBase,
    };
  }

  async #create(askId: number, request: VendorRequest, account: Account, by: number | null): Promise<VendorResponse> {
    const body = toJson(request.text);
    const problem = body ? validationError(body) : "invalid JSON";
    if (!body || problem) return failure(400, "invalid_args", this.withEcho(`error 400/3601: ${problem}`, request));
    await this.work();
    const refused = this.#refused(request) ?? this.soldOutResponse();
    if (refused) return refused;
    const ask = this.#asks.find(({ id }) => id === askId);
    if (!ask || this.#isTaken(ask)) return this.random.pick(this.soldOutResponses);
    const bid = typeof body["price"] === "number" ? body["price"] : null;
    const disk = typeof body["disk"] === "number" ? body["disk"] : 8;
    const name = typeof body["label"] === "string" ? body["label"] : null;
    const extraUsdPerHour = storagePrice(ask, disk - offerDiskGb);
    const machine = this.add({ item: this.#item(ask, bid), account, madeBy: by, body, name, extraUsdPerHour });
    const isLow = bid !== null && (bid < ask.minBid || this.random.chance(this.lowBids));
    if (isLow) {
      this.#stopped.add(machine.id);
      // The instance exists, but will not run.
      Object.assign(machine, { failsAt: this.time.now });
      const msg = this.withEcho("error 400/3710: bid is too low, instance was created stopped", request);
      return failure(this.lowBidStatus, "invalid_price", msg, {
        new_contract: Number(machine.id),
        instance_api_key: this.secretsOf(machine)[0],
      });
    }
    const [secret] = this.secretsOf(machine);
    return json(200, { success: true, new_contract: Number(machine.id), instance_api_key: secret });
  }

  #list(query: URLSearchParams, account: Account): VendorResponse {
    const { paging, pageSize, cutLists, emptyAs } = this.conditions;
    const filters = toJson(query.get("select_filters") ?? "{}");
    if (!filters || !Object.keys(filters).every((column) => contractColumns.has(column)))
      return failure(400, "invalid_request", "invalid select_filters");
    const found = this.listed(account)
      .sort((one, other) => Number(one.id) - Number(other.id))
      .filter((machine) => {
        const shown = this.#shown(machine, true);
        return Object.entries(filters).every(([column, wanted]) =>
          Object.entries(wanted as Json).every(([operator, value]) => matches(shown[column], operator, value)),
        );
      });
    const requested = Number(query.get("limit") ?? 25);
    const size = Math.min(requested > 0 ? requested : 5, 25, pageSize);
    const token = query.get("after_token");
    const after = token === null ? 0 : Number(/^after-(\d+)$/.exec(token)?.[1] ?? Number.NaN);
    if (Number.isNaN(after) || (token !== null && cutLists === "cursor")) return failure(400, "invalid_token", "invalid cursor");
    const isEndless = paging === "endless" || paging === "number ignored";
    const rest = isEndless ? found : found.filter(({ id }) => Number(id) > after);
    const page = rest.slice(0, size);
    const next = rest.length > size ? `after-${page.at(-1)?.id}` : null;
    const repeated = paging === "repeated cursor" && token !== null ? token : next;
    const instances = page.map((machine) => this.#shown(machine, true));
    return json(200, {
      success: true,
      instances: instances.length === 0 && emptyAs === "null" ? null : instances,
      instances_found: page.length,
      ...(paging === "no total" ? {} : { total_instances: found.length }),
      next_token: isEndless && found.length > size ? `after-${after + 1}` : repeated,
      label_counts: {},
    });
  }

  #get(id: string, account: Account): VendorResponse {
    const machine = this.own(id, account);
    const { emptyAs, unreadableAs } = this.conditions;
    const isHidden = machine && this.isUnreadable(machine);
    if (isHidden && unreadableAs === 500) return failure(500, "server_error", "internal error");
    if (machine && !isHidden) return json(200, { instances: this.#shown(machine, false) });
    if (emptyAs === "missing") return failure(404, "no_such_instance", `Instance ${id} not found.`);
    return json(200, { instances: emptyAs === "null" ? null : [] });
  }

  #shown(machine: Stored, isListed: boolean): Json {
    const { item, body, usdPerHour } = machine;
    const ask = askOf(this.#asks, item.offer);
    if (!ask) throw new Error(`No ask for ${item.offer}`);
    const [, token] = this.secretsOf(machine);
    const disk = typeof body["disk"] === "number" ? body["disk"] : offerDiskGb;
    const diskHour = storagePrice(ask, disk);
    const status = this.#statusOf(machine);
    const isUp = status["actual_status"] === "running" && status["intended_status"] === "running";
    const hasSsh = String(body["runtype"] ?? "ssh").includes("ssh");
    const label = this.#labels.get(machine.id) ?? machine.name;
    const port = String(40_000 + (Number(machine.id) % 9_000));
    return {
      id: Number(machine.id),
      machine_id: ask.machine,
      host_id: ask.machine + 1,
      ...status,
      ...(this.hidesMark(machine) ? this.hiddenMark("label") : label ? { label } : this.emptyField("label")),
      image_uuid: body["image"] ?? "vastai/base-image",
      image_runtype: body["runtype"] ?? "ssh",
      onstart: body["onstart"] ?? null,
      extra_env: Object.entries(body["env"] ?? {}),
      jupyter_token: token,
      public_ipaddr: isUp ? `${machine.ip}\n` : null,
      ...(hasSsh && isUp ? { ssh_host: "ssh5.vast.ai", ssh_port: 20_000 + (Number(machine.id) % 9_000), ssh_idx: "5" } : {}),
      ...(isListed || this.hasPortsInReads
        ? { ports: isUp && hasSsh ? { "22/tcp": [{ HostIp: "0.0.0.0", HostPort: port }] } : null }
        : {}),
      direct_port_start: -1,
      direct_port_end: -1,
      is_bid: item.market === "spot",
      min_bid: ask.minBid,
      dph_base: (usdPerHour ?? 0) - diskHour,
      dph_total: usdPerHour,
      storage_cost: ask.storageCost,
      storage_total_cost: diskHour,
      num_gpus: item.gpuCount,
      gpu_name: ask.gpuName,
      gpu_ram: ask.ramMb,
      gpu_totalram: ask.ramMb * item.gpuCount,
      gpu_util: null,
      disk_space: disk,
      disk_usage: -1,
      cpu_cores: 64,
      cpu_cores_effective: 16,
      cpu_ram: 257_654,
      start_date: (machine.madeAt + this.conditions.clockOffsetMs) / 1_000,
      end_date: (machine.madeAt + this.conditions.clockOffsetMs) / 1_000 + 8_640_000,
      duration: 8_640_000.25,
      uptime_mins: null,
      geolocation: "Texas, US",
      country_code: "US",
      bundle_id: null,
    };
  }

  #statusOf(machine: Stored): Json {
    const state = (actual: string | null, intended: string, current: string, message: string | null = null): Json => ({
      actual_status: actual,
      intended_status: intended,
      cur_state: current,
      next_state: intended,
      status_msg: message,
    });
    const phase = this.phase(machine);
    const isBefore = phase === "ending" && this.endingAs === "before";
    if (phase === "ending" && !isBefore) return state("destroyed", "stopped", "unloaded");
    if (this.#stopped.has(machine.id)) return state("exited", "stopped", "stopped");
    const isOdd = Number(machine.id) % 2 === 1;
    if (phase === "failed") {
      // An interruptible instance is outbid. Otherwise the boot exits, or hangs with the reason only in `status_msg`.
      if (machine.item.market === "spot" && isOdd) return state("exited", "stopped", "stopped");
      const message = `Error response from daemon: manifest unknown ${this.#echoedSecrets(machine)}`;
      return isOdd ? state("loading", "running", "running", message) : state("exited", "running", "running", message);
    }
    const shown = isBefore ? (this.time.now >= machine.readyAt ? "running" : "booting") : phase;
    if (shown === "running") return state("running", "running", "running", "success, running vastai/base-image/ssh");
    if (shown === "booting") return state("loading", "running", "running", "Pulling from vastai/base-image");
    return state(isOdd ? null : "created", "running", "unloaded");
  }

  #echoedSecrets({ body }: Stored): string {
    return this.conditions.echoesSecrets ? JSON.stringify([body["image_login"] ?? "", body["env"] ?? {}]) : "";
  }

  #update(id: string, request: VendorRequest, account: Account): VendorResponse {
    const machine = this.own(id, account);
    const { state, label } = toJson(request.text) ?? {};
    if (!machine) return failure(404, "no_such_instance", `Instance ${id} not found.`);
    if (typeof label === "string") this.#labels.set(id, label);
    if (state === "stopped") this.#stopped.add(id);
    if (state === "running") this.#stopped.delete(id);
    return json(200, { success: true });
  }

  #destroy(id: string, account: Account, by: number | null): VendorResponse {
    const machine = this.own(id, account);
    if (!machine || this.phase(machine) === "ending") return failure(404, "no_such_instance", `Instance ${id} not found.`);
    this.ledger.end(machine, by);
    return this.conditions.deleteAs === "204" ? empty(204) : json(200, { success: true, msg: "destroyed" });
  }
}

/** Converts a filter value to the format of the response. */
function toResponseValue(field: string, value: unknown): unknown {
  if (field === "verified") return value === true ? "verified" : "unverified";
  return field === "datacenter" ? Number(value) : value;
}

function matches(shown: unknown, operator: string, value: unknown): boolean {
  const list = Array.isArray(value) ? value : [];
  switch (operator) {
    case "eq":
      return shown === value;
    case "neq":
      return shown !== value;
    case "in":
      return list.includes(shown);
    case "notin":
      return !list.includes(shown);
    default: {
      if (typeof shown !== "number" || typeof value !== "number") return false;
      const bySign: Readonly<Record<string, boolean>> = {
        gt: shown > value,
        gte: shown >= value,
        lt: shown < value,
        lte: shown <= value,
      };
      return bySign[operator] ?? false;
    }
  }
}

/** Validates the body of a create. */
function validationError(body: Json): string | undefined {
  const { image, disk = 8, label = "", env, onstart = "", price = null } = body;
  if (typeof image !== "string" || image === "" || image.length > 1_024) return "image: 1 to 1024 characters";
  if (typeof disk !== "number" || disk < 8) return "disk: at least 8";
  if (typeof label !== "string" || label.length > 256) return "label_too_long";
  if (typeof onstart !== "string" || onstart.length > 4_048) return "onstart: at most 4048 characters";
  if (price !== null && (typeof price !== "number" || price < 0.001 || price > 128)) return "invalid_price";
  if (env !== undefined && env !== null && Object.values(env).some((value) => typeof value !== "string")) return "env";
  return undefined;
}
