import { contractSuite } from "@gpu/testing";
import { createRuncrateClient } from "../src/index.js";

contractSuite({
  documentFile: new URL("../openapi.json", import.meta.url),
  createClient: createRuncrateClient,
  recordedRequestsFile: new URL("requests.json", import.meta.url),
});
