import { describe, expect, it } from "vitest";
import { failure, json, observe, type Scripted } from "./support.js";

const list = json({ instances: [] });
const limited = (seconds: number) => json({}, 429, { "retry-after": String(seconds) });

/** A client without retries that receives the given response first, and successful ones after it. */
function after(first: Scripted, options = {}) {
  return observe([first, list], { maxRetries: 0, ...options });
}

describe("a pause requested by the vendor", () => {
  it("delays later calls of the operation, named or by path, until it is over", async () => {
    const { client, delays, clock, sent } = after(limited(30));
    await failure(client.listInstances());
    clock.time += 10_000;
    await client.listInstances();
    expect(delays).toEqual([20_000]);
    await client.http.GET("/instances");
    expect(delays).toHaveLength(1);
    expect(sent).toHaveLength(3);
  });
  it.each([
    [31_000, []],
    [10_000, [20_000]],
  ])("lasts as long as requested when the system time changes: after %i ms", async (elapsedMs, waits) => {
    for (const jumpMs of [-3_600_000, 3_600_000]) {
      let elapsed = 0;
      const { client, delays, clock } = after(limited(30));
      Object.assign(clock, { monotonic: () => elapsed });
      await failure(client.listInstances());
      elapsed += elapsedMs;
      clock.time += jumpMs;
      await client.listInstances();
      expect(delays).toEqual(waits);
    }
  });
  it("is respected by all calls that wait at the same time", async () => {
    const { client, sent, clock } = after(limited(30));
    const start = clock.time;
    const times: number[] = [];
    await failure(client.listInstances());
    clock.sleep = async () => {
      clock.time = start + 30_000;
    };
    await Promise.all([1, 2, 3].map(() => client.listInstances().then(() => times.push(clock.time))));
    expect(times).toEqual([start + 30_000, start + 30_000, start + 30_000]);
    expect(sent).toHaveLength(4);
  });
  it("that was extended during the wait is respected until its new end", async () => {
    let respond = (_: Response) => {};
    const inFlight = () =>
      new Promise<Response>((resolve) => {
        respond = resolve;
      });
    const { client, clock, delays, sent } = observe([list, inFlight, limited(10), list], { maxRetries: 0 });
    await client.listInstances();
    const slow = failure(client.listInstances());
    await failure(client.listInstances());
    const sleep = clock.sleep;
    clock.sleep = async (ms) => {
      await sleep(ms);
      clock.sleep = sleep;
      respond(limited(50));
      await slow;
    };
    await client.listInstances();
    expect([delays, sent.length]).toEqual([[10_000, 50_000], 4]);
  });
  it("does not delay other operations or another client", async () => {
    const { client, delays } = after(limited(30));
    await failure(client.listInstances());
    await client.getInstance({ path: { id: "1" } }).catch(() => {});
    await client.deleteInstance({ path: { id: "1" } });
    await after(list).client.listInstances();
    expect(delays).toEqual([]);
  });
  it("delays all operations of a group in the document, but no delete", async () => {
    const { client, delays } = after(limited(30));
    await failure(client.listImages());
    await client.deleteVolume({ path: { id: "1" } });
    expect(delays).toEqual([]);
    await client.listVolumes();
    expect(delays).toEqual([30_000]);
  });
  it("after a delete delays later deletes", async () => {
    const { client, delays } = after(limited(30));
    await failure(client.deleteVolume({ path: { id: "1" } }));
    await client.deleteVolume({ path: { id: "2" } });
    expect(delays).toEqual([30_000]);
  });
  it("longer than `retryAfterMaxMs` fails later calls before they are sent, until the rest is short enough", async () => {
    const { client, delays, clock, sent } = after(limited(3_600));
    expect(await failure(client.createInstance({ body: {} }))).toMatchObject({ attempts: 1, retryAfterMs: 3_600_000 });
    clock.time += 600_000;
    const error = await failure(client.createInstance({ body: {} }));
    expect(error).toMatchObject({
      code: "rate_limited",
      attempts: 0,
      sideEffect: "none",
      retryable: true,
      retryAfterMs: 3_000_000,
      status: undefined,
    });
    expect(error.message).toMatch(/not sent: the vendor asked for a pause, of which 3000 s are left/);
    await expect(client.http.POST("/instances", { body: {} })).rejects.toMatchObject({ code: "rate_limited", attempts: 0 });
    expect(sent).toHaveLength(1);
    clock.time += 2_950_000;
    await client.createInstance({ body: {} }).catch(() => {});
    expect([delays, sent.length]).toEqual([[50_000], 2]);
  });
  it("also applies after a 503; a longer one fails only the call that received it, as the end of an outage is unknown", async () => {
    const short = after(json({}, 503, { "retry-after": "20" }));
    await failure(short.client.listInstances());
    await short.client.listInstances();
    expect(short.delays).toEqual([20_000]);
    const long = after(json({}, 503, { "retry-after": "3600" }), { maxRetries: 2 });
    expect(await failure(long.client.listInstances())).toMatchObject({
      code: "unavailable",
      attempts: 1,
      retryAfterMs: 3_600_000,
    });
    await long.client.listInstances();
    expect(long.delays).toEqual([]);
  });
  it("does not apply when the vendor rejected the call for another reason", async () => {
    const { client, delays } = after(json({ code: "out_of_stock", message: "none left" }, 503, { "retry-after": "30" }));
    expect(await failure(client.createInstance({ body: {} }))).toMatchObject({ code: "no_capacity" });
    await client.createInstance({ body: {} }).catch(() => {});
    expect(delays).toEqual([]);
  });
  it("applies after every 429, whatever the vendor's error code", async () => {
    const { client, delays } = after(json({ code: "out_of_stock", message: "none left" }, 429, { "retry-after": "30" }));
    expect((await failure(client.listInstances())).code).toBe("no_capacity");
    await client.listInstances();
    expect(delays).toEqual([30_000]);
  });
  it("also follows the reset header of a rate limit", async () => {
    const { client, delays } = after(json({}, 429, { ratelimit: '"minute";r=0;t=17' }));
    expect(await failure(client.listInstances())).toMatchObject({ code: "rate_limited", retryAfterMs: 17_000 });
    await client.listInstances();
    expect(delays).toEqual([17_000]);
  });
  it("is not extended when the clock is set back", async () => {
    const { client, delays, clock } = after(limited(30));
    await failure(client.listInstances());
    clock.time -= 3_600_000;
    await client.listInstances();
    expect(delays).toEqual([30_000]);
  });
  it("ends at once when the caller aborts, and nothing is sent", async () => {
    const controller = new AbortController();
    const { client, sent, clock } = after(limited(30));
    await failure(client.listInstances());
    clock.sleep = () => {
      controller.abort();
      return new Promise(() => {});
    };
    expect(await failure(client.listInstances({ signal: controller.signal }))).toMatchObject({ code: "aborted", attempts: 0 });
    expect(sent).toHaveLength(1);
  });
  it("is waited for only once with a clock whose `sleep` returns at once", async () => {
    const { client, clock } = after(limited(30));
    await failure(client.listInstances());
    let slept = 0;
    clock.sleep = async () => {
      slept += 1;
    };
    await client.listInstances();
    expect(slept).toBe(1);
  });
});
