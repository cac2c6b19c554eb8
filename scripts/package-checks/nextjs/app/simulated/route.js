import { createSimulator } from "@gpu/simulator";

export const dynamic = "force-dynamic";

export async function GET() {
  const { urls, close } = await createSimulator({ vendors: ["shadeform"] }).listen();
  const { status } = await fetch(`${urls.shadeform}/instances`, { cache: "no-store" });
  await close();
  return Response.json(status);
}
