import { vendoredDocumentSuite } from "@gpu/testing";

vendoredDocumentSuite({
  folder: new URL("../../../specs/fal/", import.meta.url),
});
