import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Clouds, startClouds } from "../clouds.ts";
import { type FaultyServer, startFaultyServer } from "../faulty-server.ts";
import { packedProject } from "../packed.ts";
import { wantedRuntimes } from "../runtimes.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { installTools } from "../tools.ts";

const temporary = temporaryFolder();
let project: string;
const wanted = wantedRuntimes(await installTools("runtimes"));
const missing = wanted.filter(({ runtime }) => runtime === undefined).map(({ name }) => name);
if (missing.length > 0) console.warn(`NOT RUN on ${missing.join(", ")}: not available for ${process.platform}-${process.arch}.`);
let clouds: Clouds;
let faulty: FaultyServer;

beforeAll(async () => {
  project = await packedProject(temporary.path, new URL("../exercise", import.meta.url));
  [clouds, faulty] = await Promise.all([startClouds(project), startFaultyServer()]);
});
afterAll(async () => {
  await Promise.all([clouds?.close(), faulty?.close()]);
  temporary.remove();
});

/** Other runtimes do not distinguish refused from lost connections, so the side effect of a create is `possible` there. */
const reportsRefusedConnections = new Set(["Node 20", "Node 22", "Node 24", "Node 26", "Bun"]);

describe.each(wanted)("on $name", ({ name, runtime }) => {
  it.skipIf(runtime === undefined)("creates, lists, waits, deletes, fails, aborts and times out", async () => {
    const input = JSON.stringify({ ...clouds.addresses, faulty: faulty.url, closed: faulty.closed });
    const results: { name: string; note: string | null; error?: string }[] = JSON.parse(
      (await runtime?.execute(project, input)) ?? "",
    );
    expect(results.filter(({ error }) => error !== undefined)).toEqual([]);
    expect(results.length).toBeGreaterThan(20);
    expect(results.flatMap(({ note }) => note ?? [])).toEqual([
      reportsRefusedConnections.has(name) ? "side effect none" : "side effect possible",
    ]);
    expect(await clouds.running()).toBe(0);
    expect(faulty.followed()).toBe(0);
  });

  if (runtime !== undefined && runtime.requires === undefined) return;
  it.skipIf(runtime === undefined)("supports `require`", async () => {
    await runtime?.requires?.(project, "require.cjs");
  });
});
