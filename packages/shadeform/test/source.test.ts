import { vendoredDocumentSuite } from "@gpu/testing";

vendoredDocumentSuite({
  folder: new URL("../../../specs/shadeform/", import.meta.url),
});
