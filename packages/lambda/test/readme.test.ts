import { readmeSuite } from "@gpu/testing";
import * as lambda from "../src/index.js";

readmeSuite({
  readmeFile: new URL("../README.md", import.meta.url),
  documentFile: new URL("../openapi.json", import.meta.url),
  modules: { "@gpu/lambda": lambda },
  responses: { getInstance: ["booting", "active"] },
  calls: ["listInstanceTypes", "listSshKeys", "createInstance", "getInstance", "getInstance", "deleteInstance"],
  prints: ["active: ssh ubuntu@198.51.100.12"],
});
