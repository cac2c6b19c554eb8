import { contractSuite } from "@gpu/testing";
import { createVastClient } from "../src/index.js";

contractSuite({
  documentFile: new URL("../openapi.json", import.meta.url),
  createClient: createVastClient,
  recordedRequestsFile: new URL("requests.json", import.meta.url),
});
