import { GpuError } from "@gpu/core";
import { preflightError } from "./errors.js";

/** A parsed OpenSSH public key. */
export interface SshPublicKey {
  readonly type: string;
  /** The key itself, Base64. */
  readonly blob: string;
  readonly comment: string;
}

const base64 = /^(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Parses one line of an OpenSSH public key; undefined if it is not one. */
export function parseSshPublicKey(line: string): SshPublicKey | undefined {
  if (/[\r\n]/.test(line.trim())) return undefined;
  const [type, blob, ...comment] = line.trim().split(/\s+/);
  const known =
    /^(?:ssh-(?:rsa|ed25519|dss)|ecdsa-sha2-nistp(?:256|384|521)|sk-(?:ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com)$/;
  if (!type || !blob || !known.test(type) || !base64.test(blob)) return undefined;
  return { type, blob, comment: comment.join(" ") };
}

/** The fingerprint as OpenSSH writes it: SHA-256 in Base64 without padding, without the `SHA256:` in front. */
export async function fingerprint(key: SshPublicKey): Promise<string> {
  const bytes = Uint8Array.from(atob(key.blob), (character) => character.charCodeAt(0));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return btoa(String.fromCharCode(...hash)).replace(/=+$/, "");
}

/** The name under which a key is registered with a vendor: `gpu-` and its fingerprint, in letters and digits. */
export function registeredKeyName(print: string): string {
  return `gpu-${print.replace(/[^A-Za-z0-9]/g, "").slice(0, 32)}`;
}

/** Whether two public keys are the same key, whatever their comments. */
export function isSameKey(line: string | null | undefined, key: SshPublicKey): boolean {
  const other = line ? parseSshPublicKey(line) : undefined;
  return other?.blob === key.blob && other.type === key.type;
}

/** The parsed `sshPublicKey` of a create. Throws `invalid_request` if it is not a public key. */
export function requireSshPublicKey(provider: string, line: string | undefined): SshPublicKey {
  const key = parseSshPublicKey(line ?? "");
  if (key) return key;
  throw preflightError(provider, "create", "invalid_request", "sshPublicKey is not one line of an OpenSSH public key");
}

/** A key as vendors register it. */
interface NamedKey {
  readonly name: string;
  readonly public_key: string;
}

/**
 * The vendor's id or name of a public key. Registers the key if `find`, which also gets its fingerprint, has none, and finds it again if
 * the vendor returns no id.
 */
export async function findOrRegister(
  provider: string,
  line: string | undefined,
  find: (key: SshPublicKey, print: string) => Promise<string | null>,
  register: (key: NamedKey) => Promise<string | null>,
): Promise<string> {
  const key = requireSshPublicKey(provider, line);
  const print = await fingerprint(key);
  const name = registeredKeyName(print);
  const known = await find(key, print);
  if (known !== null) return known;
  let conflict: unknown;
  try {
    const id = await register({ name, public_key: (line ?? "").trim() });
    if (id !== null) return id;
  } catch (error) {
    // Another process may have just registered the same key.
    if (!GpuError.isInstance(error) || error.code !== "conflict") throw error;
    conflict = error;
  }
  const id = await find(key, print);
  if (id !== null) return id;
  const reason = `the SSH key ${name} was registered, but the vendor returned no id`;
  throw conflict ?? preflightError(provider, "create", "vendor_contract", reason);
}
