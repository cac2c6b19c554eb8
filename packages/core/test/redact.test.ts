import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRedactor, type Redactor } from "../src/redact.js";

const rules = ["password", "private_key", "value", "startup_script", "environment", "registry"];
const none = () => createRedactor(rules, []);
const withFields = (...bodies: object[]) => createRedactor(rules, [], {}, bodies);
const withPassword = (password: string) => withFields({ password });

const json = (text: string) => JSON.stringify(text).slice(1, -1);
const codes = (text: string, spell: (code: number) => string, escaped: RegExp) =>
  text.replace(escaped, (unit) => Array.from({ length: unit.length }, (_, at) => spell(unit.charCodeAt(at))).join(""));
const hex = (code: number) => code.toString(16).padStart(4, "0");
const html = (spelled: Readonly<Record<string, string>>) => (text: string) =>
  text.replace(/[&<>"']/g, (character) => spelled[character] ?? character);
const base64 = (text: string) => Buffer.from(text).toString("base64");
/** Removes what may remain after a redacted secret: Base64 padding, a percent sign or a backslash. */
const withoutEnd = (shown: string) => shown.replace(/\[redacted\][=%\\]+/g, "[redacted]");

/** How libraries of several languages encode a text. */
const encodings: [name: string, encode: (text: string) => string][] = [
  ["as it is", String],
  ["JSON", json],
  ["JSON in ASCII", (text) => codes(json(text), (code) => `\\u${hex(code)}`, /[^\x20-\x7e]/g)],
  ["JSON safe for HTML", (text) => codes(json(text), (code) => `\\u${hex(code)}`, /[&<>]/g)],
  ["JSON with escaped slashes", (text) => json(text).replaceAll("/", "\\/")],
  ["JSON in JSON", (text) => json(json(text))],
  ["a URL", encodeURIComponent],
  ["a URL in lower case", (text) => encodeURIComponent(text).replace(/%../g, (escaped) => escaped.toLowerCase())],
  ["a form", (text) => new URLSearchParams({ a: text }).toString().slice(2)],
  ["HTML", html({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" })],
  ["HTML with hexadecimal references", html({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;" })],
  ["XML", html({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;" })],
  ["HTML with decimal references", (text) => codes(text, (code) => `&#${code};`, /[&<>"']/g)],
  ["Base64", base64],
  ["Base64 without padding", (text) => base64(text).replace(/=+$/, "")],
  ["Base64 for URLs", (text) => Buffer.from(text).toString("base64url")],
];

const password = 'p@ss "w0rd"/<é😀>\'1+1%&=\\2 and more';
const script = `#!/bin/sh\nset -e\nexit 1 # is bad for\n  curl -H "Authorization: Bearer s3cret" 'https://x.example/?a=1&b=2'\ndone\n`;

describe("a known secret", () => {
  const sources: [name: string, redactor: Redactor, secret?: string][] = [
    ["the key", createRedactor(rules, ["other-key", "s3cret-token"])],
    ["a part of the key", createRedactor(rules, ["key-id:s3cret-token"])],
    ["a secret header", createRedactor(rules, [], { "x-gateway-auth": "s3cret-token" })],
    ["the token of a header", createRedactor(rules, [], { authorization: "Bearer s3cret-token" })],
    ["a secret header of several words", createRedactor(rules, [], { "x-secret": "one two s3cret" }), "one two s3cret"],
    [
      "a secret header of several words, one of which is the key",
      createRedactor(rules, ["key-0123456789"], { "x-secret": "one two s3cret key-0123456789" }),
      "one two s3cret key-0",
    ],
    [
      "the beginning of the header with the key",
      createRedactor(rules, ["0123456789abcdef"], { authorization: "Bearer 0123456789abcdef" }),
      "Bearer 012345678",
    ],
    ["a cookie", createRedactor(rules, [], { cookie: "a=1; session=s3cret-token" })],
    ["Basic credentials", createRedactor(rules, [], { authorization: `Basic ${base64("user:s3cret-token")}` })],
    ["a secret field", withFields({ Password: "s3cret-token" })],
    ["a list in a secret field", withFields({ password: ["s3cret-token"] })],
    ["an object in a secret field", withFields({ deep: [{ registry: { login: { is: "s3cret-token" } } }] })],
    ["a part of credentials", withFields({ registry: "user:s3cret-token" })],
    ["a field without its indentation", withFields({ password: "  s3cret-token\n" })],
  ];
  it.each(sources)("is redacted: %s", (_, redactor, secret = "s3cret-token") => {
    expect(redactor.text(`cannot use ${secret} here`)).toBe("cannot use [redacted] here");
  });
  it("is redacted in Base64 together with surrounding spaces", () => {
    expect(withoutEnd(withPassword(" s3cret-token\n").text(`no ${base64(" s3cret-token\n")}`))).toBe("no [redacted]");
  });
  it("is redacted when it is a number", () => {
    expect(withFields({ password: 12345678 }).text("pin 12345678 is wrong")).toBe("pin [redacted] is wrong");
  });
  it("is redacted when the same response contains it", () => {
    const shown = none().body({ message: "s3cret-token is wrong", created: { password: "s3cret-token" } });
    expect(shown).toEqual({ message: "[redacted] is wrong", created: { password: "[redacted]" } });
  });
  it.each(encodings)("is redacted in any text, encoded as %s", (_, encode) => {
    const secret = fc.string({ unit: "grapheme", minLength: 8 }).filter((text) => /^\S(?:[^\\%]*\S){7}$/.test(text));
    const isUnknown = (text: string) => !"[redacted]".includes(text) && !["password", "environment"].includes(text.toLowerCase());
    fc.assert(
      fc.property(secret.filter(isUnknown), fc.string(), fc.string(), (hidden, before, after) => {
        const form = encode(hidden);
        fc.pre(!(before + after).includes(form));
        // A percent sign or backslash before the secret may look like the start of an escape.
        const text = `${before.replace(/[\\&%].{0,4}$/, "")}${form}${after}`;
        for (const field of ["password", "value"]) {
          const shown = withFields({ [field]: hidden }).text(text);
          expect(shown).toContain("[redacted]");
          expect(shown).not.toContain(form);
        }
      }),
      { numRuns: 200 },
    );
    for (const secret of [
      password,
      "%41%42%43%44",
      "C:\\new\\table\\users",
      "&lt;&amp;&quot;&#39;",
      "密碼密碼密碼密碼",
      "--------",
    ]) {
      expect(withoutEnd(withPassword(secret).text(`it is ${encode(secret)}, no?`))).toBe("it is [redacted], no?");
    }
  });
  it("is redacted next to invalid HTML references", () => {
    for (const other of ["&AMP;", "&apo\u017f;", "&#999999;", "&#xfffff;", "&#xd800;", "&;"]) {
      expect(withPassword("s3cret-token").text(`${other}s3cret-token${other}`)).toBe(`${other}[redacted]${other}`);
    }
  });
  it("is redacted within other escaped characters", () => {
    expect(withPassword("密碼密碼密碼密碼").text(`is \\u8cc7${"\\u5bc6\\u78bc".repeat(4)}\\u6e90!`)).toBe(
      "is \\u8cc7[redacted]\\u6e90!",
    );
  });
  it("is redacted entirely when secrets overlap or contain each other", () => {
    const redactor = createRedactor(rules, ["prod-key", "prod-key-s3cret", "s3cret-9876"]);
    expect(redactor.text("no prod-key-s3cret-9876 in prod-key")).toBe("no [redacted] in [redacted]");
  });
  it("is redacted only by the name of its field when it has less than 8 characters", () => {
    const redactor = withPassword("hunter2");
    expect(redactor.text("hunter2 is not found")).toBe("hunter2 is not found");
    expect(redactor.text("password=hunter2 is wrong")).toBe('password="[redacted]" is wrong');
    expect(redactor.body({ password: "hunter2", note: "hunter2" })).toEqual({ password: "[redacted]", note: "hunter2" });
  });
  it("is kept when it is the name of a secret field, which locates other secrets", () => {
    expect(withFields({ value: "password" }).text('{"password":"hunter2","x":1')).toBe('{"password":"[redacted]","x":1');
  });
});

describe("a part of a secret", () => {
  it.each(encodings)("is redacted from 16 characters of a single line, encoded as %s", (_, encode) => {
    const characters = [...password];
    for (let length = 16; length < characters.length; length += 1) {
      // The Base64 of a part matches that of the whole at its start, but at its end only if its length is a multiple of three bytes.
      const beginning = encode(characters.slice(0, length).join("")).replace(/=+$/, "");
      const start = encode(password).startsWith(beginning) ? beginning : beginning.slice(0, -1);
      expect(withoutEnd(withPassword(password).text(`it is ${start}`))).toBe("it is [redacted]");
      const end = encode(characters.slice(-length).join(""));
      if (!encode(password).endsWith(end)) continue;
      expect(withoutEnd(withPassword(password).text(`${end} it is`))).toBe("[redacted] it is");
    }
  });
  it.each(["s3cret-token-of-", "s3cret-token-of-a", "of-a-long-secret", "n-of-a-long-secret"])("is redacted: %s", (part) => {
    for (const redactor of [
      createRedactor(rules, ["s3cret-token-of-a-long-secret"]),
      withPassword("s3cret-token-of-a-long-secret"),
    ]) {
      expect(redactor.text(`<${part}>`)).toBe("<[redacted]>");
    }
  });
  it("is redacted for a very long secret", () => {
    const long = Array.from({ length: 5_000 }, (_, index) => (index * 7_919).toString(36)).join("");
    for (const part of [long.slice(0, 16), long.slice(-16), long.slice(0, 3_000), long.slice(-3_000)]) {
      expect(withPassword(long).text(`<${part}>`)).toBe("<[redacted]>");
    }
  });
  it.each(["s3cret-token-", "a-long-secret", "token-of-a-long"])(
    "is left alone below 16 characters, or from within: %s",
    (part) => {
      expect(withPassword("s3cret-token-of-a-long-secret").text(`<${part}>`)).toBe(`<${part}>`);
    },
  );
  it.each<[what: string, body: object, whole: string, part: string]>([
    [
      "an environment value",
      { env: [{ name: "A", value: "/usr/local/cuda-12.4/lib64" }] },
      "/usr/local/cuda-12.4/lib64",
      "/usr/local/cuda-12.4",
    ],
    [
      "a map of the environment",
      { environment: { A: "/usr/local/cuda-12.4/lib64" } },
      "/usr/local/cuda-12.4/lib64",
      "/usr/local/cuda-12.4",
    ],
    [
      "a script of one line",
      { startup_script: "python -m vllm.entrypoints.api" },
      "python -m vllm.entrypoints.api",
      "python -m vllm.entrypoints",
    ],
  ])("is kept in %s", (_, body, whole, part) => {
    expect(withFields(body).text(`no ${whole} here`)).toBe("no [redacted] here");
    expect(withFields(body).text(`no ${part} here`)).toBe(`no ${part} here`);
  });
});

it("a password that is also an environment value is redacted by its parts", () => {
  const redactor = withFields({
    env: [{ name: "A", value: "s3cret-token-of-a-long-secret" }],
    password: "s3cret-token-of-a-long-secret",
  });
  expect(redactor.text("no s3cret-token-of-")).toBe("no [redacted]");
});

describe("a script", () => {
  const line = `curl -H "Authorization: Bearer s3cret" 'https://x.example/?a=1&b=2'`;
  it.each(encodings)("is redacted entirely, including short lines, encoded as %s", (_, encode) => {
    const shown = withFields({ startup_script: script.trim() }).text(`cannot run ${encode(script.trim())}, sorry`);
    expect(withoutEnd(shown)).toBe("cannot run [redacted], sorry");
  });
  it.each(encodings.filter(([name]) => !name.startsWith("Base64")))(
    "is redacted by its lines of 20 characters, written as %s",
    (_, encode) => {
      for (const body of [
        { startup_script: script },
        { startup_script: base64(script) },
        { startup_script: script.replaceAll("\n", "\r\n") },
      ]) {
        expect(withFields(body).text(`line 3: ${encode(line)}: not found`)).toBe("line 3: [redacted]: not found");
      }
    },
  );
  it.each(["done", "set -e", "exit 1 # is bad for", `${line.slice(0, -1)}!`])(
    "does not redact its shorter lines, nor parts of lines: %s",
    (part) => {
      expect(withFields({ startup_script: script }).text(`at ${part} it failed`)).toBe(`at ${part} it failed`);
    },
  );
  it("is redacted line by line when it is a private key", () => {
    const lines = ["-----BEGIN OPENSSH PRIVATE KEY-----", "b3BlbnNzaC1rZXktdjEAAAAA", "-----END OPENSSH PRIVATE KEY-----"];
    const redactor = withFields({ private_key: lines.join("\n") });
    expect(redactor.text(`bad key: ${lines[1]}`)).toBe("bad key: [redacted]");
    expect(redactor.text(`bad key: ${json(lines.join("\n"))}`)).toBe("bad key: [redacted]");
  });
});

describe("truncation", () => {
  const long = Array.from({ length: 400 }, (_, index) => (index * 7_919).toString(36)).join("/");
  const secrets: [what: string, redactor: Redactor, secret: string][] = [
    ["a password", withPassword("s3cret-token-of-a-long-secret"), "s3cret-token-of-a-long-secret"],
    ["a short password", withPassword("s3cret-9"), "s3cret-9"],
    ["an environment value", withFields({ value: long }), long],
    ["a script", withFields({ startup_script: script.trim() }), script.trim()],
    ["a line of a script", withFields({ startup_script: `a\n${long}` }), long],
  ];
  for (const [what, redactor, secret] of secrets) {
    it.each(encodings)(`leaves nothing visible of ${what}, written as %s`, (name, encode) => {
      if (what === "a line of a script" && name.startsWith("Base64")) return;
      const text = `${"x".repeat(500)}${encode(secret)}${"y".repeat(9_000)}`;
      for (let shown = 1; shown < 40; shown += 1) {
        expect(withoutEnd(redactor.text(text, 500 + shown))).toMatch(/^x{500}\[redacted\]y*$/);
      }
    });
  }
  it("cuts near the limit in text that is fully escaped", () => {
    expect(none().text("\\u8cc7".repeat(1_000), 300)).toBe("\\u8cc7".repeat(50));
  });
  it("keeps whole characters", () => {
    expect(none().text("ab😀cd", 3)).toBe("ab");
    expect(none().text("ab😀cd", 4)).toBe("ab😀");
  });
});

describe("an unknown secret", () => {
  const texts: [text: string, shown: string][] = [
    ['{"password":"hunter two","a":1}', '{"password":"[redacted]","a":1}'],
    ['{"password" : "hun\\"ter","a":1}', '{"password" : "[redacted]","a":1}'],
    ['{"password":"hunt', '{"password":"[redacted]"'],
    ['{"password":"hunt\\', '{"password":"[redacted]"'],
    ['{"PASSWORD":12345,"a":1}', '{"PASSWORD":"[redacted]","a":1}'],
    ['{"value":["a","b"],"c":"d"}', '{"value":"[redacted]"'],
    ['{"text":"{\\"password\\":\\"hunter\\"}"}', '{"text":"{\\"password\\":"[redacted]"}'],
    ["{'password': 'hunter two'}", `{'password': "[redacted]"}`],
    ["password=hunter&a=1", 'password="[redacted]"'],
    ["<password>hunter</password>", '<password>"[redacted]"</password>'],
    ["my_password: hunter", "my_password: hunter"],
    ["-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY----- after", "[redacted] after"],
    ['{"key":"-----BEGIN OPENSSH PRIVATE KEY-----\\nabc', '{"key":"[redacted]'],
    ["a value is needed", "a value is needed"],
  ];
  it.each(texts)("is redacted by the name of its field in %s", (text, shown) => expect(none().text(text)).toBe(shown));
});

describe("parsed JSON", () => {
  it("keeps everything except secrets", () => {
    expect(
      withPassword("s3cret-token").body({
        a: [1, true, null, "s3cret-token!"],
        Password: 1,
        private_key: { deep: "xyzxyz" },
        note: "xyzxyz",
        value: null,
        "s3cret-token": 1,
      }),
    ).toEqual({
      a: [1, true, null, "[redacted]!"],
      Password: "[redacted]",
      private_key: "[redacted]",
      note: "xyzxyz",
      value: null,
      "[redacted]": 1,
    });
    expect(withPassword("12345678").body({ id: 12345678 })).toEqual({ id: "[redacted]" });
  });
  it("is unchanged without a secret", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        fc.pre(!/password|private_key|value|startup_script|environment|registry/i.test(JSON.stringify(value)));
        expect(JSON.stringify(none().body(value))).toBe(JSON.stringify(value));
      }),
    );
  });
  it("is truncated when it is nested deeper than any response", () => {
    const deep = JSON.parse("[".repeat(20_000) + "]".repeat(20_000));
    expect(JSON.stringify(none().body(deep))).toContain("[redacted]");
  });
  it("is truncated when a string or the whole is long", () => {
    expect(none().body({ message: "x".repeat(9_000) })).toEqual({ message: `${"x".repeat(4_000)}…` });
    for (const [long, shown] of [
      [Array.from({ length: 100_000 }, () => 0), 20_000],
      [Object.fromEntries(Array.from({ length: 30_000 }, (_, index) => [`n${index}`, 0])), 20_000],
      [Array.from({ length: 100 }, () => "x".repeat(3_000)), 100],
    ] as const) {
      const copy = none().body(long) as object;
      expect(Object.keys(copy)).toHaveLength(shown);
      expect(JSON.stringify(copy).length).toBeLessThan(300_000);
    }
    expect(JSON.stringify(none().body(Array.from({ length: 100 }, () => "x".repeat(3_000)))).length).toBeLessThan(21_000);
  });
});

describe("headers", () => {
  it("are redacted by name, and when they contain a known secret", () => {
    const headers = { "set-cookie": "a=1", "x-api-key": "k", "idempotency-key": "ours", "x-echo": "is s3cret-token", age: "1" };
    expect(withPassword("s3cret-token").headers(Object.entries(headers))).toEqual({
      "set-cookie": "[redacted]",
      "x-api-key": "[redacted]",
      "idempotency-key": "ours",
      "x-echo": "is [redacted]",
      age: "1",
    });
  });
});

describe("causes", () => {
  it("keep name, message, code, stack, errors and causes, redacted", () => {
    const inner = Object.assign(new RangeError("inner s3cret-token"), { code: "E_s3cret-token" });
    const copy = withPassword("s3cret-token").cause(
      new TypeError("outer s3cret-token", { cause: new AggregateError([inner, "s3cret-token"], "several") }),
    ) as Error;
    expect(copy).toMatchObject({
      name: "TypeError",
      message: "outer [redacted]",
      cause: {
        name: "AggregateError",
        message: "several",
        errors: [{ name: "RangeError", message: "inner [redacted]", code: "E_[redacted]" }, "[redacted]"],
      },
    });
    expect(copy.stack).toContain("redact.test.ts");
    expect(copy.stack).not.toContain("s3cret-token");
  });
  it("may have any type", () => {
    const circular: Record<string, unknown> = {};
    circular["self"] = circular;
    const endless: { message: string; cause?: unknown } = { message: "again" };
    endless.cause = endless;
    const hostile = Object.defineProperty({}, "message", {
      get: () => {
        throw new Error("no");
      },
    });
    for (const cause of [
      undefined,
      null,
      0,
      "text",
      circular,
      endless,
      hostile,
      { password: "hunter2" },
      new DOMException("gone", "AbortError"),
      Symbol("s"),
      1n,
    ]) {
      expect(() => none().cause(cause)).not.toThrow();
    }
    expect(none().cause({ password: "hunter2", a: 1 })).toEqual({ password: "[redacted]", a: 1 });
    expect(none().cause(new DOMException("gone", "AbortError"))).toMatchObject({ name: "AbortError", message: "gone" });
  });
});

describe("the work", () => {
  /** The minimum CPU time of several runs, in milliseconds. */
  const cost = (run: () => void) => {
    const runs = Array.from({ length: 5 }, () => {
      const before = process.cpuUsage();
      run();
      return process.cpuUsage(before).user / 1_000;
    });
    return Math.max(1, Math.min(...runs));
  };
  const lines = (count: number) =>
    Array.from({ length: count }, (_, n) => `  apt-get install package-${n} && echo "done ${n}" >> /var/log/x.log`).join("\n");

  it.each(["\\", "%5c", "a", '"password":', "&quot;", "<p class='x'>text</p>\n", "密", "https://", "\\u8d44"])(
    "for a megabyte of %j is that for the beginning of it",
    (piece) => {
      const redactor = createRedactor(rules, ["a".repeat(100), "\\".repeat(50), "%5c".repeat(50)], {}, [
        { startup_script: lines(100), value: `https://${"a".repeat(90)}b`, password: `${"\\".repeat(60)}a"b` },
      ]);
      const text = piece.repeat(1_000_000 / piece.length);
      const first = text.slice(0, 5_000);
      expect(cost(() => redactor.text(text))).toBeLessThan(50 * cost(() => redactor.text(first)));
    },
  );
  it.each(["A", "QUFB", "=", ":", "\n", "\\", "&a", "\\u8d44", "密"])("ends for a secret of several megabytes of %j", (piece) => {
    const secret = `x${piece.repeat(2_000_000 / piece.length)}`;
    for (const field of ["password", "value"]) {
      const shown = withFields({ [field]: secret }).body({ [field]: secret, note: `x ${secret}` });
      expect(JSON.stringify(shown).length).toBeLessThan(10_000);
    }
  });
  it("is proportional to the lines of a script, also when they begin alike and are quoted", () => {
    const run = (count: number) => {
      const startup_script = lines(count);
      return cost(() => withFields({ startup_script }).body({ message: `cannot run ${startup_script}` }));
    };
    expect(run(8_000)).toBeLessThan(40 * run(1_000));
  });
  it("is proportional to the secrets of a response", () => {
    const run = (count: number) => {
      const body = Array.from({ length: count }, (_, n) => ({ password: `s3cret-${n}-password`, note: "x" }));
      return cost(() => none().body(body));
    };
    expect(run(8_000)).toBeLessThan(40 * run(1_000));
  });
});

it("HTML references in any case are decoded", () => {
  const text = "AT&AMP;T &Lt;b&GT; &Quot;x&QUOT; &APOS; &#X41; &#x41;";
  expect(createRedactor([], ["key-0123456789abcdef"]).text(`${text} key-0123456789abcdef`)).toBe(`${text} [redacted]`);
  const redactor = createRedactor([], ["key&<0123456789>abcdef"]);
  expect(redactor.text("it was key&AMP;&LT;0123456789&GT;abcdef")).toBe("it was [redacted]");
});
