// Your own provider: machines in the office and in the clouds share one list and one launch.
import {
  type ConnectedProvider,
  type FoundInstance,
  GpuError,
  identifyGpu,
  type Offer,
  type Provider,
  type ProviderTypes,
} from "@gpu/unified";

/** A shared machine. */
export interface Machine {
  id: string;
  gpu: string;
  gpuCount: number;
  address: string;
  /** The internal price in US dollars per hour. */
  usdPerHour: number;
}

/** Types of this provider: the fields that a create needs (`needs`) and does not support (`lacks`). */
export interface OfficeTypes extends ProviderTypes {
  client: { readonly machines: readonly Machine[] };
  createOptions: Record<never, never>;
  needs: never;
  lacks: "image" | "startupScript" | "env" | "diskGb";
  actions: never;
}

/** Machines that are always on, with one user each. `createGpu({ providers: [office(machines), shadeform()] })`. */
export function office(machines: readonly Machine[]): Provider<"office", OfficeTypes> {
  return { id: "office", connect: () => connect(machines) };
}

function connect(machines: readonly Machine[]): ConnectedProvider<"office", OfficeTypes> {
  /** The users of machines. In practice, store this in a database. */
  const taken = new Map<string, { name: string | null; mark: string; since: number }>();

  function gpuError(code: "no_capacity" | "not_found", operation: string, message: string): GpuError {
    return new GpuError({ code, vendor: "office", operation, message, sideEffect: "none" });
  }

  function show(machine: Machine): FoundInstance<"office"> | undefined {
    const use = taken.get(machine.id);
    if (!use) return undefined;
    return {
      mark: use.mark,
      instance: {
        ref: `office:${machine.id}`,
        provider: "office",
        id: machine.id,
        name: use.name,
        status: "running",
        rawStatus: "taken",
        ready: true,
        billing: "compute",
        gpu: identifyGpu(machine.gpu),
        gpuCount: machine.gpuCount,
        market: "on_demand",
        usdPerHour: machine.usdPerHour,
        region: "office",
        address: machine.address,
        ports: [],
        createdAt: new Date(use.since).toISOString(),
        error: null,
      },
    };
  }

  return {
    id: "office",
    client: { machines },
    // The mark of a create is stored with the machine and visible at once.
    guarantee: "name",
    settleMs: 0,
    needs: [],
    lacks: ["image", "startupScript", "env", "diskGb"],
    actions: {},
    async listOffers({ clock }) {
      return machines.map(
        (machine): Offer<"office"> => ({
          id: `office:${machine.id}`,
          provider: "office",
          upstreamCloud: null,
          gpu: identifyGpu(machine.gpu),
          gpuCount: machine.gpuCount,
          usdPerHour: machine.usdPerHour,
          usdPerGpuHour: machine.usdPerHour / machine.gpuCount,
          market: "on_demand",
          availability: taken.has(machine.id) ? "unavailable" : "available",
          region: "office",
          cpuCores: null,
          memoryGb: null,
          diskGb: { included: null, min: null, max: null },
          kind: "baremetal",
          bootSeconds: { min: 0, max: 0 },
          observedAt: new Date(clock.now()).toISOString(),
        }),
      );
    },
    async prepareCreate({ offer, name, mark }) {
      return {
        async send({ clock }) {
          if (!machines.some(({ id }) => id === offer)) throw gpuError("not_found", "create", `there is no machine ${offer}`);
          if (taken.has(offer)) throw gpuError("no_capacity", "create", `${offer} is taken`);
          taken.set(offer, { name: name ?? null, mark, since: clock.now() });
          return { id: offer };
        },
      };
    },
    async get(id) {
      const machine = machines.find((one) => one.id === id);
      return machine && show(machine);
    },
    async list() {
      return machines.flatMap((machine) => show(machine) ?? []);
    },
    async delete(id) {
      if (!taken.delete(id)) throw gpuError("not_found", "delete", `${id} is not taken`);
    },
    async access(id) {
      const machine = machines.find((one) => one.id === id);
      return machine && { host: machine.address, port: 22, user: "guest", auth: { kind: "key" } };
    },
  };
}
