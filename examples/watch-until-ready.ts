// Waits for a machine, then prints its SSH command: node watch-until-ready.ts shadeform:ID
import type { Gpu } from "@gpu/unified";
import { clouds } from "./clouds.ts";

/** Returns the SSH command of an instance once it is ready. Throws when it fails or is not ready in time. */
export async function sshCommand(gpu: Gpu, ref: string, report: (line: string) => void): Promise<string> {
  let last = "";
  const instance = await gpu.waitUntilReady(ref as `${string}:${string}`, {
    timeoutMs: 20 * 60_000,
    onProgress({ status, rawStatus }) {
      if (rawStatus !== last) report(`${status} (${rawStatus})`);
      last = rawStatus ?? "";
    },
  });
  const { host, port, user, auth } = await gpu.access(instance);
  // Novita uses a password instead of a key. Do not print it where others can read it.
  if (auth.kind === "password") report("log in with the password of gpu.access()");
  return `ssh -p ${port} ${user}@${host}`;
}

if (import.meta.main) {
  const [ref] = process.argv.slice(2);
  if (!ref) throw new Error("usage: node watch-until-ready.ts PROVIDER:ID");
  console.log(await sshCommand(clouds, ref, console.error));
}
