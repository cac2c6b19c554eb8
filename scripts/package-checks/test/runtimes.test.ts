import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Clouds, startClouds } from "../clouds.ts";
import { packedProject } from "../packed.ts";
import { wantedRuntimes } from "../runtimes.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { installTools } from "../tools.ts";
import { startTroubleServer, type TroubleServer } from "../trouble-server.ts";

const temporary = temporaryFolder();
let project: string;
const wanted = wantedRuntimes(await installTools("runtimes"));
const missing = wanted.filter(({ runtime }) => runtime === undefined).map(({ name }) => name);
if (missing.length > 0) console.warn(`NOT RUN on ${missing.join(", ")}: not to be had for ${process.platform}-${process.arch}.`);
let clouds: Clouds;
let trouble: TroubleServer;

beforeAll(async () => {
  project = await packedProject(temporary.path, new URL("../conformance", import.meta.url));
  [clouds, trouble] = await Promise.all([startClouds(project), startTroubleServer()]);
});
afterAll(async () => {
  await Promise.all([clouds?.close(), trouble?.close()]);
  temporary.remove();
});

/** Where a refused connection cannot be told from a lost one, a create that met it counts as possible. */
const tellsRefusedConnections = new Set(["Node 20", "Node 22", "Node 24", "Node 26", "Bun"]);

describe.each(wanted)("on $name", ({ name, runtime }) => {
  it.skipIf(runtime === undefined)("creates, lists, waits, deletes, fails, aborts and times out as everywhere", async () => {
    const input = JSON.stringify({ ...clouds.places, trouble: trouble.url, closed: trouble.closed });
    const results: { name: string; note: string | null; error?: string }[] = JSON.parse(
      (await runtime?.execute(project, input)) ?? "",
    );
    expect(results.filter(({ error }) => error !== undefined)).toEqual([]);
    expect(results.length).toBeGreaterThan(20);
    expect(results.flatMap(({ note }) => note ?? [])).toEqual([
      tellsRefusedConnections.has(name) ? "side effect none" : "side effect possible",
    ]);
    expect(await clouds.running()).toBe(0);
    expect(trouble.followed()).toBe(0);
  });

  if (runtime !== undefined && runtime.requires === undefined) return;
  it.skipIf(runtime === undefined)("takes `require` from CommonJS", async () => {
    await runtime?.requires?.(project, "require.cjs");
  });
});
