import { typesSuite } from "@gpu/testing";
import { expectTypeOf } from "vitest";
import type { FalClient, InstanceStatus, KnownInstanceStatus } from "../src/index.js";

typesSuite({
  documentFile: new URL("../openapi.json", import.meta.url),
  projectFile: new URL("../tsconfig.json", import.meta.url),
  readmeFile: new URL("../README.md", import.meta.url),
  clientInterface: "FalClient",
});

/** Never run: `pnpm typecheck` compiles it, and each marked line must be an error. */
export async function createInstanceIsTyped(client: FalClient) {
  const ssh_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPZF0ivP ada@workstation";
  const instance = await client.createInstance({ body: { instance_type: "gpu_8x_h100_sxm5", sector: "sector_1", ssh_key } });
  expectTypeOf(instance.status).toEqualTypeOf<InstanceStatus>();
  expectTypeOf(instance.ip).toEqualTypeOf<string | undefined>();
  // The vendor adds types without notice.
  await client.createInstance({ body: { instance_type: "gpu_1x_b200", ssh_key }, idempotencyKey: "train-42" });
  // @ts-expect-error: the SSH key is required
  await client.createInstance({ body: { instance_type: "gpu_1x_h100_sxm5" } });
  // @ts-expect-error: an instance has no name
  await client.createInstance({ body: { instance_type: "gpu_1x_h100_sxm5", ssh_key, name: "train-42" } });
  // @ts-expect-error: one SSH key, not a list
  await client.createInstance({ body: { instance_type: "gpu_1x_h100_sxm5", ssh_key: [ssh_key] } });

  // Covers all known values, so a new one is a compile error here, not a failure at run time.
  const ready = { init: 0, pending: 0, provisioning: 0, ready: 1, stopped: 0, unknown: 0 } satisfies Record<
    KnownInstanceStatus,
    number
  >;
  expectTypeOf(ready).not.toBeAny();

  const result = await client.http.GET("/compute/instances/{id}", { params: { path: { id: instance.id } } });
  if (result.status === 200) expectTypeOf(result.data.id).toEqualTypeOf<string>();
  else if (result.status === 404) expectTypeOf(result.data).toEqualTypeOf<undefined>();
  // @ts-expect-error: without a check of the status, the result may be a failure
  expectTypeOf(result.data.id).toEqualTypeOf<string>();
}
