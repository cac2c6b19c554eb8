// Serves the built app on a free loopback port, which it sends to the process that started it. Ends with that process.
const { createServer } = require("node:http");
const next = require("next");

async function main() {
  const app = next({ dev: false, dir: __dirname, hostname: "127.0.0.1" });
  await app.prepare();
  const server = createServer(app.getRequestHandler());
  server.listen(0, "127.0.0.1", () => process.send(server.address().port));
  process.once("disconnect", () => process.exit());
}

main();
