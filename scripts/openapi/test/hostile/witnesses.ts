import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Witness } from "./documents.ts";

/** What the planted file and the server say. */
export const planted = "WITNESS-5f3a9c71";

/** A server that nobody may ask, and a file that nobody may read, both with a schema that would fit anywhere. */
export interface Witnesses extends Witness {
  /** The paths that were asked for. */
  asked: string[];
  /** A folder for the documents themselves. */
  folder: string;
  remove: () => Promise<void>;
}

export async function plantWitnesses(): Promise<Witnesses> {
  const folder = await mkdtemp(join(tmpdir(), "gpu-hostile-"));
  const content = JSON.stringify({ type: "object", description: planted, a: { type: "string", description: planted } });
  const file = join(folder, "planted.json");
  await writeFile(file, content);
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.setHeader("content-type", "application/json");
    response.end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/planted.json`,
    file,
    asked,
    folder,
    remove: async () => {
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
