import { vendoredDocumentSuite } from "@gpu/testing";

vendoredDocumentSuite(new URL("../../../specs/shadeform/", import.meta.url));
