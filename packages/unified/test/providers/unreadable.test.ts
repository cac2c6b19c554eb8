import { createVirtualClock } from "@gpu/simulator";
import { describe, expect, it } from "vitest";
import {
  createGpu,
  fal,
  GpuError,
  lambda,
  novita,
  type Provider,
  runcrate,
  runpod,
  shadeform,
  thunderCompute,
  vast,
} from "../../src/index.js";
import { sshPublicKey } from "../fake-provider.js";

const providers: readonly (() => Provider)[] = [thunderCompute, shadeform, fal, novita, runcrate, lambda, runpod, vast];

/** Bodies that no vendor documents for a read. */
const bodies = ["null", "[]", "5", '"x"', "true", "{}", '{"data":null}', '{"data":[null]}', '{"instances":[null]}', '{"a":null}'];

function gpuAnswering(makeProvider: () => Provider, body: string) {
  const provider = makeProvider();
  const fetch = async () => new Response(body, { headers: { "content-type": "application/json" } });
  const defaults = { apiKey: "test-key", clock: createVirtualClock(), maxRetries: 0, fetch };
  return { id: provider.id, gpu: createGpu({ providers: [provider], defaults }) };
}

describe.each(providers.map((makeProvider) => ({ id: makeProvider().id, makeProvider })))("$id", ({ makeProvider }) => {
  it.each(bodies)("throws a GpuError for every read with the response %s", async (body) => {
    const { id, gpu } = gpuAnswering(makeProvider, body);
    const ref = `${id}:i1` as const;
    const errorOfCall = (call: Promise<unknown>) =>
      call.then(
        () => undefined,
        (error: unknown) => error,
      );
    for (const call of [gpu.get(ref), gpu.access(ref)]) {
      const error = await errorOfCall(call);
      expect(error).toBeInstanceOf(GpuError);
      // For some vendors `{}` reads as an instance without an address, or as no instance. All other bodies are unreadable.
      expect(error).toMatchObject({ code: expect.stringMatching(/^(?:vendor_contract|conflict|not_found)$/) });
      expect((error as GpuError).message).not.toMatch(/could not be understood|Cannot read|undefined/);
    }
    for (const { failures } of [await gpu.list(), await gpu.offers()]) {
      for (const { error } of failures) {
        expect(error.code).toBe("vendor_contract");
        expect(error.message).not.toMatch(/could not be understood|Cannot read|undefined/);
      }
    }
  });

  it.each(["null", "[]", "5"])("does not treat a list with the response %s as empty", async (body) => {
    const { id, gpu } = gpuAnswering(makeProvider, body);
    expect((await gpu.list()).failures).toMatchObject([{ provider: id, error: { code: "vendor_contract" } }]);
    if (id !== "fal") expect((await gpu.offers()).failures).toMatchObject([{ error: { code: "vendor_contract" } }]);
  });

  it.each(["null", "[]", "5"])("rents nothing when everything before the create has the response %s", async (body) => {
    const { id, gpu } = gpuAnswering(makeProvider, body);
    const request = { gpu: "H100", maxUsdPerHour: 9, sshPublicKey } as const;
    const error = await gpu.launch(request).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    // fal's offers are not read from the vendor and have no price, so no offer matches.
    expect(error).toMatchObject({ code: id === "fal" ? "no_offer" : "vendor_contract", sideEffect: "none" });
  });
});
