import { readmeSuite } from "@gpu/testing";
import * as runcrate from "../src/index.js";

readmeSuite({
  readmeFile: new URL("../README.md", import.meta.url),
  documentFile: new URL("../openapi.json", import.meta.url),
  modules: { "@gpu/runcrate": runcrate },
  responses: { getInstanceStatus: ["starting", "running"] },
  calls: ["listInstanceTypes", "listSshKeys", "createInstance", "getInstanceStatus", "getInstanceStatus", "deleteInstance"],
  prints: ["running: ssh root@203.0.113.47"],
});
