import { createVendorClient } from "@gpu/core";
import {
  type CallContext,
  type ClientOptions,
  type ConnectedProvider,
  type FoundInstance,
  GpuError,
  type InstanceStatus,
  identifyGpu,
  type Offer,
  type Provider,
} from "@gpu/unified";

/** Acme Cloud, an invented vendor: one page of offers, one of machines, and no fields that are not used here. */
interface Machine {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly plan: string;
  readonly usd_per_hour: number;
  readonly ip: string | null;
  readonly created_at: string;
}
interface Plan {
  readonly id: string;
  readonly gpu: string;
  readonly gpu_count: number;
  readonly usd_per_hour: number;
  readonly in_stock: boolean;
}
interface Call {
  readonly signal?: AbortSignal | undefined;
  readonly onHeaders?: ((headers: Headers) => void) | undefined;
}
interface OnMachine extends Call {
  readonly path: { readonly id: string };
}

/** The calls of the vendor, named as the conformance suite expects them. */
export interface AcmeClient {
  listPlans(call: Call): Promise<{ plans: Plan[] }>;
  createInstance(call: Call & { body: { plan: string; name: string; ssh_key: string } }): Promise<Machine>;
  listInstances(call: Call): Promise<{ machines: Machine[] }>;
  getInstance(call: OnMachine): Promise<Machine>;
  deleteInstance(call: OnMachine): Promise<void>;
}

/** Makes a client with the transport of this project: retries, time limits, and errors that are safe with money. */
function createAcmeClient(options: ClientOptions): AcmeClient {
  return createVendorClient<never, AcmeClient>(
    {
      vendor: "acme",
      version: "1.0.0",
      baseUrl: "https://api.acme.example/v1",
      apiKeyEnv: "ACME_API_KEY",
      auth: { header: "authorization", prefix: "Bearer " },
      errors: { code: ["/code"], message: ["/message"], requestId: [], words: { sold_out: "no_capacity" }, phrases: [] },
      secrets: [],
      operations: {
        listPlans: { method: "GET", path: "/plans", response: { type: "object", required: ["plans"] } },
        createInstance: { method: "POST", path: "/machines", paid: true, response: { type: "object", required: ["id"] } },
        listInstances: { method: "GET", path: "/machines", response: { type: "object", required: ["machines"] } },
        getInstance: { method: "GET", path: "/machines/{id}", response: { type: "object" } },
        deleteInstance: { method: "DELETE", path: "/machines/{id}", idempotent: true },
      },
    },
    options,
  );
}

export interface AcmeTypes {
  client: AcmeClient;
  createOptions: Record<never, never>;
  needs: "sshPublicKey";
  lacks: "image" | "startupScript" | "env" | "diskGb";
  actions: never;
}

const statuses: Readonly<Record<string, InstanceStatus>> = {
  queued: "pending",
  booting: "starting",
  up: "running",
  broken: "failed",
  gone: "terminated",
};

/** A mark is 35 characters of a–z and 0–9. In a name it stands at the end, after `-h`. */
const markInName = /-h([a-z0-9]{35})$/;

/** A provider: pass `acme()` to `createGpu`. */
export function acme(options: ClientOptions = {}): Provider<"acme", AcmeTypes> {
  return { id: "acme", connect: (defaults) => connect(createAcmeClient({ ...defaults, ...options })) };
}

function connect(client: AcmeClient): ConnectedProvider<"acme", AcmeTypes> {
  const found = async (id: string, { signal }: CallContext): Promise<Machine | undefined> => {
    try {
      return await client.getInstance({ path: { id }, signal });
    } catch (error) {
      if (GpuError.isInstance(error) && error.code === "not_found") return undefined;
      throw error;
    }
  };
  return {
    id: "acme",
    client,
    // A create is found again by the mark in its name.
    guarantee: "name",
    // How long a new machine may be missing from the vendor's list.
    settleMs: 30_000,
    showsPrice: true,
    needs: ["sshPublicKey"],
    lacks: ["image", "startupScript", "env", "diskGb"],
    actions: {},
    async listOffers({ signal, clock }) {
      const observedAt = new Date(clock.now()).toISOString();
      return (await client.listPlans({ signal })).plans.map((plan) => toOffer(plan, observedAt));
    },
    // Everything before the paid call: checks, and reads. Here there is nothing to read.
    async prepareCreate({ offer, name = "gpu", mark, sshPublicKey = "" }) {
      const body = { plan: offer, name: `${name.slice(0, 27)}-h${mark}`, ssh_key: sshPublicKey };
      return {
        async send({ signal }) {
          const machine = await client.createInstance({ body, signal });
          return { id: machine.id, found: toInstance(machine) };
        },
      };
    },
    async get(id, context) {
      const machine = await found(id, context);
      return machine && toInstance(machine);
    },
    // `sweep` compares the clock in these headers with ours.
    async list({ signal, onHeaders }) {
      return (await client.listInstances({ signal, onHeaders })).machines.map(toInstance);
    },
    delete: (id, { signal }) => client.deleteInstance({ path: { id }, signal }),
    async access(id, context) {
      const host = (await found(id, context))?.ip;
      return host ? { host, port: 22, user: "root", auth: { kind: "key" } } : undefined;
    },
  };
}

/** A number, or null: a price that cannot be read is not 0. */
function price(value: unknown): number | null {
  return typeof value === "number" && value > 0 ? value : null;
}

function toOffer(plan: Plan, observedAt: string): Offer<"acme"> {
  const usdPerHour = price(plan.usd_per_hour);
  // A count that cannot be read becomes 0, which `launch` and filters treat as unknown.
  const gpuCount = Number(plan.gpu_count) || 0;
  return {
    id: `acme:${plan.id}`,
    provider: "acme",
    upstreamCloud: null,
    gpu: identifyGpu(plan.gpu),
    gpuCount,
    usdPerHour,
    usdPerGpuHour: usdPerHour === null || gpuCount === 0 ? null : usdPerHour / gpuCount,
    market: "on_demand",
    availability: plan.in_stock === false ? "unavailable" : "available",
    region: null,
    cpuCores: null,
    memoryGb: null,
    diskGb: { included: null, min: null, max: null },
    kind: "vm",
    bootSeconds: { min: null, max: null },
    observedAt,
  };
}

function toInstance(machine: Machine): FoundInstance<"acme"> {
  const { id, name = null, state = null, ip = null } = machine;
  const status = (state !== null && Object.hasOwn(statuses, state) && statuses[state]) || "unknown";
  const address = ip || null;
  return {
    mark: markInName.exec(name ?? "")?.[1],
    instance: {
      ref: `acme:${id}`,
      provider: "acme",
      id,
      name,
      status,
      rawStatus: state,
      ready: status === "running" && address !== null,
      billing: status === "running" ? "compute" : "unknown",
      gpu: null,
      gpuCount: null,
      market: "on_demand",
      usdPerHour: price(machine.usd_per_hour),
      region: null,
      address,
      ports: [],
      createdAt: machine.created_at ?? null,
      error: null,
    },
  };
}
