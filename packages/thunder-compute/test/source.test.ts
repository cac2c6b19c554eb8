import { vendoredDocumentSuite } from "@gpu/testing";

vendoredDocumentSuite({
  folder: new URL("../../../specs/thunder-compute/", import.meta.url),
});
