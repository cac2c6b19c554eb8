import { type JsonObject, objectAt } from "@gpu-scripts/openapi/json.ts";
import { document } from "@gpu-scripts/openapi/test/document.ts";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { generateClient, generateIndex } from "../client.ts";

describe("the options parameter of an operation", () => {
  const id = { name: "id", in: "path", required: true, schema: { type: "string" } };
  const region = { name: "region", in: "query", required: true, schema: { type: "string" } };

  it("is optional when nothing is required", () => {
    expect(listWith([], [])).toContain("listInstances(options?: ");
  });

  it("is required when the operation has a required parameter", () => {
    expect(listWith([], [id])).toContain("listInstances(options: ");
  });

  it("is required when its path has a required parameter", () => {
    expect(listWith([id], [])).toContain("listInstances(options: ");
    expect(listWith([{ $ref: "#/components/parameters/Region" }], [])).toContain("listInstances(options: ");
  });

  it("is optional when the operation overrides a required parameter of its path", () => {
    expect(listWith([region], [{ ...region, required: false }])).toContain("listInstances(options?: ");
    expect(listWith([{ ...region, in: "header" }], [{ ...region, required: false }])).toContain("listInstances(options: ");
  });

  /** The generated client of a document with these parameters on the path and on the list operation. */
  function listWith(ofPath: JsonObject[], own: JsonObject[]): string {
    const changed = document();
    const path = objectAt(objectAt(changed, "paths"), "/instances");
    path["parameters"] = ofPath;
    objectAt(path, "get")["parameters"] = own;
    delete objectAt(path, "get")["x-pagination"];
    objectAt(objectAt(changed, "components"), "parameters")["Region"] = region;
    return generateClient(changed);
  }
});

it("gives a paginated list the iterators' type, with the pointers to its items", () => {
  const changed = document();
  const client = generateClient(changed);
  expect(client).toContain(`readonly listInstances: PagedOperation<operations["listInstances"], "/page/instances">;`);
  expect(client).toMatch(/^import \{.* type PagedOperation, /m);
  // The bundle contains only the code for this pagination style.
  expect(client).toMatch(/^import \{ type ClientOptions, createVendorClient, cursorPages, type HttpClient, /m);
  expect(client).toContain("(contract, options, { cursor: cursorPages });");
  const list = objectAt(objectAt(objectAt(changed, "paths"), "/instances"), "get");
  objectAt(list, "x-pagination")["items"] = ["/page/instances", "/instances"];
  expect(generateClient(changed)).toContain(`["listInstances"], "/page/instances" | "/instances">;`);
  delete list["x-pagination"];
  expect(generateClient(changed)).not.toMatch(/PagedOperation|cursorPages|numberedPages/);
});

it("imports the event stream reader only if an operation has an event stream", () => {
  const changed = document();
  expect(generateClient(changed)).not.toContain("eventStream");
  expect(generateIndex(changed)).not.toContain("EventStream");
  const list = objectAt(objectAt(objectAt(changed, "paths"), "/instances"), "get");
  const content = { "text/event-stream": { schema: { type: "string" } } };
  objectAt(list, "responses")["200"] = { description: "Events.", content };
  expect(generateClient(changed)).toMatch(/^import \{ .*createVendorClient, cursorPages, eventStream, /m);
  expect(generateClient(changed)).toContain("(contract, options, { cursor: cursorPages }, eventStream);");
  delete list["x-pagination"];
  expect(generateClient(changed)).toContain("(contract, options, {}, eventStream);");
  expect(generateIndex(changed)).toMatch(/ {2}type EventStream,[^}]* {2}type ServerSentEvent,/);
});

it("escapes texts that would end a comment", () => {
  const changed = document();
  const text = "Acme */ throw 1; /*\n*/ Compute";
  objectAt(changed, "info")["title"] = text;
  objectAt(changed, "info")["description"] = text;
  const operation = objectAt(objectAt(objectAt(changed, "paths"), "/instances"), "get");
  operation["summary"] = text;
  operation["description"] = text;
  objectAt(objectAt(objectAt(changed, "components"), "responses"), "Failure")["description"] = text;
  const statements = (client: string) =>
    ts.createSourceFile("client.ts", client, ts.ScriptTarget.Latest).statements.map(({ kind }) => ts.SyntaxKind[kind]);
  const client = generateClient(changed);
  expect(client).toContain("Typed client of the Acme *\\/ throw 1; /* *\\/ Compute API.");
  expect(statements(client)).toEqual(statements(generateClient(document())));
});
