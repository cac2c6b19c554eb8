import { transportCases } from "@gpu/testing/transport";
import { describe, it } from "vitest";
import { createVastClient } from "../src/index.js";

const documentFile = new URL("../openapi.json", import.meta.url);
const rowsFile = new URL("transport.json", import.meta.url);

describe("transport", () => {
  for (const { name, run } of transportCases({ documentFile, rowsFile, createClient: createVastClient })) it(name, run);
});
