import { GpuError } from "../src/index.js";

export async function rent(create: () => Promise<{ id: string }>): Promise<string | undefined> {
  try {
    return (await create()).id;
  } catch (error) {
    if (!GpuError.isInstance(error)) throw error;
    if (error.code === "no_capacity") return undefined; // try another region
    if (error.sideEffect !== "none") console.error("It may be running: check before you call again.", error.requestId);
    throw error;
  }
}
