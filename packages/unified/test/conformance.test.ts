import { GpuError } from "@gpu/core";
import { createSimulator, createVirtualClock } from "@gpu/simulator";
import { type Cloud, cases, type MakeCloud, type MakeProvider } from "@gpu/simulator/conformance";
import { describe, expect, it } from "vitest";
import * as providers from "../src/generated/providers.js";
import {
  type CreateHandle,
  createGpu,
  fal,
  novita,
  type Provider,
  runcrate,
  shadeform,
  thunderCompute,
  UnifiedGpuError,
} from "../src/index.js";

const makers: MakeProvider[] = Object.values(providers);

describe.each(makers.map((makeProvider) => ({ id: makeProvider({}).id, makeProvider })))("$id conforms", ({ makeProvider }) => {
  it.concurrent.each(cases(makeProvider, { createGpu }))("$name", ({ run }) => run());
});

describe("a provider that does not conform is detected", () => {
  /** fal, with one thing wrong. */
  const broken =
    (change: (connected: ReturnType<Provider["connect"]>) => Partial<ReturnType<Provider["connect"]>>): MakeProvider =>
    (options) => {
      const provider: Provider = fal(options);
      return {
        id: "fal",
        connect: (defaults) => {
          const connected = provider.connect(defaults);
          return { ...connected, ...change(connected) };
        },
      };
    };

  it.each<[what: string, name: string, makeProvider: MakeProvider]>([
    [
      "treats a failed list as empty",
      "list: error_before_commit at any request",
      broken((connected) => ({ list: (context) => connected.list(context).catch(() => []) })),
    ],
    [
      "treats any failure as not found",
      "get: reset_before at any request",
      broken((connected) => ({ get: (id, context) => connected.get(id, context).catch(() => undefined) })),
    ],
    [
      "does not delete",
      "an instance: is created once, boots, can be reached, and is gone after its deletion",
      broken(() => ({ delete: async () => {} })),
    ],
    [
      "repeats the paid call",
      "create: response_lost at any request",
      broken((connected) => ({
        prepareCreate: async (request, context) => {
          const again = { ...request, idempotencyKey: `${request.idempotencyKey}-again` };
          const [first, second] = [
            await connected.prepareCreate(request, context),
            await connected.prepareCreate(again, context),
          ];
          return { send: (sendContext) => first.send(sendContext).catch(() => second.send(sendContext)) };
        },
      })),
    ],
    [
      "throws an error that is not a GpuError",
      "list: unauthorized at any request",
      broken((connected) => ({
        list: (context) =>
          connected.list(context).catch(() => {
            throw new Error("something went wrong");
          }),
      })),
    ],
    [
      "reads one page",
      "list: reads to the last page, and fails when one fails",
      broken((connected) => ({ list: async (context) => (await connected.list(context)).slice(0, 2) })),
    ],
  ])("when it %s", async (_, name, makeProvider) => {
    const found = cases(makeProvider).find((one) => one.name === name);
    if (!found) throw new Error(`no case "${name}"`);
    await expect(found.run()).rejects.toThrow(/\w/);
    const intact = cases((options) => fal(options)).find((one) => one.name === name);
    await expect(intact?.run()).resolves.toBeUndefined();
  });
});

type AnyGpu = ReturnType<typeof createGpu<Provider>>;
type GpuOptions = Parameters<typeof createGpu<Provider>>[0];

describe("a `Gpu` with a false result is detected", () => {
  /** `createGpu`, with one thing wrong. */
  const faulty =
    (change: (gpu: AnyGpu) => Partial<AnyGpu>) =>
    (options: GpuOptions): AnyGpu => {
      const gpu = createGpu<Provider>(options);
      return { ...gpu, ...change(gpu) };
    };
  /** Reports the side effect `none`, whatever the create did. */
  const withoutEffect = (): never => {
    throw new GpuError({ code: "network", vendor: "novita", message: "nothing was created", sideEffect: "none" });
  };
  /** Reports a known outcome as unknown. */
  const ambiguously = async (gpu: AnyGpu, request: Parameters<AnyGpu["create"]>[0]): Promise<never> => {
    let handle: CreateHandle | undefined;
    const keep = (one: CreateHandle) => {
      handle = one;
    };
    await gpu.create({ ...request, onIntent: keep }).catch(() => undefined);
    const init = { code: "create_ambiguous", vendor: "thunder-compute", message: "it may exist" } as const;
    throw new UnifiedGpuError({ ...init, sideEffect: "possible" }, { handle });
  };
  const sshPublicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPZF0ivPXjdsYBKwMkfTmXB3rI1bzs8pdVnEGAcBg0TX ada@workstation";

  it.each<[what: string, name: string, makeProvider: MakeProvider, create: (options: GpuOptions) => AnyGpu, says: RegExp]>([
    [
      "reports deleted without a request",
      "delete: a bare ref is verified, and is not_found or deleted when the machine is already gone",
      fal,
      faulty(() => ({ delete: async () => ({ outcome: "deleted" }) })),
      /running machines: expected \[\]/,
    ],
    [
      "reports deleted for an unknown machine",
      "delete: a machine that was never seen is not_found, and unknown until lists have settled",
      shadeform,
      faulty(() => ({ delete: async () => ({ outcome: "deleted" }) })),
      /without waiting: expected "unknown", got "deleted"/,
    ],
    [
      "reports deleted for a young machine that it does not find",
      "delete: a new machine missing from stale, slow lists is not reported as deleted",
      runcrate,
      faulty(() => ({ delete: async () => ({ outcome: "deleted" }) })),
      /reported as deleted, but the machine runs/,
    ],
    [
      "forgets that its request was accepted",
      "delete: an accepted request is reported as deleting, never as unknown",
      novita,
      faulty((gpu) => ({ delete: (...given) => gpu.delete(...given).then(() => ({ outcome: "unknown" })) })),
      /expected "deleting", got "unknown"/,
    ],
    [
      "reports that nothing was created",
      "create: a lost response rents at most one machine, and the result is correct",
      novita,
      faulty((gpu) => ({ create: (request) => gpu.create(request).then(withoutEffect, withoutEffect) })),
      /with the side effect none/,
    ],
    [
      "reports absent for a running machine",
      "create: a lost response rents at most one machine, and the result is correct",
      thunderCompute,
      faulty((gpu) => ({
        create: (request) => ambiguously(gpu, request),
        reconcile: async () => ({ outcome: "absent", candidates: [] }),
      })),
      /reconcile reports as absent/,
    ],
    [
      "rents again with the same key",
      "create: two creates with one key rent one machine, even with hidden marks",
      novita,
      faulty((gpu) => ({ create: ({ idempotencyKey: _, ...request }) => gpu.create(request as never) })),
      /rentals with one key/,
    ],
    [
      "returns a machine that is not ready",
      "wait: continues while a new machine is missing from stale, slow lists",
      fal,
      faulty((gpu) => ({ waitUntilReady: (instance) => gpu.get(instance) })),
      /not_found|the ready machine/,
    ],
    [
      "gives up before the timeout of a wait",
      "wait: returns a machine that becomes ready just before the timeout",
      shadeform,
      faulty((gpu) => ({
        waitUntilReady: (instance, options) => gpu.waitUntilReady(instance, { ...options, timeoutMs: 90_000 }),
      })),
      /wait_timeout/,
    ],
    [
      "launches another machine than requested",
      "launch: a machine with another GPU or GPU count is a mismatch",
      shadeform,
      faulty((gpu) => ({
        launch: (async () => {
          const instance = await gpu.create({
            offer: "shadeform:massedcompute/L40S/desmoines-usa-1/on_demand",
            name: "another",
            sshPublicKey,
          });
          return { instance, unverified: [], attempts: [], skipped: [], failures: [] };
        }) as never,
      })),
      /another gpu: a launch of/,
    ],
    [
      "ignores the limit",
      "create: an unreadable price does not bypass the limit",
      runcrate,
      faulty((gpu) => ({ create: ({ maxUsdPerHour: _, ...request }) => gpu.create(request as never) })),
      /created at .* USD per hour, and the limit is/,
    ],
  ])("when it %s", async (_, name, makeProvider, create, says) => {
    const found = cases(makeProvider, { createGpu: create }).find((one) => one.name === name);
    if (!found) throw new Error(`no case "${name}"`);
    await expect(found.run()).rejects.toThrow(says);
  });
});

describe("a custom stand-in", () => {
  /** Renames Shadeform to Acme in a value. The custom cloud below simulates Acme with Shadeform. */
  const rename = <T>(value: T): T =>
    value === undefined
      ? value
      : JSON.parse(
          JSON.stringify(value).replaceAll('"shadeform:', '"acme:').replaceAll('"provider":"shadeform"', '"provider":"acme"'),
        );
  const acme: MakeProvider = (options) => ({
    id: "acme",
    connect(defaults) {
      const provider = shadeform({ ...options, baseUrl: "https://api.shadeform.ai/v1" }).connect(defaults);
      return {
        ...provider,
        listOffers: async (context) => rename(await provider.listOffers(context)),
        get: async (id, context) => rename(await provider.get(id, context)),
        list: async (context) => rename(await provider.list(context)),
      };
    },
  });
  const cloud: MakeCloud = (settings) => {
    const simulator: Cloud = createSimulator({ vendors: { shadeform: settings }, clock: createVirtualClock({ quietMs: 0 }) });
    return {
      fetch: simulator.fetch,
      clock: simulator.clock,
      keys: { acme: simulator.keys["shadeform"] ?? "" },
      fault: (fault) => simulator.fault({ ...fault, vendor: "shadeform" }),
      ledger: simulator.ledger,
      requests: simulator.requests,
    };
  };
  const all = cases(acme, { cloud });
  const themes = /^(an instance|offers|list: reads|create: response_lost|delete: list_lag|get: reset_before)/;

  it.concurrent.each(all.filter(({ name }) => themes.test(name)))("$name", ({ run }) => run());

  it("has the cases of the vendor that it imitates", () => {
    const names = (list: readonly { name: string }[]) => list.map(({ name }) => name);
    expect(names(all)).toEqual(names(cases((options) => shadeform(options))));
  });

  it("must be a function that creates a new one for each case", () => {
    expect(() => cases(acme, { cloud: cloud({}) as never })).toThrow("cases: cloud must be a function");
  });
});

it("rejects a provider of a vendor that is not simulated", () => {
  expect(() => cases((options) => ({ ...fal(options), id: "nimbus" }))).toThrow('no vendor "nimbus"');
});
