import { inspect } from "node:util";
import { createSimulator } from "@gpu/simulator";
import { describe, expect, it, vi } from "vitest";
import { createGpu, fal, GpuError, runcrate, shadeform, UnifiedGpuError } from "../src/index.js";
import { errorOf, fails, fakeCloud, gpuOn, sshPublicKey } from "./fake-provider.js";

const init = { message: "m", code: "no_capacity", vendor: "fake", sideEffect: "none" } as const;

describe("UnifiedGpuError.isInstance", () => {
  it("recognizes its own class, also from another copy of the package", async () => {
    vi.resetModules();
    const copy = await import("../src/errors.js");
    expect(copy.UnifiedGpuError).not.toBe(UnifiedGpuError);
    const theirs: unknown = new copy.UnifiedGpuError(init, { ref: "fake:i1" });
    expect(theirs).not.toBeInstanceOf(UnifiedGpuError);
    expect(UnifiedGpuError.isInstance(theirs) && theirs.ref).toBe("fake:i1");
    expect(copy.UnifiedGpuError.isInstance(new UnifiedGpuError(init))).toBe(true);
    expect(GpuError.isInstance(theirs)).toBe(true);
  });

  it.each([undefined, null, 5, "x", {}, new Error("x"), new GpuError(init), { ...init, handle: {}, ref: "fake:i1" }])(
    "is false for %o",
    (value) => expect(UnifiedGpuError.isInstance(value)).toBe(false),
  );

  it("lets a launch keep the ref of an error from another copy", async () => {
    vi.resetModules();
    const copy = await import("../src/errors.js");
    const theirs = new copy.UnifiedGpuError({ ...init, code: "invalid_request" }, { ref: "fake:i1" });
    const cloud = fakeCloud({ id: "fake" });
    cloud.next("create", () => Promise.reject(theirs));
    const { gpu } = gpuOn([cloud]);
    const error = await errorOf(gpu.launch({ gpu: "H100", maxUsdPerHour: 4, sshPublicKey }));
    expect(UnifiedGpuError.isInstance(error) && error.ref).toBe("fake:i1");
    expect(error.launch?.attempts).toHaveLength(1);
  });
});

it("the JSON of an error has the code and message of its cause", async () => {
  const cloud = fakeCloud({ id: "fake" });
  cloud.next("listOffers", fails("unauthenticated"));
  const { gpu } = gpuOn([cloud]);
  const error = await errorOf(gpu.launch({ gpu: "H100", maxUsdPerHour: 4 }));
  const { cause, launch } = JSON.parse(JSON.stringify(error));
  expect(cause).toMatchObject({ code: "unauthenticated", message: expect.any(String) });
  expect(launch.failures).toMatchObject([{ provider: "fake", error: { code: "unauthenticated" } }]);
});

describe("console.log", () => {
  const simulator = createSimulator();
  const { fetch, clock, keys } = simulator;
  const gpu = createGpu({
    providers: [shadeform({ apiKey: keys.shadeform }), runcrate({ apiKey: "wrong-key-1" }), fal({ apiKey: keys.fal })],
    defaults: { fetch, clock },
  });
  const isOpaque = /\[Object\]|\[Array\]|\[Function/;

  it("of a client or a Gpu prints vendor and base URL", () => {
    const { client } = gpu.providers.shadeform;
    expect(inspect(client)).toBe("shadeform client of https://api.shadeform.ai/v1");
    expect(inspect(gpu)).toBe("Gpu of shadeform, runcrate, fal");
  });

  it("of failures prints their codes and messages", async () => {
    const { failures } = await gpu.list();
    for (const shown of [inspect(failures), inspect({ failures })]) {
      expect(shown).toMatch(/provider: 'runcrate', *\n? *error: \[GpuError unauthenticated: runcrate listInstances/);
      expect(shown).not.toMatch(isOpaque);
    }
  });

  it("of a failed launch prints each attempt, skipped offer and failure with its reason", async () => {
    simulator.fault({ vendor: "shadeform", operation: "createInstance", kind: "no_capacity", times: Number.POSITIVE_INFINITY });
    const error = await errorOf(gpu.launch({ gpu: "H100", maxUsdPerHour: 4, name: "a", sshPublicKey }));
    const shown = inspect(error);
    const { attempts = [], skipped = [] } = UnifiedGpuError.isInstance(error) ? (error.launch ?? {}) : {};
    expect(attempts.length).toBeGreaterThan(0);
    for (const { offer } of attempts) expect(shown).toContain(`${offer.id} failed: no_capacity: shadeform createInstance`);
    expect(skipped.length).toBeGreaterThan(0);
    for (const { offer, reason } of skipped) expect(shown).toContain(`${offer.id}: ${reason}`);
    expect(shown).toContain("runcrate: unauthenticated: runcrate");
    expect(shown).toContain(error.message);
    expect(shown).not.toMatch(isOpaque);
  });
});
