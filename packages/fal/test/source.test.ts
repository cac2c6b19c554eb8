import { vendoredDocumentSuite } from "@gpu/testing";

vendoredDocumentSuite({
  folder: new URL("../../../specs/fal/", import.meta.url),
  documentFile: new URL("../openapi.json", import.meta.url),
});
