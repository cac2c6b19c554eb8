import { inspect } from "node:util";
import { expect, it } from "vitest";

import { GpuError, loggingHooks, type OperationContract, type VendorContract } from "../src/index.js";
import { contract, observe, type Scripted } from "./support.js";

/** Number of failures. `test:soak` sets `GPU_SOAK`, 10,000 by default. */
const failures = Number(process.env["GPU_SOAK"] ?? 300);

/** A small seeded generator, so that a failure can be reproduced. */
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

const withSecretResponse = (operation: OperationContract): OperationContract => ({
  ...operation,
  response: { type: "any", ...operation.response, secret: true },
});
/** A contract whose successful responses contain secrets, so the client withholds bodies that are not JSON. */
const secretContract: VendorContract = {
  ...contract,
  operations: Object.fromEntries(
    Object.entries(contract.operations).map(([name, operation]) => [name, withSecretResponse(operation)]),
  ),
};

/** The encodings in which a text must not appear. */
const formsOf = (text: string) => [text, escaped(text), encodeURIComponent(text), html(text)];

/** Forms of a single-line secret that must not appear: its first or last 16 characters, or all of it if it is shorter. */
function formsOfLine(secret: string): string[] {
  const characters = [...secret];
  if (characters.length < 16) return [...formsOf(secret), base64(secret)];
  // The Base64 of a part matches that of the whole only at its start.
  const parts = [characters.slice(0, 16), characters.slice(-16)].map((part) => part.join(""));
  return [...parts.flatMap(formsOf), base64(secret).slice(0, 21)];
}

it(`messages, inspections, JSON, stacks and hooks of ${failures} failures contain no secret`, async () => {
  let failed = 0;
  for (let seed = 1; failed < failures; seed += 1) {
    const { below, pick, text } = random(seed);
    const key = pick([text(letters, 24), `${text(letters, 12)}:${text(letters, 24)}`, `tnr_${text(`${letters}+/=-_.`, 40)}`]);
    const password = text(awkward, 12 + below(20));
    const env = text(pick([letters, awkward]), 10 + below(40));
    const privateKey = `-----BEGIN OPENSSH PRIVATE KEY-----\n${text(`${letters}+/`, 64)}\n${text(`${letters}+/`, 40)}\n-----END OPENSSH PRIVATE KEY-----\n`;
    const proxyToken = text(letters, 20);
    /** A secret from the vendor, which appears as the value of a secret field. */
    const vendorSecret = text(pick([letters, awkward]), 16);

    const requestSecrets = [key, ...key.split(":"), password, env, proxyToken];
    const anySecret = () => pick([...requestSecrets, privateKey]);
    const prose = () => `cannot use ${anySecret()} for ${pick(["this", anySecret()])}: try again`;
    const body = {
      message: prose(),
      code: pick(["E1", anySecret()]),
      password: vendorSecret,
      nested: [{ value: vendorSecret, private_key: privateKey, note: prose() }],
    };
    const documents = [
      () => json(body),
      () => json({ error: prose(), instances: [{ id: 1, password: vendorSecret }] }),
      () => json({ error: { message: json(body), code: json({ value: vendorSecret }) } }),
      () => json({ message: json(json(body)) }),
    ];
    const texts = [
      () => prose(),
      () => `<html><pre>${html(json(body))}</pre><p>${html(prose())}</p></html>`,
      () => `password=${encodeURIComponent(vendorSecret)}&key=${encodeURIComponent(anySecret())}`,
      () => `id: 1\npassword: "${escaped(vendorSecret)}"\nerror: ${escaped(prose())}`,
      () => `value=${vendorSecret} in Base64: ${base64(anySecret())}`,
    ];
    const of = pick([contract, secretContract]);
    const isText = below(2) === 0;
    const whole = pick(isText ? texts : documents)();
    const cut = below(3) === 0 ? whole.slice(0, 1 + below(whole.length)) : whole;
    const response = () => {
      const headers = new Headers({
        "content-type": pick(["application/json", "text/html", "text/plain", `text/${encodeURIComponent(key)}`]),
      });
      const encodedSecret = encodeURIComponent(anySecret());
      headers.set(
        pick(["x-echo", "set-cookie", "x-request-id", "retry-after", "www-authenticate"]),
        pick([encodedSecret, key, proxyToken]),
      );
      const status = pick([200, 201, 302, 400, 401, 402, 404, 409, 422, 429, 500, 502, 503]);
      if (status === 302)
        headers.set("location", `https://evil.example/?key=${encodeURIComponent(anySecret())}#${encodedSecret}`);
      return new Response(cut, { status, headers });
    };
    const thrown = () => {
      const inner = Object.assign(new Error(`socket for ${anySecret()}`), { code: pick(["ECONNRESET", anySecret()]) });
      return pick<Error>([
        new Error(prose()),
        new TypeError(`fetch https://api.example.com/?key=${encodeURIComponent(anySecret())} failed`, { cause: inner }),
        new TypeError("fetch failed", { cause: new AggregateError([inner, new Error(prose())], prose()) }),
        Object.assign(new Error("failed"), {
          cause: { headers: { authorization: `Bearer ${key}` }, password: vendorSecret, detail: prose() },
        }),
        Object.assign(new Error("failed"), { cause: prose(), name: anySecret() }),
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
    // A read sends no body, so the client knows only the keys.
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
    // In plain text, a vendor secret is only redacted if the response is declared to contain secrets.
    const isHidden = !isText || (of === secretContract && (error.status ?? 200) < 300);
    expect(isHidden && shown.includes(vendorSecret) && `seed ${seed}: vendor secret ${vendorSecret} in ${shown}`).toBe(false);
  }
  expect(failed).toBe(failures);
}, 600_000);
