import { inspect } from "node:util";
import { expect, it } from "vitest";

import { GpuError, loggingHooks, type OperationContract, type VendorContract } from "../src/index.js";
import { contract, observe, type Scripted } from "./support.js";

/** `test:soak` runs 10,000, or as many as `GPU_SOAK` says. */
const failures = Number(process.env["GPU_SOAK"] ?? 300);

/** A small generator with a seed, so that a failure can be seen again. */
function random(seed: number) {
  let state = seed;
  const next = () => {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  const pick = <T>(from: readonly T[]): T => from[below(from.length)] as T;
  const text = (alphabet: string, length: number) => {
    const characters = [...alphabet];
    return Array.from({ length }, () => pick(characters)).join("");
  };
  return { below, pick, text };
}

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const awkward = `${letters}+/=-_.!$&<>"'\\ :;,{}[]()%#@?*^|~é😀`;
const json = (value: unknown) => JSON.stringify(value);
const base64 = (text: string) => Buffer.from(text).toString("base64").replace(/=+$/, "");
const escaped = (text: string) => json(text).slice(1, -1);
const html = (text: string) =>
  text.replace(
    /[&<>"']/g,
    (character) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" })[character] ?? character,
  );

const holdingSecrets = (operation: OperationContract): OperationContract => ({
  ...operation,
  response: { type: "any", ...operation.response, secret: true },
});
/** Its successful responses hold secrets, so those that are not JSON are withheld. */
const secretive: VendorContract = {
  ...contract,
  operations: Object.fromEntries(
    Object.entries(contract.operations).map(([name, operation]) => [name, holdingSecrets(operation)]),
  ),
};

/** How a text must not show. */
const formsOf = (text: string) => [text, escaped(text), encodeURIComponent(text), html(text)];

/** How a secret of a single line must not show: by its first or last 16 characters, or whole if it is shorter. */
function formsOfLine(secret: string): string[] {
  const characters = [...secret];
  if (characters.length < 16) return [...formsOf(secret), base64(secret)];
  // In Base64 only the beginning of a part is that of the whole.
  const parts = [characters.slice(0, 16), characters.slice(-16)].map((part) => part.join(""));
  return [...parts.flatMap(formsOf), base64(secret).slice(0, 21)];
}

it(`no secret shows in the messages, inspections, JSON, stacks and hooks of ${failures} failures`, async () => {
  let failed = 0;
  for (let seed = 1; failed < failures; seed += 1) {
    const { below, pick, text } = random(seed);
    const key = pick([text(letters, 24), `${text(letters, 12)}:${text(letters, 24)}`, `tnr_${text(`${letters}+/=-_.`, 40)}`]);
    const password = text(awkward, 12 + below(20));
    const env = text(pick([letters, awkward]), 10 + below(40));
    const privateKey = `-----BEGIN OPENSSH PRIVATE KEY-----\n${text(`${letters}+/`, 64)}\n${text(`${letters}+/`, 40)}\n-----END OPENSSH PRIVATE KEY-----\n`;
    const proxyToken = text(letters, 20);
    /** What only the vendor knows: it shows up under the name of a secret field. */
    const vendors = text(pick([letters, awkward]), 16);

    const asked = [key, ...key.split(":"), password, env, proxyToken];
    const spoken = () => pick([...asked, privateKey]);
    const prose = () => `cannot use ${spoken()} for ${pick(["this", spoken()])}: try again`;
    const body = {
      message: prose(),
      code: pick(["E1", spoken()]),
      password: vendors,
      nested: [{ value: vendors, private_key: privateKey, note: prose() }],
    };
    const documents = [
      () => json(body),
      () => json({ error: prose(), instances: [{ id: 1, password: vendors }] }),
      () => json({ error: { message: json(body), code: json({ value: vendors }) } }),
      () => json({ message: json(json(body)) }),
    ];
    const texts = [
      () => prose(),
      () => `<html><pre>${html(json(body))}</pre><p>${html(prose())}</p></html>`,
      () => `password=${encodeURIComponent(vendors)}&key=${encodeURIComponent(spoken())}`,
      () => `id: 1\npassword: "${escaped(vendors)}"\nerror: ${escaped(prose())}`,
      () => `value=${vendors} in Base64: ${base64(spoken())}`,
    ];
    const of = pick([contract, secretive]);
    const isText = below(2) === 0;
    const whole = pick(isText ? texts : documents)();
    const cut = below(3) === 0 ? whole.slice(0, 1 + below(whole.length)) : whole;
    const response = () => {
      const headers = new Headers({
        "content-type": pick(["application/json", "text/html", "text/plain", `text/${encodeURIComponent(key)}`]),
      });
      const said = encodeURIComponent(spoken());
      headers.set(
        pick(["x-echo", "set-cookie", "x-request-id", "retry-after", "www-authenticate"]),
        pick([said, key, proxyToken]),
      );
      const status = pick([200, 201, 302, 400, 401, 402, 404, 409, 422, 429, 500, 502, 503]);
      if (status === 302) headers.set("location", `https://evil.example/?key=${encodeURIComponent(spoken())}#${said}`);
      return new Response(cut, { status, headers });
    };
    const thrown = () => {
      const inner = Object.assign(new Error(`socket for ${spoken()}`), { code: pick(["ECONNRESET", spoken()]) });
      return pick<Error>([
        new Error(prose()),
        new TypeError(`fetch https://api.example.com/?key=${encodeURIComponent(spoken())} failed`, { cause: inner }),
        new TypeError("fetch failed", { cause: new AggregateError([inner, new Error(prose())], prose()) }),
        Object.assign(new Error("failed"), {
          cause: { headers: { authorization: `Bearer ${key}` }, password: vendors, told: prose() },
        }),
        Object.assign(new Error("failed"), { cause: prose(), name: spoken() }),
      ]);
    };
    const broken = () =>
      new Response(new ReadableStream({ start: (stream) => stream.error(new Error(prose())) }), { status: pick([200, 500]) });

    const lines: string[] = [];
    const script: Scripted[] = Array.from({ length: 3 }, () => pick<Scripted>([response, response, response, thrown(), broken]));
    const options = {
      apiKey: key,
      headers: { "x-proxy-token": proxyToken },
      maxRetries: below(3),
      ...(below(4) === 0 && { hooks: loggingHooks({ debug: (line) => lines.push(line), warn: (line) => lines.push(line) }) }),
    };
    const { client, events } = observe(script, options, of);
    const request = { name: "train", password, env: [{ name: "TOKEN", value: env }], ssh: { private_key: privateKey } };
    const call = pick([
      () => client.createInstance({ body: request }),
      () => client.rentInstance({ body: request }),
      () => client.getInstance({ path: { id: pick(["i-1", key, proxyToken]) } }),
      () => client.deleteInstance({ path: { id: "1" }, body: request }),
      () => client.http.GET("/instances", { params: { query: { echo: key } } }),
      () => client.createInstance({ body: request, signal: AbortSignal.abort(new Error(prose())) }),
      () => client.createInstance({ body: request, timeoutMs: -1 }),
    ]);
    // What is asked alone is not in the request of a read: there only the keys are known.
    const hasBody = !/GET|getInstance/.test(call.toString());
    const singleLine = [key, ...key.split(":"), proxyToken, ...(hasBody ? [password] : [])];
    const others = hasBody ? [env, ...privateKey.split("\n").slice(1, 3)] : [];
    const error = await call().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (error === undefined) continue;
    failed += 1;
    if (!GpuError.isInstance(error)) throw new Error(`seed ${seed}`, { cause: error });
    const shown = [
      error.message,
      String(error),
      error.stack,
      json(error),
      json(error.cause) ?? "",
      inspect(error, { depth: 20, showHidden: true }),
      json(events),
      inspect(events, { depth: 20 }),
      ...events.map((event) => inspect(event.error, { depth: 20, showHidden: true }) + event.error?.stack),
      ...lines,
    ].join("\n");
    const forms = [...singleLine.flatMap(formsOfLine), ...others.flatMap(formsOf), ...(hasBody ? [base64(env)] : [])];
    for (const form of forms) expect(shown.includes(form) && `seed ${seed}: ${form} in ${shown}`).toBe(false);
    // In text, a secret of the vendor is only hidden where the text should be a response that holds secrets.
    const isHidden = !isText || (of === secretive && (error.status ?? 200) < 300);
    expect(isHidden && shown.includes(vendors) && `seed ${seed}: ${vendors} of the vendor's in ${shown}`).toBe(false);
  }
  expect(failed).toBe(failures);
}, 600_000);
