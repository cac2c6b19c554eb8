import { contractSuite } from "@gpu/testing";
import { createNovitaClient } from "../src/index.js";

contractSuite({
  documentFile: new URL("../openapi.json", import.meta.url),
  createClient: createNovitaClient,
  recordedRequestsFile: new URL("requests.json", import.meta.url),
});
