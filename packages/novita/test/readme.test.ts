import { readmeSuite } from "@gpu/testing";
import * as novita from "../src/index.js";

readmeSuite({
  readmeFile: new URL("../README.md", import.meta.url),
  documentFile: new URL("../openapi.json", import.meta.url),
  modules: { "@gpu/novita": novita },
  responses: { getInstance: ["pulling", "running"] },
  calls: ["listInstanceTypes", "createInstance", "getInstance", "getInstance", "deleteInstance"],
  prints: ["running: ssh -p 30418 root@proxy.us-ca-6.gpu-instance.novita.ai"],
});
