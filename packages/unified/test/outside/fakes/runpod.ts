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
import type { Account } from "../ledger.js";

type Place = "SECURE" | "COMMUNITY";
type Stock = "NONE" | "LOW" | "MEDIUM" | "HIGH";

interface Type {
  readonly id: string;
  readonly name: string;
  readonly gpu: string;
  readonly manufacturer: "NVIDIA" | "AMD" | "UNKNOWN";
  readonly memory: number;
  /** Whether each cloud sells the GPU. If not, its flags, prices and counts may be placeholders. */
  readonly isSold: Readonly<Record<Place, boolean>>;
  readonly price: Readonly<Record<Place, number>>;
  readonly maxCount: Readonly<Record<Place, number>>;
  /** Stock of the secure cloud by data center; undefined when there is only community stock. */
  readonly dataCenters?: Readonly<Record<string, Stock>>;
  readonly community: Stock;
}

const types: readonly Type[] = [
  {
    id: "NVIDIA H100 80GB HBM3",
    name: "H100 SXM",
    gpu: "H100",
    manufacturer: "NVIDIA",
    memory: 80,
    isSold: { SECURE: true, COMMUNITY: true },
    price: { SECURE: 2.99, COMMUNITY: 2.69 },
    maxCount: { SECURE: 8, COMMUNITY: 2 },
    dataCenters: { "US-KS-2": "LOW", "EU-FR-1": "HIGH", "US-TX-3": "NONE" },
    community: "MEDIUM",
  },
  {
    id: "NVIDIA GeForce RTX 4090",
    name: "RTX 4090",
    gpu: "RTX 4090",
    manufacturer: "NVIDIA",
    memory: 24,
    isSold: { SECURE: true, COMMUNITY: true },
    price: { SECURE: 0.69, COMMUNITY: 0.34 },
    maxCount: { SECURE: 6, COMMUNITY: 4 },
    dataCenters: { "EU-RO-1": "MEDIUM" },
    community: "LOW",
  },
  {
    id: "NVIDIA A100-SXM4-80GB",
    name: "A100 SXM",
    gpu: "A100",
    manufacturer: "NVIDIA",
    memory: 80,
    isSold: { SECURE: true, COMMUNITY: false },
    price: { SECURE: 1.49, COMMUNITY: 0.5 },
    maxCount: { SECURE: 8, COMMUNITY: 1 },
    dataCenters: { "US-MD-1": "HIGH" },
    community: "NONE",
  },
  {
    id: "AMD Instinct MI300X OAM",
    name: "MI300X",
    gpu: "MI300X",
    manufacturer: "AMD",
    memory: 192,
    isSold: { SECURE: true, COMMUNITY: true },
    price: { SECURE: 2, COMMUNITY: 0 },
    maxCount: { SECURE: 1, COMMUNITY: 0 },
    dataCenters: { "EU-NL-1": "LOW" },
    community: "NONE",
  },
  {
    id: "NVIDIA L40S",
    name: "L40S",
    gpu: "L40S",
    manufacturer: "NVIDIA",
    memory: 48,
    isSold: { SECURE: true, COMMUNITY: true },
    price: { SECURE: 0.86, COMMUNITY: 0.79 },
    maxCount: { SECURE: 0, COMMUNITY: 2 },
    community: "LOW",
  },
  {
    id: "NVIDIA RTX PRO 6000 Blackwell Server Edition MIG 1g.24gb",
    name: "RTX PRO 6000 MIG 1g.24gb",
    gpu: "",
    manufacturer: "NVIDIA",
    memory: 24,
    isSold: { SECURE: true, COMMUNITY: false },
    price: { SECURE: 0.5, COMMUNITY: 0.5 },
    maxCount: { SECURE: 32, COMMUNITY: 0 },
    dataCenters: { "US-NC-1": "LOW" },
    community: "NONE",
  },
  {
    id: "unknown",
    name: "unknown",
    gpu: "",
    manufacturer: "UNKNOWN",
    memory: 0,
    isSold: { SECURE: true, COMMUNITY: true },
    price: { SECURE: 0.5, COMMUNITY: 0.5 },
    maxCount: { SECURE: 1, COMMUNITY: 1 },
    community: "HIGH",
  },
];

const isSoldIn = ({ isSold, price, maxCount }: Type, cloud: Place, count: number): boolean =>
  isSold[cloud] && maxCount[cloud] >= count && price[cloud] > 0;

const usdPerDiskGbHour = 0.1 / 730;
/** The disk size that an offer's price includes, per the README of `@gpu/unified`. */
const diskOfOffersGb = 20;

const problem = (status: number, detail: string, errors?: readonly string[]): VendorResponse => {
  const titles: Readonly<Record<number, string>> = { 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 409: "Conflict" };
  const title = titles[status] ?? (status === 422 ? "Unprocessable Entity" : "Error");
  const body = { title, status, detail, ...(errors ? { errors } : {}) };
  return { ...json(status, body), headers: { "content-type": "application/problem+json" } };
};

const noneLeft = problem(
  400,
  "There are no longer any instances available with the requested specifications. Please refresh and try again.",
);
const noPod = problem(404, "pod not found");

/** The fields that a create accepts, with their checks. */
const fields: Readonly<Record<string, (value: unknown) => boolean>> = {
  name: (value) => typeof value === "string" && value.length > 0 && value.length <= 191,
  image: isText,
  gpu: isObject,
  cpu: isObject,
  cloud: (value) => value === "SECURE" || value === "COMMUNITY",
  dataCenterIds: (value) => isTexts(value) && value.every((id) => id === id.toUpperCase()),
  disk: (value) => isWhole(value, 1),
  mounts: isObject,
  ports: (value) => isTexts(value) && value.every((port) => /^\d{1,5}\/(tcp|http)$/.test(port)),
  env: (value) => isObject(value) && Object.keys(value).length <= 50 && isTexts(Object.values(value)),
  args: isText,
  entrypoint: isTexts,
  cmd: isTexts,
  registry: (value) => value === null || isText(value),
  templateId: isText,
  startSsh: isFlag,
  startJupyter: isFlag,
  globalNetworking: isFlag,
};

const gpuFields: Readonly<Record<string, (value: unknown) => boolean>> = {
  id: isText,
  count: (value) => isWhole(value, 1),
  minRamPerGpu: (value) => isWhole(value, 1),
  minVcpuCountPerGpu: (value) => isWhole(value, 1),
  allowedCudaVersions: isTexts,
  minCudaVersion: isText,
};

/** RunPod: RUNNING before the pod runs, prices without disk, out of capacity only by the message of a 400, placeholders in the catalogue. */
export class RunpodCloud extends Cloud {
  readonly vendor = "runpod";
  readonly origin = "https://api.runpod.io";
  readonly settleMs = 60_000;
  /** Actual creates report RUNNING immediately. The document has PROVISIONING and STARTING first. */
  runsAhead = true;
  /** Field with a pod's address. Older responses have no direct SSH entry. */
  showsAddressIn: "ssh" | "ports" = "ssh";
  /** Status of a pod that failed to start. */
  failedAs: "ERROR" | "EXITED" = "ERROR";
  readonly #window = { startedAt: 0, count: 0 };

  readonly soldOutResponses = [
    noneLeft,
    problem(400, "There are no longer any instances available with enough disk space."),
    problem(400, "There are no instances available with the requested specifications."),
  ];

  protected override newKey(): string {
    return `rpa_${this.random.letters(40, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")}`;
  }

  protected override newId(): string {
    return this.random.letters(this.random.between(10, 14));
  }

  override catalogue(): CatalogueItem[] {
    return types.flatMap((type) => {
      const { dataCenters = {}, community, gpu } = type;
      if (gpu === "") return [];
      const ofCounts = (cloud: Place, place: string): CatalogueItem[] =>
        [1, 2, 8].filter((count) => isSoldIn(type, cloud, count)).map((count) => this.#item(type, cloud, place, count));
      const secure = Object.entries(dataCenters).filter(([, stock]) => stock !== "NONE");
      return [
        ...secure.flatMap(([place]) => ofCounts("SECURE", place)),
        ...(community === "NONE" ? [] : ofCounts("COMMUNITY", "any")),
      ];
    });
  }

  /** Whether the vendor sells an offer, in stock or not. The catalogue also has placeholders. */
  sells(offer: string): boolean {
    const [cloud, place = "", id, count] = partsOf(offer);
    const type = types.find((one) => one.id === id && one.manufacturer !== "UNKNOWN");
    if (!type || (cloud !== "SECURE" && cloud !== "COMMUNITY") || !isSoldIn(type, cloud, Number(count))) return false;
    return place === "any" || (cloud === "SECURE" && place in (type.dataCenters ?? {}));
  }

  #item({ id, gpu, price }: Type, cloud: Place, place: string, count: number): CatalogueItem {
    return {
      offer: `runpod:${cloud}/${place}/${encodeURIComponent(id)}/${count}`,
      gpu,
      gpuCount: count,
      market: "on_demand",
      usdPerHour: Math.round((price[cloud] * count + diskOfOffersGb * usdPerDiskGbHour) * 1e9) / 1e9,
      isAvailable: true,
    };
  }

  override async respond(request: VendorRequest): Promise<VendorResponse> {
    const by = this.ledger.request;
    const [scheme, key] = (request.headers.get("authorization") ?? "").split(" ");
    if (scheme !== "Bearer" || !key) return problem(401, "missing bearer token");
    const account = this.accountOf(key);
    if (!account) return problem(401, this.withEcho("invalid bearer token", request));
    const limits = this.#limits();
    const response = limits.isOver
      ? problem(429, "rate limit exceeded for the minute window")
      : await this.#routed(request, account, by);
    const pause: Record<string, string> = limits.isOver ? { "retry-after": String(limits.seconds) } : {};
    const requestId = { "x-request-id": this.random.uuid() };
    return { ...response, headers: { ...response.headers, ...limits.headers, ...pause, ...requestId } };
  }

  /** Allows 180 requests per minute. Every response has the remaining number. */
  #limits(): { isOver: boolean; seconds: number; headers: Record<string, string> } {
    const most = 180;
    if (this.time.now >= this.#window.startedAt + 60_000) Object.assign(this.#window, { startedAt: this.time.now, count: 0 });
    this.#window.count++;
    const seconds = Math.ceil((this.#window.startedAt + 60_000 - this.time.now) / 1_000);
    const left = Math.max(0, most - this.#window.count);
    const headers = {
      ratelimit: `"minute";r=${left};t=${seconds}, "hour";r=7193;t=2701`,
      "ratelimit-policy": '"minute";q=180;w=60, "hour";q=7200;w=3600',
    };
    return { isOver: this.#window.count > most, seconds, headers };
  }

  async #routed(request: VendorRequest, account: Account, by: number | null): Promise<VendorResponse> {
    const route = `${request.method} ${request.path}`;
    if (route === "GET /v2/catalog/gpus") return this.#gpus(request.query);
    if (route === "GET /v2/pods") return this.#list(request.query, account);
    if (route === "POST /v2/pods") return await this.#create(request, account, by);
    const [, method, id = ""] = /^(GET|DELETE) \/v2\/pods\/([^/]+)$/.exec(route) ?? [];
    const machine = this.own(decodeURIComponent(id), account);
    if (method === "GET") return this.#get(machine);
    if (method === "DELETE") return this.#delete(machine, by);
    return problem(404, "The requested path was not found.");
  }

  #gpus(query: URLSearchParams): VendorResponse {
    const withStock = query.get("include") === "AVAILABILITY";
    if (query.has("include") !== query.has("product")) return problem(400, "include and product must be sent together");
    if (!withStock && ["count", "cloud"].some((one) => query.has(one))) return problem(400, "count and cloud need include");
    const cloud = query.get("cloud") ?? "SECURE";
    const count = Number(query.get("count") ?? 1);
    if (cloud !== "SECURE" && cloud !== "COMMUNITY") return problem(422, "invalid query", ["$.cloud: value must be one of"]);
    if (!isWhole(count, 1)) return problem(422, "invalid query", ["$.count: must be an integer of at least 1"]);
    return json(200, {
      gpus: types.map((type) => ({ ...this.#type(type), ...(withStock ? this.#stock(type, cloud, count) : {}) })),
    });
  }

  #type({ id, name, manufacturer, memory, isSold, price, maxCount }: Type): Json {
    return {
      id,
      name,
      pool: this.conditions.emptyAs === "missing" ? null : name.toUpperCase().replaceAll(" ", "_"),
      manufacturer,
      memory,
      secure: isSold.SECURE,
      community: isSold.COMMUNITY,
      price: {
        secure: price.SECURE,
        community: price.COMMUNITY,
        ...(this.conditions.emptyAs === "missing" ? {} : { serverless: price.SECURE * 1.5 }),
      },
      maxCount: { secure: maxCount.SECURE, community: maxCount.COMMUNITY },
    };
  }

  #stock(type: Type, cloud: Place, count: number): Json {
    const { dataCenters, community, manufacturer } = type;
    const rows = Object.entries(dataCenters ?? {}).map(([id, availability]) => ({ id, name: id, availability }));
    const best = (["HIGH", "MEDIUM", "LOW"] as const).find((stock) => rows.some(({ availability }) => availability === stock));
    // If only the community cloud sells a GPU, its stock in the secure cloud is a placeholder.
    const availability = cloud === "COMMUNITY" ? community : dataCenters ? (best ?? "NONE") : community;
    const isOffered = type.maxCount[cloud] >= count;
    const shownRows = cloud === "SECURE" && dataCenters && isOffered ? { dataCenters: rows } : this.#noRows();
    return {
      availability: isOffered || !dataCenters ? availability : "NONE",
      ...shownRows,
      ...(manufacturer === "NVIDIA" ? { cudaVersions: [{ version: "12.8", available: true }] } : {}),
    };
  }

  #noRows(): Json {
    return this.conditions.emptyAs === "empty" ? { dataCenters: [] } : {};
  }

  /** Validates a create. Schema violations come before violations of other rules. */
  #validationError(request: VendorRequest): VendorResponse | undefined {
    const body = toJson(request.text);
    if (!body) return problem(422, "request body is not valid JSON");
    const gpu = isObject(body["gpu"]) ? body["gpu"] : {};
    const errors = [
      ...violations("$", body, fields),
      ...violations("$.gpu", gpu, gpuFields),
      ...("name" in body ? [] : ["$: missing property 'name'"]),
      ...("gpu" in body && !("id" in gpu) ? ["$.gpu: missing property 'id'"] : []),
    ];
    if (errors.length > 0) return problem(422, this.withEcho("request body does not match the schema", request), errors);
    if ("gpu" in body === "cpu" in body) return problem(400, "exactly one of gpu and cpu must be set");
    if (!("image" in body) && !("templateId" in body)) return problem(400, "image is required without templateId");
    if ("templateId" in body) return problem(404, "template not found");
    const { allowedCudaVersions: allowed = [], minCudaVersion } = gpu as {
      allowedCudaVersions?: unknown[];
      minCudaVersion?: unknown;
    };
    if (allowed.length > 0 && minCudaVersion !== undefined) return problem(400, "set only one of the CUDA fields");
    return undefined;
  }

  async #create(request: VendorRequest, account: Account, by: number | null): Promise<VendorResponse> {
    const failed = this.#validationError(request);
    const body = toJson(request.text) ?? {};
    if (failed) return failed;
    const {
      gpu,
      cloud = "SECURE",
      dataCenterIds: places = [],
      disk,
      name,
    } = body as {
      gpu?: { id: string; count?: number };
      cloud?: Place;
      dataCenterIds?: string[];
      disk?: number;
      name: string;
    };
    const type = types.find(({ id, manufacturer }) => id === gpu?.id && manufacturer !== "UNKNOWN");
    if (gpu && !type) return problem(422, `Unknown GPU type: ${gpu.id}`);
    await this.work();
    // The vendor finds no machine if the count is missing.
    const count = gpu?.count ?? 0;
    if (!type || count === 0 || !isSoldIn(type, cloud, count)) return noneLeft;
    const hasStock = (place: string) => (type.dataCenters?.[place] ?? "NONE") !== "NONE";
    const isThere =
      cloud === "SECURE"
        ? (places.length === 0 ? Object.keys(type.dataCenters ?? {}) : places).some(hasStock)
        : places.length === 0;
    const soldOut = isThere ? this.soldOutResponse() : noneLeft;
    if (soldOut) return problem(400, this.withEcho(String(toJson(soldOut.text)?.["detail"]), request));
    if (disk === undefined) return problem(400, "You must either provide a template id or pod configuration parameters");
    const item = this.#item(type, cloud, places[0] ?? "any", count);
    const extraUsdPerHour = (disk - diskOfOffersGb) * usdPerDiskGbHour;
    return json(201, this.#shown(this.add({ item, account, madeBy: by, body, name, extraUsdPerHour })));
  }

  #list(query: URLSearchParams, account: Account): VendorResponse {
    const { paging, pageSize, cutLists } = this.conditions;
    const limit = Number(query.get("limit") ?? 1_000);
    if (!isWhole(limit, 1) || limit > 1_000) return problem(422, "invalid query", ["$.limit: must be from 1 to 1000"]);
    const cursor = query.get("cursor");
    const place = cursor === null ? Number.POSITIVE_INFINITY : this.#placeOf(cursor);
    if (place === undefined) return problem(422, "invalid query", ["$.cursor: malformed"]);
    const all = this.listed(account).reverse();
    const older = all.filter((machine) => this.machines.indexOf(machine) < place);
    const page = older.slice(0, Math.min(limit, pageSize));
    const hasNextPage = older.length > page.length;
    const last = page.at(-1);
    const next = hasNextPage && last ? this.#cursorOf(this.machines.indexOf(last)) : null;
    const pods = page.map((machine) => this.#shown(machine));
    const respond = (pagination: Json) => json(200, { pods, pagination });
    if (paging === "endless") return respond({ nextCursor: this.#cursorOf(this.machines.length), hasNextPage: true });
    if (paging === "repeated cursor" && hasNextPage) return respond({ nextCursor: cursor ?? next, hasNextPage: true });
    if (paging === "null cursor" && hasNextPage) return respond({ nextCursor: null, hasNextPage: true });
    if (cutLists !== "no" && pods.length > 0 && !hasNextPage) {
      const pagination = cutLists === "cursor" ? { nextCursor: "", hasNextPage: true } : { nextCursor: null, hasNextPage: true };
      return json(200, { pods: pods.slice(0, -1), pagination });
    }
    // The vendor omits pods of clusters, so a page can be empty and others follow.
    if (paging === "from one" && cursor === null) {
      return json(200, { pods: [], pagination: { nextCursor: this.#cursorOf(this.machines.length), hasNextPage: true } });
    }
    return respond({ nextCursor: next, hasNextPage });
  }

  /** A cursor is valid for one operation only. */
  #cursorOf(place: number): string {
    return Buffer.from(`listPods ${place}`).toString("base64url");
  }

  #placeOf(cursor: string): number | undefined {
    const [, place] = /^listPods (\d+)$/.exec(Buffer.from(cursor, "base64url").toString()) ?? [];
    return place === undefined ? undefined : Number(place);
  }

  #get(machine: Stored | undefined): VendorResponse {
    if (!machine) return noPod;
    if (this.isUnreadable(machine)) return this.conditions.unreadableAs === 404 ? noPod : problem(500, "internal server error");
    return json(200, this.#shown(machine));
  }

  /** A second delete returns 404, even while lists still show the pod. */
  #delete(machine: Stored | undefined, by: number | null): VendorResponse {
    if (!machine || this.phase(machine) === "ending") return noPod;
    this.ledger.end(machine, by);
    return empty(204);
  }

  #actions(machine: Stored): string[] {
    switch (this.#status(machine)) {
      case "PROVISIONING":
      case "STARTING":
        return ["stop", "terminate"];
      case "RUNNING":
        return ["stop", "restart", "terminate"];
      case "TERMINATED":
        return [];
      default:
        return ["start", "terminate"];
    }
  }

  #status(machine: Stored): string {
    const phase = this.phase(machine);
    switch (phase) {
      case "queued":
        return this.runsAhead ? "RUNNING" : "PROVISIONING";
      case "booting":
        return this.runsAhead ? "RUNNING" : "STARTING";
      case "failed":
        return this.failedAs;
      case "ending":
        // There is no status for a pod that is being deleted.
        return this.conditions.deleteAs === "204" && this.time.now < (machine.endedAt ?? 0) + machine.endingMs / 2
          ? "RUNNING"
          : "TERMINATED";
      default:
        return phase === "running" ? "RUNNING" : "TERMINATED";
    }
  }

  /** The pod's own API key, which the vendor adds to its environment. */
  tokenOf({ id }: { readonly id: string }): string {
    return `rpa_POD${[...id].reverse().join("").toUpperCase()}`;
  }

  #shown(machine: Stored): Json {
    const { item, body, id } = machine;
    const { emptyAs } = this.conditions;
    const [cloud = "SECURE", place = "any", typeId = ""] = partsOf(item.offer);
    const phase = this.phase(machine);
    const isPlaced = phase !== "queued" || this.runsAhead;
    const disk = typeof body["disk"] === "number" ? body["disk"] : diskOfOffersGb;
    const env = isObject(body["env"]) ? body["env"] : {};
    // A CPU pod that the library did not create.
    const isCpu = machine.madeBy === null && machine.name === "notebook";
    const size = emptyAs === "missing" ? {} : { vcpuCount: 16 * item.gpuCount, memory: 125 * item.gpuCount };
    return {
      id,
      ...(this.hidesMark(machine) ? this.hiddenMark("name") : { name: machine.name }),
      status: this.#status(machine),
      actions: this.#actions(machine),
      image: body["image"] ?? "runpod/base:1.0.2-ubuntu2404",
      args: "",
      ...(emptyAs === "missing" ? {} : { entrypoint: [], cmd: [] }),
      disk,
      mounts: {},
      ports: body["ports"] ?? [],
      env: emptyAs === "empty" ? { ...env, RUNPOD_API_KEY: this.tokenOf(machine) } : env,
      registry: null,
      cloud,
      dataCenterId: isPlaced && cloud === "SECURE" ? (place === "any" ? "US-KS-2" : place) : null,
      cudaVersion: phase === "running" ? "12.8" : null,
      ssh: this.#ssh(machine),
      template: emptyAs === "empty" ? "runpod-torch-v280" : null,
      cost: Math.round(((machine.usdPerHour ?? 0) - disk * usdPerDiskGbHour) * 1e6) / 1e6,
      locked: false,
      runtime: this.#runtime(machine),
      createdAt: this.vendorTime(machine.madeAt),
      startedAt: phase === "running" && emptyAs !== "null" ? this.vendorTime(machine.readyAt) : null,
      globalNetworking: { enabled: false },
      ...(isCpu
        ? { cpu: { id: "cpu3c", vcpuCount: 2, memory: 4 }, ...(emptyAs === "null" ? { gpu: null } : {}) }
        : { gpu: { id: typeId, count: item.gpuCount, ...size } }),
    };
  }

  /** A pod that exited keeps showing its last address. */
  #hasAddress(machine: Stored): boolean {
    const phase = this.phase(machine);
    return phase === "running" || (phase === "failed" && this.failedAs === "EXITED");
  }

  #port({ id }: Stored): number {
    return 10_000 + ((id.charCodeAt(0) * 131 + id.charCodeAt(1)) % 30_000);
  }

  #ssh(machine: Stored): Json {
    const { id, ip } = machine;
    const entry = (host: string, port: number, username: string) => ({
      host,
      port,
      username,
      command: `ssh ${username}@${host} -p ${port}`,
    });
    const proxy = this.phase(machine) === "queued" ? null : entry("ssh.runpod.io", 22, `${id}-6441103b`);
    if (this.showsAddressIn === "ports") return { proxy };
    return { proxy, direct: this.#hasAddress(machine) ? entry(ip, this.#port(machine), "root") : null };
  }

  #runtime(machine: Stored): Json | null {
    const phase = this.phase(machine);
    const proxied = { private: 22, public: 60_022, type: "tcp", ip: "100.65.12.7" };
    // The container can run before its port is public.
    if (phase === "booting" && this.runsAhead && this.conditions.emptyAs !== "null") return { uptime: 3, ports: [proxied] };
    if (!this.#hasAddress(machine)) return null;
    if (this.showsAddressIn === "ssh" && this.conditions.emptyAs === "empty") return {};
    const http = { private: 8888, public: 60_088, type: "http", ip: "100.65.12.7" };
    const open = { private: 22, public: this.#port(machine), type: "tcp", ip: machine.ip };
    return { uptime: 60, gpus: [{ util: 0, memoryUtil: 0 }], cpu: { util: 3 }, memory: { util: 1 }, ports: [http, open] };
  }
}

function partsOf(offer: string): string[] {
  return offer.slice("runpod:".length).split("/").map(decodeURIComponent);
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

function isFlag(value: unknown): boolean {
  return typeof value === "boolean";
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

function isWhole(value: unknown, least: number): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= least;
}

/** Violations with the messages of the vendor's validator. */
function violations(path: string, body: Json, checks: Readonly<Record<string, (value: unknown) => boolean>>): string[] {
  return Object.entries(body).flatMap(([name, value]) => {
    const check = checks[name];
    if (!check) return [`${path}: additional properties '${name}' not allowed`];
    return check(value) ? [] : [`${path}.${name}: invalid value`];
  });
}
