// A Cloudflare Worker that returns the cheapest offers: GET /?gpu=H100&max=4
import { createGpu, novita, runcrate, shadeform } from "@gpu/unified";

/** Secrets of the Worker: `npx wrangler secret put SHADEFORM_API_KEY`. */
export interface Environment {
  SHADEFORM_API_KEY: string;
  NOVITA_API_KEY: string;
  RUNCRATE_API_KEY: string;
}

export default {
  async fetch(request: Request, environment: Environment): Promise<Response> {
    const { searchParams } = new URL(request.url);
    // Workers have no process environment, so pass the keys.
    const gpu = createGpu({
      providers: [
        shadeform({ apiKey: environment.SHADEFORM_API_KEY }),
        novita({ apiKey: environment.NOVITA_API_KEY }),
        runcrate({ apiKey: environment.RUNCRATE_API_KEY }),
      ],
    });
    const { offers, failures } = await gpu.offers({
      gpu: searchParams.get("gpu") ?? "H100",
      maxUsdPerHour: Number(searchParams.get("max") ?? 4),
      deadlineMs: 10_000,
      signal: request.signal,
    });
    return Response.json({
      offers: offers.slice(0, 5).map(({ id, usdPerHour, availability }) => ({ id, usdPerHour, availability })),
      failed: failures.map(({ provider, error }) => ({ provider, code: error.code })),
    });
  },
};
