import { describe, expect, it } from "vitest";
import { fingerprint, isSameKey, parseSshPublicKey, registeredKeyName } from "../src/ssh-key.js";
import { sshPublicKey } from "./fake-provider.js";

const [type = "", blob = ""] = sshPublicKey.split(" ");

describe("an SSH public key", () => {
  it("is parsed with its comment", () => {
    expect(parseSshPublicKey(`  ${sshPublicKey} of mine \n`)).toEqual({ type, blob, comment: "ada@workstation of mine" });
    expect(parseSshPublicKey(`${type} ${blob}`)).toEqual({ type, blob, comment: "" });
  });

  it.each([
    "",
    "ssh-ed25519",
    `ssh-foo ${blob}`,
    `${type} not_base64!`,
    "-----BEGIN OPENSSH PRIVATE KEY-----",
    `${sshPublicKey}\n-----BEGIN OPENSSH PRIVATE KEY-----\nabc`,
    `${sshPublicKey}\r\n${sshPublicKey}`,
  ])("is not read from %j", (line) => {
    expect(parseSshPublicKey(line)).toBeUndefined();
  });

  it("has the fingerprint that ssh-keygen prints", async () => {
    const key = parseSshPublicKey(sshPublicKey);
    if (!key) throw new Error("the key was not read");
    // Output of `ssh-keygen -lf`.
    expect(await fingerprint(key)).toBe("hXSK9ixk8LpVeeGjSa6+tWRbK5uBfnqGUCZo2CaVeMI");
  });

  it("is registered with a derived name of letters and digits", () => {
    expect(registeredKeyName("ab+/cd")).toBe("gpu-abcd");
    expect(registeredKeyName("a".repeat(43))).toBe(`gpu-${"a".repeat(32)}`);
  });

  it("is the same whatever its comment", () => {
    const key = parseSshPublicKey(sshPublicKey);
    if (!key) throw new Error("the key was not read");
    expect(isSameKey(`${type} ${blob} other`, key)).toBe(true);
    expect(isSameKey(`${type} ${blob.replace("IPZ", "IPY")}`, key)).toBe(false);
    for (const none of [null, undefined, "", "x"]) expect(isSameKey(none, key)).toBe(false);
  });
});
