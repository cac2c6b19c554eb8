import { createShadeformClient } from "@gpu/shadeform";

/** Static unless something in it is not: the client's read must make it dynamic. */
export default async function Page() {
  const client = createShadeformClient({ apiKey: "key", baseUrl: process.env.VENDOR_URL });
  const first = await client.listInstances();
  const second = await client.listInstances();
  return `${first.instances.length} ${second.instances.length}`;
}
