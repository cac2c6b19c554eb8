import type { JsonObject } from "../json.ts";

/** A small document that breaks no rule. Each test changes one thing in its own copy. */
export function document(): JsonObject {
  return {
    openapi: "3.1.0",
    info: { title: "Acme Compute", version: "1.0.0", description: "Rents machines." },
    servers: [{ url: "https://api.acme.dev/v1" }],
    security: [{ ApiKeyAuth: [] }],
    tags: [{ name: "Instances", description: "Rent machines." }],
    "x-gpu-client": {
      vendor: "acme",
      apiKeyEnv: "ACME_API_KEY",
      apiKeyPrefix: "Bearer ",
      errors: {
        code: ["/error/code"],
        message: ["/error/message"],
        requestId: [],
        words: { SOLD_OUT: "no_capacity" },
        phrases: [{ status: 500, contains: "sold out", code: "no_capacity", sideEffect: "none" }],
      },
    },
    paths: {
      "/instances": {
        get: {
          operationId: "listInstances",
          summary: "List the instances",
          description: "Lists them all.\n\nSource: https://docs.acme.dev/list",
          tags: ["Instances"],
          "x-pagination": { style: "cursor", request: "cursor", next: "/next", items: "/page/instances" },
          parameters: [{ $ref: "#/components/parameters/Cursor" }],
          responses: {
            "200": {
              description: "The instances.",
              content: {
                "application/json": {
                  schema: { $ref: "#/components/schemas/ListInstancesResponse" },
                  example: { next: null, page: { instances: [] } },
                },
              },
            },
            "401": { $ref: "#/components/responses/Failure" },
            default: { $ref: "#/components/responses/Failure" },
          },
        },
        post: {
          operationId: "createInstance",
          summary: "Create an instance",
          description: "Rents one.\n\nSource: https://docs.acme.dev/create",
          tags: ["Instances"],
          "x-paid": true,
          "x-idempotency-key": { header: "Idempotency-Key", windowSeconds: 600 },
          parameters: [{ name: "Idempotency-Key", in: "header", description: "A key.", schema: { type: "string" } }],
          requestBody: {
            required: true,
            content: {
              "application/json": {
                schema: { $ref: "#/components/schemas/CreateInstanceRequest" },
                examples: { plain: { value: { name: "train-42" } } },
              },
            },
          },
          responses: {
            "201": { description: "Rented; no body." },
            "401": { $ref: "#/components/responses/Failure" },
            default: { $ref: "#/components/responses/Failure" },
          },
        },
      },
    },
    components: {
      securitySchemes: { ApiKeyAuth: { type: "http", scheme: "bearer" } },
      parameters: { Cursor: { name: "cursor", in: "query", description: "Where to go on.", schema: { type: "string" } } },
      responses: {
        Failure: {
          description: "It failed.",
          content: {
            "application/json": {
              schema: { $ref: "#/components/schemas/ApiErrorBody" },
              example: { error: { message: "no such key" } },
            },
          },
        },
      },
      schemas: {
        ListInstancesResponse: {
          type: "object",
          description: "A page.",
          properties: {
            next: { type: ["string", "null"], description: "The next cursor." },
            page: {
              anyOf: [
                {
                  type: "object",
                  properties: { instances: { type: "array", items: { $ref: "#/components/schemas/Instance" } } },
                },
                { type: "null" },
              ],
            },
          },
        },
        Instance: {
          type: "object",
          description: "One machine.",
          properties: {
            id: { type: "string", description: "Its id." },
            status: { $ref: "#/components/schemas/InstanceStatus" },
            hourly_price: { type: "number", description: "Price in US dollars per hour." },
            memory_gb: { type: "integer", description: "Memory in GB." },
          },
        },
        InstanceStatus: { type: "string", "x-extensible-enum": ["pending", "running"], description: "Its state." },
        CreateInstanceRequest: {
          type: "object",
          description: "What to rent.",
          properties: {
            name: { type: "string", description: "Its name." },
            password: { type: "string", description: "For logging in.", "x-secret": true },
            env: { type: "array", items: { $ref: "#/components/schemas/EnvironmentVariable" } },
          },
        },
        EnvironmentVariable: {
          type: "object",
          description: "A variable.",
          properties: {
            key: { type: "string", description: "Name." },
            value: { type: "string", description: "Value.", "x-secret": true },
          },
        },
        ApiErrorBody: {
          type: "object",
          description: "What went wrong.",
          properties: { error: { type: "object", properties: { message: { type: "string", description: "Text." } } } },
        },
      },
    },
  };
}
