export { responsesSuite, type RecordedResponse } from "./responses-suite.js";
export { compile, type Diagnostic, pathNextTo } from "./compile.js";
export { type ContractSuiteOptions, contractSuite, type RecordedRequest } from "./contract-suite.js";
export { type ReadmeSuiteOptions, readmeSuite, typescriptBlocks } from "./readme-suite.js";
export { runModule } from "./run-module.js";
export { type TypesSuiteOptions, typesSuite } from "./types-suite.js";
export { type VendoredDocument, vendoredDocumentSuite } from "./vendored-document-suite.js";
