import { describe, expect, it } from "vitest";
import { failure, json, observe } from "./support.js";

const none = { code: "no_capacity", sideEffect: "none" };

/** The error of a paid call after the given response. */
async function create(status: number, message: string, code?: string) {
  return failure(observe([json({ message, code }, status)]).client.createInstance({ body: {} }));
}

const shortages = [
  "Not enough resources",
  "There are not enough resources to start the instance.",
  "Out of host capacity.",
  "Insufficient capacity",
  "Insufficient resources in region us-east-1",
  "Insufficient H100 SXM5 capacity in this zone",
  "insufficient host capacity for the requested shape",
  "Sold out",
  "This GPU is sold out",
  "This machine type is out of stock",
  "temporarily out of stock",
  "No capacity",
  "No capacity available in canada-1",
  "no more capacity in this region",
  "Not enough capacity to fulfill launch request.",
  "There are no longer any instances available with the requested specifications. Please refresh and try again.",
  "not enough free GPUs on the host machine",
  "This machine does not have the resources to deploy your pod. Please try a different machine.",
  "We currently do not have sufficient p5.48xlarge capacity in the Availability Zone you requested",
  "We don't have enough H100 capacity right now",
  "The zone does not have enough resources available to fulfill the request",
  "No valid host was found. There are not enough hosts available.",
  "No GPUs are currently available",
  "No H100 GPUs available",
  "no available nodes with 8 GPUs",
  "The requested GPU type is not available in this region",
  "GPU type A100 80GB is currently unavailable",
  "Instance type by id 7 is not available.",
  "This offer is no longer available",
  "The selected product is temporarily unavailable",
];
const others = [
  "Insufficient funds",
  "insufficient balance to create an instance",
  "Insufficient credits: not enough credit for 8 GPUs",
  "You do not have enough credits for this instance",
  "Insufficient quota for GPUs",
  "Quota exceeded: not enough GPU quota",
  "Insufficient permissions to create instances",
  "insufficient privileges",
  "You have reached the limit of 4 instances",
  "No capacity: your account's limit is reached",
  "Payment method not available",
  "Not enough memory",
  "Insufficient memory on host",
  "not enough disk space on the machine",
  "Insufficient storage capacity for the volume",
  "No SSH key available for the instance",
  "The image is not available",
  "No IP addresses available",
  "Service unavailable",
  "The service is temporarily unavailable",
  "The server is currently unavailable",
  "GPU service API: service unavailable",
  "Resource temporarily unavailable",
  "The instance is unavailable",
  "no healthy upstream",
  "No server is available to handle this request.",
  "The request was aborted because there was no available instance.",
  "insufficient information for the instance",
  "insufficient data to create an instance",
  "Instance not found",
  "No instances found",
  "name is not available",
  "Internal server error",
  "Too many requests",
  "",
];

describe("a paid call whose error message reports a shortage", () => {
  it.each(shortages)("%s", async (message) => {
    for (const status of [400, 409, 422, 500, 503]) expect(await create(status, message)).toMatchObject(none);
    expect(await create(500, message.toUpperCase())).toMatchObject(none);
  });
  it.each([
    "INSUFFICIENT_CAPACITY",
    "OUT_OF_CAPACITY",
    "no-capacity",
    "InsufficientInstanceCapacity",
    "ZONE_RESOURCE_POOL_EXHAUSTED",
  ])("by the code %s alone", async (code) => {
    expect(await create(500, "The operation failed", code)).toMatchObject({ ...none, vendorCode: code });
  });
  it("also when the vendor's error code is generic", async () => {
    const unavailable = { out_of_order: "unavailable", bad_name: "insufficient_funds" };
    const script = (code: string) => [json({ code, message: "Out of host capacity." }, 500)];
    const { contract } = await import("./support.js");
    const of = { ...contract, errors: { ...contract.errors, words: unavailable } };
    expect(await failure(observe(script("out_of_order"), {}, of).client.createInstance({ body: {} }))).toMatchObject(none);
    // The vendor's error code takes precedence.
    expect(await failure(observe(script("bad_name"), {}, of).client.createInstance({ body: {} }))).toMatchObject({
      code: "insufficient_funds",
    });
  });
});

describe("an error message without a shortage", () => {
  it.each(others)("%s", async (message) => {
    for (const status of [400, 422]) expect(await create(status, message)).toMatchObject({ code: "invalid_request" });
    expect(await create(409, message)).toMatchObject({ code: "conflict", sideEffect: "possible" });
    for (const status of [500, 503]) {
      expect(await create(status, message)).toMatchObject({ code: "unavailable", sideEffect: "possible" });
    }
  });
  it("with another status keeps the code of its status", async () => {
    for (const [status, code] of [
      [401, "unauthenticated"],
      [402, "insufficient_funds"],
      [403, "permission_denied"],
      [404, "not_found"],
      [429, "rate_limited"],
      [502, "unavailable"],
      [504, "unavailable"],
    ] as const) {
      expect(await create(status, "Insufficient capacity")).toMatchObject({ code });
    }
  });
  it("of a call that is not paid keeps the code of its status", async () => {
    const { client } = observe([json({ message: "Insufficient capacity" }, 500)], { maxRetries: 0 });
    expect(await failure(client.listInstances())).toMatchObject({ code: "unavailable" });
    expect(await failure(client.removeByIndex({ path: { index: 1 } }))).toMatchObject({
      code: "unavailable",
      sideEffect: "possible",
    });
  });
  it("in an HTML page is ignored", async () => {
    const page = new Response("<html>Out of stock</html>", { status: 500, headers: { "content-type": "text/html" } });
    expect(await failure(observe([page]).client.createInstance({ body: {} }))).toMatchObject({ code: "unavailable" });
  });
});
