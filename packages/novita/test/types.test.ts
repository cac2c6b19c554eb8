import { typesSuite } from "@gpu/testing";
import { expectTypeOf } from "vitest";
import type {
  BillingMode,
  CancelJobResponse,
  DeleteTemplateResponse,
  InstanceStateChange,
  InstanceStatus,
  NovitaClient,
} from "../src/index.js";

typesSuite({
  documentFile: new URL("../openapi.json", import.meta.url),
  projectFile: new URL("../tsconfig.json", import.meta.url),
  readmeFile: new URL("../README.md", import.meta.url),
  clientInterface: "NovitaClient",
});

/** Never run: `pnpm typecheck` compiles it, and each marked line must be an error. */
export async function createInstanceIsTyped(client: NovitaClient) {
  const body = {
    name: "train-42",
    productId: "4090.16c62g",
    gpuNum: 1,
    rootfsSize: 60,
    imageUrl: "ubuntu:24.04",
    kind: "gpu",
  } as const;
  const { id } = await client.createInstance({ body });
  expectTypeOf(id).toEqualTypeOf<string>();
  // The vendor adds clusters and billing modes without notice.
  await client.createInstance({ body: { ...body, clusterId: "us-tx-9", billingMode: "weekly" } });
  expectTypeOf<"weekly">().toExtend<BillingMode>();
  const { imageUrl, ...withoutImage } = body;
  expectTypeOf(imageUrl).toExtend<string>();
  // @ts-expect-error: the image is required
  await client.createInstance({ body: withoutImage });
  // @ts-expect-error: SSH keys are not supported
  await client.createInstance({ body: { ...body, sshKeyId: "k" } });
  // @ts-expect-error: `kind` is a closed enum
  await client.createInstance({ body: { ...body, kind: "tpu" } });
  // @ts-expect-error: ports are one string
  await client.createInstance({ body: { ...body, ports: [8000] } });

  const result = await client.http.GET("/gpu-instance/openapi/v1/gpu/instance", { params: { query: { instanceId: id } } });
  if (result.status === 200) expectTypeOf(result.data.status).toEqualTypeOf<InstanceStatus>();
  else if (result.status === 401) expectTypeOf(result.data).toEqualTypeOf<undefined>();
  // @ts-expect-error: without a check of the status, the result may be a failure
  expectTypeOf(result.data.status).toEqualTypeOf<InstanceStatus>();
}

/** Never run, as above: if a response may be empty, its data may be undefined. */
export async function emptyResponsesAreTyped(client: NovitaClient) {
  const body = { instanceId: "9f2c71b04ad85e36" };
  expectTypeOf(await client.startInstance({ body })).toEqualTypeOf<InstanceStateChange | undefined>();
  expectTypeOf(await client.stopInstance({ body })).toEqualTypeOf<InstanceStateChange | undefined>();
  expectTypeOf(await client.deleteTemplate({ body: { templateId: "107672" } })).toEqualTypeOf<
    DeleteTemplateResponse | undefined
  >();
  expectTypeOf(await client.cancelJob({ body: { jobId: "10wi9visv0rqt57w" } })).toEqualTypeOf<CancelJobResponse | undefined>();

  const started = await client.http.POST("/gpu-instance/openapi/v1/gpu/instance/start", { body });
  if (started.status === 200) {
    expectTypeOf(started.data).toEqualTypeOf<InstanceStateChange | undefined>();
    // @ts-expect-error: the response may have no content
    expectTypeOf(started.data.instanceId).toBeString();
  }
}
