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

const types = ["gpu_1x_h100_sxm5", "gpu_8x_h100_sxm5"] as const;
/** How long a response is stored under an idempotency key. */
const rememberedMs = 600_000;

interface Remembered {
  readonly response: Promise<VendorResponse>;
  finishedAt: number | null;
}

/** fal Compute: idempotency keys valid for ten minutes, no marks, no prices, two machine types, cursors that encode a page number. */
export class FalCloud extends Cloud {
  readonly vendor = "fal";
  readonly origin = "https://api.fal.ai";
  readonly settleMs = 15_000;
  readonly #remembered = new Map<string, Remembered>();

  readonly soldOutResponses = [
    this.#failure(400, "validation_error", "gpu_1x_h100_sxm5 is out of stock"),
    this.#failure(500, "server_error", "Insufficient capacity for this instance type"),
    this.#failure(503, "server_error", "not enough resources"),
  ];

  protected override newKey(): string {
    return `${this.random.uuid()}:${this.random.letters(32, "0123456789abcdef")}`;
  }

  protected override newId(): string {
    return `inst_${this.random.letters(16)}`;
  }

  override catalogue(): CatalogueItem[] {
    return types.map((type) => ({
      offer: `fal:${type}`,
      gpu: "H100",
      gpuCount: type === "gpu_8x_h100_sxm5" ? 8 : 1,
      market: "on_demand",
      usdPerHour: null,
      isAvailable: true,
    }));
  }

  #failure(status: number, type: string, message: string): VendorResponse {
    return json(status, { error: { type, message, request_id: `req_${status}` } });
  }

  override async respond(request: VendorRequest): Promise<VendorResponse> {
    const by = this.ledger.request;
    const authorization = request.headers.get("authorization") ?? "";
    const account = authorization.startsWith("Key ") ? this.accountOf(authorization.slice(4)) : undefined;
    if (!account) return this.#failure(401, "authorization_error", this.withEcho("Invalid key", request));
    const path = request.path.replace(/^\/v1/, "");
    const id = /^\/compute\/instances\/([^/]+)$/.exec(path)?.[1];
    if (path === "/compute/instances" && request.method === "GET") return this.#list(request.query, account);
    if (path === "/compute/instances" && request.method === "POST") return await this.#createOnce(request, account, by);
    if (id && request.method === "GET") return this.#get(decodeURIComponent(id), account);
    if (id && request.method === "DELETE") return this.#delete(decodeURIComponent(id), account, by);
    return this.#failure(404, "not_found", "No such operation");
  }

  async #createOnce(request: VendorRequest, account: Account, by: number | null): Promise<VendorResponse> {
    const key = request.headers.get("idempotency-key");
    if (!key) return await this.#create(request, account, by);
    const name = `${account} ${key}`;
    const before = this.#remembered.get(name);
    if (before) {
      const { finishedAt } = before;
      const isFresh = finishedAt !== null && this.time.now < finishedAt + rememberedMs;
      const isRunning = finishedAt === null && this.conditions.remembers === "from start";
      if (isFresh || isRunning) return await before.response;
    }
    const remembered: Remembered = { response: this.#create(request, account, by), finishedAt: null };
    this.#remembered.set(name, remembered);
    const response = await remembered.response;
    remembered.finishedAt = this.time.now;
    // Only successful responses are repeated under the key.
    if (response.status !== 201 && this.#remembered.get(name) === remembered) this.#remembered.delete(name);
    return response;
  }

  async #create(request: VendorRequest, account: Account, by: number | null): Promise<VendorResponse> {
    const body = toJson(request.text);
    if (!body) return this.#failure(400, "validation_error", "Body must be an object");
    const { instance_type: type, ssh_key: key, sector } = body;
    if (typeof key !== "string" || key.length < 1)
      return this.#failure(400, "validation_error", this.withEcho("ssh_key is required", request));
    const item = this.catalogue().find(({ offer }) => offer === `fal:${type}`);
    if (!item) return this.#failure(400, "validation_error", "Unknown instance_type");
    if (sector !== undefined && item.gpuCount === 1) return this.#failure(400, "validation_error", "sector is only for 8x");
    await this.work();
    const soldOut = this.soldOutResponse();
    if (soldOut) return soldOut;
    const machine = this.add({ item, account, madeBy: by, body, name: null });
    return json(201, this.#shown(machine));
  }

  #shown(machine: Stored): Json {
    const statuses = {
      queued: "pending",
      booting: "provisioning",
      running: "ready",
      failed: "stopped",
      ending: "unknown",
      gone: "unknown",
    };
    const phase = this.phase(machine);
    return {
      id: machine.id,
      instance_type: machine.offer.slice("fal:".length),
      region: "us-west",
      status: statuses[phase],
      ...(phase === "running" ? { ip: machine.ip } : {}),
      creator_user_nickname: "ada",
    };
  }

  /** Later pages come from the same read as the first, because a client could not detect that entries moved between pages. */
  #lastRead: { readonly account: Account; readonly all: Stored[] } | undefined;

  #list(query: URLSearchParams, account: Account): VendorResponse {
    const { paging, pageSize } = this.conditions;
    const cursor = query.get("cursor");
    const page = cursor ? Number(atob(cursor)) : 0;
    if (!Number.isSafeInteger(page) || page < 0) return this.#failure(400, "validation_error", "Invalid cursor");
    const size = Math.min(Number(query.get("limit") ?? pageSize) || pageSize, pageSize);
    const all = cursor && this.#lastRead?.account === account ? this.#lastRead.all : this.listed(account);
    this.#lastRead = { account, all };
    const instances = all.slice(page * size, (page + 1) * size).map((machine) => this.#shown(machine));
    const hasMore = all.length > (page + 1) * size;
    const next = (number: number) => btoa(String(number));
    if (paging === "endless") return json(200, { instances, next_cursor: next(page + 1), has_more: true });
    if (paging === "repeated cursor" && hasMore) return json(200, { instances, next_cursor: cursor ?? next(0), has_more: true });
    if (paging === "null cursor" && hasMore) return json(200, { instances, next_cursor: null, has_more: true });
    return json(200, { instances, next_cursor: hasMore ? next(page + 1) : null, has_more: hasMore });
  }

  #get(id: string, account: Account): VendorResponse {
    const machine = this.own(id, account);
    if (!machine) return this.#failure(404, "not_found", "Instance not found");
    if (this.isUnreadable(machine)) return this.#failure(this.conditions.unreadableAs, "not_found", "Instance not found");
    return json(200, this.#shown(machine));
  }

  #delete(id: string, account: Account, by: number | null): VendorResponse {
    const machine = this.own(id, account);
    if (!machine) return this.#failure(404, "not_found", "Instance not found");
    this.ledger.end(machine, by);
    return empty(204);
  }
}
