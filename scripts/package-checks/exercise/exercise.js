// Exercises the published packages, with the same program on every runtime. It needs `fetch` and nothing of Node.js.
import { createShadeformClient } from "@gpu/shadeform";
import { createSimulator, createVirtualClock } from "@gpu/simulator";
import { createGpu, fal, GpuError, novita, runcrate, shadeform, thunderCompute } from "@gpu/unified";

const sshPublicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPZF0ivPXjdsYBKwMkfTmXB3rI1bzs8pdVnEGAcBg0TX ada@workstation";

/** The launch on each cloud. */
const requests = {
  "thunder-compute": { gpu: "H100", sshPublicKey },
  shadeform: { gpu: "H100", sshPublicKey },
  fal: { gpu: "H100", sshPublicKey },
  novita: { gpu: "H100", image: "pytorch/pytorch:latest" },
  runcrate: { gpu: "H100", sshPublicKey },
};

function check(condition, message) {
  if (!condition) throw new Error(message);
}

function checkError(error, expected) {
  check(GpuError.isInstance(error), `not a GpuError but ${error?.stack ?? error}`);
  for (const [field, value] of Object.entries(expected)) {
    check(
      error[field] === value,
      `${field} is ${error[field]}, not ${value}: ${error.message} (${error.cause?.code} ${error.cause})`,
    );
  }
}

async function failureOf(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("it did not fail");
}

/** Rents one machine and deletes it. `options` connect to the clouds, in this process or over the network. */
async function lifeOfMachine(provider, options) {
  const gpu = createGpu({
    providers: [
      thunderCompute(options["thunder-compute"]),
      shadeform(options.shadeform),
      fal({ ...options.fal, usdPerHour: { gpu_1x_h100_sxm5: 2 } }),
      novita(options.novita),
      runcrate(options.runcrate),
    ],
    owner: "exercise",
    defaults: options.defaults,
  });
  const intents = [];
  const { instance } = await gpu.launch({
    ...requests[provider],
    name: "exercise",
    providers: [provider],
    maxUsdPerHour: 10,
    until: "created",
    onIntent: (handle) => intents.push(handle),
  });
  check(intents.length === 1, `${intents.length} intents`);
  const listed = await gpu.list();
  check(listed.failures.length === 0, `list failed: ${listed.failures[0]?.error.message}`);
  check(
    listed.instances.some(({ ref }) => ref === instance.ref),
    `${instance.ref} is not in the list`,
  );
  const ready = await gpu.waitUntilReady(instance);
  check(ready.status === "running" && ready.address !== null, `it is ${ready.status} at ${ready.address}`);
  const { host, port } = await gpu.access(ready);
  check(host !== "" && port > 0, `no access: ${host}:${port}`);
  const { outcome } = await gpu.delete(ready, { waitMs: 120_000 });
  check(outcome === "deleted", `the deletion is ${outcome}`);
}

/** A simulator in this process, with virtual time. */
function inProcess() {
  const simulator = createSimulator();
  const { fetch, clock, keys } = simulator;
  const options = Object.fromEntries(Object.entries(keys).map(([vendor, apiKey]) => [vendor, { apiKey, fetch, clock }]));
  return { simulator, options: { ...options, defaults: { clock } } };
}

/** The accelerated time of the servers. */
function fastClock({ startAt, epoch, speed }) {
  return {
    now: () => startAt + (Date.now() - epoch) * speed,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, ms / speed);
        signal?.addEventListener("abort", () => {
          clearTimeout(timer);
          resolve();
        });
      }),
  };
}

/**
 * All cases. `urls` are the servers of the clouds, `keys` their keys, and `time` describes their clock. `faulty` is the URL of the
 * faulty server; see `faulty-server.ts`. Nothing listens at `closed`.
 */
function cases({ urls, keys, time, faulty, closed }) {
  const clock = fastClock(time);
  const overNetwork = {
    ...Object.fromEntries(Object.entries(urls).map(([vendor, baseUrl]) => [vendor, { apiKey: keys[vendor], baseUrl, clock }])),
    defaults: { clock },
  };
  const client = (baseUrl, options = {}) =>
    createShadeformClient({ apiKey: "key-of-nobody", baseUrl, maxRetries: 0, ...options });
  const body = { cloud: "hyperstack", region: "montreal-canada-2", shade_instance_type: "H100", shade_cloud: true, name: "one" };
  const providers = Object.keys(requests);
  return [
    ...providers.map((provider) => ({
      name: `create, list, wait and delete on ${provider}, simulated in this process`,
      async run() {
        const { simulator, options } = inProcess();
        await lifeOfMachine(provider, options);
        const left = simulator.ledger().filter(({ endedAt }) => endedAt === null);
        check(simulator.ledger().length === 1 && left.length === 0, "the ledger is wrong");
      },
    })),
    ...providers.map((provider) => ({
      name: `create, list, wait and delete on ${provider}, over the network`,
      run: () => lifeOfMachine(provider, overNetwork),
    })),
    {
      name: "a missing key is `configuration`, and nothing is sent",
      async run() {
        const error = await failureOf(createShadeformClient({ baseUrl: closed }).listInstances());
        checkError(error, { code: "configuration", sideEffect: "none", attempts: 0 });
      },
    },
    {
      name: "an unknown key is `unauthenticated`, and not in the error",
      async run() {
        const error = await failureOf(client(urls.shadeform).listInstances());
        checkError(error, { code: "unauthenticated", status: 401, sideEffect: "none" });
        check(!JSON.stringify(error).includes("key-of-nobody"), "the error contains the key");
      },
    },
    {
      name: "a body that the vendor rejects is `invalid_request`",
      async run() {
        const rejected = createShadeformClient(overNetwork.shadeform).createInstance({ body: { ...body, name: "" } });
        checkError(await failureOf(rejected), { code: "invalid_request", sideEffect: "none" });
      },
    },
    {
      name: "a lost response is reconciled by its handle",
      async run() {
        const { simulator, options } = inProcess();
        const gpu = createGpu({ providers: [shadeform(options.shadeform)], defaults: options.defaults });
        simulator.fault({ vendor: "shadeform", operation: "createInstance", kind: "response_lost" });
        const hidden = simulator.fault({
          vendor: "shadeform",
          operation: "listInstances",
          kind: "error_before_commit",
          times: Number.POSITIVE_INFINITY,
        });
        const offer = "shadeform:hyperstack/H100/montreal-canada-2/on_demand";
        const error = await failureOf(gpu.create({ offer, name: "lost", sshPublicKey }));
        checkError(error, { code: "create_ambiguous", sideEffect: "possible" });
        hidden.remove();
        const { outcome } = await gpu.reconcile(JSON.parse(JSON.stringify(error.handle)));
        check(outcome === "created", `the outcome is ${outcome}`);
        check(simulator.ledger().length === 1, "it was rented twice");
      },
    },
    {
      name: "an unreachable server is `network`, and a create is not sent again",
      async run() {
        const error = await failureOf(client(closed, { maxRetries: 2 }).createInstance({ body }));
        checkError(error, { code: "network", attempts: 1 });
        return `side effect ${error.sideEffect}`;
      },
    },
    {
      name: "a cut connection is `network` and may have had an effect",
      async run() {
        const error = await failureOf(client(`${faulty}/reset`).createInstance({ body }));
        checkError(error, { code: "network", sideEffect: "possible", attempts: 1 });
      },
    },
    {
      name: "a read is sent again after a cut connection",
      async run() {
        const clock = createVirtualClock();
        const error = await failureOf(client(`${faulty}/reset`, { maxRetries: 2, clock }).listInstances());
        checkError(error, { code: "network", sideEffect: "none", attempts: 3 });
      },
    },
    {
      name: "an abort ends a call that waits for its response",
      async run() {
        const controller = new AbortController();
        const reason = new Error("no longer wanted");
        // Aborts after the request was sent: the abort must end the runtime's own fetch.
        const fetchOnce = (url, init) => {
          const response = fetch(url, init);
          setTimeout(() => controller.abort(reason), 20);
          return response;
        };
        const call = client(`${faulty}/silent`, { fetch: fetchOnce }).createInstance({ body, signal: controller.signal });
        const error = await failureOf(call);
        checkError(error, { code: "aborted", sideEffect: "possible" });
        check(String(error.cause?.message ?? error.cause).includes("no longer wanted"), `the reason is lost: ${error.cause}`);
      },
    },
    {
      name: "an abort before the call sends nothing",
      async run() {
        const error = await failureOf(client(`${faulty}/silent`).createInstance({ body, signal: AbortSignal.abort() }));
        checkError(error, { code: "aborted", sideEffect: "none", attempts: 0 });
      },
    },
    {
      name: "a silent server is `timeout`",
      async run() {
        const error = await failureOf(client(`${faulty}/silent`, { timeoutMs: 50 }).createInstance({ body }));
        checkError(error, { code: "timeout", sideEffect: "possible", attempts: 1 });
      },
    },
    {
      name: "an incomplete response is `timeout` too",
      async run() {
        const error = await failureOf(client(`${faulty}/half`, { timeoutMs: 200 }).createInstance({ body }));
        check(GpuError.isInstance(error) && error.code === "timeout", `it is ${error.code}: ${error.message}`);
        check(error.sideEffect !== "none", `the side effect is ${error.sideEffect}`);
      },
    },
    {
      name: "a redirect is not followed with the key",
      async run() {
        const error = await failureOf(client(`${faulty}/moved`).listInstances());
        checkError(error, { code: "redirect_refused" });
      },
    },
  ];
}

/** Runs all cases in order and returns their results. */
export async function exercise(addresses) {
  const results = [];
  for (const { name, run } of cases(addresses)) {
    try {
      results.push({ name, note: (await run()) ?? null });
    } catch (error) {
      results.push({ name, note: null, error: String(error?.stack ?? error) });
    }
  }
  return results;
}
