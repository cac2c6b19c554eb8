import { createShadeformClient } from "@gpu/shadeform";

/** Polls, as a wait does: each read must reach the vendor. */
export async function GET() {
  const client = createShadeformClient({ apiKey: "key", baseUrl: process.env.VENDOR_URL });
  const counts = [];
  for (let read = 0; read < 2; read += 1) counts.push((await client.listInstances()).instances.length);
  return Response.json(counts);
}
