import { transportCases } from "@gpu/testing/transport";
import { describe, it } from "vitest";
import { createRuncrateClient } from "../src/index.js";

const documentFile = new URL("../openapi.json", import.meta.url);
const errorsFile = new URL("errors.json", import.meta.url);

describe("transport", () => {
  for (const { name, run } of transportCases({ documentFile, errorsFile, createClient: createRuncrateClient })) it(name, run);
});
