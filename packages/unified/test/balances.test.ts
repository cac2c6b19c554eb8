import { createSimulator } from "@gpu/simulator";
import { describe, expect, it } from "vitest";
import {
  createGpu,
  fal,
  lambda,
  novita,
  type Provider,
  runcrate,
  runpod,
  shadeform,
  thunderCompute,
  vast,
} from "../src/index.js";
import { errorOf, fakeCloud, gpuOn } from "./fake-provider.js";

describe("balances", () => {
  it("are in US dollars, and null when the vendor reports none", async () => {
    const { fetch, clock, keys } = createSimulator({
      vendors: {
        "thunder-compute": {},
        shadeform: {},
        fal: { balanceUsd: 1_000.25 },
        novita: { balanceUsd: 12.5 },
        runcrate: { balanceUsd: 0 },
        lambda: {},
        runpod: {},
        vast: { balanceUsd: 42.5 },
      },
    });
    const gpu = createGpu({
      providers: [
        thunderCompute({ apiKey: keys["thunder-compute"] }),
        shadeform({ apiKey: keys.shadeform }),
        fal({ apiKey: keys.fal }),
        novita({ apiKey: keys.novita }),
        runcrate({ apiKey: keys.runcrate }),
        lambda({ apiKey: keys.lambda }),
        runpod({ apiKey: keys.runpod }),
        vast({ apiKey: keys.vast }),
      ],
      defaults: { fetch, clock },
    });
    expect(await gpu.balances()).toEqual({
      balances: [
        { provider: "thunder-compute", usdAvailable: null },
        { provider: "shadeform", usdAvailable: null },
        { provider: "fal", usdAvailable: 1_000.25 },
        { provider: "novita", usdAvailable: 12.5 },
        { provider: "runcrate", usdAvailable: 0 },
        { provider: "lambda", usdAvailable: null },
        { provider: "runpod", usdAvailable: null },
        { provider: "vast", usdAvailable: 42.5 },
      ],
      failures: [],
    });
    expect((await gpu.balances({ providers: ["novita"] })).balances).toHaveLength(1);
  });

  it.each<
    [what: string, provider: (options: { apiKey: string }) => Provider, body: unknown, usd: number | null | "vendor_contract"]
  >([
    ["a balance of text", novita, { availableBalance: "1" }, 0.0001],
    ["a debt", novita, { availableBalance: -25_000 }, -2.5],
    ["no balance", novita, {}, "vendor_contract"],
    ["an empty list", novita, [], "vendor_contract"],
    ["no data", runcrate, {}, "vendor_contract"],
    ["another currency", fal, { username: "a", credits: { current_balance: 24.5, currency: "EUR" } }, null],
    ["a currency in small letters", fal, { username: "a", credits: { current_balance: 24.5, currency: "usd" } }, 24.5],
    ["no credits", fal, { username: "a" }, "vendor_contract"],
  ])("of %s", async (_, provider, body, usd) => {
    const fetch = async () => Response.json(body);
    const gpu = createGpu({ providers: [provider({ apiKey: "key" })], defaults: { fetch, maxRetries: 0 } });
    const { balances, failures } = await gpu.balances();
    if (usd === "vendor_contract") expect([balances, failures]).toMatchObject([[], [{ error: { code: usd } }]]);
    else expect([balances, failures]).toMatchObject([[{ usdAvailable: usd }], []]);
  });

  it("name a provider that failed, and are null for a custom provider without `balance`", async () => {
    const { gpu } = gpuOn([fakeCloud({ id: "own" })]);
    expect(await gpu.balances()).toEqual({ balances: [{ provider: "own", usdAvailable: null }], failures: [] });
    expect(await errorOf(gpu.balances({ providers: ["other" as "own"] }))).toMatchObject({ code: "configuration" });
    const { failures } = await createGpu({ providers: [novita({ apiKey: "" })] }).balances();
    expect(failures).toMatchObject([{ provider: "novita", error: { code: "configuration" } }]);
  });
});
