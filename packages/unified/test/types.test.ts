import type { FalClient } from "@gpu/fal";
import type { NovitaClient } from "@gpu/novita";
import type { RuncrateClient } from "@gpu/runcrate";
import type { ShadeformClient } from "@gpu/shadeform";
import type { ThunderComputeClient } from "@gpu/thunder-compute";
import { describe, expect, expectTypeOf, it } from "vitest";
import {
  type CreateHandle,
  type CreateRequest,
  createGpu,
  type DeleteOutcome,
  fal,
  type Gpu,
  GpuError,
  type Instance,
  type InstanceOf,
  type InstanceRef,
  novita,
  type Offer,
  type OfferOf,
  type Provider,
  type ReconcileOutcome,
  runcrate,
  shadeform,
  thunderCompute,
  UnifiedGpuError,
} from "../src/index.js";
import { type FakeTypes, fakeCloud, sshPublicKey } from "./fake-provider.js";

const sent: string[] = [];
const gpu = createGpu({
  providers: [thunderCompute(), shadeform(), fal(), novita(), runcrate()],
  defaults: {
    apiKey: "test-key",
    maxRetries: 0,
    fetch: async (url) => {
      sent.push(url);
      throw new Error("unexpected request");
    },
  },
});
type FiveGpu = typeof gpu;
type FiveIds = "thunder-compute" | "shadeform" | "fal" | "novita" | "runcrate";

const script = "echo ready";
const env = { MODE: "test" };

// Every line that the compiler rejects also runs: an untyped caller gets an error before anything is sent.
const thunder = "thunder-compute:h100_x1";
const shade = "shadeform:hyperstack/H100_sxm5/canada-1/on_demand";
const falOffer = "fal:gpu_1x_h100_sxm5";
const novitaOffer = "novita:4090.16c62g/any/1";
const crate = "runcrate:stoic-tharp-h100x2-4d7a";

describe("an offer of a known vendor requires what the vendor needs, and rejects what it does not support", () => {
  it.each<[what: string, create: () => Promise<unknown>]>([
    // @ts-expect-error: Thunder needs a key
    ["thunder-compute without a key", () => gpu.create({ offer: thunder })],
    // @ts-expect-error: Thunder runs no script
    ["thunder-compute with a script", () => gpu.create({ offer: thunder, sshPublicKey, startupScript: script })],
    // @ts-expect-error: Thunder sets no environment
    ["thunder-compute with an environment", () => gpu.create({ offer: thunder, sshPublicKey, env })],
    // @ts-expect-error: Shadeform needs a name
    ["shadeform without a name", () => gpu.create({ offer: shade, sshPublicKey })],
    // @ts-expect-error: Shadeform has no disk to choose
    ["shadeform with a disk", () => gpu.create({ offer: shade, name: "a", diskGb: 100 })],
    // @ts-expect-error: fal needs a key
    ["fal without a key", () => gpu.create({ offer: falOffer })],
    // @ts-expect-error: fal has no images
    ["fal with an image", () => gpu.create({ offer: falOffer, sshPublicKey, image: "ubuntu" })],
    // @ts-expect-error: fal runs no script
    ["fal with a script", () => gpu.create({ offer: falOffer, sshPublicKey, startupScript: script })],
    // @ts-expect-error: fal sets no environment
    ["fal with an environment", () => gpu.create({ offer: falOffer, sshPublicKey, env })],
    // @ts-expect-error: fal has no disk to choose
    ["fal with a disk", () => gpu.create({ offer: falOffer, sshPublicKey, diskGb: 100 })],
    // @ts-expect-error: Novita needs an image
    ["novita without an image", () => gpu.create({ offer: novitaOffer })],
    // @ts-expect-error: Novita takes no key
    ["novita with a key", () => gpu.create({ offer: novitaOffer, image: "ubuntu", sshPublicKey })],
    // @ts-expect-error: Novita runs no script
    ["novita with a script", () => gpu.create({ offer: novitaOffer, image: "ubuntu", startupScript: script })],
    // @ts-expect-error: Runcrate needs a name
    ["runcrate without a name", () => gpu.create({ offer: crate, sshPublicKey })],
    // @ts-expect-error: Runcrate needs a key
    ["runcrate without a key", () => gpu.create({ offer: crate, name: "a" })],
  ])("%s", async (_, create) => {
    const error = await create().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(UnifiedGpuError);
    expect(error).toMatchObject({ code: "unsupported", sideEffect: "none" });
    expect(sent).toEqual([]);
  });
});

describe("stop, start and restart", () => {
  it.each<[what: string, act: () => Promise<unknown>]>([
    // @ts-expect-error: Thunder cannot stop
    ["thunder-compute cannot stop", () => gpu.stop("thunder-compute:x")],
    // @ts-expect-error: Shadeform cannot stop
    ["shadeform cannot stop", () => gpu.stop("shadeform:x")],
    // @ts-expect-error: Shadeform cannot start
    ["shadeform cannot start", () => gpu.start("shadeform:x")],
    // @ts-expect-error: fal cannot stop
    ["fal cannot stop", () => gpu.stop("fal:x")],
    // @ts-expect-error: fal cannot restart
    ["fal cannot restart", () => gpu.restart("fal:x")],
    // @ts-expect-error: Runcrate cannot stop
    ["runcrate cannot stop", () => gpu.stop("runcrate:x")],
    // @ts-expect-error: Runcrate cannot restart
    ["runcrate cannot restart", () => gpu.restart("runcrate:x")],
    // @ts-expect-error: Thunder cannot restart
    ["thunder-compute cannot restart", () => gpu.restart("thunder-compute:x")],
  ])("%s", async (_, act) => {
    await expect(act()).rejects.toMatchObject({ code: "unsupported", sideEffect: "none" });
    expect(sent).toEqual([]);
  });
});

it("a Gpu of any providers is a Gpu without parameters", () => {
  const { provider } = fakeCloud({ id: "fake" });
  const all: Gpu[] = [gpu, createGpu({ providers: [fal()] }), createGpu({ providers: [shadeform(), provider] })];
  expect(all).toHaveLength(3);
  expect(all[0]?.providers["shadeform"]?.id).toBe("shadeform");
});

/** Compiled by `pnpm typecheck`, never run: `@ts-expect-error` fails where the compiler reports no error. */
export async function createIsTyped() {
  expectTypeOf(await gpu.create({ offer: thunder, sshPublicKey, image: "base", diskGb: 200 })).toEqualTypeOf<
    Instance<"thunder-compute">
  >();
  expectTypeOf(await gpu.create({ offer: shade, name: "a", image: "ubuntu22.04", startupScript: script, env })).toEqualTypeOf<
    Instance<"shadeform">
  >();
  expectTypeOf(await gpu.create({ offer: falOffer, sshPublicKey })).toEqualTypeOf<Instance<"fal">>();
  expectTypeOf(await gpu.create({ offer: novitaOffer, image: "ubuntu", env, diskGb: 100 })).toEqualTypeOf<Instance<"novita">>();
  expectTypeOf(await gpu.create({ offer: crate, name: "a", sshPublicKey, diskGb: 100 })).toEqualTypeOf<Instance<"runcrate">>();
  await gpu.create({
    offer: falOffer,
    sshPublicKey,
    maxUsdPerHour: 3,
    idempotencyKey: gpu.newIdempotencyKey(),
    onIntent: async (handle) => expectTypeOf(handle).toEqualTypeOf<CreateHandle>(),
    signal: AbortSignal.timeout(1_000),
  });
  // An offer object has its provider in its type, like an id.
  const one = {} as Offer<"fal">;
  await gpu.create({ offer: one, sshPublicKey });
  // @ts-expect-error: fal needs a key
  await gpu.create({ offer: one });
  // For an offer of any of several providers, all fields are allowed and checked at run time.
  const { offers } = await gpu.offers({ gpu: "H100" });
  expectTypeOf(offers).toEqualTypeOf<OfferOf<FiveIds>[]>();
  const [cheapest] = offers;
  if (cheapest) {
    expectTypeOf(await gpu.create({ offer: cheapest, name: "a", sshPublicKey })).toEqualTypeOf<InstanceOf<FiveIds>>();
    // Narrowing by `provider` gives the fields of that provider.
    if (cheapest.provider === "novita") await gpu.stop(await gpu.create({ offer: cheapest, image: "ubuntu" }));
    // @ts-expect-error: Novita takes no key
    if (cheapest.provider === "novita") await gpu.create({ offer: cheapest, image: "ubuntu", sshPublicKey });
  }
  // @ts-expect-error: no such provider
  await gpu.create({ offer: "lambda:gpu_1x_h100" });
  // @ts-expect-error: no such field
  await gpu.create({ offer: falOffer, sshPublicKey, sshKey: "x" });
}

/** Compiled, never run. */
export async function providerOptionsAreTyped() {
  await gpu.create({
    offer: shade,
    name: "a",
    providerOptions: {
      shadeform: { tags: ["team"], auto_delete: { date_threshold: "2026-12-01T00:00:00Z" } },
      novita: { ports: "80/http" },
    },
  });
  await gpu.create({ offer: falOffer, sshPublicKey, providerOptions: { fal: { sector: "sector_1" } } });
  await gpu.create({ offer: thunder, sshPublicKey, providerOptions: { "thunder-compute": { cpu_cores: 8 } } });
  await gpu.launch({
    gpu: "H100",
    maxUsdPerHour: 4,
    sshPublicKey,
    providerOptions: { runcrate: { startup_commands: [script] } },
  });
  // @ts-expect-error: not a field of that vendor's request
  await gpu.create({ offer: shade, name: "a", providerOptions: { shadeform: { sector: "sector_1" } } });
  // @ts-expect-error: `sector` is a string
  await gpu.create({ offer: falOffer, sshPublicKey, providerOptions: { fal: { sector: 9 } } });
  // @ts-expect-error: the offer decides the cloud
  await gpu.create({ offer: shade, name: "a", providerOptions: { shadeform: { cloud: "lambdalabs" } } });
  // @ts-expect-error: not a configured provider
  await gpu.create({ offer: shade, name: "a", providerOptions: { lambda: {} } });
}

/** Compiled, never run. */
export async function instancesAreTyped() {
  const mine = await gpu.get("novita:x");
  expectTypeOf(mine).toEqualTypeOf<Instance<"novita">>();
  await gpu.stop(mine);
  await gpu.start(mine);
  await gpu.restart("novita:x");
  await gpu.restart(await gpu.create({ offer: shade, name: "a" }));
  const { instances } = await gpu.list({ owner: "ci" });
  expectTypeOf(instances).toEqualTypeOf<InstanceOf<FiveIds>[]>();
  for (const instance of instances) {
    expectTypeOf(await gpu.delete(instance, { waitMs: 1_000 })).toEqualTypeOf<DeleteOutcome>();
    // @ts-expect-error: not every vendor can stop
    await gpu.stop(instance);
    if (instance.provider === "novita" || instance.provider === "shadeform") await gpu.restart(instance);
    if (instance.provider === "novita") await gpu.stop(instance);
    // @ts-expect-error: Shadeform cannot stop
    if (instance.provider === "shadeform") await gpu.stop(instance);
  }
  // @ts-expect-error: a ref starts with its provider
  await gpu.delete("inst_123");
  // @ts-expect-error: not a configured provider
  await gpu.list({ providers: ["lambda"] });
  // @ts-expect-error: a limit is required
  await gpu.launch({ gpu: "H100" });
  const access = await gpu.access(mine);
  if (access.auth.kind === "password") expectTypeOf(access.auth.password).toEqualTypeOf<string>();
  // @ts-expect-error: key authentication has no password
  access.auth.password satisfies string;
}

/** Compiled, never run: with `providers`, the results have these providers only. */
export async function chosenProvidersAreTyped(chosen: FiveIds[]) {
  const request = { gpu: "H100", maxUsdPerHour: 4, image: "ubuntu" };
  const launched = await gpu.launch({ ...request, providers: ["novita"] });
  expectTypeOf(launched.instance).toEqualTypeOf<Instance<"novita">>();
  await gpu.stop(launched.instance);
  const { offers, skipped, failures } = await gpu.offers({ providers: ["novita"] });
  expectTypeOf(offers).toEqualTypeOf<Offer<"novita">[]>();
  for (const { offer } of [...skipped, ...launched.attempts, ...launched.skipped]) {
    await gpu.stop(await gpu.create({ offer, image: "ubuntu" }));
  }
  expectTypeOf(failures.map(({ provider }) => provider)).toEqualTypeOf<"novita"[]>();
  const { instances, unattributed } = await gpu.list({ owner: "ci", providers: ["novita"] });
  for (const instance of [...instances, ...unattributed]) await gpu.stop(instance);
  const { balances } = await gpu.balances({ providers: ["novita"] });
  expectTypeOf(balances.map(({ provider }) => provider)).toEqualTypeOf<"novita"[]>();
  const two = await gpu.list({ providers: ["fal", "novita"] });
  expectTypeOf(two.instances).toEqualTypeOf<(Instance<"fal"> | Instance<"novita">)[]>();
  expectTypeOf((await gpu.list({ providers: chosen })).instances).toEqualTypeOf<InstanceOf<FiveIds>[]>();
  expectTypeOf((await gpu.launch(request)).instance).toEqualTypeOf<InstanceOf<FiveIds>>();
  const read = await gpu.get(gpu.parseRef("novita:x"));
  if (read.provider === "novita") await gpu.stop(read);
  // @ts-expect-error: not a configured provider
  await gpu.offers({ providers: ["lambda"] });
  // @ts-expect-error: not a configured provider
  await gpu.launch({ ...request, providers: ["lambda"] });
}

/** Compiled, never run: a ref that was stored as a string. */
export async function refsAreTyped(text: string) {
  // @ts-expect-error: a plain string is not a ref
  await gpu.delete(text);
  const ref: InstanceRef<FiveIds> = gpu.parseRef(text);
  await gpu.delete(ref);
  expectTypeOf(gpu.parseRef(text)).toEqualTypeOf<InstanceRef<FiveIds>>();
}

/** Compiled, never run. */
export async function outcomesAreTyped(handle: CreateHandle, outcome: ReconcileOutcome, error: unknown) {
  const reconciled = await gpu.reconcile(handle);
  expectTypeOf(reconciled).toEqualTypeOf<ReconcileOutcome<InstanceOf<FiveIds>>>();
  if (reconciled.outcome === "created") await gpu.delete(reconciled.instance);
  else for (const candidate of reconciled.candidates) await gpu.get(candidate);
  if (outcome.outcome === "created") expectTypeOf(outcome.instance).toEqualTypeOf<Instance>();
  else expectTypeOf(outcome.candidates).toEqualTypeOf<readonly Instance[]>();
  // @ts-expect-error: only the outcome `created` has an instance
  outcome.instance satisfies Instance;
  if (UnifiedGpuError.isInstance(error)) {
    expectTypeOf(error.attempts).toEqualTypeOf<number>();
    expectTypeOf(error.handle).toEqualTypeOf<CreateHandle | undefined>();
    error.launch?.attempts.map(({ offer, outcome: result }) => [offer.id, result]);
  }
  if (GpuError.isInstance(error) && error.code === "a_code_of_a_later_version") return;
}

/** Compiled, never run. */
export function clientsAreTyped() {
  expectTypeOf(gpu.providers.shadeform.client).toEqualTypeOf<ShadeformClient>();
  expectTypeOf(gpu.providers["thunder-compute"].client).toEqualTypeOf<ThunderComputeClient>();
  expectTypeOf(gpu.providers.fal.client).toEqualTypeOf<FalClient>();
  expectTypeOf(gpu.providers.novita.client).toEqualTypeOf<NovitaClient>();
  expectTypeOf(gpu.providers.runcrate.client).toEqualTypeOf<RuncrateClient>();
  // @ts-expect-error: not configured
  createGpu({ providers: [fal()] }).providers.shadeform;
  // @ts-expect-error: either options or a client
  shadeform({ client: gpu.providers.fal.client });
}

/** Compiled, never run: a helper can accept any `Gpu`, and use what all providers support. */
export async function aHelperTakesAnyGpu(any: Gpu, five: FiveGpu) {
  const { offers } = await any.offers({ gpu: "H100" });
  const [offer] = offers;
  if (offer)
    await any.create({ offer, name: "a", sshPublicKey, image: "ubuntu", providerOptions: { shadeform: { tags: ["a"] } } });
  await any.delete("novita:x");
  await any.stop("novita:x");
  const { instance } = await any.launch({ gpu: "H100", maxUsdPerHour: 4 });
  expectTypeOf(instance).toEqualTypeOf<Instance>();
  await aHelperTakesAnyGpu(five, five);
  const request = {} as CreateRequest;
  await any.create(request);
}

interface MyTypes extends Pick<FakeTypes, "client" | "createOptions"> {
  needs: "name";
  lacks: "env";
  actions: "stop";
}

/** Compiled, never run: a custom provider has the same type checks as those of this package. */
export async function aCustomProviderIsTyped(mine: Provider<"mine", MyTypes>) {
  const own = createGpu({ providers: [mine, fal()] });
  await own.create({ offer: "mine:x", name: "a", providerOptions: { mine: { zone: "z" } } });
  // @ts-expect-error: it needs a name
  await own.create({ offer: "mine:x" });
  // @ts-expect-error: it does not support `env`
  await own.create({ offer: "mine:x", name: "a", env });
  // @ts-expect-error: `zone` is a string
  await own.create({ offer: "mine:x", name: "a", providerOptions: { mine: { zone: 1 } } });
  await own.stop("mine:x");
  // @ts-expect-error: it cannot restart
  await own.restart("mine:x");
  expectTypeOf(own.providers.mine.client).toEqualTypeOf<{ name: string }>();
}
