// `pnpm demo:contract [--port FIRST_PORT]`: creates one instance on each cloud with the real clients over HTTP, against
// Prism servers of the documents that the clients are generated from.
import { createRequire } from "node:module";
import { type PrismServer, startPrism } from "@gpu/testing/prism";
import { createGpu, type Instance, type Provider } from "@gpu/unified";
import { readArguments } from "@gpu-scripts/openapi/command-line.ts";
import { providers, type VendorName } from "./generated/providers.ts";
import { table } from "./table.ts";

const sshPublicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBzS0Rz1rqoZkVYs9bqC6qW2hSLq0PjxLrn9yWk3cJ1e demo@example.com";
const image = "nvidia/cuda:12.4.1-runtime-ubuntu22.04";
const vendors = Object.keys(providers) as VendorName[];

type Row = { vendor: VendorName; ms: number } & ({ instance: Instance } | { error: unknown });

const servers: PrismServer[] = [];
const stopServers = () => Promise.all(servers.splice(0).map((server) => server.close()));

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    void stopServers().then(() => process.exit(signal === "SIGINT" ? 130 : 143));
  });
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  await stopServers();
}

async function main(): Promise<number> {
  const { values } = readArguments(
    "pnpm demo:contract [--port FIRST_PORT]",
    { port: { type: "string" } },
    { allowPositionals: false },
  );
  const firstPort = readPort(values.port);
  process.stdout.write("Starting a Prism server for each cloud …\n");
  const started = await Promise.allSettled(
    vendors.map(async (vendor, index) => {
      const server = await startPrism(documentOf(vendor), firstPort === undefined ? {} : { port: firstPort + index });
      servers.push(server);
      return server;
    }),
  );
  const urls = started.map((result) => {
    if (result.status === "rejected") throw result.reason;
    return result.value.url;
  });
  process.stdout.write("Creating one instance on each cloud at once …\n");
  const rows = await Promise.all(vendors.map((vendor, index) => createOn(vendor, urls[index] ?? "")));
  process.stdout.write(`\n${table(["CLOUD", "GPU", "INSTANCE", "STATUS", "TIME"], rows.map(cells))}\n`);
  const failed = rows.filter((row) => "error" in row);
  for (const row of failed) process.stderr.write(`\n${row.vendor} failed: ${"error" in row ? messageOf(row.error) : ""}\n`);
  return failed.length > 0 ? 1 : 0;
}

async function createOn(vendor: VendorName, baseUrl: string): Promise<Row> {
  const started = performance.now();
  try {
    const provider: Provider = providers[vendor].provider({ apiKey: "demo-key", baseUrl });
    const gpu = createGpu({ providers: [provider] });
    const { offers, failures } = await gpu.offers();
    if (failures[0]) throw failures[0].error;
    const offer = offers.find(({ availability }) => availability !== "unavailable");
    if (!offer) throw new Error("there is no available offer");
    // By its id: Prism's example of a created machine is another machine than the offer, and would be an `instance_mismatch`.
    const instance = await gpu.create({ offer: offer.id, ...requestFor(provider) });
    process.stdout.write(`  ✓ ${vendor}: ${instance.id}\n`);
    return {
      vendor,
      ms: performance.now() - started,
      instance: { ...instance, gpu: instance.gpu ?? offer.gpu, gpuCount: instance.gpuCount ?? offer.gpuCount },
    };
  } catch (error) {
    process.stdout.write(`  ✗ ${vendor}\n`);
    return { vendor, ms: performance.now() - started, error };
  }
}

/** The fields of a create in addition to the offer: those that the provider supports. */
function requestFor(provider: Provider): { name: string; sshPublicKey?: string; image?: string } {
  const { needs, lacks } = provider.connect({});
  return {
    name: "demo",
    ...(lacks.includes("sshPublicKey") ? {} : { sshPublicKey }),
    ...(needs.includes("image") ? { image } : {}),
  };
}

function cells(row: Row): string[] {
  const time = `${Math.round(row.ms)} ms`;
  if ("error" in row) return [row.vendor, "–", "–", "failed", time];
  const { gpu, gpuCount, id, status } = row.instance;
  return [row.vendor, gpu ? `${gpuCount ?? "?"} × ${gpu.model}` : "–", id, status, time];
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function documentOf(vendor: VendorName): string {
  return createRequire(import.meta.resolve("@gpu/unified")).resolve(`@gpu/${vendor}/openapi.json`);
}

function readPort(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const port = Number(value);
  if (!Number.isInteger(port) || port < 1 || port > 65_535 - vendors.length) {
    throw new Error(
      `--port must be a whole number from 1 to ${65_535 - vendors.length}; each cloud has one of the ports from it on`,
    );
  }
  return port;
}
