import { readmeSuite } from "@gpu/testing";
import * as vast from "../src/index.js";

readmeSuite({
  readmeFile: new URL("../README.md", import.meta.url),
  documentFile: new URL("../openapi.json", import.meta.url),
  modules: { "@gpu/vast": vast },
  calls: ["searchOffers", "createInstance", "getInstance", "deleteInstance"],
  prints: ["running: ssh -p 30011 root@ssh4.vast.ai"],
});
