export { endOnSignal } from "./end-on-signal.js";
export { fileIntents } from "./file-intents.js";
export { sshProbe } from "./ssh-probe.js";
