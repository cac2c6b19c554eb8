import { describe, expect, it } from "vitest";
import { createSimulator, type VendorName } from "../src/index.js";

/** Sends requests like other clients of the vendors, and returns the parts of the responses that these read. */
function requester(vendor: VendorName, base: string, prefix = "Bearer ", header = "authorization") {
  const simulator = createSimulator();
  const send = async (method: string, path: string, body?: unknown) => {
    const response = await simulator.fetch(base + path, {
      method,
      headers: { [header]: prefix + simulator.keys[vendor] },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.startsWith("application/json");
    return { status: response.status, body: isJson ? JSON.parse(text) : text };
  };
  return { simulator, send };
}

describe("Thunder Compute's command line and Terraform provider", () => {
  const { simulator, send } = requester("thunder-compute", "https://api.thundercompute.com:8443/v1");

  it.each(["specs", "status"])("find entries by mode in /%s, in addition to plain ones", async (name) => {
    const { specs } = (await send("GET", `/${name}`)).body as { specs: Record<string, unknown> };
    expect(Object.keys(specs)).toEqual(
      expect.arrayContaining(["h100_x1", "h100_x1_prototyping", "h100_x1_production", "h100_x8_production"]),
    );
    expect(specs).not.toHaveProperty("h100_x8_prototyping");
  });

  it("create a machine with 15 vCPUs in production mode", async () => {
    const { specs } = (await send("GET", "/specs")).body as { specs: Record<string, { vcpuOptions: number[]; mode?: string }> };
    expect(specs["h100_x1_production"]).toMatchObject({ vcpuOptions: [15], mode: "production" });
    const body = { cpu_cores: 15, disk_size_gb: 100, gpu_type: "h100", num_gpus: 1, template: "base", mode: "production" };
    expect((await send("POST", "/instances/create", body)).status).toBe(201);
    expect((await send("POST", "/instances/create", { ...body, mode: "prototyping" })).status).toBe(400);
  });

  it("find a catalogue without modes in its second version, without a key", async () => {
    const read = async (url: string) => {
      const response = await simulator.fetch(url);
      expect(response.status).toBe(200);
      return (await response.json()) as Record<string, Record<string, unknown>>;
    };
    const { urls, close } = await simulator.listen();
    const origins = ["https://api.thundercompute.com:8443", new URL(urls["thunder-compute"] ?? "").origin];
    try {
      for (const origin of origins) {
        const get = origin.startsWith("https:")
          ? read
          : async (url: string) => (await fetch(url)).json() as ReturnType<typeof read>;
        const { specs } = await get(`${origin}/v2/specs`);
        expect(Object.keys(specs ?? {}).filter((key) => !/^[a-z0-9]+_x\d$/.test(key))).toEqual([]);
        expect(specs?.["h100_x1"]).not.toHaveProperty("mode");
        expect(Object.keys((await get(`${origin}/v2/status`))["specs"] ?? {})).toEqual(Object.keys(specs ?? {}));
        expect((await get(`${origin}/v2/pricing`))["pricing"]).toMatchObject({ h100_x1: 3.2, additional_vcpus: 0.04 });
      }
    } finally {
      await close();
    }
    await expect(simulator.fetch("https://api.thundercompute.com:8443/v2/instances/list")).rejects.toThrow();
    // The vendor does not serve version 2 under the path of version 1.
    expect((await send("GET", "/v2/specs")).status).toBe(404);
  });

  it("check the token", async () => {
    expect(await send("GET", "/auth/validate")).toMatchObject({ status: 200, body: { valid: true } });
    expect((await simulator.fetch("https://api.thundercompute.com:8443/v1/auth/validate")).status).toBe(401);
  });
});

describe("Novita's command line and SDK", () => {
  const { simulator, send } = requester("novita", "https://api.novita.ai");
  const v1 = "/gpu-instance/openapi/v1";
  const body = { name: "train", productId: "4090.16c62g", gpuNum: 1, rootfsSize: 60, imageUrl: "ubuntu:24.04", kind: "gpu" };

  it("read the host of an instance as an object", async () => {
    const { id } = (await send("POST", `${v1}/gpu/instance/create`, body)).body;
    expect((await send("GET", `${v1}/gpu/instance?instanceId=${id}`)).body.node).toEqual({ maxRootfsSize: 6144 });
  });

  it("find networks under both names", async () => {
    await send("POST", `${v1}/network/create`, { clusterId: "us-ca-6", name: "net" });
    const { network, networks } = (await send("GET", `${v1}/networks?pageSize=10&pageNum=0`)).body;
    expect(networks).toMatchObject([{ name: "net" }]);
    expect(network).toEqual(networks);
  });

  it("get an empty object for a changed volume", async () => {
    const created = await send("POST", `${v1}/networkstorage/create`, {
      clusterId: "us-ca-6",
      storageName: "data",
      storageSize: 10,
    });
    const change = { storageId: created.body, storageName: "data", storageSize: 20 };
    expect(await send("POST", `${v1}/networkstorage/update`, change)).toEqual({ status: 200, body: {} });
  });

  it("save a template with a UDP port, and change it", async () => {
    const template = { name: "t", type: "instance", channel: "private", image: "ubuntu:24.04", rootfsSize: 60 };
    const ports = [{ type: "udp", ports: [9999] }];
    const { templateId } = (await send("POST", `${v1}/template/create`, { template: { ...template, ports } })).body;
    const change = { template: { ...template, Id: templateId, name: "t2", ports } };
    expect(await send("POST", `${v1}/template/update`, change)).toEqual({ status: 200, body: { templateId } });
    const shown = (await send("GET", `${v1}/template?templateId=${templateId}`)).body;
    expect(shown.template).toMatchObject({ name: "t2", ports });
    expect(await send("POST", `${v1}/template/update`, { template: { ...template, Id: "0" } })).toMatchObject({
      body: { reason: "TEMPLATE_NOT_FOUND" },
    });
  });

  it("find in the second generation what the first one created", async () => {
    const { id } = (await send("POST", `${v1}/gpu/instance/create`, { ...body, billingMode: "spot", ports: "8000/http" })).body;
    await simulator.clock.advance(100_000);
    expect((await send("GET", `/gpus/v2/instances/${id}`)).body).toMatchObject({
      id,
      status: { status: "running" },
      billing: { mode: "spot" },
      resource_specs: { gpu_num: 1, memory_gb: "62" },
      ports: [{ port: 8000, protocol: "http", endpoint: expect.stringContaining(id) }],
      tools: { ssh: { command: expect.stringContaining("root@proxy."), username: "root" } },
    });
    expect(await send("PUT", `/gpus/v2/instances/${id}/stop`)).toEqual({ status: 200, body: "" });
    expect((await send("GET", `${v1}/gpu/instance?instanceId=${id}`)).body.status).toBe("toStop");
  });

  it("read lists of the second generation by cursor", async () => {
    const first = (await send("GET", "/gpus/v2/instances?limit=1")).body;
    expect(first).toMatchObject({ data: { length: 1 }, has_more: true, next_cursor: expect.stringMatching(/./) });
    const last = (await send("GET", `/gpus/v2/instances?limit=1&cursor=${encodeURIComponent(first.next_cursor)}`)).body;
    expect(last).toMatchObject({ data: { length: 1 }, has_more: false, next_cursor: "" });
    expect(last.data[0].id).not.toBe(first.data[0].id);
  });

  it("find the prewarm tasks of the first generation in the second one, and delete several at once", async () => {
    const task = { imageUrl: "registry.example.org/tool:1", clusterId: "us-ca-6", note: "for training" };
    const { id } = (await send("POST", `${v1}/image/prewarm`, task)).body;
    const v2Task = { image: "registry.example.org/other:2", region_id: "eu-gb-1", product_ids: ["4090.16c62g"] };
    const other = (await send("POST", "/gpus/v2/prewarm-tasks", v2Task)).body.id;
    expect((await send("GET", `/gpus/v2/prewarm-tasks/${id}`)).body).toMatchObject({
      id,
      image: task.imageUrl,
      region_id: "us-ca-6",
      product_ids: [],
      status: "running",
      note: "for training",
    });
    const found = async (query: string) =>
      (await send("GET", `/gpus/v2/prewarm-tasks?${query}`)).body.data.map((one: { id: string }) => one.id);
    expect(await found("status=running")).toEqual([id, other]);
    expect(await found("status=succeeded")).toEqual([]);
    expect(await found("region_id=eu-gb-1")).toEqual([other]);
    expect(await found("name=tool")).toEqual([id]);
    const remove = (task_ids: unknown) => send("DELETE", "/gpus/v2/prewarm-tasks", { task_ids });
    expect(await remove([id, "none"])).toMatchObject({ status: 404 });
    expect(await remove(id)).toMatchObject({ status: 400 });
    expect(await remove([id, other])).toEqual({ status: 200, body: {} });
    expect((await send("GET", `${v1}/image/prewarm`)).body.data).toEqual([]);
    expect(await send("GET", `/gpus/v2/prewarm-tasks/${id}`)).toMatchObject({ status: 404 });
  });

  it("find an image once its job has finished, until it is deleted", async () => {
    const { id } = (await send("POST", `${v1}/gpu/instance/create`, body)).body;
    await simulator.clock.advance(100_000);
    const save = async (image: string) => (await send("POST", "/gpus/v2/jobs/save-image", { instance_id: id, image })).body.id;
    await save("ghcr.io/acme/train:1.5");
    await send("POST", `/gpus/v2/jobs/${await save("ghcr.io/acme/train:1.6")}/stop`);
    expect((await send("GET", "/gpus/v2/images")).body.data).toEqual([]);
    await simulator.clock.advance(60_000);
    const { data } = (await send("GET", "/gpus/v2/images")).body;
    expect(data).toMatchObject([{ image: "ghcr.io/acme/train:1.5" }]);
    expect(await send("DELETE", `/gpus/v2/images/${data[0].id}`)).toEqual({ status: 200, body: {} });
    expect((await send("GET", "/gpus/v2/images")).body.data).toEqual([]);
    expect(await send("DELETE", `/gpus/v2/images/${data[0].id}`)).toMatchObject({ status: 404 });
  });

  it.each([
    ["products of the second generation without their kind", "/gpus/v2/products"],
    ["usage without a cycle", "/openapi/v1/billing/bill/list?startTime=0"],
  ])("are refused %s", async (_, path) => {
    expect((await send("GET", path)).status).toBe(400);
  });

  it("read what an instance costs in 1/10000 USD", async () => {
    const before = Date.parse("2026-01-01T00:00:00Z") / 1_000;
    const { id } = (await send("POST", `${v1}/gpu/instance/create`, body)).body;
    await simulator.clock.advance(90_000 + 3_600_000);
    const usd = simulator.ledger().find((entry) => entry.id === id)?.usd ?? 0;
    expect(usd).toBeGreaterThan(0.3);
    const query = `cycleType=Hour&productCategory=gpu&ownerId=${id}&startTime=${before}`;
    const { bills } = (await send("GET", `/openapi/v1/billing/bill/list?${query}`)).body;
    expect(bills).toMatchObject([{ ownerID: id, payAmount: String(Math.round(usd * 10_000)) }]);
    const { data } = (await send("GET", "/openapi/v1/billing/monthly/bill?startMonth=2025-12")).body;
    expect(data).toMatchObject([
      { billingMonth: "2025-12", totalAmount: "0" },
      { billingMonth: "2026-01", status: "pending" },
    ]);
    expect(Number(data[1].totalAmount)).toBeGreaterThanOrEqual(Number(bills[0].payAmount));
  });
});

describe("Shadeform's command line", () => {
  const { send } = requester("shadeform", "https://api.shadeform.ai/v1", "", "x-api-key");

  it("finds the stock of a cluster type and of its machines", async () => {
    const { cluster_types } = (await send("GET", "/clusters/types")).body;
    expect(cluster_types[0]).toMatchObject({
      availability: { region: expect.any(String), available: true },
      cluster_type: { availability: expect.arrayContaining([expect.objectContaining({ available: true })]) },
    });
  });
});

describe("Runcrate's command line and SDKs", () => {
  const { send } = requester("runcrate", "https://runcrate.ai/api/v1");

  it("read volumes in both spellings, from every call", async () => {
    const created = await send("POST", "/storage", { name: "data", size_gb: 50, region: "us-east-1" });
    const both = { sizeGb: 50, size_gb: 50, createdAt: expect.any(String), created_at: expect.any(String) };
    expect(created).toMatchObject({ status: 201, body: { data: both } });
    expect((await send("GET", `/storage/${created.body.data.id}`)).body.data).toMatchObject(both);
    expect((await send("GET", "/storage")).body.data).toMatchObject([both]);
  });

  it("list the workspaces, whose id is the project of other responses", async () => {
    const { data } = (await send("GET", "/workspaces")).body;
    const [volume] = (await send("GET", "/storage")).body.data;
    expect(data).toMatchObject([{ id: volume.projectId, is_default: true }]);
  });
});

describe("fal's metrics", () => {
  const { send } = requester("fal", "https://api.fal.ai/v1", "Key ");

  it("are text, and need the label of a cluster", async () => {
    const { status, body } = await send("GET", "/compute/metrics?compute_cluster=my-cluster");
    expect([status, body]).toEqual([200, expect.stringMatching(/^# TYPE .*\n.*\{.*\} 1\n$/)]);
    expect(await send("GET", "/compute/metrics")).toMatchObject({ status: 400, body: { error: { type: "validation_error" } } });
    expect(await send("GET", "/compute/metrics?compute_cluster=other")).toMatchObject({ status: 404 });
  });
});

it.each([
  ["thunder-compute", "https://api.thundercompute.com:8443/v1", { error: "not_found", message: "not found" }],
  ["shadeform", "https://api.shadeform.ai/v1", {}],
  ["fal", "https://api.fal.ai/v1", { error: { type: "not_found", message: "Route not found" } }],
  ["novita", "https://api.novita.ai", { code: 404 }],
  ["runcrate", "https://runcrate.ai/api/v1", { error: { code: "not_found" } }],
  ["lambda", "https://cloud.lambda.ai/api/v1", { error: { code: "global/not-found" } }],
] as const)("%s reports an unknown path in its own format, and no missing instance", async (vendor, base, body) => {
  const { status, body: sent } = await requester(vendor, base).send("GET", "/nothing/here");
  expect(status).toBe(404);
  expect(sent).toMatchObject(body);
  expect(JSON.stringify(sent)).not.toContain("instance");
});
