import { createSimulator, type VendorName } from "@gpu/simulator";
import { expect, it } from "vitest";
import { fal, lambda, novita, runcrate, runpod, shadeform, thunderCompute, vast } from "../../src/index.js";

const hourMs = 3_600_000;

it.each([thunderCompute(), shadeform(), fal(), novita(), runcrate(), lambda(), runpod(), vast()])(
  "a list at $id passes on the headers with the vendor's time",
  async (provider) => {
    const vendor: VendorName = provider.id;
    const { fetch, clock, keys } = createSimulator({ vendors: { [vendor]: { clockOffMs: hourMs } } });
    const dates: (string | null)[] = [];
    const connected = provider.connect({ fetch, clock, apiKey: keys[vendor] });
    await connected.list({ clock, onHeaders: (headers) => dates.push(headers.get("date")) });
    expect(dates).toEqual([new Date(clock.now() + hourMs).toUTCString()]);
  },
);
