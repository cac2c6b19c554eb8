import { cases } from "@gpu/simulator/conformance";
import { createGpu } from "@gpu/unified";
import { expect, test } from "vitest";
import { acme } from "./acme.ts";
import { acmeCloud } from "./acme-cloud.ts";

// Every case that providers of @gpu/unified must pass. Without `createGpu`, only the provider itself is tested.
for (const { name, run } of cases(acme, { cloud: acmeCloud, createGpu })) test(name, run);

test("a Gpu rents from it and deletes", async () => {
  const { fetch, clock, keys, ledger } = acmeCloud();
  const gpu = createGpu({ providers: [acme({ apiKey: keys["acme"] })], defaults: { fetch, clock } });
  const sshPublicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPZF0ivPXjdsYBKwMkfTmXB3rI1bzs8pdVnEGAcBg0TX ada@workstation";
  const { instance } = await gpu.launch({ gpu: "H100", maxUsdPerHour: 3, sshPublicKey });
  expect(await gpu.access(instance)).toMatchObject({ host: "198.51.100.7", user: "root" });
  expect(await gpu.delete(instance, { waitMs: 120_000 })).toEqual({ outcome: "deleted" });
  expect(ledger()).toMatchObject([{ product: "h100-1", usdPerHour: 2.5, endedAt: expect.any(String) }]);
});
