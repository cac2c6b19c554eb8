import { readmeSuite } from "@gpu/testing";
import * as fal from "../src/index.js";

readmeSuite({
  readmeFile: new URL("../README.md", import.meta.url),
  documentFile: new URL("../openapi.json", import.meta.url),
  modules: { "@gpu/fal": fal },
  responses: { getInstance: ["notReady", "ready"] },
  calls: ["createInstance", "getInstance", "getInstance", "deleteInstance"],
  prints: ["ready: ssh ubuntu@203.0.113.42"],
});
