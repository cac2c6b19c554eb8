export { answersSuite, type RecordedAnswer } from "./answers-suite.js";
export { type ContractSuiteOptions, contractSuite, type RecordedRequest } from "./contract-suite.js";
export { type PrismOptions, type PrismServer, PrismStartError, startPrism } from "./prism.js";
export { vendoredDocumentSuite } from "./vendored-document-suite.js";
