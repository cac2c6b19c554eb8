// Tests your own code: nothing is rented, nothing waits, and the simulator's ledger has the costs.
import { createSimulator } from "@gpu/simulator";
import { createGpu, runcrate, shadeform } from "@gpu/unified";
import { expect, test } from "vitest";
import { train } from "./train.ts";

const sshPublicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPZF0ivPXjdsYBKwMkfTmXB3rI1bzs8pdVnEGAcBg0TX ada@workstation";

function simulated() {
  const simulator = createSimulator();
  const { fetch, clock, keys } = simulator;
  const gpu = createGpu({
    providers: [shadeform({ apiKey: keys.shadeform }), runcrate({ apiKey: keys.runcrate })],
    owner: "tests",
    defaults: { fetch, clock },
  });
  return { simulator, gpu };
}

test("the machine is deleted when the job fails", async () => {
  const { simulator, gpu } = simulated();
  const job = async () => {
    throw new Error("loss is NaN");
  };
  await expect(train(gpu, sshPublicKey, job)).rejects.toThrow("loss is NaN");
  expect(simulator.ledger()).toMatchObject([{ endedBy: { operation: "deleteInstance" } }]);
});

test("the machine of a process that died is deleted by a sweep after its expiry", async () => {
  const { simulator, gpu } = simulated();
  const never = new Promise<void>(() => {});
  void train(gpu, sshPublicKey, () => never);
  await simulator.clock.advance(3 * 3_600_000);
  expect((await gpu.sweep()).kept).toMatchObject([{ reason: "not_expired" }]);
  await simulator.clock.advance(2 * 3_600_000);
  expect((await gpu.sweep()).failures).toEqual([]);
  expect(simulator.ledger()).toMatchObject([{ endedAt: expect.any(String) }]);
});

test("a cloud that is sold out costs nothing, and the job runs on the next one", async () => {
  const { simulator, gpu } = simulated();
  simulator.fault({ vendor: "runcrate", operation: "createInstance", kind: "no_capacity", times: Infinity });
  simulator.fault({ vendor: "shadeform", operation: "createInstance", kind: "no_capacity" });
  const hosts: string[] = [];
  await train(gpu, sshPublicKey, async ({ host }) => {
    hosts.push(host);
  });
  expect(hosts).toHaveLength(1);
  expect(simulator.ledger()).toMatchObject([{ vendor: "shadeform", endedBy: { operation: "deleteInstance" } }]);
});
