import { expect, it } from "vitest";
import { vendorNames } from "../vendor-names.ts";

it.each<[id: string, title: string, pascal: string, factory: string, camel: string]>([
  ["runpod", "RunPod API", "RunPod", "createRunPodClient", "runpod"],
  ["thunder-compute", "Thunder Compute API", "ThunderCompute", "createThunderComputeClient", "thunderCompute"],
  ["fal", "fal Compute", "Fal", "createFalClient", "fal"],
  ["fal", "fal", "Fal", "createFalClient", "fal"],
  ["vast", "Vast.ai API", "Vast", "createVastClient", "vast"],
])("names of %s with the title %s", (id, title, pascal, factory, camel) => {
  const names = vendorNames({ info: { title }, "x-gpu-client": { vendor: id } });
  expect(names).toMatchObject({ pascal, factory, camel, client: `${pascal}Client` });
});
