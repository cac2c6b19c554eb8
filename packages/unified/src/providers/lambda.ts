import {
  type CreateInstanceRequest,
  createLambdaClient,
  type KnownInstanceStatus,
  type LambdaClient,
  type Instance as LambdaInstance,
} from "@gpu/lambda";
import { preflightError } from "../errors.js";
import { accessByKey, type Billing, bareInstance, type InstanceStatus } from "../instance.js";
import { listPages } from "../list-pages.js";
import { readMark } from "../mark.js";
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
import { turns } from "../turns.js";
import { invalidOffer, splitOfferPath } from "../vendor-offer.js";
import { objectsIn, requireId, requireList, requireObject, statusOf, toText, usdOfCents } from "../vendor-values.js";
import { gpuCountOf, toGpu, toOffers } from "./lambda-catalogue.js";

export interface LambdaTypes {
  client: LambdaClient;
  /** `ssh_key_names` replaces `sshPublicKey`, and `user_data` replaces `startupScript`. `tags` are added to the mark's tag. */
  createOptions: Partial<Omit<CreateInstanceRequest, "region_name" | "instance_type_name" | "name" | "image">>;
  needs: "sshPublicKey";
  lacks: "env" | "diskGb";
  actions: "restart";
}

/** Options of the Lambda provider. */
export type LambdaOptions = ProviderOptions<LambdaClient>;

const statuses = {
  booting: "starting",
  active: "running",
  // A restart may fix it, but it may cost money: a wait for it must end, so that it is deleted.
  unhealthy: "failed",
  preempted: "failed",
  terminating: "terminating",
  terminated: "terminated",
} satisfies Record<KnownInstanceStatus, InstanceStatus>;

/** The longest name of an instance. */
const longestName = 64;
const markKey = "gpu-mark";
/** The vendor accepts a launch every 12 seconds, for the whole account; intervals of 13 seconds were observed to work. */
const launchIntervalMs = 13_000;
/** The formats of cloud-init. Anything else must begin with `#!`. */
const cloudInit = /^(?:#!|#cloud-|#include|#part-handler|## template:|Content-Type:|MIME-Version:)/i;

/** Lambda: on-demand machines. A launch needs an SSH key; the catalogue lists regions with capacity, which is a hint only. */
export function lambda(options: LambdaOptions = {}): Provider<"lambda", LambdaTypes> {
  return { id: "lambda", connect: (defaults) => connectLambda(connectClient(options, defaults, createLambdaClient)) };
}

function connectLambda(client: LambdaClient): ConnectedProvider<"lambda", LambdaTypes> {
  const awaitTurn = turns(launchIntervalMs);

  async function read(id: string, signal: AbortSignal | undefined): Promise<LambdaInstance | undefined> {
    // The vendor rejects an id of another form as an invalid request.
    if (!isId(id)) return undefined;
    return unlessNotFound(async () => (await client.getInstance({ path: { id }, signal }))?.data);
  }

  return {
    id: "lambda",
    client,
    guarantee: "name",
    showsPrice: true,
    // New instances were seen in the list within 10 seconds; this is a margin.
    settleMs: 30_000,
    needs: ["sshPublicKey"],
    lacks: ["env", "diskGb"],

    async listOffers({ signal, clock }) {
      const types = requireObject("lambda", "offers", (await client.listInstanceTypes({ signal }))?.data);
      const observedAt = isoOf(clock.now());
      return objectsIn(Object.values(types)).flatMap((type) => toOffers(type, observedAt));
    },

    async prepareCreate(request, context) {
      const body = await toCreateBody(client, request, context);
      await awaitTurn(context);
      return {
        async send({ signal }) {
          const { data } = await client.createInstance({ body, signal });
          return { id: requireId("lambda", "create", data?.instance_ids?.[0], "committed") };
        },
      };
    },

    async get(id, { signal }) {
      const instance = await read(id, signal);
      return instance && toInstance("get", instance);
    },

    list({ signal, clock, onHeaders }) {
      return listPages(
        "lambda",
        clock,
        () => client.listInstances.pages({ signal, onHeaders }),
        ({ data }) => requireList("lambda", "list", data).map((instance) => toInstance("list", instance)),
      );
    },

    async delete(id, { signal }) {
      refuseOtherIds(id, "delete");
      // One id per request, because an unknown id makes the whole request fail.
      const response = await client.deleteInstance({ body: { instance_ids: [id] }, signal });
      const ended = response?.data?.terminated_instances;
      if (!Array.isArray(ended) || ended.some((one) => toText(one?.id) === id)) return;
      // The vendor accepted the request, whether this read succeeds or not.
      const left = await read(id, signal).catch(() => undefined);
      const isEnding = left === undefined || ["terminating", "terminated"].includes(String(left.status));
      if (isEnding) return;
      const reason = `the response does not list ${id}, which is still ${left.status}`;
      throw preflightError("lambda", "delete", "vendor_contract", reason);
    },

    async access(id, { signal }) {
      refuseOtherIds(id, "access");
      const response = await client.getInstance({ path: { id }, signal });
      return accessByKey("ubuntu", toText(requireObject("lambda", "access", response?.data).ip), 22);
    },

    actions: {
      async restart(id, { signal }) {
        await client.restartInstance({ body: { instance_ids: [id] }, signal });
      },
    },
  };
}

/** Whether a text has the form of an id: a UUID, with or without dashes. */
function isId(text: string): boolean {
  return /^[0-9a-f]{32}$/i.test(text.replaceAll("-", ""));
}

/** Throws for an id that the vendor would reject as an invalid request. */
function refuseOtherIds(id: string, operation: "access" | "delete"): void {
  if (!isId(id)) throw preflightError("lambda", operation, "not_found", `"${id}" is not the id of an instance`);
}

async function toCreateBody(
  client: LambdaClient,
  request: ProviderCreateRequest,
  context: CallContext,
): Promise<CreateInstanceRequest> {
  const { image, startupScript, name } = request;
  const { tags = [], ssh_key_names, ...options } = request.options as LambdaTypes["createOptions"];
  const [type, region] = readOffer(request.offer);
  if (startupScript !== undefined && options.user_data !== undefined) {
    throw preflightError("lambda", "create", "invalid_request", "give either startupScript or user_data, not both");
  }
  const body = {
    ...options,
    region_name: region,
    instance_type_name: type,
    ...(name !== undefined && { name: name.slice(0, longestName).replace(/[\ud800-\udbff]$/, "") }),
    ...(image !== undefined && { image: isId(image) ? { id: image } : { family: image } }),
    ...(startupScript !== undefined && { user_data: toUserData(startupScript) }),
    tags: [...tags.filter(({ key }) => key !== markKey), { key: markKey, value: request.mark }],
  };
  // Last, when all other checks have passed.
  return { ...body, ssh_key_names: ssh_key_names ?? [await registerSshKey(client, request.sshPublicKey, context)] };
}

/** cloud-init ignores a script that does not begin with `#!`. */
function toUserData(script: string): string {
  return cloudInit.test(script) ? script : `#!/bin/bash\n${script}`;
}

function readOffer(offer: string): [type: string, region: string] {
  const [type, region, ...more] = splitOfferPath(offer);
  if (type && region && more.length === 0) return [type, region];
  const reason = type && !region && more.length === 0 ? "has no region with capacity" : undefined;
  throw invalidOffer("lambda", offer, "lambda:TYPE/REGION, such as lambda:gpu_1x_h100_sxm5/us-south-1", reason);
}

/** The name of the account's key with this content. */
function registerSshKey(client: LambdaClient, line: string | undefined, { signal }: CallContext): Promise<string> {
  return findOrRegister(
    "lambda",
    line,
    async (key) => {
      const keys = objectsIn(requireList("lambda", "create", (await client.listSshKeys({ signal })).data));
      return toText(keys.find((one) => isSameKey(toText(one.public_key), key))?.name);
    },
    async (body) => {
      await client.createSshKey({ body, signal });
      return body.name;
    },
  );
}

/** Billing begins with the first passed health check: https://docs.lambda.ai/public-cloud/billing/ */
function billingOf(status: InstanceStatus, wasHealthy: boolean): Billing {
  if (status === "running") return "compute";
  if (status === "starting") return wasHealthy ? "compute" : "none";
  if (status === "failed") return wasHealthy ? "compute" : "unknown";
  return status === "terminating" || status === "terminated" ? "none" : "unknown";
}

function toInstance(operation: string, instance: LambdaInstance): FoundInstance<"lambda"> {
  const id = requireId("lambda", operation, instance?.id);
  const { instance_type: type, tags } = instance;
  const rawStatus = toText(instance.status);
  const status = statusOf(statuses, rawStatus);
  const address = toText(instance.ip);
  return {
    mark: Array.isArray(tags)
      ? objectsIn(tags)
          .flatMap(({ key, value }) => (key === markKey ? (readMark(String(value))?.text ?? []) : []))
          .at(-1)
      : "unknown",
    instance: {
      ...bareInstance("lambda", id),
      name: toText(instance.name),
      status,
      rawStatus,
      ready: status === "running" && address !== null,
      billing: billingOf(status, toText(instance.first_healthy) !== null),
      gpu: toGpu(type),
      gpuCount: gpuCountOf(type),
      // Lambda has no spot market.
      market: "on_demand",
      usdPerHour: usdOfCents(type?.price_cents_per_hour),
      region: toText(instance.region?.name),
      address,
      error: status === "failed" ? rawStatus : null,
    },
  };
}
