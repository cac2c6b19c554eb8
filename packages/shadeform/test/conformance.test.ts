import { conformanceCases } from "@gpu/testing/conformance";
import { describe, it } from "vitest";
import { createShadeformClient } from "../src/index.js";

const documentFile = new URL("../openapi.json", import.meta.url);

describe("conformance", () => {
  for (const { name, run } of conformanceCases({ documentFile, createClient: createShadeformClient })) it(name, run);
});
