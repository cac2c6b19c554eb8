export { type TransportTarget, transportCases } from "./transport/run.js";
