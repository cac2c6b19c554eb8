import { type ClientOptions, createVastClient } from "@gpu/vast";
import type { CloudDriver, Scenario } from "../clouds.js";
import { otherPublicKey, publicKey } from "../keys.js";
import type { AdvanceTime } from "./index.js";

/** The offer of the simulated catalogue that tests rent. */
export const vastAsk = 28_461_002;
export const vastBody = {
  image: "vastai/base-image:@vastai-automatic-tag",
  disk: 32,
  label: "train-42",
  runtype: "ssh_direct",
  target_state: "running",
  cancel_unavail: true,
} as const;

const breakable = { operation: "getCurrentUser", field: "credit" };

const driver: CloudDriver = {
  async create({ vast, simulator }) {
    // An ask can be rented only once, so the catalogue offers it several times.
    if (simulator.ledger().length === 0) simulator.catalogue("vast").setFree(String(vastAsk), 10);
    if (simulator.requests().some(({ operation }) => operation === "createInstance")) await simulator.clock.advance(4_500);
    return String((await vast.createInstance({ path: { id: vastAsk }, body: vastBody })).new_contract);
  },
  list: async ({ vast }) =>
    ((await vast.listInstances()).instances ?? []).map(({ id, actual_status, public_ipaddr }) => ({
      id: String(id),
      status: actual_status ?? "unreported",
      address: public_ipaddr?.trim() ?? null,
    })),
  delete: ({ vast }, id) => vast.deleteInstance({ path: { id } }),
  ready: "running",
  failed: "loading",
};

/** Calls every operation, each successfully. */
async function callEveryOperation(options: ClientOptions, advance: AdvanceTime): Promise<void> {
  const client = createVastClient(options);
  await client.searchOffers({
    body: {
      gpu_name: { in: ["RTX 4090"] },
      num_gpus: { eq: 1 },
      type: "bid",
      allocated_storage: 32,
      order: [["dph_total", "asc"]],
    },
  });
  const { key } = await client.createSshKey({ body: { ssh_key: publicKey } });
  const keyId = key?.id ?? 0;
  await client.listSshKeys();
  const { offers } = await client.searchVolumeOffers({ body: { machine_id: { eq: 41_002 }, limit: 1 } });
  const { volume_id } = await client.createVolume({ body: { id: offers[0]?.id ?? 0, size: 50, name: "datasets" } });
  const { new_contract: id } = await client.createInstance({
    path: { id: vastAsk },
    body: {
      ...vastBody,
      price: 1,
      env: { HF_HOME: "/workspace/hf", "-p 8080:8080": "1" },
      onstart: "nvidia-smi",
      volume_info: { create_new: false, volume_id, mount_path: "/data" },
    },
  });
  for (const ms of [0, 20_000, 40_000, 120_000]) {
    await advance(ms);
    await client.getInstance({ path: { id } });
    await client.listInstances({ query: { limit: 25, select_filters: '{"label":{"eq":"train-42"}}' } });
  }
  await client.listVolumes();
  await client.changeBid({ path: { id }, body: { client_id: "me", price: null } });
  await client.restartInstance({ path: { id } });
  await client.getInstance({ path: { id } });
  await advance(60_000);
  await client.recycleInstance({ path: { id } });
  await client.prepayInstance({ path: { id }, body: { amount: 50 } });
  await client.requestInstanceLogs({ path: { id }, body: { tail: "1000", daemon_logs: "false" } });
  await client.createSnapshot({
    path: { id },
    body: { personal_repo: "docker.io/ada/train", docker_login_pass: "dckr_pat_0123" },
  });
  await client.attachInstanceSshKey({ path: { id }, body: { ssh_key: otherPublicKey } });
  await client.listInstanceSshKeys({ path: { id } });
  await client.detachInstanceSshKey({ path: { id, ssh_key_id: keyId } });
  await client.updateInstance({ path: { id }, body: { label: "train-43" } });
  await client.updateInstance({ path: { id }, body: { state: "stopped" } });
  await advance(60_000);
  await client.getInstance({ path: { id } });
  await client.updateInstance({ path: { id }, body: { state: "running" } });
  await client.listInstances();
  await client.deleteInstance({ path: { id } });
  await advance(60_000);
  await client.getInstance({ path: { id } });
  await client.deleteVolume({ query: { id: volume_id } });
  await client.updateSshKey({ path: { id: keyId }, body: { ssh_key: otherPublicKey } });
  await client.deleteSshKey({ path: { id: keyId } });
  const { template } = await client.createTemplate({ body: { name: "train", image: "vastai/base-image", env: "-p 8080:8080" } });
  await client.listTemplates();
  await client.updateTemplate({ body: { hash_id: template?.hash_id ?? "", name: "train-2" } });
  await client.deleteTemplate({ body: { template_id: template?.id ?? 0 } });
  await client.getCurrentUser();
  await client.listInvoices({ query: { select_filters: '{"when":{"gte":1788249600,"lte":1790841600}}' } });
  await client.listCharges({ query: { select_filters: '{"day":{"gte":1788249600,"lte":1790841600}}' } });
}

export const vast: Scenario = { breakable, driver, callEveryOperation };
