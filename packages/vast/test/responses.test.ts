import { responsesSuite } from "@gpu/testing";

responsesSuite({
  documentFile: new URL("../openapi.json", import.meta.url),
  recordedResponsesFile: new URL("responses.json", import.meta.url),
});
