import { contractSuite } from "@gpu/testing";
import { createThunderComputeClient } from "../src/index.js";

contractSuite({
  documentFile: new URL("../openapi.json", import.meta.url),
  createClient: createThunderComputeClient,
  recordedRequestsFile: new URL("requests.json", import.meta.url),
});
