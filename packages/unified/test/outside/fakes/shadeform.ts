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

interface Region {
  readonly region: string;
  readonly name: string;
  readonly isAvailable: boolean;
  readonly spotUsd?: string;
}

interface Type {
  readonly cloud: string;
  readonly type: string;
  readonly gpu: string;
  readonly gpuType: string;
  readonly count: number;
  readonly vramGb: number;
  readonly interconnect: string;
  readonly cents: number;
  readonly regions: readonly Region[];
}

const types: readonly Type[] = [
  {
    cloud: "hyperstack",
    type: "H100",
    gpu: "H100",
    gpuType: "H100",
    count: 1,
    vramGb: 80,
    interconnect: "pcie",
    cents: 249,
    regions: [
      { region: "montreal-canada-2", name: "Canada, Montreal", isAvailable: true, spotUsd: "1.50" },
      { region: "oslo-norway-1", name: "Norway, Oslo", isAvailable: false },
    ],
  },
  {
    cloud: "imwt",
    type: "H100_sxm5",
    gpu: "H100",
    gpuType: "H100",
    count: 1,
    vramGb: 80,
    interconnect: "sxm5",
    cents: 290,
    regions: [{ region: "desmoines-usa-1", name: "US, Des Moines, IA", isAvailable: true }],
  },
  {
    cloud: "massedcompute",
    type: "A6000",
    gpu: "A6000",
    gpuType: "A6000",
    count: 1,
    vramGb: 48,
    interconnect: "pcie",
    cents: 57,
    regions: [
      { region: "desmoines-usa-1", name: "US, Des Moines, IA", isAvailable: true },
      { region: "wichita-usa-1", name: "US, Wichita, KS", isAvailable: true },
    ],
  },
  {
    cloud: "denvr",
    type: "A100_80Gx8",
    gpu: "A100",
    gpuType: "A100_80G",
    count: 8,
    vramGb: 80,
    interconnect: "sxm4",
    cents: 1_160,
    regions: [{ region: "houston-usa-1", name: "US, Houston, TX", isAvailable: true, spotUsd: "8" }],
  },
];

const businessFailure = (status: number, code: string, error: string): VendorResponse =>
  json(status, { error_code: code, error });

/** Shadeform: prices both in cents and as dollar strings, no error schema, empty responses, deleted machines stay listed for a while. */
export class ShadeformCloud extends Cloud {
  readonly vendor = "shadeform";
  readonly origin = "https://api.shadeform.ai";
  readonly settleMs = 30_000;
  readonly #sshKeys: Record<
    Account,
    { id: string; name: string; public_key: string; private_key: string; is_default: boolean }[]
  > = {
    ours: [],
    theirs: [],
  };

  readonly soldOutResponses = [
    businessFailure(409, "OUT_OF_STOCK", "The instance type [H100] is not available in the region [montreal-canada-2]"),
    json(400, { error: "not enough resources available in this region" }),
    json(500, { message: "Out of host capacity." }),
    json(422, { error: "insufficient GPU capacity in the requested region" }),
    json(503, { message: "This instance type is sold out" }),
    json(409, { error: "Instance type is out of stock" }),
  ];

  protected override newKey(): string {
    return `sk_shade_${this.random.letters(32)}`;
  }

  protected override newId(): string {
    return this.random.uuid();
  }

  override catalogue(): CatalogueItem[] {
    return types.flatMap(({ cloud, type, gpu, count, cents, regions }) =>
      regions.flatMap(({ region, isAvailable, spotUsd }) => {
        const item = (market: "on_demand" | "spot", usdPerHour: number): CatalogueItem => ({
          offer: `shadeform:${cloud}/${type}/${region}/${market}`,
          gpu,
          gpuCount: count,
          market,
          usdPerHour,
          isAvailable,
        });
        return [item("on_demand", cents / 100), ...(spotUsd ? [item("spot", Number(spotUsd))] : [])];
      }),
    );
  }

  override async respond(request: VendorRequest): Promise<VendorResponse> {
    const by = this.ledger.request;
    const account = this.accountOf(request.headers.get("x-api-key"));
    if (!account) return json(401, { message: this.withEcho("Invalid API key", request) });
    const path = request.path.replace(/^\/v1/, "");
    if (request.method === "GET") {
      if (path === "/instances/types") return json(200, { instance_types: this.#types(request.query) });
      if (path === "/instances") return json(200, { instances: this.listed(account).map((machine) => this.#shown(machine)) });
      if (path === "/sshkeys") return json(200, { ssh_keys: this.#sshKeys[account] });
      const id = /^\/instances\/([^/]+)\/info$/.exec(path)?.[1];
      if (id) return this.#info(decodeURIComponent(id), account);
    }
    if (request.method === "POST") {
      if (path === "/instances/create") return await this.#create(request, account, by);
      if (path === "/sshkeys/add") return this.#addKey(request, account);
      const id = /^\/instances\/([^/]+)\/delete$/.exec(path)?.[1];
      if (id) return this.#delete(decodeURIComponent(id), account, by);
      if (/^\/instances\/[^/]+\/restart$/.test(path)) return empty(200);
    }
    return json(404, { message: "Not Found" });
  }

  #types(query: URLSearchParams): Json[] {
    const wanted = (name: string, value: string) => !query.get(name) || query.get(name) === value;
    return types
      .filter(({ cloud, type, count, gpuType }) => {
        return (
          wanted("cloud", cloud) &&
          wanted("shade_instance_type", type) &&
          wanted("num_gpus", String(count)) &&
          wanted("gpu_type", gpuType)
        );
      })
      .map(({ cloud, type, gpuType, count, vramGb, interconnect, cents, regions }) => {
        const specification = {
          memory_in_gb: 180 * count,
          storage_in_gb: 100,
          vcpus: 28 * count,
          num_gpus: count,
          gpu_type: gpuType,
          interconnect,
        };
        return {
          cloud,
          shade_instance_type: type,
          cloud_instance_type: `gpu_${count}x_${type.toLowerCase()}`,
          configuration: {
            ...specification,
            nvlink: false,
            vram_per_gpu_in_gb: vramGb,
            os_options: ["ubuntu22.04_cuda12.4_shade_os", "ubuntu22.04"],
            gpu_manufacturer: "nvidia",
          },
          ...specification,
          hourly_price: cents,
          deployment_type: "vm",
          availability: regions.flatMap(({ region, name, isAvailable, spotUsd }) => {
            const entry = { region, available: isAvailable, display_name: name };
            return [
              { ...entry, ...(this.conditions.emptyAs === "missing" ? {} : { rental_type: "on_demand" }) },
              ...(spotUsd ? [{ ...entry, rental_type: "spot", hourly_price: spotUsd }] : []),
            ];
          }),
          boot_time: { min_boot_in_sec: 30, max_boot_in_sec: 180 },
        };
      });
  }

  #addKey(request: VendorRequest, account: Account): VendorResponse {
    const body = toJson(request.text);
    const { name, public_key: publicKey } = body ?? {};
    if (typeof name !== "string" || typeof publicKey !== "string")
      return json(400, { error: "name and public_key are required" });
    if (this.#sshKeys[account].some((key) => key.name === name)) return json(400, { error: "SSH key name must be unique" });
    const id = this.random.uuid();
    this.#sshKeys[account].push({ id, name, public_key: publicKey, private_key: "", is_default: false });
    return json(200, { id });
  }

  async #create(request: VendorRequest, account: Account, by: number | null): Promise<VendorResponse> {
    const body = toJson(request.text);
    if (!body) return json(400, { error: "invalid body" });
    const { cloud, region, shade_instance_type: type, name, rental_type: rental = "on_demand", ssh_key_id: keyId, tags } = body;
    if ([cloud, region, type, name].some((value) => typeof value !== "string" || value === "")) {
      return json(400, { error: this.withEcho("cloud, region, shade_instance_type and name are required", request) });
    }
    if (tags !== undefined && !(Array.isArray(tags) && tags.every((tag) => typeof tag === "string")))
      return json(400, { error: "invalid tags" });
    if (keyId !== undefined && !this.#sshKeys[account].some(({ id }) => id === keyId))
      return json(400, { error: "unknown SSH key" });
    await this.work();
    const item = this.catalogue().find(({ offer }) => offer === `shadeform:${cloud}/${type}/${region}/${rental}`);
    if (!item?.isAvailable)
      return businessFailure(409, "OUT_OF_STOCK", `The instance type [${type}] is not available in the region [${region}]`);
    const soldOut = this.soldOutResponse();
    if (soldOut) return soldOut;
    return json(200, { id: this.add({ item, account, madeBy: by, body, name: String(name) }).id });
  }

  #info(id: string, account: Account): VendorResponse {
    const machine = this.own(id, account);
    if (!machine) return json(404, { message: "instance not found" });
    if (this.isUnreadable(machine)) return json(this.conditions.unreadableAs, { message: "try again" });
    const { ssh_key_id: keyId, envs } = machine.body;
    return json(200, {
      ...this.#shown(machine),
      ...(keyId ? { ssh_key_id: keyId } : {}),
      ...(envs ? { envs } : {}),
      volume_ids: [],
    });
  }

  #shown(machine: Stored): Json {
    const statuses = {
      queued: "creating",
      booting: "pending_provider",
      running: "active",
      failed: "error",
      ending: "deleting",
      gone: "deleted",
    };
    const { item, body } = machine;
    const phase = this.phase(machine);
    const [cloud = "", typeName = "", region = ""] = item.offer.slice("shadeform:".length).split("/");
    const type = types.find((one) => one.cloud === cloud && one.type === typeName);
    const isUp = phase === "running";
    const usd = machine.usdPerHour ?? 0;
    const tags = Array.isArray(body["tags"]) ? { tags: body["tags"] } : this.emptyField("tags", []);
    const marks = this.hidesMark(machine) ? this.hiddenMark("tags") : tags;
    return {
      id: machine.id,
      cloud,
      region,
      shade_instance_type: typeName,
      cloud_instance_type: `gpu_${typeName.toLowerCase()}`,
      cloud_assigned_id: phase === "queued" ? null : `i-${machine.id.slice(0, 8)}`,
      shade_cloud: true,
      name: machine.name,
      configuration: {
        memory_in_gb: 180,
        storage_in_gb: 100,
        vcpus: 28,
        num_gpus: item.gpuCount,
        gpu_type: type?.gpuType,
        interconnect: type?.interconnect,
        nvlink: false,
        vram_per_gpu_in_gb: type?.vramGb,
        os: "ubuntu22.04",
        gpu_manufacturer: "nvidia",
      },
      ip: isUp ? machine.ip : null,
      ssh_user: "shadeform",
      ssh_port: isUp && this.conditions.emptyAs !== "null" ? 22 : null,
      status: statuses[phase],
      status_details: phase === "failed" ? this.#failureMessage(body) : "",
      cost_estimate: "0.0006106021",
      hourly_price: item.market === "spot" ? (type?.cents ?? 0) : Math.round(usd * 100),
      rental_terms: { rental_type: item.market, hourly_price: usd.toFixed(2), ending_at: null },
      ...marks,
      active_at: isUp ? this.vendorTime(machine.readyAt) : null,
      created_at: this.vendorTime(machine.madeAt).replace("Z", "123Z"),
      deleted_at: null,
      boot_time: { min_boot_in_sec: 30, max_boot_in_sec: 180 },
    };
  }

  #failureMessage(body: Json): string {
    return this.conditions.echoesSecrets
      ? `launch failed: ${JSON.stringify(body["envs"] ?? body["launch_configuration"] ?? "")}`
      : "provider error";
  }

  #delete(id: string, account: Account, by: number | null): VendorResponse {
    const machine = this.own(id, account);
    if (!machine) return json(404, { message: "instance not found" });
    this.ledger.end(machine, by);
    return empty(this.conditions.deleteAs === "204" ? 204 : 200);
  }
}
