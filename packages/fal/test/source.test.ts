import { vendoredDocumentSuite } from "@gpu/testing";

vendoredDocumentSuite(new URL("../../../specs/fal/", import.meta.url));
