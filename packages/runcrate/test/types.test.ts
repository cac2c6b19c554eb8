import { typesSuite } from "@gpu/testing";
import { expectTypeOf } from "vitest";
import type { InstanceStatus, RuncrateClient } from "../src/index.js";

typesSuite({
  documentFile: new URL("../openapi.json", import.meta.url),
  projectFile: new URL("../tsconfig.json", import.meta.url),
  readmeFile: new URL("../README.md", import.meta.url),
  clientInterface: "RuncrateClient",
});

/** Never run: `pnpm typecheck` compiles it, and each marked line must be an error. */
export async function createInstanceIsTyped(client: RuncrateClient) {
  const { data: instance } = await client.createInstance({ body: { name: "train-42", gpu_type: "h100-sxm", gpu_count: 1 } });
  expectTypeOf(instance.status).toEqualTypeOf<InstanceStatus | undefined>();
  // The vendor adds GPUs and regions without notice.
  await client.createInstance({ body: { name: "train-42", gpu_type: "b200", region: "mars-1" } });
  // @ts-expect-error: the name is required
  await client.createInstance({ body: { gpu_type: "h100-sxm" } });
  // @ts-expect-error: a request has no map of environment variables
  await client.createInstance({ body: { name: "train-42", env_vars: { HF_HOME: "/workspace/hf" } } });
  // @ts-expect-error: requests and responses spell this field differently
  await client.createInstance({ body: { name: "train-42", gpuType: "h100-sxm" } });
  // @ts-expect-error: a count is a number
  await client.createInstance({ body: { name: "train-42", gpu_type: "h100-sxm", gpu_count: "1" } });

  const result = await client.http.GET("/instances/{id}", { params: { path: { id: instance.id } } });
  if (result.status === 200) expectTypeOf(result.data.data.status).toEqualTypeOf<InstanceStatus | undefined>();
  else if (result.status === 404) expectTypeOf(result.data).toEqualTypeOf<undefined>();
  // @ts-expect-error: without a check of the status, the result may be a failure
  expectTypeOf(result.data.data.status).toEqualTypeOf<InstanceStatus | undefined>();
}
