/** Public keys, and their fingerprints from `ssh-keygen -l`. */
export const publicKeys = [
  {
    text: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPZF0ivPXjdsYBKwMkfTmXB3rI1bzs8pdVnEGAcBg0TX ada@workstation",
    fingerprint: "SHA256:hXSK9ixk8LpVeeGjSa6+tWRbK5uBfnqGUCZo2CaVeMI",
  },
  {
    text: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHuap2Y/yl8b0A6HrxEa5miBKtkPMbCrefXiH/swpf2a ada@laptop",
    fingerprint: "SHA256:OPLpU3PCCv7Ox8XcNXL2xmgEZTZnlBthC+u8CjAzPwQ",
  },
] as const;
export const publicKey = publicKeys[0].text;
export const otherPublicKey = publicKeys[1].text;
