// Waits for a machine, then says how to log in: node watch-until-ready.ts shadeform:ID
import type { Gpu } from "@gpu/unified";
import { clouds } from "./clouds.ts";

/** The SSH command of an instance, once it runs. Error when it fails, or is not there in time. */
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
  // Novita takes no key and gives a password: print it only where nobody else reads.
  if (auth.kind === "password") report("log in with the password of gpu.access()");
  return `ssh -p ${port} ${user}@${host}`;
}

if (import.meta.main) {
  const [ref] = process.argv.slice(2);
  if (!ref) throw new Error("usage: node watch-until-ready.ts PROVIDER:ID");
  console.log(await sshCommand(clouds, ref, console.error));
}
