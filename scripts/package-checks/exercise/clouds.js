// Serves the simulated clouds over the network: machines boot at once, and time passes 50 times as fast. Sends its addresses to the
// parent process, then the number of running machines for each message. Exits with the parent.
import process from "node:process";
import { createSimulator, createVirtualClock } from "@gpu/simulator";

const startAt = Date.UTC(2026, 0, 1);
const speed = 50;
const boot = { bootMs: 0, addressMs: 0 };
const clock = createVirtualClock({ pace: "real", speed, startAt });
const epoch = Date.now();
const names = Object.keys(createSimulator().keys);
const simulator = createSimulator({ clock, vendors: Object.fromEntries(names.map((name) => [name, boot])) });
const { urls } = await simulator.listen();

process.on("message", () => process.send(simulator.ledger().filter(({ endedAt }) => endedAt === null).length));
process.once("disconnect", () => process.exit());
process.send({ urls, keys: simulator.keys, time: { startAt, epoch, speed } });
