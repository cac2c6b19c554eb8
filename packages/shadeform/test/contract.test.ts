import { contractSuite } from "@gpu/testing";
import { createShadeformClient } from "../src/index.js";

contractSuite({
  documentFile: new URL("../openapi.json", import.meta.url),
  createClient: createShadeformClient,
  recordedRequestsFile: new URL("requests.json", import.meta.url),
});
