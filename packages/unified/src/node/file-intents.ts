import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { CreateHandle } from "../handle.js";
import type { IntentStore } from "../intents.js";

/**
 * Stores the handles of creates in a folder, which it creates: one JSON file each, readable only by its owner, written and synced
 * before the create is sent. Several processes may share a folder. For `createGpu({ intents })`. Experimental.
 */
export function fileIntents(folder: string): IntentStore {
  const fileOf = ({ provider, mark }: CreateHandle) => join(folder, `${encodeURIComponent(`${provider}-${mark}`)}.json`);
  return {
    async write(handle) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      // Renamed when it is complete, so that a crash leaves no partial file under its name.
      const draft = join(folder, `${randomUUID()}.tmp`);
      try {
        const file = await open(draft, "wx", 0o600);
        try {
          await file.writeFile(`${JSON.stringify(handle)}\n`);
          await file.sync();
        } finally {
          await file.close();
        }
        await rename(draft, fileOf(handle));
      } catch (error) {
        await rm(draft, { force: true });
        throw error;
      }
    },
    clear: (handle) => rm(fileOf(handle), { force: true }),
    async list() {
      const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return [];
        throw error;
      });
      const handles = names.sort().flatMap((name) => (name.endsWith(".json") ? readHandle(join(folder, name)) : []));
      return (await Promise.all(handles)).flatMap((handle) => handle ?? []);
    },
  };
}

/** Undefined if another process has removed it meanwhile. */
async function readHandle(path: string): Promise<CreateHandle | undefined> {
  try {
    // `reconcileAll` checks the content.
    return JSON.parse(await readFile(path, "utf8")) as CreateHandle;
  } catch (error) {
    if (error instanceof SyntaxError) throw new Error(`${path} is not JSON; inspect it, then remove it`, { cause: error });
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
