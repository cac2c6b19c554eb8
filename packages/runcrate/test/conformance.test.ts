import { conformanceCases } from "@gpu/testing/conformance";
import { describe, it } from "vitest";
import { createRuncrateClient } from "../src/index.js";

const documentFile = new URL("../openapi.json", import.meta.url);

describe("conformance", () => {
  for (const { name, run } of conformanceCases({ documentFile, createClient: createRuncrateClient })) it(name, run);
});
