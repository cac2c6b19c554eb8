import { createHash } from "node:crypto";
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

const types = [
  { id: "calm-curie-l4-77e0", gpu: "L4", count: 1, rate: 0.44, region: "us-east-1" },
  { id: "focused-neumann-rtx4090-3615", gpu: "RTX 4090", count: 1, rate: 0.66, region: "mumbai-india-1" },
  { id: "bold-tesla-a100-fa6f", gpu: "A100", count: 1, rate: 1.49, region: "us-east-1" },
  { id: "stoic-tharp-h100-4d7a", gpu: "H100", count: 1, rate: 2.69, region: "helsinki" },
  { id: "stoic-tharp-h100x2-4d7b", gpu: "H100", count: 2, rate: 6.69, region: "helsinki" },
  { id: "sleepy-archimedes-cpu_small-de28", gpu: "CPU", count: 0, rate: 0.39, region: "us-east-1" },
] as const;

const failure = (status: number, code: string, message: string): VendorResponse => json(status, { error: { code, message } });

/** Runcrate: responses wrapped in `data`, 500 when out of stock, a catalogue without stock, SSH keys without the public key. */
export class RuncrateCloud extends Cloud {
  readonly vendor = "runcrate";
  readonly origin = "https://www.runcrate.ai";
  readonly settleMs = 30_000;
  readonly #sshKeys: Record<Account, { id: string; name: string; fingerprint: string }[]> = { ours: [], theirs: [] };

  readonly soldOutResponses = [
    failure(500, "internal_error", "The selected instance is no longer available"),
    failure(400, "bad_request", "Out of stock"),
    failure(422, "validation_error", "Provider reports insufficient capacity"),
    failure(503, "unavailable", "out of host capacity"),
    failure(409, "conflict", "This machine is sold out"),
  ];

  protected override newKey(): string {
    return `rc_live_${this.random.letters(32)}`;
  }

  protected override newId(): string {
    return this.random.uuid();
  }

  override catalogue(): CatalogueItem[] {
    return types
      .filter(({ count }) => count > 0)
      .map(({ id, gpu, count, rate }) => ({
        offer: `runcrate:${id}`,
        gpu,
        gpuCount: count,
        market: "on_demand",
        usdPerHour: rate,
        isAvailable: true,
      }));
  }

  override async respond(request: VendorRequest): Promise<VendorResponse> {
    const by = this.ledger.request;
    const [scheme, key] = (request.headers.get("authorization") ?? "").split(" ");
    const account = this.accountOf(key);
    if (scheme !== "Bearer" || !account) return failure(401, "invalid_key", this.withEcho("Invalid API key", request));
    const path = request.path.replace(/^\/api\/v1/, "");
    if (path === "/instances/types" && request.method === "GET") return this.#types();
    if (path === "/instances" && request.method === "GET") return this.#list(account);
    if (path === "/instances" && request.method === "POST") return await this.#create(request, account, by);
    if (path === "/ssh-keys" && request.method === "GET")
      return json(200, { data: this.#sshKeys[account].map((one) => this.#shownKey(one)) });
    if (path === "/ssh-keys" && request.method === "POST") return this.#addKey(request, account);
    const [, id, rest] = /^\/instances\/([^/]+)(\/status)?$/.exec(path) ?? [];
    if (id && request.method === "GET") return this.#get(decodeURIComponent(id), account, rest === "/status");
    if (id && !rest && request.method === "DELETE") return this.#delete(decodeURIComponent(id), account, by);
    return failure(404, "not_found", "Not found");
  }

  #types(): VendorResponse {
    const data = types.map(({ id, gpu, count, rate, region }) => ({
      id,
      gpu_type: gpu,
      gpu_count: count,
      cpu_cores: 16,
      memory_gb: 64.0,
      storage_gb: 100.0,
      region,
      deployment_type: this.conditions.emptyAs === "empty" ? "" : null,
      hourly_rate: rate,
    }));
    return json(200, { data, meta: { total: data.length } });
  }

  #addKey(request: VendorRequest, account: Account): VendorResponse {
    const { name, public_key: publicKey } = toJson(request.text) ?? {};
    if (typeof name !== "string" || typeof publicKey !== "string")
      return failure(400, "bad_request", "name and public_key are required");
    const material = publicKey.split(" ")[1] ?? "";
    const fingerprint = `SHA256:${createHash("sha256").update(Buffer.from(material, "base64")).digest("base64").replace(/=+$/, "")}`;
    if (this.#sshKeys[account].some((one) => one.fingerprint === fingerprint))
      return failure(409, "conflict", "SSH key already exists");
    const key = { id: this.random.uuid(), name, fingerprint };
    this.#sshKeys[account].push(key);
    return json(201, { data: this.#shownKey(key) });
  }

  #shownKey({ id, name, fingerprint }: { id: string; name: string; fingerprint: string }): Json {
    const shown = this.conditions.emptyAs === "empty" ? fingerprint.slice("SHA256:".length) : fingerprint;
    return { id, name, fingerprint: shown, type: "ed25519", createdAt: this.vendorTime(this.time.now), lastUsed: null };
  }

  async #create(request: VendorRequest, account: Account, by: number | null): Promise<VendorResponse> {
    const body = toJson(request.text);
    const { name, instance_type_id: typeId, gpu_type: gpu, ssh_key_id: keyId, env_vars: env } = body ?? {};
    if (!body || typeof name !== "string" || name === "")
      return failure(400, "bad_request", this.withEcho("name is required", request));
    if (name.length > 64) return failure(400, "validation_error", "name must be at most 64 characters");
    if (env !== undefined && !Array.isArray(env)) return failure(422, "validation_error", "env_vars must be an array");
    const type = types.find((one) => one.id === typeId || (typeId === undefined && one.gpu === gpu));
    if (!type) return failure(404, "not_found", "Instance type not found");
    if (keyId !== undefined && !this.#sshKeys[account].some(({ id }) => id === keyId))
      return failure(400, "bad_request", "unknown SSH key");
    await this.work();
    const soldOut = this.soldOutResponse();
    if (soldOut) return soldOut;
    const item = this.catalogue().find(({ offer }) => offer === `runcrate:${type.id}`);
    if (!item) return failure(400, "bad_request", "not a GPU machine");
    return json(201, { data: this.#shown(this.add({ item, account, madeBy: by, body, name })) });
  }

  #list(account: Account): VendorResponse {
    const data = this.listed(account).map((machine) => this.#shown(machine));
    const { cutLists } = this.conditions;
    const isCut = cutLists !== "no" && data.length > 0;
    const shown = isCut ? data.slice(0, -1) : data;
    if (isCut && cutLists === "cursor")
      return json(200, { data: shown, meta: { cursor: "b2Zmc2V0OjE", hasMore: null, total: null } });
    if (isCut && cutLists === "hasMore") return json(200, { data: shown, meta: { hasMore: true } });
    if (isCut) return json(200, { data: shown, meta: { total: data.length } });
    const { emptyAs } = this.conditions;
    return json(
      200,
      emptyAs === "missing"
        ? { data }
        : { data, meta: emptyAs === "empty" ? {} : { cursor: null, hasMore: false, total: data.length } },
    );
  }

  #shown(machine: Stored): Json {
    const statuses = {
      queued: "deploying",
      booting: "awaiting_provider",
      running: "running",
      failed: "failed",
      ending: "terminated",
      gone: "terminated",
    };
    const { item, body } = machine;
    const type = types.find(({ id }) => item.offer === `runcrate:${id}`);
    const phase = this.phase(machine);
    return {
      id: machine.id,
      ...(this.hidesMark(machine) ? this.hiddenMark("name") : { name: machine.name }),
      status: phase === "running" && this.conditions.emptyAs === "empty" ? "deployed" : statuses[phase],
      gpu_type: type?.gpu ?? null,
      gpu_count: item.gpuCount,
      cpu_cores: 16,
      memory: 64,
      storage: body["storage"] ?? 100,
      region: type?.region ?? null,
      ...(phase === "running" ? { ip: machine.ip } : this.emptyField("ip")),
      cost_per_hour: machine.usdPerHour,
      deployed_at: phase === "running" ? this.vendorTime(machine.readyAt) : null,
      created_at: this.vendorTime(machine.madeAt).replace("Z", "456+00:00"),
    };
  }

  #get(id: string, account: Account, onlyStatus: boolean): VendorResponse {
    const machine = this.own(id, account);
    if (!machine) return failure(404, "not_found", "Instance not found");
    if (this.isUnreadable(machine)) return failure(this.conditions.unreadableAs, "not_found", "Instance not found");
    const shown = this.#shown(machine);
    return json(200, { data: onlyStatus ? { id, status: shown["status"], ip: shown["ip"] ?? null } : shown });
  }

  #delete(id: string, account: Account, by: number | null): VendorResponse {
    const machine = this.own(id, account);
    if (!machine) return failure(404, "not_found", "Instance not found");
    this.ledger.end(machine, by);
    return empty(204);
  }
}
