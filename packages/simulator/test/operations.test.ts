import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { describe, expect, it } from "vitest";
import { vendorNames } from "../src/generated/vendor-names.js";
import { definitions } from "../src/generated/vendors.js";
import { createSimulator, type VendorName } from "../src/index.js";
import type { OperationRoute } from "../src/vendor.js";
import { scenarios } from "./generated/vendors.js";
import { operationsOf, readDocument } from "./scenarios/index.js";

interface ResponseObject {
  $ref?: string;
  content?: Record<string, unknown>;
  "x-empty"?: boolean;
}

/** Returns a function that validates responses against the document's schemas, and returns the errors. */
function responseValidator(vendor: VendorName): (operation: string, status: number, text: string) => string[] {
  const document = readDocument(vendor);
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema(document, "document");
  const pointerOf = new Map<string, string>();
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      for (const status of Object.keys(operation.responses)) {
        pointerOf.set(`${operation.operationId} ${status}`, `/paths/${pointerPart(path)}/${method}/responses/${status}`);
      }
    }
  }
  function resolve(pointer: string): { pointer: string; response: ResponseObject } {
    const parts = pointer
      .split("/")
      .slice(1)
      .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
    const response = parts.reduce<unknown>((node, part) => (node as Record<string, unknown>)[part], document) as ResponseObject;
    return response.$ref ? resolve(response.$ref.slice(1)) : { pointer, response };
  }
  return (operation, status, text) => {
    const found = pointerOf.get(`${operation} ${status}`) ?? (status >= 400 ? pointerOf.get(`${operation} default`) : undefined);
    if (!found) return [`${operation} has no response ${status}`];
    const { pointer, response } = resolve(found);
    if (text === "" && response["x-empty"]) return [];
    if (!response.content) return text === "" ? [] : [`${operation} ${status} has no body, but there is ${text}`];
    if (!response.content["application/json"])
      return text === "" || text.startsWith("{") ? [`${operation} ${status} is a text, not ${text}`] : [];
    const fragment = `${pointer}/content/application~1json/schema`.split("/").map(encodeURIComponent).join("/");
    const validate = ajv.getSchema(`document#${fragment}`);
    if (!validate) throw new Error(`the document has no schema ${fragment}`);
    if (text === "") return [`${operation} ${status} has a body, but there is none`];
    validate(JSON.parse(text));
    return (validate.errors ?? []).map((error) => `${operation} ${status} ${error.instancePath || "/"} ${error.message}`);
  };
}

const pointerPart = (part: string) => part.replaceAll("~", "~0").replaceAll("/", "~1");

describe.each(vendorNames)("%s", (vendor) => {
  const operations = operationsOf(vendor);
  const routes: Readonly<Record<string, OperationRoute>> = definitions[vendor].operations;

  it("has exactly the operations of the document", () => {
    const simulated = Object.entries(routes).map(([name, { method, path, public: isPublic = false, atRoot = false }]) => ({
      name,
      method,
      path,
      atRoot,
      isPublic,
    }));
    const documented = operations.map(({ statuses: _, ...operation }) => operation);
    const byName = (one: { name: string }, other: { name: string }) => one.name.localeCompare(other.name);
    expect(simulated.sort(byName)).toEqual(documented.sort(byName));
  });

  it("sends documented responses from every operation", async () => {
    const simulator = createSimulator();
    const check = responseValidator(vendor);
    const errors: string[] = [];
    const options = {
      apiKey: simulator.keys[vendor],
      clock: simulator.clock,
      fetch: async (url: string, init: RequestInit) => {
        const response = await simulator.fetch(url, init);
        const operation = simulator.requests().at(-1)?.operation ?? "unknown";
        errors.push(...check(operation, response.status, await response.clone().text()));
        return response;
      },
    };
    await scenarios[vendor].callEveryOperation(options, (ms) => simulator.clock.advance(ms));
    expect(errors).toEqual([]);
    const succeeded = new Set(simulator.requests().map(({ operation, status }) => status !== null && status < 300 && operation));
    expect(operations.map(({ name }) => name).filter((name) => !succeeded.has(name))).toEqual([]);
    expect(simulator.requests().filter(({ status }) => (status ?? 500) >= 300)).toEqual([]);
  });

  it("sends documented errors", async () => {
    const simulator = createSimulator();
    const check = responseValidator(vendor);
    const [base] = definitions[vendor].baseUrls;
    for (const operation of operations) {
      const url = (operation.atRoot ? new URL(base).origin : base) + operation.path.replaceAll(/\{[^}]+\}/g, "nobody");
      const init = { method: operation.method, ...(operation.method === "GET" ? {} : { body: "{}" }) };
      const keyKinds = operation.isPublic ? [] : (["forbidden", "expired_key", "unauthorized"] as const);
      for (const kind of ["rate_limited", "error_before_commit", ...keyKinds] as const) {
        simulator.fault({ vendor, kind });
        const response = await simulator.fetch(url, init);
        expect(response.ok).toBe(false);
        expect(check(operation.name, response.status, await response.text())).toEqual([]);
      }
      const withoutKey = await simulator.fetch(url, init);
      expect([operation.name, [401, 403].includes(withoutKey.status)]).toEqual([operation.name, !operation.isPublic]);
      expect(check(operation.name, withoutKey.status, await withoutKey.text())).toEqual([]);
    }
  });
});

it("has at least 115 operations over all vendors", () => {
  expect(vendorNames.flatMap(operationsOf).length).toBeGreaterThanOrEqual(115);
});
