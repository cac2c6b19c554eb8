import { createSimulator } from "@gpu/simulator";
import { expect, it } from "vitest";
import { createGpu, runcrate, shadeform } from "../src/index.js";
import { sshPublicKey } from "./fake-provider.js";

const providers = { shadeform, runcrate };

it.each(["shadeform", "runcrate"] as const)("a start script with CRLF is sent to %s with LF", async (vendor) => {
  const { keys, fetch, clock } = createSimulator({ vendors: [vendor] });
  const bodies: string[] = [];
  const noting: typeof fetch = (url, init) => {
    if (init?.method === "POST" && typeof init.body === "string") bodies.push(init.body);
    return fetch(url, init);
  };
  const gpu = createGpu({
    providers: [providers[vendor]({ apiKey: keys[vendor] })],
    owner: "scripts",
    defaults: { fetch: noting, clock },
  });
  const startupScript = "#!/bin/bash\r\necho one\r\nprintf 'a\\r'\n";
  await gpu.launch({ gpu: "H100", maxUsdPerHour: 9, name: "one", sshPublicKey, startupScript });
  const sent = bodies.flatMap((body) => {
    const { launch_configuration, launch_script } = JSON.parse(body);
    const base64 = launch_configuration?.script_configuration?.base64_script;
    return launch_script ?? (base64 ? Buffer.from(base64, "base64").toString() : []);
  });
  expect(sent).toEqual(["#!/bin/bash\necho one\nprintf 'a\\r'\n"]);
});
