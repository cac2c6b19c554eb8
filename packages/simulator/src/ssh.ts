import type { Random } from "./random.js";

/** An OpenSSH public key in its parts. */
export interface PublicKey {
  /** Such as `ssh-ed25519`. */
  type: string;
  /** The decoded Base64 part. */
  blob: Uint8Array<ArrayBuffer>;
}

/** Reads `<type> <base64> [comment]`. Undefined when it is not a public key: the blob must begin with the type's name. */
export function parsePublicKey(text: string): PublicKey | undefined {
  const [type, encoded] = text.trim().split(/\s+/);
  if (!type || !encoded) return undefined;
  let blob: Uint8Array<ArrayBuffer>;
  try {
    blob = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
  if (blob.length < 4) return undefined;
  const length = new DataView(blob.buffer).getUint32(0);
  const name = new TextDecoder().decode(blob.subarray(4, 4 + length));
  return name === type ? { type, blob } : undefined;
}

/** The fingerprint that `ssh-keygen -l` prints: `SHA256:` and unpadded Base64. */
export async function fingerprint(key: PublicKey): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", key.blob));
  return `SHA256:${base64(digest).replace(/=+$/, "")}`;
}

/** A well-formed Ed25519 public key without a private key. */
export function makePublicKey(random: Random, comment: string): string {
  const type = new TextEncoder().encode("ssh-ed25519");
  return `ssh-ed25519 ${base64(Uint8Array.from([0, 0, 0, type.length, ...type, 0, 0, 0, 32, ...random.bytes(32)]))} ${comment}`;
}

/** A text in the form of a private key, without a valid key. */
export function makePrivateKey(random: Random): string {
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${base64(random.bytes(48))}\n-----END OPENSSH PRIVATE KEY-----\n`;
}

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}
