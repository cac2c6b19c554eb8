// The server of the benchmark, which runs in its own process. It sends the same response to every request, and its port to the parent.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const body = JSON.stringify({
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
  response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
  response.end(body);
});
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
process.on("disconnect", () => process.exit());
