import { rmSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { createShadeformClient, type paths } from "@gpu/shadeform";
import { run } from "@gpu-scripts/openapi/process.ts";
import ky from "ky";
import OpenAI from "openai";
import createOpenapiFetch from "openapi-fetch";

/** A client, with one call of the same list that parses its response. */
export interface Contestant {
  name: string;
  call: () => Promise<unknown>;
}

const key = "benchmark-key-0123456789";
const generated = new URL("build/redocly-client.ts", import.meta.url);

/** Generates a client of the same document with `redocly generate-client`. */
export async function generateRedoclyClient(): Promise<string> {
  const document = new URL("../../packages/shadeform/openapi.json", import.meta.url);
  const redocly = createRequire(import.meta.url).resolve("@redocly/cli/bin/cli.js");
  const output = fileURLToPath(generated);
  rmSync(output, { force: true });
  const args = ["generate-client", fileURLToPath(document), "--output", output, "--import-ext", "ts"];
  await run(process.execPath, [redocly, ...args], { cwd: fileURLToPath(new URL(".", import.meta.url)) });
  return output;
}

interface RedoclyClient {
  configure(config: { serverUrl: string; auth: { apiKey: string } }): void;
  listInstances(): Promise<unknown>;
}

/** Raw fetch twice, as base and as control; the clients with their default retries and timeouts. */
export async function contestants(baseUrl: string): Promise<Contestant[]> {
  const raw = async () => {
    const response = await fetch(`${baseUrl}/instances`, { headers: { "X-API-KEY": key } });
    return response.json();
  };
  const shadeform = createShadeformClient({ apiKey: key, baseUrl });
  const withMiddleware = createShadeformClient({ apiKey: key, baseUrl });
  withMiddleware.http.use({ onRequest: () => undefined });
  const withHooks = createShadeformClient({ apiKey: key, baseUrl, hooks: { onRequest: () => {}, onResponse: () => {} } });
  const openapiFetch = createOpenapiFetch<paths>({ baseUrl, headers: { "X-API-KEY": key } });
  const redocly = (await import(generated.href)) as RedoclyClient;
  redocly.configure({ serverUrl: baseUrl, auth: { apiKey: key } });
  const kyClient = ky.create({ prefix: baseUrl, headers: { "X-API-KEY": key } });
  const openai = new OpenAI({ apiKey: key, baseURL: baseUrl });
  return [
    { name: "raw fetch", call: raw },
    { name: "raw fetch again (control)", call: raw },
    { name: "@gpu/shadeform, named operation", call: () => shadeform.listInstances() },
    { name: "@gpu/shadeform, http.GET", call: () => shadeform.http.GET("/instances") },
    { name: "@gpu/shadeform, with middleware", call: () => withMiddleware.listInstances() },
    { name: "@gpu/shadeform, with hooks", call: () => withHooks.listInstances() },
    { name: "openapi-fetch, bare", call: () => openapiFetch.GET("/instances") },
    { name: "redocly generate-client", call: () => redocly.listInstances() },
    { name: "ky", call: () => kyClient.get("instances").json() },
    { name: "openai", call: () => openai.get("/instances") },
  ];
}
