import { vendoredDocumentSuite } from "@gpu/testing";

vendoredDocumentSuite({
  folder: new URL("../../../specs/shadeform/", import.meta.url),
  documentFile: new URL("../openapi.json", import.meta.url),
});
