import { type ClientOptions, createLambdaClient } from "@gpu/lambda";
import type { CloudDriver, Scenario } from "../clouds.js";
import { publicKey } from "../keys.js";
import type { AdvanceTime } from "./index.js";

/** The body of a launch without a key, because a launch takes the name of a registered key. */
export const lambdaPlace = { region_name: "us-south-1", instance_type_name: "gpu_1x_h100_sxm5" } as const;
export const lambdaKey = { name: "workstation", public_key: publicKey } as const;
/** Minimum time between two launches, in milliseconds. */
export const launchIntervalMs = 12_000;

const breakable = { operation: "listInstanceTypes", field: "price_cents_per_hour" };

const driver: CloudDriver = {
  async create({ lambda, simulator }) {
    if ((await lambda.listSshKeys()).data.length === 0) await lambda.createSshKey({ body: lambdaKey });
    if (simulator.requests().some(({ operation }) => operation === "createInstance")) {
      await simulator.clock.advance(launchIntervalMs);
    }
    const body = { ...lambdaPlace, ssh_key_names: [lambdaKey.name], name: "train-42" };
    return (await lambda.createInstance({ body })).data.instance_ids[0] ?? "";
  },
  list: async ({ lambda }) =>
    (await lambda.listInstances()).data.map(({ id, status, ip = null }) => ({ id, status, address: ip })),
  delete: ({ lambda }, id) => lambda.deleteInstance({ body: { instance_ids: [id] } }),
  ready: "active",
  failed: "unhealthy",
  hasAddressWhileBooting: true,
};

/** Calls every operation, each successfully. */
async function callEveryOperation(options: ClientOptions, advance: AdvanceTime): Promise<void> {
  const client = createLambdaClient(options);
  await client.listInstanceTypes();
  await client.listRegions();
  const { data: images } = await client.listImages();
  const { data: key } = await client.createSshKey({ body: lambdaKey });
  const { data: generated } = await client.createSshKey({ body: { name: "generated" } });
  await client.listSshKeys();
  const { data: volume } = await client.createVolume({ body: { name: "datasets", region: lambdaPlace.region_name } });
  await client.listVolumes();
  await client.listFilesystems();
  const ssh = { protocol: "tcp", port_range: [22, 22], source_network: "0.0.0.0/0", description: "SSH" } as const;
  const ping = { protocol: "icmp", source_network: "0.0.0.0/0", description: "Ping" } as const;
  const rules = [{ ...ssh, port_range: [22, 22] }, ping];
  const { data: ruleset } = await client.createFirewallRuleset({
    body: { name: "notebooks", region: lambdaPlace.region_name, rules },
  });
  const image = images.find(({ region }) => region.name === lambdaPlace.region_name);
  const launch = { ...lambdaPlace, ssh_key_names: [key.name] };
  const { data: launched } = await client.createInstance({
    body: {
      ...launch,
      name: "train-42",
      hostname: "train-42",
      image: { id: image?.id ?? "" },
      user_data: "#!/bin/bash\nnvidia-smi\n",
      tags: [{ key: "team", value: "research" }],
      file_system_names: [volume.name],
      file_system_mounts: [{ mount_point: "/data/sets", file_system_id: volume.id }],
      firewall_rulesets: [{ id: ruleset.id }],
    },
  });
  await advance(launchIntervalMs);
  const { data: second } = await client.createInstance({ body: { ...launch, image: { family: "lambda-stack-22-04" } } });
  const [id = ""] = launched.instance_ids;
  for (const ms of [0, 45_000, 200_000]) {
    await advance(ms);
    await client.getInstance({ path: { id } });
    await client.listInstances();
  }
  await client.updateInstance({ path: { id }, body: { name: "train-43" } });
  await client.restartInstance({ body: { instance_ids: [id] } });
  await client.deleteInstance({ body: { instance_ids: [id, ...second.instance_ids] } });
  await client.getInstance({ path: { id } });
  await advance(20_000);
  await client.getInstance({ path: { id } });
  await client.listInstances();
  await advance(60_000);
  await client.listInstances({ query: { page_token: btoa("offset:0") } });
  await client.deleteVolume({ path: { id: volume.id } });
  await client.listFirewallRules();
  await client.replaceFirewallRules({ body: { data: rules } });
  await client.listFirewallRulesets();
  await client.getFirewallRuleset({ path: { id: ruleset.id } });
  await client.updateFirewallRuleset({ path: { id: ruleset.id }, body: { name: "jupyter", rules } });
  await client.deleteFirewallRuleset({ path: { id: ruleset.id } });
  await client.getGlobalFirewallRuleset();
  await client.updateGlobalFirewallRuleset({ body: { rules } });
  await client.deleteSshKey({ path: { id: key.id } });
  await client.deleteSshKey({ path: { id: generated.id } });
  await client.listAuditEvents();
}

export const lambda: Scenario = { breakable, driver, callEveryOperation };
