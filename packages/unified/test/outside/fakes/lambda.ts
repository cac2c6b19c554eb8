import {
  type CatalogueItem,
  Cloud,
  type Json,
  json,
  type Stored,
  toJson,
  type VendorRequest,
  type VendorResponse,
} from "../cloud.js";
import type { Account } from "../ledger.js";

interface Type {
  readonly name: string;
  readonly gpu: string;
  readonly gpuDescription: string;
  readonly count: number;
  readonly cents: number;
  readonly specs: readonly [vcpus: number, memoryGib: number, storageGib: number];
  /** Regions with capacity; empty when sold out. */
  readonly regions: readonly string[];
  readonly architecture?: "x86_64" | "arm64";
}

const types: readonly Type[] = [
  {
    name: "gpu_1x_a10",
    gpu: "A10",
    gpuDescription: "A10 (24 GB PCIe)",
    count: 1,
    cents: 129,
    specs: [30, 200, 1_400],
    regions: ["us-west-1", "us-east-1"],
  },
  {
    name: "gpu_1x_h100_pcie",
    gpu: "H100",
    gpuDescription: "H100 (80 GB PCIe)",
    count: 1,
    cents: 329,
    specs: [26, 200, 1_024],
    regions: ["us-west-3"],
  },
  {
    name: "gpu_1x_a100_sxm4",
    gpu: "A100",
    gpuDescription: "A100 (40 GB SXM4)",
    count: 1,
    cents: 199,
    specs: [30, 200, 512],
    regions: ["us-west-2"],
  },
  {
    name: "gpu_2x_h100_sxm5",
    gpu: "H100",
    gpuDescription: "H100 (80 GB SXM5)",
    count: 2,
    cents: 838,
    specs: [52, 450, 5_632],
    regions: ["us-south-2"],
  },
  {
    name: "gpu_8x_a100_80gb_sxm4",
    gpu: "A100",
    gpuDescription: "A100 (80 GB SXM4)",
    count: 8,
    cents: 2_232,
    specs: [240, 1_800, 20_480],
    regions: ["us-midwest-1"],
  },
  {
    name: "gpu_1x_gh200",
    gpu: "GH200",
    gpuDescription: "GH200 (96 GB)",
    count: 1,
    cents: 229,
    specs: [64, 432, 4_096],
    regions: ["us-east-3"],
    architecture: "arm64",
  },
  {
    name: "gpu_1x_h100_sxm5",
    gpu: "H100",
    gpuDescription: "H100 (80 GB SXM5)",
    count: 1,
    cents: 429,
    specs: [26, 225, 2_816],
    regions: [],
  },
  { name: "cpu_4x_general", gpu: "", gpuDescription: "N/A", count: 0, cents: 20, specs: [4, 16, 100], regions: ["us-west-1"] },
];

const places: Readonly<Record<string, string>> = {
  "us-west-1": "California, USA",
  "us-west-2": "Arizona, USA",
  "us-west-3": "Utah, USA",
  "us-south-2": "North Texas, USA",
  "us-midwest-1": "Illinois, USA",
  "us-east-1": "Virginia, USA",
  "us-east-3": "Washington DC, USA",
};

const regionOf = (name: string): Json => ({ name, description: places[name] ?? name });

const failure = (status: number, code: string, message: string, more: Json = {}): VendorResponse =>
  json(status, { error: { code, message, ...more } });

const notThere = (what: string): VendorResponse =>
  failure(404, "global/object-does-not-exist", `Specified ${what} does not exist.`);
const badParameters = (message: string): VendorResponse => failure(400, "global/invalid-parameters", message);

/** Minimum time between two launches of an account. */
const launchIntervalMs = 12_000;

/** Lambda: launches take names instead of ids, prices in cents, no creation time, plain-text 429s, deletes by POST with a list of ids. */
export class LambdaCloud extends Cloud {
  readonly vendor = "lambda";
  readonly origin = "https://cloud.lambda.ai";
  readonly settleMs = 30_000;
  /** Result of deleting a machine that is already terminating: documented as harmless now, rejected in 2024. */
  secondTerminate: "harmless" | "refused" = "harmless";
  readonly #sshKeys: Record<Account, { id: string; name: string; public_key: string }[]> = { ours: [], theirs: [] };
  readonly #lastLaunch: Partial<Record<Account, number>> = {};

  readonly soldOutResponses = [
    failure(400, "instance-operations/launch/insufficient-capacity", "Not enough capacity to fulfill launch request.", {
      suggestion: "Choose an instance type with more availability, or try again later.",
    }),
    failure(400, "instance-operations/launch/insufficient-capacity", "Not enough capacity to fulfill launch request."),
    failure(
      400,
      "instance-operations/launch/insufficient-capacity",
      "Not enough capacity in region us-west-1. Regions with capacity: none",
      { request_id: "req-0123456789abcdef" },
    ),
  ];

  protected override newKey(): string {
    return `secret_ada_${this.random.letters(32, "0123456789abcdef")}.${this.random.letters(24)}`;
  }

  protected override newId(): string {
    return this.random.letters(32, "0123456789abcdef");
  }

  override catalogue(): CatalogueItem[] {
    return types.flatMap(({ name, gpu, count, cents, regions }) =>
      regions
        .filter(() => count > 0)
        .map((region) => ({
          offer: `lambda:${name}/${region}`,
          gpu,
          gpuCount: count,
          market: "on_demand",
          usdPerHour: cents / 100,
          isAvailable: true,
        })),
    );
  }

  override async respond(request: VendorRequest): Promise<VendorResponse> {
    const by = this.ledger.request;
    const account = this.#authorized(request.headers.get("authorization"));
    if (typeof account !== "string") return account;
    const path = request.path.replace(/^\/api\/v1/, "");
    const route = `${request.method} ${path}`;
    if (route === "GET /instance-types") return json(200, { data: this.#types() });
    if (route === "GET /instances") return this.#list(request.query, account);
    if (route === "GET /ssh-keys") return json(200, { data: this.#sshKeys[account] });
    if (route === "POST /ssh-keys") return this.#addKey(request, account);
    if (route === "POST /instance-operations/launch") return await this.#launch(request, account, by);
    if (route === "POST /instance-operations/terminate") return this.#terminate(request, account, by);
    const id = /^GET \/instances\/([^/]+)$/.exec(route)?.[1];
    if (id) return this.#get(decodeURIComponent(id), account);
    return failure(404, "global/not-found", "The requested resource was not found.");
  }

  /** The token of a machine's notebook, which every read returns. */
  tokenOf({ id }: Stored): string {
    return `jupyter-token-${id.slice(8, 24)}`;
  }

  /** Accepts the key as a bearer token or as the user name of basic authentication. */
  #authorized(header: string | null): Account | VendorResponse {
    if (!header) return failure(401, "global/invalid-api-key", "No API key was provided.");
    const [scheme, value = ""] = header.split(" ");
    const key = scheme === "Basic" ? Buffer.from(value, "base64").toString().replace(/:$/, "") : value;
    const message = "API key was invalid, expired, or deleted.";
    return this.accountOf(key) ?? failure(401, "global/invalid-api-key", message);
  }

  #type({ name, gpuDescription, count, cents, specs, architecture = "x86_64" }: Type, usdPerHour = cents / 100): Json {
    const [vcpus, memory, storage] = specs;
    return {
      name,
      description: count > 0 ? `${count}x ${gpuDescription}` : "4x CPU General",
      gpu_description: gpuDescription,
      price_cents_per_hour: Math.round(usdPerHour * 100),
      specs: { vcpus, memory_gib: memory, storage_gib: storage, gpus: count },
      ...(this.conditions.emptyAs === "missing" ? {} : { architecture }),
    };
  }

  #types(): Json {
    return Object.fromEntries(
      types.map((type) => [
        type.name,
        { instance_type: this.#type(type), regions_with_capacity_available: type.regions.map(regionOf) },
      ]),
    );
  }

  #addKey(request: VendorRequest, account: Account): VendorResponse {
    const { name, public_key: publicKey } = toJson(request.text) ?? {};
    if (typeof name !== "string" || name === "" || name.length > 64) return badParameters("name: 1 to 64 characters");
    if (typeof publicKey !== "string") return badParameters("public_key: Input should be a valid string");
    if (this.#sshKeys[account].some((key) => key.name === name)) return badParameters("SSH key name must be unique");
    const key = { id: this.newId(), name, public_key: publicKey, workspace_id: "0f4b6f0a4a9d4ad8b0e3d2c1a5968778" };
    this.#sshKeys[account].push(key);
    return json(200, { data: key });
  }

  async #launch(request: VendorRequest, account: Account, by: number | null): Promise<VendorResponse> {
    const last = this.#lastLaunch[account];
    if (last !== undefined && this.time.now < last + launchIntervalMs) {
      return { status: 429, headers: { "content-type": "text/plain" }, text: "error code: 1015" };
    }
    this.#lastLaunch[account] = this.time.now;
    const body = toJson(request.text);
    if (!body) return badParameters(this.withEcho("Invalid request data.", request));
    const problem = this.#validationError(body, account);
    if (problem) return problem;
    await this.work();
    const { name, region_name: region, instance_type_name: type } = body;
    const item = this.catalogue().find(({ offer }) => offer === `lambda:${type}/${region}`);
    const soldOut = item ? this.soldOutResponse() : this.soldOutResponses[0];
    if (soldOut || !item) return soldOut ?? notThere("instance type");
    const machine = this.add({ item, account, madeBy: by, body, name: typeof name === "string" ? name : null });
    return json(200, { data: { instance_ids: [machine.id] } });
  }

  /** Validates a launch. The vendor checks this before capacity. */
  #validationError(body: Json, account: Account): VendorResponse | undefined {
    const {
      name = "",
      region_name: region,
      instance_type_name: type,
      ssh_key_names: keys,
      tags = [],
      image,
      quantity = 1,
    } = body;
    if (typeof name !== "string" || name.length > 64) return badParameters("name: at most 64 characters");
    if (quantity !== 1) return badParameters("quantity: Input should be less than or equal to 1");
    if (!Array.isArray(keys) || keys.length !== 1) return badParameters("ssh_key_names: exactly one key");
    if (!Array.isArray(tags) || !tags.every(isTag)) return badParameters("tags: Invalid key or value");
    if (image !== undefined && !isImage(image)) return badParameters("image: id or family");
    if (typeof region !== "string" || !(region in places)) return badParameters(`Region ${String(region)} does not exist`);
    if (!types.some((one) => one.name === type)) return notThere("instance type");
    if (!this.#sshKeys[account].some((key) => key.name === keys[0]))
      return failure(404, "global/not-found", "The requested resource was not found.");
    return undefined;
  }

  /** One page, or two pages with a page token under `cutLists`. */
  #list(query: URLSearchParams, account: Account): VendorResponse {
    const data = this.listed(account).map((machine) => this.#shown(machine));
    if (this.conditions.cutLists === "no" || data.length < 2) return json(200, { data });
    const token = query.get("page_token");
    if (token === null) return json(200, { data: data.slice(0, 1), page_token: "cGFnZS0y" });
    if (token !== "cGFnZS0y") return badParameters("page_token: Invalid request data.");
    return json(200, { data: data.slice(1), page_token: null });
  }

  #get(id: string, account: Account): VendorResponse {
    if (!/^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/.test(id))
      return badParameters("Error in request path at 'id': Input should be a valid UUID, invalid length");
    const machine = this.own(id.replaceAll("-", ""), account);
    if (!machine) return notThere("instance");
    if (this.isUnreadable(machine))
      return this.conditions.unreadableAs === 404
        ? notThere("instance")
        : failure(500, "global/internal-error", "An internal server error occurred.");
    return json(200, { data: this.#shown(machine) });
  }

  #shown(machine: Stored): Json {
    const { item, body } = machine;
    const phase = this.phase(machine);
    const [typeName = "", region = ""] = item.offer.slice("lambda:".length).split("/");
    const type = types.find(({ name }) => name === typeName);
    // Lambda shows the address while the machine is still booting.
    const hasAddress = phase === "booting" || phase === "running";
    const isHealthy = this.time.now >= machine.readyAt && machine.failsAt === null;
    const tags = asTags(body["tags"]);
    const keys = Array.isArray(body["ssh_key_names"]) ? body["ssh_key_names"] : [];
    return {
      id: machine.id,
      ...(machine.name ? { name: machine.name } : this.emptyField("name")),
      status: this.#status(machine),
      ...(hasAddress ? { ip: machine.ip, private_ip: "10.19.60.24", hostname: machine.ip } : this.emptyField("ip")),
      ssh_key_names: keys,
      file_system_names: [],
      region: regionOf(region),
      ...(type ? { instance_type: this.#type(type, machine.usdPerHour ?? 0) } : {}),
      ...(hasAddress
        ? { jupyter_token: this.tokenOf(machine), jupyter_url: `https://${region}.lambda.ai/?token=${this.tokenOf(machine)}` }
        : {}),
      actions: Object.fromEntries(
        ["migrate", "rebuild", "restart", "cold_reboot", "terminate"].map((action) => [
          action,
          { available: phase === "running" },
        ]),
      ),
      ...(this.hidesMark(machine) ? this.hiddenMark("tags") : tags ? { tags } : this.emptyField("tags", [])),
      firewall_rulesets: [],
      ...(isHealthy ? { first_healthy: this.vendorTime(machine.readyAt) } : this.emptyField("first_healthy", null)),
      is_reserved: false,
      workspace_id: "0f4b6f0a4a9d4ad8b0e3d2c1a5968778",
    };
  }

  #status(machine: Stored): string {
    const phase = this.phase(machine);
    const endedMs = this.time.now - (machine.endedAt ?? this.time.now);
    if (phase === "ending") return endedMs < machine.endingMs * 0.7 ? "terminating" : "terminated";
    return { queued: "booting", booting: "booting", running: "active", failed: "unhealthy", gone: "terminated" }[phase];
  }

  #terminate(request: VendorRequest, account: Account, by: number | null): VendorResponse {
    const ids = toJson(request.text)?.["instance_ids"];
    if (!Array.isArray(ids) || ids.length === 0 || !ids.every((id) => typeof id === "string"))
      return badParameters("instance_ids: Input should be a valid list");
    const machines = ids.map((id) => this.own(id, account));
    if (!machines.every((machine) => machine !== undefined)) return notThere("instance");
    const isEnding = machines.some((machine) => this.phase(machine) === "ending");
    if (isEnding && this.secondTerminate === "refused") return failure(400, "global/unknown", "Unknown error.");
    for (const machine of machines) this.ledger.end(machine, by);
    // The response may omit machines that are terminating.
    const shown = this.conditions.deleteAs === "usual" ? machines : [];
    const terminated = shown.map((machine) => ({ ...this.#shown(machine), status: "terminating" }));
    return json(200, { data: { terminated_instances: terminated } });
  }
}

function isTag(tag: unknown): boolean {
  const { key, value } = (tag ?? {}) as Json;
  return (
    typeof key === "string" &&
    /^[a-z][a-z0-9-:]+$/.test(key) &&
    key.length <= 55 &&
    !key.startsWith("lambda-ai-") &&
    typeof value === "string" &&
    value.length <= 128
  );
}

function isImage(image: unknown): boolean {
  const { id, family } = (image ?? {}) as Json;
  return (typeof id === "string") !== (typeof family === "string");
}

/** Tags as sent. Machines that the library did not create have tags as `key=value` strings. */
function asTags(tags: unknown): Json[] | undefined {
  if (!Array.isArray(tags)) return undefined;
  return tags.map((tag: unknown) =>
    typeof tag === "string" ? { key: "gpu-mark", value: tag.replace(/^gpu=/, "") } : (tag as Json),
  );
}
