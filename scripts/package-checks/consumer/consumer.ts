// A user's program, for compilers of several versions and settings. It is compiled with declarations, and never run.
import { createFalClient, GpuError as FalError } from "@gpu/fal";
import { createNovitaClient } from "@gpu/novita";
import { createRuncrateClient } from "@gpu/runcrate";
import { type components, createShadeformClient, type GpuType, type paths, type ShadeformClient } from "@gpu/shadeform";
import { createSimulator } from "@gpu/simulator";
import { createThunderComputeClient } from "@gpu/thunder-compute";
import {
  createGpu,
  fal,
  type Gpu,
  GpuError,
  type Instance,
  novita,
  type Offer,
  runcrate,
  shadeform,
  thunderCompute,
  UnifiedGpuError,
} from "@gpu/unified";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function assertType<_ extends true>(): void {}

const simulator = createSimulator({ vendors: ["shadeform", "fal"], seed: 7 });
const options = { apiKey: async () => "key", fetch: simulator.fetch, clock: simulator.clock, timeoutMs: 1_000 };

// Exported without annotations: their types must be nameable from outside.
export const client = createShadeformClient(options);
export const gpu = createGpu({
  providers: [
    thunderCompute(),
    shadeform(options),
    fal({ usdPerHour: { gpu_1x_h100_sxm5: 2 } }),
    novita(),
    runcrate({ client: createRuncrateClient() }),
  ],
  owner: "ci",
  defaults: options,
});
export const two = createGpu({ providers: [shadeform({ client }), fal()] });
export const listInstances = async () => (await client.listInstances({ signal: new AbortController().signal })).instances;

export async function vendors(): Promise<void> {
  const { id } = await client.createInstance({
    body: { cloud: "hyperstack", region: "canada-1", shade_instance_type: "A6000", shade_cloud: true, name: "train-42" },
    timeoutMs: 5_000,
  });
  assertType<Equal<typeof id, string>>();
  // An open enum accepts values that the vendor may add, and still completes the known ones.
  const gpuType: GpuType = "X9000";
  const instance: components["schemas"]["Instance"] | undefined = (await client.listInstances()).instances[0];
  const path: keyof paths = "/instances/{id}/info";
  const result = await client.http.GET(path, { params: { path: { id: instance?.id ?? gpuType } } });
  if (result.status === 200) assertType<Equal<typeof result.data, Awaited<ReturnType<ShadeformClient["getInstance"]>>>>();

  await createFalClient().createInstance({
    body: { instance_type: "gpu_1x_h100_sxm5", ssh_key: "ssh-ed25519 A" },
    idempotencyKey: "k",
  });
  for await (const page of createNovitaClient().listInstances.pages({ query: { pageSize: undefined } })) void page;
  const thunder = await createThunderComputeClient().listInstances();
  for (const [index, { uuid }] of Object.entries(thunder)) void [index, uuid];

  // @ts-expect-error: no such operation
  await client.createMachine();
  // @ts-expect-error: a create needs a body
  await client.createInstance();
  // @ts-expect-error: a path parameter is missing
  await client.getInstance({});
  // @ts-expect-error: no such field
  await client.deleteInstance({ path: { id }, force: true });
}

export async function clouds(): Promise<Instance> {
  const { offers, failures } = await gpu.offers({ gpu: "H100", providers: ["fal", "novita"], maxUsdPerHour: 4 });
  for (const { provider, error } of failures) console.log(provider, error.code, error.retryAfterMs ?? 0);
  const [first] = offers;
  if (first) assertType<Equal<typeof first.usdPerHour, number | null>>();

  const one = await gpu.create({ offer: "fal:gpu_1x_h100_sxm5", sshPublicKey: "ssh-ed25519 A" });
  assertType<Equal<typeof one.provider, "fal">>();
  const other = await gpu.create({ offer: "novita:P/C/1", image: "pytorch/pytorch:latest" });
  await gpu.stop(other);
  await gpu.restart("shadeform:ID");
  const vendorClient: ShadeformClient = gpu.providers.shadeform.client;
  void vendorClient;
  await nameOnly(gpu);
  await nameOnly(two);

  // @ts-expect-error: fal needs an SSH key
  await gpu.create({ offer: "fal:gpu_1x_h100_sxm5" });
  // @ts-expect-error: Novita does not support SSH keys
  await gpu.create({ offer: "novita:P/C/1", image: "pytorch/pytorch:latest", sshPublicKey: "ssh-ed25519 A" });
  // @ts-expect-error: fal cannot stop
  await gpu.stop(one);
  // @ts-expect-error: not one of its providers
  await two.offers({ providers: ["novita"] });
  // @ts-expect-error: a launch has a limit
  await gpu.launch({ gpu: "H100" });
  return one;
}

/** Helpers can use `Gpu` without type parameters. */
async function nameOnly(any: Gpu): Promise<Offer[]> {
  return (await any.offers()).offers;
}

export function explain(error: unknown): string {
  if (UnifiedGpuError.isInstance(error) && error.handle) return error.handle.idempotencyKey;
  if (!GpuError.isInstance(error) || !FalError.isInstance(error)) return "not ours";
  switch (error.code) {
    case "no_capacity":
      return error.vendorMessage ?? error.message;
    default:
      return `${error.code}: ${error.sideEffect satisfies "none" | "possible" | "committed"}`;
  }
}

/** Without `esnext.disposable` a lease has no method for `await using`, and its declarations compile all the same. */
export async function leases() {
  const lease = await gpu.lease({ gpu: "H100", maxUsdPerHour: 4, ttlMs: 3_600_000 });
  assertType<Equal<typeof lease.state, "held" | "deleted" | "detached">>();
  lease.detach();
  const { kept } = await gpu.sweep({ soleDeleter: ["thunder-compute"] });
  for (const { instance, reason } of kept) if (reason === "not_expired") await gpu.extend(instance, { ttlMs: 3_600_000 });
  // @ts-expect-error: no such provider
  await gpu.sweep({ soleDeleter: ["other"] });
  return lease;
}
