import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import type { JsonObject } from "../json.ts";
import { operationKey, operationsOf } from "../operations.ts";
import { readPublished } from "../published.ts";

const document = (path: string, more: JsonObject = {}): JsonObject => ({
  openapi: "3.1.0",
  info: { title: "Clouds", version: "1" },
  servers: [{ url: "https://api.clouds.example" }],
  paths: { [path]: { get: { responses: { "200": { $ref: "#/components/responses/Fine" } } } } },
  components: { responses: { Fine: { description: "Fine." } }, ...more },
});
const page = (content: JsonObject, fence = "````yaml GET /x") =>
  `# A page\n\nText.\n\n${fence}\n${stringify(content)}${/^`+|^~+/.exec(fence)?.[0]}\n\nMore.\n`;

let server: Server;
let folder: string;
let base: string;
const pages = new Map<string, string>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gpu-published-"));
  server = createServer((request, response) => {
    const text = pages.get(request.url ?? "");
    response.statusCode = text === undefined ? 404 : 200;
    response.end(text ?? "nothing here");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

async function publish(name: string, text: string): Promise<{ url: string; file: string }> {
  pages.set(`/${name}`, text);
  await writeFile(join(folder, name), text);
  return { url: `${base}/${name}`, file: join(folder, name) };
}

const operations = (read: { document: JsonObject }) => operationsOf(read.document).map(operationKey);

describe("a published document", () => {
  it.each([
    ["JSON", "api.json", JSON.stringify(document("/a"))],
    ["YAML", "api.yaml", stringify(document("/a"))],
    ["YAML with a comment first", "comment.yaml", `# Ours\n${stringify(document("/a"))}`],
  ])("is read from %s and kept byte for byte", async (_, name, text) => {
    for (const place of Object.values(await publish(name, text))) {
      const read = await readPublished(place, "vendor");
      expect(read.text).toBe(text);
      expect(operations(read)).toEqual(["GET /a"]);
    }
  });

  it.each(["```yaml", "````yaml GET /x", "~~~yml", "```"])(
    "is read from a page's code fence that begins with %s",
    async (fence) => {
      const { url } = await publish("page.md", page(document("/a"), fence));
      const read = await readPublished(url, "vendor");
      expect(read.text).toBe(stringify(document("/a")));
    },
  );

  it("is merged from the pages in an index, on a server or in a folder", async () => {
    await publish("one.md", page(document("/a")));
    await publish("two.md", page(document("/b", { schemas: { Two: { type: "string" } } })));
    await publish("words.md", "# Only words\n");
    const index =
      "# Docs\n\n- [One](one.md): first\n- [Two](./two.md)\n- [Words](words.md)\n- [Elsewhere](https://elsewhere.example/x.md)\n";
    const { url } = await publish("llms.txt", index);
    const read = await readPublished(url, "vendor");
    expect(operations(read)).toEqual(["GET /a", "GET /b"]);
    expect(read.document["components"]).toEqual({
      responses: { Fine: { description: "Fine." } },
      schemas: { Two: { type: "string" } },
    });
    await writeFile(join(folder, "local.txt"), "- [One](one.md)\n- [Two](two.md)\n");
    expect(operations(await readPublished(join(folder, "local.txt"), "vendor"))).toEqual(["GET /a", "GET /b"]);
  });

  it("applies the root fields of a page only to its own operations", async () => {
    await publish("first.md", page(document("/a")));
    await publish("second.md", page({ ...document("/b"), servers: [{ url: "https://other.clouds.example" }] }));
    const { url } = await publish("index.txt", "[1](first.md) [2](second.md)");
    const { document: merged } = await readPublished(url, "vendor");
    expect(merged["servers"]).toEqual([{ url: "https://api.clouds.example" }]);
    expect(merged["paths"]).toMatchObject({ "/b": { get: { servers: [{ url: "https://other.clouds.example" }] } } });
  });

  it.each([
    ["an empty file", "empty.yaml", " \n", /is empty/],
    ["a web page", "page.html", "<!DOCTYPE html>\n<html><body>Loading</body></html>", /is HTML.*\.md/],
    ["truncated JSON", "cut.json", JSON.stringify(document("/a")).slice(0, -5), /truncated or not JSON/],
    [
      "a page with an open code fence",
      "cut.md",
      page(document("/a")).split("````\n\nMore")[0] ?? "",
      /truncated: the code fence that opens on line 5/,
    ],
    ["broken YAML", "broken.yaml", "openapi: 3.1.0\npaths: {a: [\n", /broken\.yaml:\d+: not readable/],
    ["plain text", "words.txt", "We moved our documentation.", /has no OpenAPI document/],
    ["an index of pages without a document", "bare.txt", "[words](words.md)", /none of the 1 pages/],
  ])("is rejected as %s, with the reason", async (_, name, text, reason) => {
    const { url } = await publish(name, text);
    await expect(readPublished(url, "vendor")).rejects.toThrow(reason);
  });

  it("is rejected when a page of the index is missing, which would look like removed operations", async () => {
    const { url } = await publish("holes.txt", "[1](one.md) [2](missing.md)");
    await expect(readPublished(url, "vendor")).rejects.toThrow(/missing\.md: cannot be fetched: status 404/);
  });

  it("is rejected when two pages contradict each other", async () => {
    await publish("x.md", page(document("/a")));
    await publish("y.md", page({ ...document("/b"), components: { responses: { Fine: { description: "Other." } } } }));
    const { url } = await publish("disagree.txt", "[1](x.md) [2](y.md)");
    await expect(readPublished(url, "vendor")).rejects.toThrow(/two pages disagree about components\.responses\.Fine/);
  });

  it("is not fetched over plain HTTP from a remote host", async () => {
    await expect(readPublished("http://clouds.example/openapi.json", "vendor")).rejects.toThrow(/use https/);
  });
});
