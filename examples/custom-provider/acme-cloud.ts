import { createVirtualClock } from "@gpu/simulator";
import type { Cloud, CloudFault, CloudSettings } from "@gpu/simulator/conformance";

interface Rental {
  readonly id: string;
  readonly name: string;
  readonly plan: string;
  readonly createdAt: number;
  readonly fate: "boots" | "fails" | "hangs";
  endedAt: number | null;
}
interface Request {
  readonly method: string;
  readonly path: string;
  readonly body: { readonly plan?: string; readonly name?: string };
}

const key = "acme-key-0123456789";
const operations = ["listPlans", "createInstance", "listInstances", "getInstance", "deleteInstance"];
const json = (status: number, body: unknown) =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });
const failed = (code: string) => new TypeError("fetch failed", { cause: Object.assign(new Error(code), { code }) });

/** What each fault does to a request. `work` processes it. A fault that is not here does not apply to this cloud. */
const faults: Readonly<
  Record<string, (work: () => Response, fault: CloudFault, clock: Cloud["clock"]) => Response | Promise<Response>>
> = {
  reset_before: () => {
    throw failed("ECONNRESET");
  },
  unreachable: () => {
    throw failed("ECONNREFUSED");
  },
  response_lost: (work) => {
    work();
    throw failed("ECONNRESET");
  },
  slow: async (work, { ms = 600_000 }, clock) => {
    const response = work();
    // In steps, so that clients that poll the clock can end their wait.
    for (let left = Number(ms); left > 0; left -= 5_000) await clock.sleep(Math.min(left, 5_000));
    return response;
  },
  error_before_commit: () => json(500, { message: "internal error" }),
  error_after_commit: (work) => {
    work();
    return json(500, { message: "internal error" });
  },
  empty_response: (work, { status = 204 }) => {
    work();
    return new Response(null, { status: Number(status) });
  },
  no_capacity: (_, { status = 409, message }) =>
    json(Number(status), message === undefined ? { code: "sold_out", message: "sold out" } : { message }),
  rate_limited: () => json(429, { message: "slow down" }),
  unauthorized: () => json(401, { message: "no such key" }),
  forbidden: () => json(403, { message: "not yours" }),
  insufficient_funds: () => json(402, { message: "no funds" }),
  // Taken into account by the create itself.
  boot_fails: (work) => work(),
  stuck: (work) => work(),
};

/** Acme Cloud in memory, with faults: what the conformance suite needs of a cloud that the simulator does not have. */
export function acmeCloud({ bootMs = 60_000, addressMs = 10_000 }: CloudSettings = {}): Cloud {
  const clock = createVirtualClock({ quietMs: 0 });
  const plans = [
    { id: "h100-1", gpu: "NVIDIA H100 80GB", gpu_count: 1, usd_per_hour: 2.5, in_stock: true },
    { id: "h100-2", gpu: "NVIDIA H100 80GB", gpu_count: 2, usd_per_hour: 5, in_stock: true },
  ];
  const rentals: Rental[] = [];
  const log: { operation: string | null }[] = [];
  const placed = new Set<{ fault: CloudFault; left: number; strikes: number }>();

  function take(operation: string): CloudFault | undefined {
    for (const one of placed) {
      if (one.fault.operation !== undefined && one.fault.operation !== operation) continue;
      one.strikes += 1;
      one.left -= 1;
      if (one.left <= 0) placed.delete(one);
      return one.fault;
    }
    return undefined;
  }

  const priceOf = (plan: string) => plans.find(({ id }) => id === plan)?.usd_per_hour ?? 0;

  function show({ id, name, plan, createdAt, fate, endedAt }: Rental) {
    const age = clock.now() - createdAt;
    const isUp = fate === "boots" && age >= bootMs;
    const state = endedAt !== null ? "gone" : isUp ? "up" : fate === "fails" && age >= bootMs ? "broken" : "booting";
    const ip = isUp && endedAt === null && age >= bootMs + addressMs ? "198.51.100.7" : null;
    return { id, name, plan, state, ip, usd_per_hour: priceOf(plan), created_at: new Date(createdAt).toISOString() };
  }

  function process(operation: string, { path, body }: Request, kind: string | undefined): Response {
    const running = rentals.filter(({ endedAt }) => endedAt === null);
    if (operation === "listPlans") return json(200, { plans });
    if (operation === "listInstances") return json(200, { machines: running.map(show) });
    if (operation === "createInstance") {
      const plan = body.plan ?? "";
      if (!plans.some(({ id }) => id === plan)) return json(404, { message: "no such plan" });
      const id = `m-${String(rentals.length + 1).padStart(8, "0")}`;
      const fate = kind === "boot_fails" ? "fails" : kind === "stuck" ? "hangs" : "boots";
      const rental: Rental = { id, name: body.name ?? "", plan, createdAt: clock.now(), fate, endedAt: null };
      rentals.push(rental);
      return json(201, show(rental));
    }
    const machine = running.find(({ id }) => path === `/machines/${id}`);
    if (!machine) return json(404, { message: "no such machine" });
    if (operation === "getInstance") return json(200, show(machine));
    machine.endedAt = clock.now();
    return new Response(null, { status: 204 });
  }

  return {
    clock,
    keys: { acme: key },
    requests: () => log,
    ledger: () =>
      rentals.map(({ id, name, plan, endedAt }) => ({
        kind: "instance",
        id,
        name,
        product: plan,
        usdPerHour: priceOf(plan),
        endedAt: endedAt === null ? null : new Date(endedAt).toISOString(),
      })),
    fault(fault) {
      const { operation, kind } = fault;
      const boots = kind === "boot_fails" || kind === "stuck";
      const applies = Object.hasOwn(faults, kind) && (!boots || operation === "createInstance");
      if (!applies || (operation !== undefined && !operations.includes(operation))) {
        throw Object.assign(new Error(`${kind} cannot apply to ${operation ?? "Acme"}`), { code: "does_not_apply" });
      }
      const entry = { fault, left: fault.times ?? 1, strikes: 0 };
      placed.add(entry);
      return {
        get strikes() {
          return entry.strikes;
        },
        remove: () => void placed.delete(entry),
      };
    },
    async fetch(url, { method = "GET", headers, body, signal }) {
      signal?.throwIfAborted();
      const path = new URL(url).pathname.replace("/v1", "");
      const route = `${method} ${path.replace(/\/machines\/.+/, "/machines/{id}")}`;
      const operation =
        { "GET /plans": "listPlans", "POST /machines": "createInstance", "GET /machines": "listInstances" }[route] ??
        (method === "DELETE" ? "deleteInstance" : "getInstance");
      log.push({ operation });
      if (new Headers(headers).get("authorization") !== `Bearer ${key}`) return json(401, { message: "no such key" });
      const request = { method, path, body: JSON.parse(typeof body === "string" ? body : "{}") };
      const fault = take(operation);
      const work = () => process(operation, request, fault?.kind);
      const response = await (fault ? faults[fault.kind]?.(work, fault, clock) : work());
      signal?.throwIfAborted();
      return response ?? work();
    },
  };
}
