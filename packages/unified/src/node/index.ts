export { endOnSignal } from "./end-on-signal.js";
