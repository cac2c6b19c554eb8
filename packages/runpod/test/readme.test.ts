import { readmeSuite } from "@gpu/testing";
import * as runpod from "../src/index.js";

readmeSuite({
  readmeFile: new URL("../README.md", import.meta.url),
  documentFile: new URL("../openapi.json", import.meta.url),
  modules: { "@gpu/runpod": runpod },
  responses: { getInstance: ["created", "running"] },
  calls: ["listGpuTypes", "createInstance", "getInstance", "getInstance", "getInstanceLogs", "deleteInstance"],
  prints: ["ready: ssh -p 31544 root@203.0.113.20", "epoch 1", "epoch 2"],
});
