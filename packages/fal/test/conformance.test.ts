import { conformanceCases } from "@gpu/testing/conformance";
import { describe, it } from "vitest";
import { createFalClient } from "../src/index.js";

const documentFile = new URL("../openapi.json", import.meta.url);

describe("conformance", () => {
  for (const { name, run } of conformanceCases({ documentFile, createClient: createFalClient })) it(name, run);
});
