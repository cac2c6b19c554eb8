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

interface Configuration {
  readonly key: string;
  readonly gpu: string;
  readonly displayName: string;
  readonly vramGb: number;
  readonly count: number;
  readonly vcpus: readonly number[];
  readonly maxDiskGb: number;
  readonly usdPerHour: number | null;
  readonly isAvailable?: boolean;
  /** Set for configurations of the v1 catalogue, which has modes. */
  readonly mode?: "prototyping" | "production";
}

const configurations: readonly Configuration[] = [
  {
    key: "a6000_x1",
    gpu: "A6000",
    displayName: "RTX A6000",
    vramGb: 48,
    count: 1,
    vcpus: [8, 6],
    maxDiskGb: 500,
    usdPerHour: 0.35,
  },
  {
    key: "a100xl_x1",
    gpu: "A100",
    displayName: "NVIDIA A100 (80GB)",
    vramGb: 80,
    count: 1,
    vcpus: [8, 12, 16],
    maxDiskGb: 500,
    usdPerHour: 1.09,
  },
  {
    key: "a100xl_x1_production",
    gpu: "A100",
    displayName: "NVIDIA A100 (80GB)",
    vramGb: 80,
    count: 1,
    vcpus: [15],
    maxDiskGb: 500,
    usdPerHour: null,
    mode: "production",
  },
  {
    key: "h100_x1",
    gpu: "H100",
    displayName: "NVIDIA H100",
    vramGb: 80,
    count: 1,
    vcpus: [4, 8, 12, 16],
    maxDiskGb: 500,
    usdPerHour: 3.2,
  },
  {
    key: "h100_x2",
    gpu: "H100",
    displayName: "NVIDIA H100",
    vramGb: 80,
    count: 2,
    vcpus: [8, 12, 16],
    maxDiskGb: 1000,
    usdPerHour: 6.4,
  },
  {
    key: "l40_x1",
    gpu: "L40",
    displayName: "NVIDIA L40",
    vramGb: 48,
    count: 1,
    vcpus: [6, 8, 12],
    maxDiskGb: 500,
    usdPerHour: 0.79,
    isAvailable: false,
  },
];

const usdPerVcpu = 0.04;
const usdPerDiskGb = 0.0003;
const freeDiskGbPerGpu = 100;
/** How long after a machine is gone its index can be reused. */
const recycledAfterMs = 1_000;

interface Indexed {
  readonly machine: Stored;
  readonly index: number;
}

const failure = (status: number, error: string, message: string): VendorResponse =>
  json(status, { code: status, error, message });

/** Thunder Compute: instances in a map by an index that is reused, no read of a single instance, numbers as strings. */
export class ThunderCloud extends Cloud {
  readonly vendor = "thunder-compute";
  readonly origin = "https://api.thundercompute.com:8443";
  readonly settleMs = 30_000;
  /** Whether the list shows a machine's SSH keys. */
  showsKeys = true;
  /** Deletes whose index belonged to another machine in the last list. The README documents this exception. */
  readonly recycledIndexDeletes = new Set<number>();
  /** Machine id by index in the last list. */
  readonly #lastListed = new Map<string, string>();
  readonly #indexes: Indexed[] = [];

  readonly soldOutResponses = [
    failure(400, "validation_error", "This GPU configuration is out of stock"),
    failure(500, "internal_error", "not enough resources to place the instance"),
    failure(409, "conflict", "Insufficient GPU capacity, try again later"),
    failure(503, "unavailable", "A100XL is sold out"),
  ];

  protected override newKey(): string {
    return this.random.letters(48);
  }

  protected override newId(): string {
    return this.random.letters(8);
  }

  override catalogue(): CatalogueItem[] {
    return configurations
      .filter(({ mode }) => !mode)
      .map(({ key, gpu, count, usdPerHour, isAvailable = true }) => ({
        offer: `thunder-compute:${key}`,
        gpu,
        gpuCount: count,
        market: "on_demand" as const,
        usdPerHour,
        isAvailable,
      }));
  }

  override async respond(request: VendorRequest): Promise<VendorResponse> {
    const by = this.ledger.request;
    const path = request.path.replace(/^\/v[12]/, "");
    if (request.method === "GET" && path === "/specs") return json(200, { specs: this.#specs(request.path.startsWith("/v1")) });
    if (request.method === "GET" && path === "/pricing") return json(200, { pricing: this.#pricing() });
    if (request.method === "GET" && path === "/thunder-templates") {
      return json(200, {
        base: { displayName: "Base", default: true, openPorts: [] },
        ollama: { displayName: "Ollama", openPorts: [11434] },
      });
    }
    const [scheme, key] = (request.headers.get("authorization") ?? "").split(" ");
    const account = this.accountOf(key);
    if (scheme !== "Bearer" || !account) return failure(401, "unauthorized", this.withEcho("Invalid token", request));
    if (request.method === "GET" && path === "/status") return json(200, this.#status());
    if (request.method === "GET" && path === "/instances/list") return this.#list(account);
    if (request.method === "POST" && path === "/instances/create") return await this.#create(request, account, by);
    const index = /^\/instances\/([^/]+)\/delete$/.exec(path)?.[1];
    if (request.method === "POST" && index !== undefined) return this.#delete(decodeURIComponent(index), account, by);
    return failure(404, "not_found", "No such operation");
  }

  /** The number of vCPUs that an item's price includes. */
  leastCores({ offer }: CatalogueItem): number {
    return Math.min(...(configurations.find(({ key }) => offer === `thunder-compute:${key}`)?.vcpus ?? []));
  }

  #specs(withModes: boolean): Json {
    const shown = configurations.filter(({ mode }) => withModes || !mode);
    return Object.fromEntries(
      shown.map(({ key, displayName, count, vramGb, vcpus, maxDiskGb, mode }) => [
        key,
        {
          displayName,
          gpuCount: count,
          vramGB: vramGb,
          vcpuOptions: vcpus,
          ramPerVCPUGiB: 8,
          storageGB: { min: 100, max: maxDiskGb },
          ...(mode ? { mode } : {}),
        },
      ]),
    );
  }

  #pricing(): Json {
    const prices = configurations.flatMap(({ key, usdPerHour }) => (usdPerHour === null ? [] : [[key, usdPerHour] as const]));
    const others = {
      additional_vcpus: usdPerVcpu,
      disk_gb: usdPerDiskGb,
      snapshot_gb: 0.00006849,
      h100: 3.2,
      a100xl_native: 1.6,
    };
    return { ...Object.fromEntries(prices), ...others };
  }

  #status(): Json {
    const specs = configurations
      .filter(({ mode }) => !mode)
      .map(({ key, isAvailable = true }) => [key, isAvailable ? "available" : "unavailable"]);
    return { specs: Object.fromEntries(specs), gpu_type: { l40: { "1": "available" } } };
  }

  #indexFor(): number {
    const { now } = this.time;
    const isTaken = (index: number) =>
      this.#indexes.some((entry) => {
        const { endedAt, endingMs } = entry.machine;
        return entry.index === index && (endedAt === null || now < endedAt + endingMs + recycledAfterMs);
      });
    let index = 0;
    while (isTaken(index)) index++;
    return index;
  }

  #indexOf(machine: Stored): number {
    const known = this.#indexes.find((entry) => entry.machine === machine);
    if (known) return known.index;
    const index = this.#indexFor();
    this.#indexes.push({ machine, index });
    return index;
  }

  async #create(request: VendorRequest, account: Account, by: number | null): Promise<VendorResponse> {
    const body = toJson(request.text);
    if (!body) return failure(400, "invalid_request", "malformed request");
    const { gpu_type: gpu, num_gpus: count, cpu_cores: cores, disk_size_gb: disk, template, public_key: publicKey } = body;
    const configuration = configurations.find(({ key, mode }) => !mode && key === `${gpu}_x${count}`);
    if (!configuration) return failure(400, "validation_error", this.withEcho(`no configuration ${gpu} x ${count}`, request));
    if (typeof cores !== "number" || !configuration.vcpus.includes(cores)) {
      return failure(400, "validation_error", `cpu_cores must be one of ${configuration.vcpus.join(", ")}`);
    }
    if (typeof disk !== "number" || disk < 100 || disk > configuration.maxDiskGb) {
      return failure(400, "validation_error", `disk_size_gb must be between 100 and ${configuration.maxDiskGb}`);
    }
    if (template !== "base" && template !== "ollama") return failure(400, "validation_error", "Invalid template");
    if (publicKey !== undefined && (typeof publicKey !== "string" || !/^(ssh-|ecdsa-|sk-)\S+ \S+/.test(publicKey))) {
      return failure(400, "validation_error", "Invalid public key");
    }
    await this.work();
    const soldOut = this.soldOutResponse();
    if (soldOut) return soldOut;
    const extraUsdPerHour =
      (cores - Math.min(...configuration.vcpus)) * usdPerVcpu +
      Math.max(0, disk - freeDiskGbPerGpu * configuration.count) * usdPerDiskGb;
    const item = this.catalogue().find(({ offer }) => offer === `thunder-compute:${configuration.key}`);
    if (!item) return failure(500, "internal_error", "no such configuration");
    const machine = this.add({ item, account, madeBy: by, body, name: null, extraUsdPerHour });
    const key =
      this.conditions.emptyAs === "empty" ? { key: "" } : this.conditions.emptyAs === "null" ? { key: this.privateKey } : {};
    return json(201, { identifier: this.#indexOf(machine), uuid: machine.id, ...key });
  }

  /** Returned by a create even if the request has a public key. */
  readonly privateKey = `-----BEGIN OPENSSH PRIVATE KEY-----\n${this.random.letters(60)}\n-----END OPENSSH PRIVATE KEY-----`;

  #list(account: Account): VendorResponse {
    this.#lastListed.clear();
    const entries = this.listed(account).map((machine) => {
      const index = String(this.#indexOf(machine));
      this.#lastListed.set(index, machine.id);
      return [index, this.#shown(machine)] as const;
    });
    return json(200, Object.fromEntries(entries));
  }

  #shown(machine: Stored): Json {
    const statuses = {
      queued: "PROVISIONING",
      booting: "STARTING",
      running: "RUNNING",
      failed: "STOPPED",
      ending: "DELETING",
      gone: "DELETING",
    };
    const { body, item } = machine;
    const phase = this.phase(machine);
    const { key = "" } = configurations.find((configuration) => item.offer === `thunder-compute:${configuration.key}`) ?? {};
    const cores = machine.isWrong ? this.leastCores(item) : Number(body["cpu_cores"]);
    const showsKey = this.showsKeys && !this.hidesMark(machine) && typeof body["public_key"] === "string";
    return {
      uuid: machine.id,
      name: `thunder-${machine.id}`,
      status: phase === "queued" && this.conditions.emptyAs === "missing" ? "UNKNOWN" : statuses[phase],
      cpuCores: String(cores),
      numGpus: String(item.gpuCount),
      memory: String(cores * 8),
      storage: body["disk_size_gb"] ?? 100,
      gpuType: key.split("_")[0]?.toUpperCase(),
      template: "ubuntu-image-77",
      ...(phase === "running" || phase === "ending" ? { ip: machine.ip, port: 32_022 } : { ...this.emptyField("ip"), port: 0 }),
      ...(showsKey ? { sshPublicKeys: [body["public_key"]] } : this.hiddenMark("sshPublicKeys")),
      httpPorts: null,
      createdAt: this.vendorTime(machine.madeAt),
      k8s: false,
      promoted: false,
    };
  }

  #delete(index: string, account: Account, by: number | null): VendorResponse {
    const listed = this.#indexes.filter(
      ({ machine, index: own }) => String(own) === index && this.own(machine.id, account) === machine,
    );
    const machine = listed.at(-1)?.machine;
    if (!machine || this.phase(machine) === "ending") return failure(404, "not_found", "Instance not found");
    if (by !== null && this.#lastListed.get(index) !== machine.id) this.recycledIndexDeletes.add(by);
    this.ledger.end(machine, by);
    const { deleteAs } = this.conditions;
    if (deleteAs === "204") return empty(204);
    return deleteAs === "empty 200" ? empty(200) : json(200, { message: "Success" });
  }
}
