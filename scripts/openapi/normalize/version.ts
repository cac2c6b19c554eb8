import type { Repair } from "./repair.ts";

export const version: Repair = {
  title: "raised to OpenAPI 3.1.0",
  apply(document, note) {
    if (document["openapi"] === "3.1.0") return;
    document["openapi"] = "3.1.0";
    note(["openapi"]);
  },
};
