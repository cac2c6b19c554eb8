// The server of the benchmark, in a process of its own: every request gets the same answer. Sends its port when it listens.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const answer = JSON.stringify({
  instances: Array.from({ length: 3 }, (_, index) => ({
    id: `d290f1ee-6c54-4b01-90e6-d701748f085${index}`,
    cloud: "hyperstack",
    region: "canada-1",
    shade_instance_type: "H100_sxm5",
    name: `train-${index}`,
    status: "active",
    ip: "203.0.113.7",
    ssh_user: "shadeform",
    ssh_port: 22,
    hourly_price: 299,
    created_at: "2026-11-21T00:00:00Z",
  })),
});

const server = createServer((request, response) => {
  request.resume();
  response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(answer) });
  response.end(answer);
});
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
process.on("disconnect", () => process.exit());
