import { redactText } from "@gpu/core";
import {
  type CreateInstanceRequest,
  createShadeformClient,
  type Env,
  type KnownInstanceStatus,
  type LaunchConfiguration,
  type ShadeformClient,
  type Instance as ShadeformInstance,
} from "@gpu/shadeform";
import { preflightError } from "../errors.js";
import { accessByKey, type Billing, bareInstance, type InstanceStatus } from "../instance.js";
import { markInTag, markTag } from "../mark.js";
import type { Market } from "../offer.js";
import {
  type CallContext,
  type ConnectedProvider,
  connectClient,
  type FoundInstance,
  type Provider,
  type ProviderCreateRequest,
  type ProviderOptions,
  unlessNotFound,
} from "../provider.js";
import { findOrRegister, isSameKey } from "../ssh-key.js";
import { isoOf } from "../time.js";
import { invalidOffer, splitOfferPath } from "../vendor-offer.js";
import {
  objectsIn,
  requireId,
  requireList,
  requireObject,
  statusOf,
  toNumber,
  toSize,
  toText,
  toTime,
  usdOfCents,
} from "../vendor-values.js";
import { toGpu, toOffers, usdOfText } from "./shadeform-catalogue.js";

export interface ShadeformTypes {
  client: ShadeformClient;
  /** `ssh_key_id` replaces `sshPublicKey`. `tags` are added to the mark's tag. `launch_configuration` excludes a container and a script. */
  createOptions: Partial<
    Omit<CreateInstanceRequest, "cloud" | "region" | "shade_instance_type" | "rental_type" | "name" | "os" | "envs">
  >;
  needs: "name";
  lacks: "diskGb";
  actions: "restart";
}

/** Options of the Shadeform provider. */
export type ShadeformOptions = ProviderOptions<ShadeformClient>;

const statuses = {
  creating: "pending",
  pending_provider: "pending",
  pending: "starting",
  active: "running",
  error: "failed",
  deleting: "terminating",
  deleted: "terminated",
} satisfies Record<KnownInstanceStatus, InstanceStatus>;

/**
 * Billing ends with `deleting`: https://docs.shadeform.ai/api-reference/instances/instances-delete
 * When it begins, and whether a failed machine costs, is not documented.
 */
const billings: Partial<Record<InstanceStatus, Billing>> = { running: "compute", terminating: "none", terminated: "none" };

/** Shadeform: machines of about twenty clouds, on demand and spot. */
export function shadeform(options: ShadeformOptions = {}): Provider<"shadeform", ShadeformTypes> {
  return { id: "shadeform", connect: (defaults) => connectShadeform(connectClient(options, defaults, createShadeformClient)) };
}

function connectShadeform(client: ShadeformClient): ConnectedProvider<"shadeform", ShadeformTypes> {
  return {
    id: "shadeform",
    client,
    guarantee: "name",
    showsPrice: true,
    // The vendor documents no list lag; this is a margin.
    settleMs: 30_000,
    needs: ["name"],
    lacks: ["diskGb"],

    async listOffers({ signal, clock }) {
      const types = await client.listInstanceTypes({ signal });
      const observedAt = isoOf(clock.now());
      return objectsIn(requireList("shadeform", "offers", types?.instance_types)).flatMap((type) => toOffers(type, observedAt));
    },

    async prepareCreate(request, context) {
      const body = await toCreateBody(client, request, context);
      return {
        async send({ signal }) {
          const { id } = await client.createInstance({ body, signal });
          return { id: requireId("shadeform", "create", id, "committed") };
        },
      };
    },

    marketOf: (offer) => readOffer(offer)[3],

    get(id, { signal }) {
      return unlessNotFound(async () => {
        const instance = await client.getInstance({ path: { id }, signal });
        // The vendor shows its own expiry only for a single instance.
        return { ...toInstance(client, "get", instance), endsAt: toTime(instance?.auto_delete?.date_threshold) };
      });
    },

    async list({ signal, onHeaders }) {
      const { instances } = await client.listInstances({ signal, onHeaders });
      return requireList("shadeform", "list", instances).map((instance) => toInstance(client, "list", instance));
    },

    async remark(id, mark, expiresAt, { signal }) {
      const { tags, auto_delete } = await client.getInstance({ path: { id }, signal });
      const others = requireList("shadeform", "extend", tags).filter((tag) => markInTag(String(tag)) === undefined);
      const body = { tags: [...others, markTag(mark)], auto_delete: { ...auto_delete, date_threshold: expiresAt } };
      await client.updateInstance({ path: { id }, body, signal });
    },

    async delete(id, { signal }) {
      await client.deleteInstance({ path: { id }, signal });
    },

    async access(id, { signal }) {
      const instance = requireObject("shadeform", "access", await client.getInstance({ path: { id }, signal }));
      const { ip, ssh_port, ssh_user } = instance;
      // The port may be null on a running machine, and means 22 then.
      return accessByKey(toText(ssh_user) ?? "shadeform", toText(ip), toSize(ssh_port) ?? 22);
    },

    actions: {
      async restart(id, { signal }) {
        await client.restartInstance({ path: { id }, signal });
      },
    },
  };
}

async function toCreateBody(
  client: ShadeformClient,
  request: ProviderCreateRequest,
  context: CallContext,
): Promise<CreateInstanceRequest> {
  const [cloud, region, shade_instance_type, market] = readOffer(request.offer);
  const { tags = [], ...options } = request.options as ShadeformTypes["createOptions"];
  const body: CreateInstanceRequest = {
    shade_cloud: true,
    ...toSoftware(request, options),
    ...options,
    cloud,
    region,
    shade_instance_type,
    name: request.name ?? "",
    tags: [...tags, markTag(request.mark)],
  };
  if (request.expiresAt !== undefined) {
    if (options.auto_delete) {
      const reason = "does not support providerOptions.shadeform.auto_delete together with ttlMs or maxUsd, which set it";
      throw preflightError("shadeform", "create", "unsupported", reason);
    }
    const spend = request.maxUsd === undefined ? {} : { spend_threshold: String(request.maxUsd) };
    body.auto_delete = { date_threshold: request.expiresAt, ...spend };
  }
  if (market === "spot") body.rental_type = "spot";
  // Last, when all other checks have passed. Without a key, the vendor uses the account's default key.
  if (request.sshPublicKey !== undefined && options.ssh_key_id === undefined) {
    body.ssh_key_id = await registerSshKey(client, request.sshPublicKey, context);
  }
  return body;
}

function readOffer(offer: string): [cloud: string, region: string, type: string, market: Market] {
  const [cloud, type, region, market, ...more] = splitOfferPath(offer);
  if (cloud && type && region && (market === "on_demand" || market === "spot") && more.length === 0) {
    return [cloud, region, type, market];
  }
  throw invalidOffer("shadeform", offer, "shadeform:CLOUD/TYPE/REGION/on_demand, or …/spot");
}

/** Image, script and environment. An operating system has a plain name; a name with a slash or a colon is a container image. */
function toSoftware(
  { image, startupScript, env }: ProviderCreateRequest,
  options: ShadeformTypes["createOptions"],
): Pick<CreateInstanceRequest, "os" | "envs" | "launch_configuration"> {
  const container = image !== undefined && /[/:]/.test(image);
  if (container && startupScript !== undefined) {
    throw preflightError("shadeform", "create", "unsupported", "launches a container image or a startupScript, not both");
  }
  if (options.launch_configuration !== undefined && (container || startupScript !== undefined)) {
    const field = container ? "a container image" : "startupScript";
    const reason = `does not support providerOptions.shadeform.launch_configuration together with ${field}`;
    throw preflightError("shadeform", "create", "unsupported", reason);
  }
  const envs: Env[] = Object.entries(env ?? {}).map(([name, value]) => ({ name, value }));
  const someEnvs = envs.length > 0 ? { envs } : {};
  const launch: LaunchConfiguration | undefined = container
    ? { type: "docker", docker_configuration: { image, ...someEnvs } }
    : startupScript !== undefined
      ? { type: "script", script_configuration: { base64_script: toBase64(startupScript) } }
      : undefined;
  return {
    ...(image !== undefined && !container && { os: image }),
    ...(launch && { launch_configuration: launch }),
    ...(!container && someEnvs),
  };
}

function toBase64(text: string): string {
  return btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(""));
}

/** The id of the account's key with this content. */
function registerSshKey(client: ShadeformClient, line: string, { signal }: CallContext): Promise<string> {
  return findOrRegister(
    "shadeform",
    line,
    async (key) => {
      const keys = objectsIn(requireList("shadeform", "create", (await client.listSshKeys({ signal })).ssh_keys));
      return toText(keys.find((one) => isSameKey(toText(one.public_key), key))?.id);
    },
    async (body) => requireId("shadeform", "create", (await client.createSshKey({ body, signal })).id),
  );
}

/** A commitment is neither on demand nor spot. Older instances have no terms. */
function marketOf(rentalType: unknown): Market | "unknown" {
  return rentalType === "on_demand" || rentalType === "spot" ? rentalType : "unknown";
}

function toInstance(client: ShadeformClient, operation: string, instance: ShadeformInstance): FoundInstance<"shadeform"> {
  const id = requireId("shadeform", operation, instance?.id);
  const { configuration, rental_terms } = instance;
  const rawStatus = toText(instance.status);
  const status = statusOf(statuses, rawStatus);
  const address = toText(instance.ip);
  const details = toText(instance.status_details);
  // A new instance may not show its tags yet; machines of the console may never have any.
  const tags: readonly unknown[] | undefined = Array.isArray(instance.tags) ? instance.tags : undefined;
  // For a spot rental, only the price inside the terms is right.
  const listed = rental_terms?.rental_type === "spot" ? null : usdOfCents(instance.hourly_price);
  return {
    mark: tags ? tags.flatMap((tag) => markInTag(String(tag)) ?? []).at(-1) : "unknown",
    isSubscription: rental_terms?.rental_type === "commitment",
    instance: {
      ...bareInstance("shadeform", id),
      name: toText(instance.name),
      status,
      rawStatus,
      ready: status === "running" && address !== null,
      billing: billings[status] ?? "unknown",
      gpu: toGpu(configuration, toText(instance.shade_instance_type)),
      gpuCount: toNumber(configuration?.num_gpus),
      market: marketOf(rental_terms?.rental_type),
      usdPerHour: listed ?? usdOfText(rental_terms?.hourly_price),
      region: toText(instance.region),
      address,
      ports: objectsIn(instance.port_mappings).flatMap(({ internal_port, external_port }) => {
        const port = toSize(internal_port);
        const endpoint = address !== null && toSize(external_port) !== null ? `${address}:${external_port}` : null;
        return port === null ? [] : [{ port, protocol: "tcp", endpoint }];
      }),
      createdAt: toTime(instance.created_at),
      // A preempted spot machine is shown here, and is deleted: https://docs.shadeform.ai/guides/spotinstances
      error: status === "failed" || details === "preempted" ? details && redactText(client, instance, details) : null,
    },
  };
}
