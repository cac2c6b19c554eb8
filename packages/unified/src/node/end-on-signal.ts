import process from "node:process";
import type { Lease } from "../lease.js";

/** How long the process waits until the deletion is verified. A second signal ends it at once. */
const proofMs = 60_000;

/**
 * Deletes the leased instance on SIGINT or SIGTERM. The delete request is sent at once, its outcome is printed to stderr with the
 * instance's `ref`, and the process exits with the signal's status (130 or 143). A second signal exits without waiting. A lease that
 * is detached or deleted is ignored. Returns a function that removes the handlers. Experimental.
 */
export function endOnSignal(lease: Pick<Lease, "instance" | "state" | "delete">): () => void {
  let isEnding = false;
  const end = async (code: number): Promise<void> => {
    if (isEnding || lease.state !== "held") process.exit(code);
    isEnding = true;
    const { ref } = lease.instance;
    const outcome = await lease.delete({ waitMs: proofMs }).then(
      (end) => end.outcome,
      (error: unknown) => `unknown: ${error instanceof Error ? error.message : String(error)}`,
    );
    process.stderr.write(`${ref}: ${outcome}\n`, () => process.exit(code));
  };
  const onInterrupt = () => void end(130);
  const onTerminate = () => void end(143);
  process.on("SIGINT", onInterrupt);
  process.on("SIGTERM", onTerminate);
  return () => {
    process.off("SIGINT", onInterrupt);
    process.off("SIGTERM", onTerminate);
  };
}
