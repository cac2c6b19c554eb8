import { typesSuite } from "@gpu/testing";
import { expectTypeOf } from "vitest";
import type { Cloud, CreateInstanceRequest, InstanceStatus, ShadeformClient } from "../src/index.js";

typesSuite({
  documentFile: new URL("../openapi.json", import.meta.url),
  projectFile: new URL("../tsconfig.json", import.meta.url),
  readmeFile: new URL("../README.md", import.meta.url),
  clientInterface: "ShadeformClient",
});

/** Never run: `pnpm typecheck` compiles it, and each marked line must be an error. */
export async function createInstanceIsTyped(client: ShadeformClient) {
  const body: CreateInstanceRequest = {
    cloud: "massedcompute",
    region: "kansascity-usa-1",
    shade_instance_type: "A6000",
    shade_cloud: true,
    name: "train-42",
  };
  const { id } = await client.createInstance({ body });
  expectTypeOf(id).toEqualTypeOf<string>();
  // The vendor adds clouds and types without notice.
  await client.createInstance({ body: { ...body, cloud: "newcloud", shade_instance_type: "B300" } });
  expectTypeOf<"newcloud">().toExtend<Cloud>();
  const { name, ...withoutName } = body;
  expectTypeOf(name).toExtend<string>();
  // @ts-expect-error: the name is required
  await client.createInstance({ body: withoutName });
  // @ts-expect-error: a create has no price
  await client.createInstance({ body: { ...body, hourly_price: 57 } });
  // @ts-expect-error: `launch_configuration.type` is a closed enum
  await client.createInstance({ body: { ...body, launch_configuration: { type: "terraform" } } });
  // @ts-expect-error: a boolean, not a string
  await client.createInstance({ body: { ...body, shade_cloud: "true" } });

  const result = await client.http.GET("/instances/{id}/info", { params: { path: { id } } });
  if (result.status === 200) expectTypeOf(result.data.status).toEqualTypeOf<InstanceStatus>();
  else if (result.status === 401) expectTypeOf(result.data).toEqualTypeOf<undefined>();
  // @ts-expect-error: without a check of the status, the result may be a failure
  expectTypeOf(result.data.status).toEqualTypeOf<InstanceStatus>();
}
