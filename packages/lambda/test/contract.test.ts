import { contractSuite } from "@gpu/testing";
import { createLambdaClient } from "../src/index.js";

contractSuite({
  documentFile: new URL("../openapi.json", import.meta.url),
  createClient: createLambdaClient,
  recordedRequestsFile: new URL("requests.json", import.meta.url),
});
