import { vendoredDocumentSuite } from "@gpu/testing";

vendoredDocumentSuite(new URL("../../../specs/thunder-compute/", import.meta.url));
