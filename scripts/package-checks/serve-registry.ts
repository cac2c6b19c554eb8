// Started by `registry.ts` as a separate process. Serves packages from a folder, without access to other registries.
import { createRequire } from "node:module";
import type { AddressInfo, Server } from "node:net";
import { join } from "node:path";

const [folder, installed] = process.argv.slice(2);
if (folder === undefined || installed === undefined) throw new Error("usage: serve-registry.ts FOLDER INSTALLED");

const { runServer } = createRequire(join(installed, "verdaccio/package.json"))("verdaccio") as {
  runServer(config: object): Promise<Server>;
};
const server = await runServer({
  storage: join(folder, "storage"),
  self_path: folder,
  auth: { htpasswd: { file: join(folder, "htpasswd") } },
  uplinks: {},
  packages: { "**": { access: "$all", publish: "$all" } },
  log: { type: "file", path: join(folder, "log"), level: "warn" },
  web: { enable: false },
});
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
// Exits with the test that started it.
process.once("disconnect", () => process.exit());
