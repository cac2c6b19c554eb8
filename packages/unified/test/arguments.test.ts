import { describe, expect, it } from "vitest";
import { createGpu, fal, GpuError, novita, runcrate, shadeform, thunderCompute } from "../src/index.js";
import { fakeCloud, sshPublicKey } from "./fake-provider.js";

/** Values to try for each option. Those that the option accepts are in `accepted`. */
const wrong: Readonly<Record<string, unknown>> = {
  null: null,
  text: "wrong value",
  "empty text": "",
  number: 7,
  "negative number": -1,
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  boolean: true,
  list: ["x"],
  "empty list": [],
  object: {},
  function: () => undefined,
};
const textual = ["text", "empty text"];
const filled = ["text"];
const counts = ["number"];
/** For each option, the values that it accepts. */
const accepted: Readonly<Record<string, readonly string[]>> = {
  gpu: filled,
  gpuCount: counts,
  vramGb: counts,
  formFactor: [],
  market: [],
  region: filled,
  maxUsdPerHour: counts,
  providers: ["list"],
  deadlineMs: counts,
  signal: [],
  owner: textual,
  name: textual,
  // Strings that are not a public key are rejected too.
  sshPublicKey: [],
  image: textual,
  startupScript: textual,
  env: ["object"],
  diskGb: counts,
  onIntent: ["function"],
  providerOptions: ["object"],
  offer: [],
  idempotencyKey: filled,
  until: [],
  maxAttempts: counts,
  maxFailedBoots: counts,
  reconcileMs: counts,
  wait: ["object"],
  timeoutMs: counts,
  onProgress: ["function"],
  probe: ["function"],
  bootSeconds: [],
  waitMs: counts,
  waitForCapacityMs: counts,
  ttlMs: counts,
  maxUsd: counts,
  dryRun: ["boolean"],
  soleDeleter: ["list", "empty list"],
};
const filter = ["gpu", "gpuCount", "vramGb", "formFactor", "market", "region", "maxUsdPerHour", "providers"];
const fields = ["name", "sshPublicKey", "image", "startupScript", "env", "diskGb", "onIntent", "providerOptions", "signal"];
const launch = [
  ...filter,
  ...fields,
  "until",
  "maxAttempts",
  "maxFailedBoots",
  "reconcileMs",
  "waitForCapacityMs",
  "ttlMs",
  "maxUsd",
  "wait",
];

const cloud = fakeCloud({ id: "fake" });
const gpu = createGpu({ providers: [cloud.provider], defaults: { clock: cloud.clock } });
/** A method as untyped JavaScript code can call it. */
type Untyped = (...values: unknown[]) => unknown;
const method = (name: keyof typeof gpu) => gpu[name] as Untyped;
const launchRequest = { gpu: "H100", maxUsdPerHour: 4 };
const handle = {
  version: 1,
  provider: "fake",
  offer: "fake:h100",
  idempotencyKey: "k",
  mark: "",
  sentAt: new Date().toISOString(),
};

interface Call {
  readonly call: (options: unknown) => unknown;
  readonly options: readonly string[];
  readonly valid?: object;
  readonly required?: readonly string[];
}
const onInstance = (name: keyof typeof gpu, options: readonly string[]): Call => ({
  call: (given) => method(name)("fake:i1", given),
  options,
});
/** Every method that takes options. */
const calls: Readonly<Record<string, Call>> = {
  offers: { call: method("offers"), options: [...filter, "deadlineMs", "signal"] },
  launch: { call: method("launch"), options: launch, valid: launchRequest, required: ["gpu", "maxUsdPerHour"] },
  lease: { call: method("lease"), options: launch, valid: launchRequest, required: ["gpu", "maxUsdPerHour"] },
  create: {
    call: method("create"),
    options: [...fields, "offer", "maxUsdPerHour", "idempotencyKey", "ttlMs", "maxUsd"],
    valid: { offer: "fake:h100" },
    required: ["offer"],
  },
  list: { call: method("list"), options: ["owner", "providers", "deadlineMs", "signal"] },
  balances: { call: method("balances"), options: ["providers", "deadlineMs", "signal"] },
  reconcileAll: { call: method("reconcileAll"), options: ["signal"] },
  sweep: { call: method("sweep"), options: ["dryRun", "soleDeleter", "signal"] },
  extend: { ...onInstance("extend", ["ttlMs", "signal"]), valid: { ttlMs: 1 }, required: ["ttlMs"] },
  delete: onInstance("delete", ["waitMs", "signal"]),
  waitUntilReady: onInstance("waitUntilReady", ["timeoutMs", "onProgress", "probe", "bootSeconds", "signal"]),
  reconcile: { call: (given) => method("reconcile")(handle, given), options: ["signal"] },
  access: onInstance("access", ["signal"]),
  get: onInstance("get", ["signal"]),
  start: onInstance("start", ["signal"]),
  stop: onInstance("stop", ["signal"]),
  restart: onInstance("restart", ["signal"]),
};

async function thrownBy(call: () => unknown): Promise<unknown> {
  try {
    return { returned: await call() };
  } catch (error) {
    return error;
  }
}

/** Expects a rejection before anything is sent, with a message that contains all texts. */
async function expectRejection(call: () => unknown, code: string, ...texts: string[]): Promise<void> {
  cloud.calls.length = 0;
  const error = await thrownBy(call);
  expect(error).toMatchObject({ code, sideEffect: "none" });
  expect(GpuError.isInstance(error)).toBe(true);
  for (const text of texts) expect((error as GpuError).message).toContain(text);
  expect(cloud.calls).toEqual([]);
}

describe.each(Object.entries(calls))("%s", (_name, { call, options, valid = {}, required = [] }) => {
  const rows = options.flatMap((option) =>
    Object.entries(wrong).flatMap(([what, value]) => (accepted[option]?.includes(what) ? [] : [[option, what, value] as const])),
  );

  it.each(rows)("refuses as %s: %s", async (option, _, value) => {
    await expectRejection(() => call({ ...valid, [option]: value }), "invalid_request", option);
  });

  it.each(required)("needs %s", async (option) => {
    await expectRejection(() => call({ ...valid, [option]: undefined }), "invalid_request", `${option} must be`);
  });

  it.each(["timeout", "toString", "__proto__x"])("refuses the unknown option %s, and names what it takes", async (option) => {
    await expectRejection(() => call({ ...valid, [option]: undefined }), "invalid_request", `"${option}"`, ...options);
  });

  it.each([
    ["null", null],
    ["text", "x"],
    ["a list", []],
    ["a number", 1],
  ])("refuses %s instead of an object", async (_, given) => {
    await expectRejection(() => call(given), "invalid_request", `takes an object with`, ...options);
  });
});

const untypedValues = [undefined, null, 7, "", "i1", ":i1", "fake:", {}, { ref: 7 }, [], () => "fake:i1"];

describe.each(["delete", "extend", "waitUntilReady", "access", "get", "start", "stop", "restart"] as const)("%s", (name) => {
  it.each(untypedValues)("refuses %o instead of an instance", async (given) => {
    await expectRejection(
      () => method(name)(given, { ...calls[name]?.valid }),
      "invalid_request",
      `gpu ${name}: takes an instance, or its ref`,
    );
  });

  it("refuses a ref of a provider that is not configured", async () => {
    await expectRejection(
      () => method(name)("fall:i1", { ...calls[name]?.valid }),
      "configuration",
      'no provider "fall"',
      "its providers are: fake",
    );
  });
});

describe("parseRef", () => {
  it("returns a ref unchanged", () => {
    expect(gpu.parseRef("fake:a:b")).toBe("fake:a:b");
  });

  it.each(untypedValues)("refuses %o", async (given) => {
    await expectRejection(() => method("parseRef")(given), "invalid_request", "gpu parseRef: takes an instance, or its ref");
  });

  it("refuses a ref of a provider that is not configured", async () => {
    await expectRejection(() => method("parseRef")("fall:i1"), "configuration", 'no provider "fall"');
  });
});

it.each<[handle: unknown]>([
  ...[undefined, null, 7, "x", [], {}].map((given): [unknown] => [given]),
  ...Object.keys(handle).map((field): [unknown] => [{ ...handle, [field]: 7 }]),
  [{ ...handle, before: 7 }],
  [{ ...handle, connectedUntil: "soon" }],
])("reconcile refuses the handle %o", async (given) => {
  await expectRejection(() => method("reconcile")(given), "invalid_request", "gpu reconcile: takes the handle of a create");
});

it.each(["create", "launch", "lease"] as const)("%s refuses options of a provider that is not configured", async (name) => {
  const request = { ...calls[name]?.valid, providerOptions: { fall: {} } };
  await expectRejection(() => method(name)(request), "configuration", 'no provider "fall"', "its providers are: fake");
});

it.each([
  [{ timeout: 5 }, 'wait has no option "timeout"; it takes timeoutMs'],
  [{ signal: AbortSignal.abort() }, 'wait has no option "signal"'],
  [{ timeoutMs: "5" }, "wait.timeoutMs must be"],
  [{ bootSeconds: { min: "1", max: null } }, "wait.bootSeconds must be"],
])("launch refuses the wait %o", async (wait, message) => {
  await expectRejection(() => method("launch")({ ...launchRequest, wait }), "invalid_request", message);
});

it("rejects providerOptions that are a string, and an env with a number", async () => {
  const offer = "fake:h100";
  await expectRejection(() => method("create")({ offer, providerOptions: { fake: "x" } }), "invalid_request", "providerOptions");
  await expectRejection(() => method("create")({ offer, sshPublicKey, env: { A: 1 } }), "invalid_request", "env must be");
});

describe("createGpu", () => {
  const providers = [cloud.provider];
  const make = createGpu as unknown as Untyped;

  it.each<[given: unknown, ...texts: string[]]>([
    [undefined, "createGpu takes an object with providers, owner, defaults, limits, intents, onEvent"],
    [null, "createGpu takes an object"],
    [providers, "createGpu takes an object"],
    [{}, "providers must be a list of at least one provider"],
    ...[null, [], "fal", cloud.provider, [shadeform], [null], [{ id: "x" }], [{ id: "", connect: () => ({}) }]].map(
      (given): [unknown, string] => [
        { providers: given },
        "providers must be a list of at least one provider, such as shadeform()",
      ],
    ),
    [{ providers: [fal(), fal()] }, '"fal" was given twice'],
    [{ providers, owner: 7 }, "owner must be text"],
    [{ providers, owner: null }, "owner must be text"],
    [{ providers, defaults: "key" }, "defaults must be an object"],
    [{ providers, defaults: null }, "defaults must be an object"],
    [{ providers, limits: null }, "limits must be an object with maxUsdPerHour, maxInstances, onUnreadable"],
    [{ providers, limits: { maxInstances: "3" } }, "limits.maxInstances must be"],
    [{ providers, limits: {} }, "limits needs maxUsdPerHour or maxInstances"],
    ...[null, {}, "folder", { write: () => {} }].map((intents): [unknown, string] => [
      { providers, intents },
      "intents must be an object with write, clear and list",
    ]),
    ...[null, {}, { now: () => 0 }].map((clock): [unknown, string] => [
      { providers, defaults: { clock } },
      "its clock an object with now and sleep",
    ]),
    [{ providers, onEvent: "log" }, "onEvent must be a function"],
    [{ providers, provider: [] }, 'createGpu has no option "provider"; it takes providers'],
  ])("refuses %o", async (given, ...texts) => {
    await expectRejection(() => make(given), "configuration", ...texts);
  });
});

describe.each(Object.entries({ thunderCompute, shadeform, fal, novita, runcrate }))("%s()", (_, provider) => {
  const make = (options: unknown) => createGpu({ providers: [(provider as Untyped)(options) as ReturnType<typeof fal>] });

  it.each<[what: string, options: unknown]>([
    ["a client that is undefined", { client: undefined }],
    ["a client that is text", { client: "x" }],
    ["a client with more options", { client: {}, apiKey: "k" }],
  ])("refuses %s", async (_what, options) => {
    await expectRejection(() => make(options), "configuration", "`client` alone");
  });

  // Invalid client options are a failure of that provider, like a missing API key.
  it.each<[what: string, options: unknown, message: string]>([
    ["text", "key", ""],
    ["a list", ["key"], 'no option "0"; it takes apiKey'],
    ["an unknown option", { apikey: "k" }, 'no option "apikey"; it takes apiKey'],
    ["a key that is a number", { apiKey: 7 }, "`apiKey` must be of type string or function"],
    ["a time limit that is text", { timeoutMs: "5" }, "`timeoutMs` must be of type number"],
    ["a clock that is an object", { clock: {} }, "`clock` must have the functions"],
  ])("with %s fails in each read", async (_what, options, message) => {
    const { instances, failures } = await make(options).list();
    expect(instances).toEqual([]);
    expect(failures).toMatchObject([{ error: { code: "configuration", message: expect.stringContaining(message) } }]);
  });

  it("rejects null", async () => {
    const refused = async () => {
      const { failures } = await make(null).list();
      throw failures[0]?.error;
    };
    await expectRejection(refused, "configuration", "options");
  });
});

it.each([7, { x: 0 }, { x: "2" }, [2]])("fal() rejects the prices %o", async (usdPerHour) => {
  const make = fal as unknown as (options: unknown) => ReturnType<typeof fal>;
  await expectRejection(() => createGpu({ providers: [make({ usdPerHour })] }), "configuration", "usdPerHour must be");
});

it("invalid client options in `defaults` fail in each read", async () => {
  const { failures } = await createGpu({ providers: [fal(), novita()], defaults: { apikey: "k" } as object }).list();
  const error = { code: "configuration", message: expect.stringContaining('no option "apikey"') };
  expect(failures).toMatchObject([
    { provider: "fal", error },
    { provider: "novita", error },
  ]);
});

it("the tables above have every method", () => {
  const others = ["providers", "parseRef", "newIdempotencyKey"];
  expect([...Object.keys(calls), ...others].sort()).toEqual(Object.keys(gpu).sort());
});
