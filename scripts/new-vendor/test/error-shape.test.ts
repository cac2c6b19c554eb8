import type { JsonObject, JsonValue } from "@gpu-scripts/openapi/json.ts";
import { expect, it } from "vitest";
import { errorShape } from "../error-shape.ts";

function shapeOf(code: string[], message: string[], example: JsonValue) {
  const failure = (value: JsonValue): JsonObject => ({ description: "No.", content: { "application/json": { example: value } } });
  return errorShape({
    "x-gpu-client": { errors: { code, message } },
    paths: {
      "/a": {
        get: {
          responses: {
            "404": { $ref: "#/components/responses/Gone" },
            "429": { description: "Wait." },
            default: failure(example),
          },
        },
      },
    },
    components: { responses: { Gone: failure({ error: { code: "GONE" } }) } },
  });
}

it.each<[what: string, code: string[], message: string[], example: JsonValue, body: string]>([
  [
    "both at the top",
    ["/code"],
    ["/message"],
    { code: "A", message: "No", extra: [1] },
    '{"code":code,"message":message,"extra":[1]}',
  ],
  [
    "both inside",
    ["/error/code"],
    ["/error/text"],
    { error: { code: "A", text: "No" } },
    '{"error":{"code":code,"text":message}}',
  ],
  [
    "the pointers that the example follows",
    ["/reason", "/error"],
    ["/message", "/error"],
    { reason: "A", message: "No" },
    '{"reason":code,"message":message}',
  ],
  ["one field for both", ["/error"], ["/error"], { error: "No" }, '{"error":message}'],
  ["a number for a code, which stays", ["/code"], ["/message"], { code: 7, message: "No" }, '{"code":7,"message":message}'],
  ["a list", [], ["/errors/0/text"], { errors: [{ text: "No" }] }, '{"errors":[{"text":message}]}'],
])("an error body has %s", (_, code, message, example, body) => {
  const shape = shapeOf(code, message, example);
  expect(shape.body).toBe(body);
  expect(shape.hasCode).toBe(/(?<!")code(?!")/.test(body));
});

it("has the vendor's code for a status, and no body for statuses without one", () => {
  const shape = shapeOf(["/error/code"], ["/error/text"], { error: { code: "A", text: "No" } });
  expect([shape.codeOf("404"), shape.codeOf("429"), shape.codeOf("500")]).toEqual(["GONE", undefined, undefined]);
  expect([shape.isBare("404"), shape.isBare("429"), shape.isBare("500")]).toEqual([false, true, false]);
});
