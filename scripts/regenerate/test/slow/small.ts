import type { JsonObject } from "@gpu-scripts/openapi/json.ts";

const json = (name: string) => ({ "application/json": { schema: { $ref: `#/components/schemas/${name}` } } });
const failure = { description: "It failed.", content: json("ApiErrorBody") };
const id = { name: "id", in: "path", required: true, schema: { type: "string" } };

/** A small composed document of a fictional vendor, with every part that the edits change. */
export const small = (): JsonObject =>
  structuredClone({
    openapi: "3.1.0",
    info: { title: "Small API", version: "1.0.0", description: "Machines." },
    servers: [{ url: "https://api.small.example/v1" }],
    security: [{ ApiKeyAuth: [] }],
    "x-gpu-client": {
      vendor: "small",
      apiKeyEnv: "SMALL_API_KEY",
      apiKeyPrefix: "",
      errors: { code: ["/code"], message: ["/message"], requestId: [] },
    },
    paths: {
      "/machines": {
        get: {
          operationId: "listMachines",
          description: "Lists machines.",
          responses: { "200": { description: "The machines.", content: json("MachineList") }, default: failure },
        },
        post: {
          operationId: "createMachine",
          description: "Rents a machine.",
          "x-paid": true,
          requestBody: { required: true, content: json("CreateMachineRequest") },
          responses: { "201": { description: "Rented.", content: json("Machine") }, "400": failure, default: failure },
        },
      },
      "/machines/{id}": {
        parameters: [id],
        delete: {
          operationId: "deleteMachine",
          description: "Deletes a machine.",
          "x-idempotent": true,
          responses: { "204": { description: "Deleted." }, default: failure },
        },
      },
    },
    components: {
      securitySchemes: { ApiKeyAuth: { type: "apiKey", in: "header", name: "X-Key" } },
      schemas: {
        Machine: {
          type: "object",
          required: ["id", "status"],
          properties: {
            id: { type: "string" },
            status: { $ref: "#/components/schemas/MachineStatus" },
            memory: { type: "integer" },
          },
        },
        MachineStatus: { type: "string", "x-extensible-enum": ["pending", "running"] },
        MachineList: {
          type: "object",
          required: ["machines", "total"],
          properties: {
            machines: { type: "array", items: { $ref: "#/components/schemas/Machine" } },
            total: { type: "integer" },
            next: { type: "string" },
          },
        },
        CreateMachineRequest: {
          type: "object",
          required: ["gpu"],
          properties: {
            gpu: { type: "string" },
            name: { type: "string" },
            tags: { type: "object", additionalProperties: { type: "string" } },
          },
        },
        ApiErrorBody: {
          type: "object",
          required: ["message"],
          properties: { code: { type: "string" }, message: { type: "string" } },
        },
      },
    },
  } satisfies JsonObject);
