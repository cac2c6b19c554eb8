// A user's program that sends through a proxy, with undici's own `fetch`. It prints what the proxy saw.
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { createShadeformClient } from "@gpu/shadeform";
import { createSimulator } from "@gpu/simulator";
import { fetch, ProxyAgent } from "undici";
import { fetch as fetchOf7 } from "undici-7";

const simulator = createSimulator({ vendors: ["shadeform"] });
const { urls, close } = await simulator.listen();

const connections: string[] = [];
const proxy = createServer().on("connect", ({ url = "" }, socket) => {
  connections.push(url);
  const target = connect(Number(url.split(":")[1]), "127.0.0.1", () => {
    socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
    target.pipe(socket).pipe(target);
  });
  target.on("error", () => socket.destroy());
});
proxy.listen(0, "127.0.0.1");
await once(proxy, "listening");

const dispatcher = new ProxyAgent({ uri: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, proxyTunnel: true });
const shadeform = createShadeformClient({
  apiKey: simulator.keys.shadeform,
  baseUrl: urls.shadeform,
  fetch: (url, init) => fetch(url, { ...init, dispatcher }),
});
const { instances } = await shadeform.listInstances();
const { status } = await shadeform.http.GET("/instances");

// Both versions fit as they are.
const direct = { apiKey: simulator.keys.shadeform, baseUrl: urls.shadeform };
for (const one of [fetch, fetchOf7]) await createShadeformClient({ ...direct, fetch: one }).listInstances();

console.log(JSON.stringify({ instances, status, toVendor: connections[0] === urls.shadeform?.split("/")[2] }));
await dispatcher.close();
proxy.close();
await close();
