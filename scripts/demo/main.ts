// `pnpm demo`: offers, launch, list, delete and bill on the simulator, without keys. `pnpm demo --live`: lists offers and instances
// of the real vendors whose keys are in the environment, and changes nothing.
import { createSimulator, type VendorName } from "@gpu/simulator";
import { createGpu, type Gpu, type Offer } from "@gpu/unified";
import { readArguments } from "@gpu-scripts/openapi/command-line.ts";
import { type VendorName as ProviderName, providers } from "./generated/providers.ts";
import { table } from "./table.ts";

const sshPublicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBzS0Rz1rqoZkVYs9bqC6qW2hSLq0PjxLrn9yWk3cJ1e demo@example.com";
const maxUsdPerHour = 4;
const vendors = Object.keys(providers) as ProviderName[];
const print = (text = "") => process.stdout.write(`${text}\n`);

try {
  const { values } = readArguments("pnpm demo [--live]", { live: { type: "boolean" } }, { allowPositionals: false });
  process.exitCode = values.live ? await live() : await simulated();
} catch (error) {
  process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

async function simulated(): Promise<number> {
  const simulator = createSimulator();
  const { fetch, clock, keys } = simulator;
  const gpu = createGpu({
    providers: vendors.map((vendor) => providers[vendor].provider({ apiKey: keys[vendor] })),
    owner: "demo",
    defaults: { fetch, clock },
    onEvent(event) {
      if (event.type === "create.attempt") print(`  creating ${event.offer}`);
      if (event.type === "create.reconciling")
        print(`  ${event.error.code}: the response was lost; checking whether the machine exists …`);
    },
  });

  print(`${vendors.length} simulated clouds: the real clients, no keys, no costs.\n`);
  print("1. Prices of one GPU per hour, on demand");
  const { offers, failures } = await gpu.offers({ gpuCount: 1 });
  printOffers(offers);
  if (failures.length > 0) throw failures[0]?.error ?? new Error("a provider could not be read");

  const [first, second] = new Set(
    offers
      .filter((offer) => offer.gpu.model === "H100" && (offer.usdPerHour ?? 9) <= maxUsdPerHour && offer.provider !== "novita")
      .map(({ provider }) => provider),
  );
  if (!first || !second) throw new Error("the simulator has too few offers for this demo");
  simulator.fault({
    vendor: first as VendorName,
    operation: "createInstance",
    kind: "no_capacity",
    times: Number.POSITIVE_INFINITY,
  });
  simulator.fault({ vendor: second as VendorName, operation: "createInstance", kind: "response_lost" });

  print(
    `\n2. Launch one H100 for at most ${maxUsdPerHour} USD per hour: ${first} is sold out, and the response of ${second} will be lost`,
  );
  const started = clock.now();
  const { instance, attempts, skipped } = await gpu.launch({
    gpu: "H100",
    name: "train-42",
    sshPublicKey,
    maxUsdPerHour,
    wait: {
      onProgress: ({ status, rawStatus }) =>
        print(`  ${String(Math.round((clock.now() - started) / 1_000)).padStart(4)} s  ${status} (${rawStatus})`),
    },
  });
  for (const { offer, outcome, error } of attempts)
    print(`  ${outcome === "created" ? "✓" : "✗"} ${offer.id}${error ? `: ${error.code}` : ""}`);
  for (const [reason, count] of countBy(skipped.map(({ offer, reason }) => `${offer.provider}: ${reason}`))) {
    print(`  – ${count} skipped: ${reason}`);
  }
  const { user, host, port } = await gpu.access(instance);
  print(`  ready: ssh ${user}@${host} -p ${port}`);

  print("\n3. Running instances");
  await clock.sleep(47 * 60_000);
  const { instances } = await gpu.list({ owner: "demo" });
  print(
    table(
      ["INSTANCE", "NAME", "GPU", "STATUS", "USD/H", "BILLING"],
      instances.map((one) => [one.ref, one.name ?? "–", one.gpu?.model ?? "–", one.status, usd(one.usdPerHour), one.billing]),
    ),
  );

  print("\n4. Delete it and verify the deletion");
  const { outcome } = await gpu.delete(instance, { waitMs: 120_000 });
  print(`  ${outcome}`);

  print("\n5. The bill");
  await clock.sleep(60_000);
  const bill = simulator.ledger().filter(({ kind }) => kind === "instance");
  print(
    table(
      ["CLOUD", "PRODUCT", "RENTED FOR", "COST", "NOW"],
      bill.map((entry) => [
        entry.vendor,
        entry.product,
        `${(entry.billedMs / 60_000).toFixed(1)} min`,
        `$${entry.usd.toFixed(2)}`,
        entry.endedAt ? "deleted" : "STILL RUNNING",
      ]),
    ),
  );
  const left = bill.filter(({ endedAt }) => endedAt === null).length;
  print(`  ${bill.length} rented, ${left === 0 ? "none still running" : `${left} STILL RUNNING`}`);
  return left === 0 && bill.length === 1 ? 0 : 1;
}

async function live(): Promise<number> {
  const present = vendors.filter((vendor) => process.env[providers[vendor].apiKeyEnv]);
  if (present.length === 0) {
    const variables = vendors.map((vendor) => providers[vendor].apiKeyEnv);
    throw new Error(`no key in the environment; set one of ${variables.join(", ")}`);
  }
  const gpu: Gpu = createGpu({ providers: present.map((vendor) => providers[vendor].provider()) });
  const [{ offers, failures }, listed] = await Promise.all([gpu.offers({ gpuCount: 1 }), gpu.list()]);
  print("Prices of one GPU per hour, on demand");
  printOffers(offers);
  print("\nRunning instances");
  print(
    table(
      ["INSTANCE", "NAME", "GPU", "STATUS", "USD/H"],
      listed.instances.map((one) => [one.ref, one.name ?? "–", one.gpu?.model ?? "–", one.status, usd(one.usdPerHour)]),
    ),
  );
  const failed = [...failures, ...listed.failures];
  for (const { provider, error } of failed) process.stderr.write(`\n${provider} failed: ${error.message}\n`);
  return failed.length > 0 ? 1 : 0;
}

function printOffers(offers: readonly Offer[]): void {
  const rows = offers.map((offer) => [
    usd(offer.usdPerHour),
    offer.gpu.model,
    offer.gpu.vramGb ? `${offer.gpu.vramGb} GB` : "–",
    offer.provider,
    offer.region ?? "–",
    offer.availability,
  ]);
  print(table(["USD/H", "GPU", "MEMORY", "CLOUD", "REGION", "STOCK"], rows));
}

function usd(price: number | null): string {
  return price === null ? "unknown" : price.toFixed(2);
}

function countBy(values: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
