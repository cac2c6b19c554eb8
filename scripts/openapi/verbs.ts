// The verbs with which names of operations begin, one vocabulary over all vendors.

/** Of reads. */
export const readVerbs = ["get", "list", "search", "check", "download", "export"];

/** Of calls that end or give back something: none of them costs money. */
export const endingVerbs = [
  "cancel",
  "delete",
  "detach",
  "disable",
  "disconnect",
  "leave",
  "pause",
  "reject",
  "remove",
  "revoke",
  "stop",
  "suspend",
  "terminate",
  "unassign",
];

/** Of calls that change something. */
export const writeVerbs = [
  ...endingVerbs,
  "accept",
  "activate",
  "add",
  "apply",
  "approve",
  "assign",
  "attach",
  "change",
  "check",
  "clone",
  "connect",
  "copy",
  "create",
  "deploy",
  "enable",
  "execute",
  "export",
  "extend",
  "generate",
  "import",
  "invite",
  "launch",
  "lock",
  "migrate",
  "move",
  "prepay",
  "promote",
  "publish",
  "purchase",
  "reboot",
  "rebuild",
  "recycle",
  "redeploy",
  "refresh",
  "register",
  "rename",
  "renew",
  "replace",
  "request",
  "reset",
  "resize",
  "restart",
  "restore",
  "resume",
  "retry",
  "rotate",
  "run",
  "save",
  "scale",
  "search",
  "send",
  "set",
  "start",
  "submit",
  "sync",
  "test",
  "transfer",
  "trigger",
  "unlock",
  "update",
  "upgrade",
  "validate",
  "verify",
];

/** Whether a name is camelCase: a verb that suits the method, and a noun. */
export function isOperationName(name: string, method: string): boolean {
  const verb = verbOf(name);
  return verb !== undefined && (method === "get" ? readVerbs : writeVerbs).includes(verb);
}

/** The verb of a camelCase name with a noun; undefined when it has another form. */
export function verbOf(name: string): string | undefined {
  return /^([a-z]+)([A-Z][a-z\d]*)+$/.exec(name)?.[1];
}
