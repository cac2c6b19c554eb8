import { createStock } from "../catalogue.js";
import type { Rental } from "../ledger.js";
import { bootNew, type LifeCycle, phasesOf } from "../life-cycle.js";
import { createMachines } from "../machines.js";
import { parsePublicKey } from "../ssh.js";
import { Invalid, object, oneOf, optional, text } from "../validation.js";
import {
  ApiError,
  type ApiRequest,
  type ApiResponse,
  type Fields,
  idInPath,
  keyAfter,
  type Operations,
  ok,
  type PagesTraits,
  type VendorDefinition,
  type VendorServer,
  type World,
} from "../vendor.js";

const laterPage = (query: URLSearchParams) => query.has("cursor");
const pages: PagesTraits = {
  parameter: "cursor",
  cut: {
    null_cursor: (body) => ({ ...body, has_more: true, next_cursor: null }),
    repeated_cursor: (body, query) => ({ ...body, has_more: true, next_cursor: query.get("cursor") ?? cursorOf(1) }),
  },
  endless: (body, query) => ({ ...body, has_more: true, next_cursor: cursorOf(pageNumber(query.get("cursor")) + 1) }),
};
const otherType = (body: Fields) => ({
  ...body,
  instance_type: body["instance_type"] === "gpu_1x_h100_sxm5" ? "gpu_8x_h100_sxm5" : "gpu_1x_h100_sxm5",
  sector: undefined,
});

const operations = {
  createInstance: { method: "POST", path: "/compute/instances", boots: true, otherMachines: { count: otherType } },
  listInstances: { method: "GET", path: "/compute/instances", listsInstances: true, laterPage, pages },
  getInstance: { method: "GET", path: "/compute/instances/{id}", instanceId: idInPath },
  deleteInstance: { method: "DELETE", path: "/compute/instances/{id}", instanceId: idInPath },
  getClusterMetrics: { method: "GET", path: "/compute/metrics" },
  getAccountBilling: { method: "GET", path: "/account/billing" },
  listApiKeys: { method: "GET", path: "/keys", laterPage, pages },
  createApiKey: { method: "POST", path: "/keys" },
  deleteApiKey: { method: "DELETE", path: "/keys/{key_id}" },
} as const satisfies Operations;

type Operation = keyof typeof operations;

/**
 * fal Compute, https://fal.ai/docs/api-reference/platform-apis/for-compute. For ten minutes, a repeated `Idempotency-Key` gets the
 * same response to a create, whatever its body. Lists have pages with cursors. Not documented, so assumed: sold out is a 500, billing
 * is by the second and begins with the create, and prices, which the API does not show, are those of `catalogue("fal")`. The account
 * has one compute cluster, `my-cluster`, whose metrics are invented.
 */
export const fal: VendorDefinition<Operation> = {
  vendor: "fal",
  baseUrls: ["https://api.fal.ai/v1"],
  operations,
  errorResponses: {
    invalidRequest: (problem) => failure(400, "validation_error", problem),
    unauthorized: () => failure(401, "authorization_error", "Authentication required"),
    expiredKey: () => failure(401, "authorization_error", "The key has expired"),
    forbidden: () => failure(403, "authorization_error", "Access denied"),
    notFound: () => failure(404, "not_found", "Compute instance not found"),
    rateLimited: () => failure(429, "rate_limited", "Rate limit exceeded"),
    internalError: () => failure(500, "server_error", "An unexpected error occurred"),
    noCapacity: () => failure(500, "server_error", "No machine of this type is available"),
    insufficientFunds: () =>
      failure(403, "authorization_error", "Each instance needs a balance of at least $500 and an automated top-up at $500"),
    unknownPath: () => failure(404, "not_found", "Route not found"),
    failure: (status, message) => failure(status, status < 500 ? "validation_error" : "server_error", message),
  },
  defaults: { bootMs: 150_000, addressMs: 0, settleMs: 0, pageSize: 10, balanceUsd: 1_000 },
  replay: { operation: "createInstance", header: "idempotency-key", windowMs: 600_000 },
  start,
};

function failure(status: number, type: string, message: string): ApiResponse {
  return { status, body: { error: { type, message } } };
}

interface Instance {
  id: string;
  instanceType: string;
  region: string;
  sector: string | undefined;
  ip: string;
  addressAt: number;
  lifeCycle: LifeCycle;
  rental: Rental;
}

const regions = ["us-west", "us-central", "us-east", "eu-north", "eu-west"] as const;
const createBody = object({
  instance_type: text(1),
  ssh_key: text(1),
  sector: optional(oneOf("sector_1", "sector_2", "sector_3")),
});
const keyBody = object({ alias: text(1, 255) });

function start(world: World): VendorServer<Operation> {
  const { random, ledger, settings } = world;
  const apiKey = `${random.uuid()}:${random.hex(32)}`;
  const stock = createStock(
    [
      { id: "gpu_1x_h100_sxm5", usdPerHour: 1.89, free: Number.POSITIVE_INFINITY },
      { id: "gpu_8x_h100_sxm5", usdPerHour: 15.12, free: Number.POSITIVE_INFINITY },
    ],
    100,
  );
  const instances = createMachines<Instance>(fal.errorResponses.notFound);
  const apiKeys = new Map<string, { key_id: string; alias: string; scope: "API"; created_at: string }>();
  const apiScopeKeys = new Map<string, string>();

  const byId = ({ path, at }: ApiRequest) => instances.get(at, ({ id }) => id === path["id"]);

  /** The API omits fields without a value; it sends no null. */
  function describe(instance: Instance, at: number): unknown {
    return {
      id: instance.id,
      instance_type: instance.instanceType,
      region: instance.region,
      ...(instance.sector ? { sector: instance.sector } : {}),
      ...(at >= instance.addressAt ? { ip: instance.ip } : {}),
      status: instance.lifeCycle.status(at),
      creator_user_nickname: "developer",
    };
  }

  function page<T>(items: readonly T[], query: URLSearchParams): { items: T[]; next_cursor: string | null; has_more: boolean } {
    const limit = Number(query.get("limit") ?? settings.pageSize);
    if (!Number.isInteger(limit) || limit < 1) throw new Invalid("limit must be 1 or more");
    const number = pageNumber(query.get("cursor"));
    const more = items.length > number * limit;
    return {
      items: items.slice((number - 1) * limit, number * limit),
      next_cursor: more ? cursorOf(number + 1) : null,
      has_more: more,
    };
  }

  return {
    apiKey,
    catalogue: stock,
    authorize({ headers }) {
      const given = keyAfter("Key", headers);
      if (given === apiKey) return;
      throw new ApiError(
        given !== undefined && apiScopeKeys.has(given) ? fal.errorResponses.forbidden() : fal.errorResponses.unauthorized(),
      );
    },
    handlers: {
      createInstance(request) {
        const { body, at } = request;
        const requested = createBody(body, "");
        if (!stock.find(requested.instance_type)) throw new Invalid("Invalid instance_type");
        if (!parsePublicKey(requested.ssh_key)) throw new Invalid("Invalid ssh_key");
        if (requested.sector && requested.instance_type !== "gpu_8x_h100_sxm5") {
          throw new Invalid("sector is valid with gpu_8x_h100_sxm5 only");
        }
        if (!stock.take(requested.instance_type, 1)) throw new ApiError(fal.errorResponses.noCapacity(body));
        const phases = phasesOf(settings.bootMs, { init: 0.1, pending: 0.2, provisioning: 0.7 });
        const { lifeCycle, readyAt } = bootNew(phases, "ready", "stopped", request);
        const id = `inst_${random.letters(9)}`;
        const rental = ledger.open("instance", { id, name: null, product: requested.instance_type }, request);
        rental.charge("compute", stock.find(requested.instance_type)?.usdPerHour ?? 0, at);
        const instance = instances.add({
          id,
          instanceType: requested.instance_type,
          region: random.pick(regions),
          sector: requested.sector,
          ip: random.ipv4(),
          addressAt: readyAt + settings.addressMs,
          lifeCycle,
          rental,
        });
        return { status: 201, body: describe(instance, at) };
      },

      listInstances({ query, listAt }) {
        const { items, ...paging } = page(instances.list(listAt), query);
        return ok({ instances: items.map((instance) => describe(instance, listAt)), ...paging });
      },

      getInstance: (request) => ok(describe(byId(request), request.at)),

      deleteInstance(request) {
        const instance = byId(request);
        stock.giveBack(instance.instanceType, 1);
        instance.lifeCycle.enter({}, undefined, request.at);
        instance.rental.end(request.at, request.reference);
        return { status: 204 };
      },

      getClusterMetrics({ query }) {
        const cluster = query.get("compute_cluster");
        if (!cluster) throw new Invalid("compute_cluster is required");
        if (cluster !== "my-cluster") throw new ApiError(failure(404, "not_found", "Compute cluster not found"));
        return { status: 200, text: '# TYPE node_up gauge\nnode_up{node="n1"} 1\n' };
      },

      getAccountBilling({ query, at }) {
        const balance = Math.max(0, Math.round((settings.balanceUsd - ledger.spent(at)) * 1e6) / 1e6);
        return ok({
          username: "acme-research",
          ...(query.getAll("expand").includes("credits") ? { credits: { current_balance: balance, currency: "USD" } } : {}),
        });
      },

      listApiKeys({ query }) {
        const { items, ...paging } = page([...apiKeys.values()], query);
        const creator = query.getAll("expand").includes("creator_info")
          ? { creator_nickname: "developer", creator_email: "developer@example.com" }
          : {};
        return ok({ keys: items.map((key) => ({ ...key, ...creator })), ...paging });
      },

      createApiKey({ body, at }) {
        const { alias } = keyBody(body, "");
        const keyId = random.uuid();
        const secret = random.hex(32);
        apiKeys.set(keyId, { key_id: keyId, alias, scope: "API", created_at: new Date(at).toISOString() });
        apiScopeKeys.set(`${keyId}:${secret}`, keyId);
        return { status: 201, body: { key_id: keyId, key_secret: secret, key: `${keyId}:${secret}` } };
      },

      // The API sends a 204 for unknown keys too.
      deleteApiKey({ path }) {
        const keyId = path["key_id"] ?? "";
        apiKeys.delete(keyId);
        for (const [key, id] of apiScopeKeys) if (id === keyId) apiScopeKeys.delete(key);
        return { status: 204 };
      },
    },
  };
}

function cursorOf(page: number): string {
  return btoa(String(page));
}

/** The cursor is the page number in Base64. */
function pageNumber(cursor: string | null): number {
  if (cursor === null) return 1;
  try {
    const number = Number(atob(cursor));
    if (Number.isInteger(number) && number >= 1) return number;
  } catch {
    // Not Base64: rejected below.
  }
  throw new Invalid("Invalid cursor");
}
