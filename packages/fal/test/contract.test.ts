import { contractSuite } from "@gpu/testing";
import { createFalClient } from "../src/index.js";

contractSuite({
  documentFile: new URL("../openapi.json", import.meta.url),
  createClient: createFalClient,
  recordedRequestsFile: new URL("requests.json", import.meta.url),
});
