import { fork } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";

/** Runs a process that holds a lease, and sends it signals one after another. */
async function endBy(situation: string, ...signals: NodeJS.Signals[]) {
  const child = fork(new URL("lease.child.ts", import.meta.url), [situation], { silent: true });
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (text) => {
    stdout += text;
  });
  child.stderr?.on("data", (text) => {
    stderr += text;
  });
  const closed = once(child, "close");
  const message = () => Promise.race([once(child, "message"), closed.then(() => Promise.reject(new Error(stderr)))]);
  await message();
  const began = performance.now();
  let requestedMs = Number.POSITIVE_INFINITY;
  for (const [index, signal] of signals.entries()) {
    child.kill(signal);
    if (situation !== "held" && index === signals.length - 1) break;
    await message();
    requestedMs = performance.now() - began;
  }
  const [code, signal] = (await closed) as [number | null, NodeJS.Signals | null];
  const [ref = "", running] = stdout.trim().split(" ");
  return {
    code,
    signal,
    running: Number(running),
    lines: stderr.trim().replaceAll(ref || "no ref", "REF"),
    requestedMs,
  };
}

describe("endOnSignal", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("deletes the instance on %s, prints its ref and outcome, and exits with %i", async (signal, code) => {
    const end = await endBy("held", signal);
    expect(end).toMatchObject({ code, running: 0, lines: "REF: deleted" });
    expect(end.requestedMs).toBeLessThan(2_000);
  });

  it("exits at a second signal while the deletion hangs", async () => {
    expect(await endBy("the vendor hangs", "SIGINT", "SIGINT")).toMatchObject({ code: 130, running: 1, lines: "" });
  });

  it("leaves a detached lease alone", async () => {
    expect(await endBy("detached", "SIGTERM")).toMatchObject({ code: 143, running: 1, lines: "" });
  });

  it("does nothing after its removal", async () => {
    expect(await endBy("removed", "SIGTERM")).toMatchObject({ code: null, signal: "SIGTERM" });
  });
});
