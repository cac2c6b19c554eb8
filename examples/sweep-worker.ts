// A Cloudflare Worker that deletes the expired instances of one owner: in wrangler.jsonc, "triggers": { "crons": ["*/5 * * * *"] }
import { createGpu, type Gpu, novita, runcrate, shadeform } from "@gpu/unified";
import type { Environment } from "./worker.ts";

/** An invocation that throws is shown as failed, and can raise an alert. */
export async function sweepExpired(gpu: Gpu): Promise<void> {
  const { deleted, deleting, unknown, failures } = await gpu.sweep();
  for (const { ref } of [...deleted, ...deleting]) console.log(`deleted ${ref}`);
  const problems = [...unknown.map(({ ref }) => ref), ...failures.map(({ provider, error }) => `${provider}: ${error.code}`)];
  if (problems.length > 0) throw new Error(`may still run, and cost: ${problems.join(", ")}`);
}

export default {
  async scheduled(_controller: unknown, environment: Environment): Promise<void> {
    // Workers have no process environment, so pass the keys.
    const gpu = createGpu({
      providers: [
        shadeform({ apiKey: environment.SHADEFORM_API_KEY }),
        novita({ apiKey: environment.NOVITA_API_KEY }),
        runcrate({ apiKey: environment.RUNCRATE_API_KEY }),
      ],
      owner: "examples",
    });
    await sweepExpired(gpu);
  },
};
