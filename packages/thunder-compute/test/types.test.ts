import { typesSuite } from "@gpu/testing";
import { expectTypeOf } from "vitest";
import type { CreateInstanceRequest, ThunderComputeClient } from "../src/index.js";

typesSuite({
  documentFile: new URL("../openapi.json", import.meta.url),
  projectFile: new URL("../tsconfig.json", import.meta.url),
  readmeFile: new URL("../README.md", import.meta.url),
  clientInterface: "ThunderComputeClient",
});

/** Never run: `pnpm typecheck` compiles it, and each marked line must be an error. */
export async function createInstanceIsTyped(client: ThunderComputeClient) {
  const body: CreateInstanceRequest = { gpu_type: "a100xl", num_gpus: 1, cpu_cores: 8, disk_size_gb: 100, template: "base" };
  const { uuid } = await client.createInstance({ body });
  expectTypeOf(uuid).toEqualTypeOf<string>();
  // The vendor adds GPUs without notice.
  await client.createInstance({ body: { ...body, gpu_type: "b200" } });
  await client.createInstance({ body: { ...body, mode: "production" } });
  const { template, ...withoutTemplate } = body;
  expectTypeOf(template).toEqualTypeOf<string>();
  // @ts-expect-error: the template is required
  await client.createInstance({ body: withoutTemplate });
  // @ts-expect-error: an instance has no name
  await client.createInstance({ body: { ...body, name: "train-42" } });
  // @ts-expect-error: `mode` is a closed enum
  await client.createInstance({ body: { ...body, mode: "testing" } });
  // @ts-expect-error: counts are numbers in requests and strings in responses
  await client.createInstance({ body: { ...body, cpu_cores: "8" } });

  const result = await client.http.GET("/instances/list");
  if (result.status === 200) expectTypeOf(result.data["0"]?.uuid).toEqualTypeOf<string | undefined>();
  else if (result.status === 401) expectTypeOf(result.data).toEqualTypeOf<undefined>();
  // @ts-expect-error: without a check of the status, the result may be a failure
  expectTypeOf(result.data["0"]).not.toBeAny();
}
