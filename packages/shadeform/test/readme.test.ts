import { readmeSuite } from "@gpu/testing";
import * as shadeform from "../src/index.js";

readmeSuite({
  readmeFile: new URL("../README.md", import.meta.url),
  documentFile: new URL("../openapi.json", import.meta.url),
  modules: { "@gpu/shadeform": shadeform },
  responses: { getInstance: ["pending", "active"] },
  calls: ["listInstanceTypes", "createInstance", "getInstance", "getInstance", "deleteInstance"],
  prints: ["active: ssh -p 22 shadeform@203.0.113.24"],
});
