import { readmeSuite } from "@gpu/testing";
import * as thunderCompute from "../src/index.js";

readmeSuite({
  readmeFile: new URL("../README.md", import.meta.url),
  documentFile: new URL("../openapi.json", import.meta.url),
  modules: { "@gpu/thunder-compute": thunderCompute },
  // A new instance can be missing from the list for a moment.
  responses: { listInstances: ["none", "instances"] },
  calls: ["listInstanceTypes", "createInstance", "listInstances", "listInstances", "listInstances", "deleteInstance"],
  prints: ["running: ssh -p 31245 ubuntu@203.0.113.24"],
});
