/** The control: the framework caches a plain read. */
export async function GET() {
  const counts = [];
  for (let read = 0; read < 2; read += 1) {
    const response = await fetch(`${process.env.VENDOR_URL}/instances`);
    counts.push((await response.json()).instances.length);
  }
  return Response.json(counts);
}
