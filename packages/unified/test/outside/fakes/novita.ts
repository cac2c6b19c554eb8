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

interface Product {
  readonly id: string;
  readonly name: string;
  readonly gpu: string;
  /** 1/100000 US dollars per GPU and hour. */
  readonly price: number;
  readonly spotPrice: number;
  readonly inventory: "none" | "low" | "normal" | "high";
  readonly clusters: readonly string[];
}

const clusters = [
  { id: "us-ca-6", name: "US-CA-06 (California)" },
  { id: "cn-hongkong-1", name: "CN-HK-01 (Hong Kong)" },
] as const;

const products: readonly Product[] = [
  {
    id: "4090.16c62g",
    name: "RTX 4090 24GB",
    gpu: "RTX 4090",
    price: 35_000,
    spotPrice: 0,
    inventory: "high",
    clusters: ["us-ca-6", "cn-hongkong-1"],
  },
  {
    id: "A100-80GB.14c240g",
    name: "A100 SXM 80GB",
    gpu: "A100",
    price: 160_000,
    spotPrice: 80_000,
    inventory: "low",
    clusters: ["us-ca-6"],
  },
  {
    id: "H100-80GB.20c180g",
    name: "H100 SXM 80GB",
    gpu: "H100",
    price: 255_000,
    spotPrice: 0,
    inventory: "normal",
    clusters: ["us-ca-6"],
  },
  { id: "26", name: "RTX 3090 24GB", gpu: "RTX 3090", price: 20_000, spotPrice: 0, inventory: "none", clusters: ["us-ca-6"] },
];

const prefix = "/gpu-instance/openapi/v1";
const freeDiskGb = 60;
/** US dollars per day for each GB of root disk above the free ones. */
const usdPerDiskGbDay = 0.005;

/** Novita: prices as strings in 1/100000 dollars, actions in the path, page numbers, passwords in the detail response. */
export class NovitaCloud extends Cloud {
  readonly vendor = "novita";
  readonly origin = "https://api.novita.ai";
  readonly settleMs = 30_000;
  /** Whether the SSH password is only in the field of older API versions. */
  hasOldPasswordField = false;

  readonly soldOutResponses = [
    this.#failure(400, "INSUFFICIENT_RESOURCE", "INSUFFICIENT_RESOURCE"),
    this.#failure(500, "INTERNAL", "not enough resources in cluster"),
    this.#failure(422, "UNPROCESSABLE", "The product is sold out"),
    this.#failure(503, "SERVICE_NOT_AVAILABLE", "insufficient GPU resources"),
  ];

  protected override newKey(): string {
    return `sk_${this.random.letters(43)}`;
  }

  protected override newId(): string {
    return this.random.letters(16, "0123456789abcdef");
  }

  override catalogue(): CatalogueItem[] {
    return products.flatMap(({ id, gpu, price, inventory, clusters: places }) =>
      places.flatMap((place) =>
        [1, 2].map(
          (count): CatalogueItem => ({
            offer: `novita:${id}/${place}/${count}`,
            gpu,
            gpuCount: count,
            market: "on_demand",
            usdPerHour: (price * count) / 100_000,
            isAvailable: inventory !== "none",
          }),
        ),
      ),
    );
  }

  #failure(code: number, reason: string, message: string): VendorResponse {
    return json(code, { code, reason, message, metadata: {} });
  }

  override async respond(request: VendorRequest): Promise<VendorResponse> {
    const by = this.ledger.request;
    const [scheme, key] = (request.headers.get("authorization") ?? "").split(" ");
    const account = this.accountOf(key);
    if (scheme !== "Bearer" || !account)
      return this.#failure(401, "FAILED_TO_AUTH", this.withEcho("authentication failed", request));
    const path = request.path.startsWith(prefix) ? request.path.slice(prefix.length) : "";
    switch (`${request.method} ${path}`) {
      case "GET /products":
        return json(200, { data: this.#products(request.query) });
      case "GET /clusters":
        return json(200, {
          data: clusters.map(({ id, name }) => {
            const names = products.flatMap((product) => (product.clusters.includes(id) ? [product.name] : []));
            return { id, name, availableGpuType: names, supportNetworkStorage: true, supportInstanceNetwork: false };
          }),
        });
      case "GET /gpu/instances":
        return this.#list(request.query, account);
      case "GET /gpu/instance":
        return this.#get(request.query.get("instanceId") ?? "", account);
      case "POST /gpu/instance/create":
        return await this.#create(request, account, by);
      case "POST /gpu/instance/delete":
        return this.#delete(toJson(request.text)?.["instanceId"], account, by);
      default:
        return this.#failure(404, "NOT_FOUND", "no such path");
    }
  }

  #products(query: URLSearchParams): Json[] {
    const method = query.get("billingMethod") ?? "onDemand";
    const cluster = clusters.find(({ id }) => id === query.get("clusterId"));
    return products
      .filter(
        ({ spotPrice, clusters: places }) => (method !== "spot" || spotPrice > 0) && (!cluster || places.includes(cluster.id)),
      )
      .map(({ id, name, price, spotPrice, inventory, clusters: places }) => ({
        id,
        name,
        cpuPerGpu: 16,
        memoryPerGpu: 62,
        diskPerGpu: 500,
        availableDeploy: inventory !== "none",
        inventoryState: inventory,
        minRootFS: 10,
        maxRootFS: 500,
        minLocalStorage: 0,
        maxLocalStorage: 100,
        regions: clusters.flatMap((place) => (places.includes(place.id) ? [place.name] : [])),
        price: String(price),
        spotPrice: String(spotPrice),
        monthlyPrice: [],
        billingMethods: spotPrice > 0 ? ["onDemand", "spot"] : ["onDemand"],
      }));
  }

  async #create(request: VendorRequest, account: Account, by: number | null): Promise<VendorResponse> {
    const body = toJson(request.text);
    if (!body) return this.#failure(400, "INVALID_REQUEST_BODY", "invalid body");
    const { productId, gpuNum, rootfsSize, imageUrl, name = "", clusterId = "", envs = [] } = body;
    const product = products.find(({ id }) => id === productId);
    const isCount = typeof gpuNum === "number" && gpuNum >= 1 && gpuNum <= 8;
    const isDisk = typeof rootfsSize === "number" && rootfsSize <= 6144;
    if (
      !product ||
      !isCount ||
      !isDisk ||
      typeof imageUrl !== "string" ||
      imageUrl === "" ||
      typeof name !== "string" ||
      !Array.isArray(envs)
    ) {
      return this.#failure(400, "INVALID_REQUEST_BODY", this.withEcho("invalid parameter", request));
    }
    if (name.length > 255 || !/^[A-Za-z0-9-]*$/.test(name)) return this.#failure(400, "INVALID_REQUEST_BODY", "invalid name");
    await this.work();
    const place = clusterId === "" ? product.clusters[0] : clusterId;
    const soldOut = product.inventory === "none" ? this.soldOutResponses[0] : this.soldOutResponse();
    if (soldOut) return soldOut;
    const item = this.catalogue().find(({ offer }) => offer === `novita:${product.id}/${place}/${gpuNum}`) ?? {
      offer: `novita:${product.id}/${place}/${gpuNum}`,
      gpu: product.gpu,
      gpuCount: gpuNum,
      market: "on_demand" as const,
      usdPerHour: (product.price * gpuNum) / 100_000,
      isAvailable: true,
    };
    const extraUsdPerHour = (Math.max(0, rootfsSize - freeDiskGb) * usdPerDiskGbDay) / 24;
    return json(200, { id: this.add({ item, account, madeBy: by, body, name, extraUsdPerHour }).id });
  }

  #list(query: URLSearchParams, account: Account): VendorResponse {
    const { paging, pageSize } = this.conditions;
    const size = Math.min(Number(query.get("pageSize") ?? pageSize) || pageSize, pageSize);
    const requested = Number(query.get("pageNum") ?? 0) || 0;
    const all = this.#read(account, requested);
    const page = paging === "number ignored" ? 0 : paging === "from one" ? requested - 1 : requested;
    const part = paging === "endless" ? all.slice(0, size) : page < 0 ? [] : all.slice(page * size, (page + 1) * size);
    const total = paging === "usual" ? { total: all.length } : {};
    return json(200, { instances: part.map((machine) => this.#shown(machine)), ...total });
  }

  #lastRead: { readonly account: Account; readonly all: Stored[] } | undefined;

  /** Reads each page anew if the response has a total. Otherwise all pages come from one read, because a client could not detect changes. */
  #read(account: Account, page: number): Stored[] {
    const isSameRead = this.conditions.paging !== "usual" && page > 0 && this.#lastRead?.account === account;
    const all = isSameRead && this.#lastRead ? this.#lastRead.all : this.listed(account);
    this.#lastRead = { account, all };
    return all;
  }

  #get(id: string, account: Account): VendorResponse {
    const machine = this.own(id, account);
    if (!machine) return this.#failure(404, "RESOURCE_NOT_FOUND", "instance not found");
    if (this.isUnreadable(machine))
      return this.#failure(this.conditions.unreadableAs, "RESOURCE_NOT_FOUND", "instance not found");
    const isUp = this.phase(machine) === "running";
    const command = isUp ? `ssh -p ${this.#port(machine)} root@proxy.us-ca-6.gpu-instance.novita.ai` : "";
    const password = isUp ? this.passwordOf(machine) : "";
    const current = this.hasOldPasswordField
      ? { sshCommand: command, password: "", isRunning: isUp }
      : { sshCommand: command, password, isRunning: isUp };
    return json(200, { ...this.#shown(machine), sshCommand: command, sshPassword: password, connectComponentSSH: current });
  }

  passwordOf({ id }: { readonly id: string }): string {
    return `pw-${[...id].reverse().join("")}`;
  }

  #port({ id }: Stored): number {
    return 20_000 + (Number.parseInt(id.slice(0, 3), 16) % 10_000);
  }

  #shown(machine: Stored): Json {
    const statuses = {
      queued: "toCreate",
      booting: "pulling",
      running: "running",
      failed: "exited",
      ending: "removing",
      gone: "removed",
    };
    const { body, item } = machine;
    const phase = this.phase(machine);
    const [productId = "", place = ""] = item.offer.slice("novita:".length).split("/");
    const product = products.find(({ id }) => id === productId);
    const failure = phase === "failed" ? { state: "failed", message: this.#failureMessage(body) } : { state: "", message: "" };
    return {
      id: machine.id,
      ...(this.hidesMark(machine) ? this.hiddenMark("name") : { name: machine.name }),
      clusterId: place,
      clusterName: clusters.find(({ id }) => id === place)?.name ?? "",
      status: statuses[phase],
      imageUrl: body["imageUrl"] ?? "",
      imageAuthId: "",
      command: "",
      cpuNum: "16",
      memory: "62",
      gpuNum: String(item.gpuCount),
      portMappings:
        phase === "running"
          ? [{ port: 8080, endpoint: `https://${machine.id}-8080.us-ca-6.gpu-instance.novita.ai`, type: "http" }]
          : [],
      productId,
      productName: product?.name ?? "",
      rootfsSize: body["rootfsSize"] ?? 60,
      volumeMounts: [],
      statusError: failure,
      envs: body["envs"] ?? [],
      kind: "gpu",
      billingMode: this.conditions.emptyAs === "empty" ? "" : "onDemand",
      endTime: "-1",
      spotStatus: "",
      spotReclaimTime: "0",
      createdAt: String(Math.floor((machine.madeAt + this.conditions.clockOffsetMs) / 1_000)),
    };
  }

  #failureMessage(body: Json): string {
    return this.conditions.echoesSecrets
      ? `pull failed for ${body["imageAuth"] ?? JSON.stringify(body["envs"] ?? "")}`
      : "image pull failed";
  }

  #delete(id: unknown, account: Account, by: number | null): VendorResponse {
    const machine = typeof id === "string" ? this.own(id, account) : undefined;
    if (!machine) return this.#failure(404, "RESOURCE_NOT_FOUND", "instance not found");
    this.ledger.end(machine, by);
    const { deleteAs } = this.conditions;
    return deleteAs === "empty 200" ? empty(200) : deleteAs === "204" ? empty(204) : json(200, {});
  }
}
