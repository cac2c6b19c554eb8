import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Witness } from "./documents.ts";

/** The text in the planted file and in the server's responses. */
export const planted = "WITNESS-5f3a9c71";

/** A server and a file that must never be read. Both contain a schema that is valid in any place. */
export interface Witnesses extends Witness {
  /** The paths that were requested from the server. */
  requested: string[];
  /** A folder for the hostile documents. */
  folder: string;
  remove: () => Promise<void>;
}

export async function plantWitnesses(): Promise<Witnesses> {
  const folder = await mkdtemp(join(tmpdir(), "gpu-hostile-"));
  const content = JSON.stringify({ type: "object", description: planted, a: { type: "string", description: planted } });
  const file = join(folder, "planted.json");
  await writeFile(file, content);
  const requested: string[] = [];
  const server = createServer((request, response) => {
    requested.push(request.url ?? "");
    response.setHeader("content-type", "application/json");
    response.end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/planted.json`,
    file,
    requested,
    folder,
    remove: async () => {
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
