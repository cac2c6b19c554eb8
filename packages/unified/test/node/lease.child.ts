// Runs as a child process: holds a lease at the simulator, reports to its parent, and prints the number of running machines at exit.
import { createSimulator } from "@gpu/simulator";
import { createGpu, shadeform } from "../../dist/index.js";
import { endOnSignal } from "../../dist/node/index.js";

const [situation] = process.argv.slice(2);
const simulator = createSimulator({ vendors: { shadeform: { bootMs: 1_000 } } });
const { clock, keys } = simulator;
let hangs = false;
const fetch: typeof simulator.fetch = (input, init) => {
  const isDelete = String(input).endsWith("/delete");
  if (isDelete) process.send?.("deleting");
  return isDelete && hangs ? new Promise(() => {}) : simulator.fetch(input, init);
};
const gpu = createGpu({ providers: [shadeform({ apiKey: keys.shadeform })], defaults: { fetch, clock }, owner: "ci" });
const lease = await gpu.lease({ gpu: "H100", maxUsdPerHour: 4 });
const remove = endOnSignal(lease);
if (situation === "detached") lease.detach();
if (situation === "removed") remove();
hangs = situation === "the vendor hangs";
process.on("exit", () => {
  const running = simulator.ledger().filter(({ kind, endedAt }) => kind === "instance" && endedAt === null);
  console.log(`${lease.instance.ref} ${running.length}`);
});
// Keeps the process alive until a signal ends it.
setInterval(() => {}, 60_000);
process.send?.("held");
