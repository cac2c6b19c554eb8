import { contractSuite } from "@gpu/testing";
import { createRunPodClient } from "../src/index.js";

contractSuite({
  documentFile: new URL("../openapi.json", import.meta.url),
  createClient: createRunPodClient,
  recordedRequestsFile: new URL("requests.json", import.meta.url),
});
