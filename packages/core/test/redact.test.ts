import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Redactor, redactionRules } from "../src/redact.js";

const names = ["password", "private_key", "value"];
const redactor = (...secrets: string[]) => {
  const one = new Redactor(redactionRules(names));
  for (const secret of secrets) one.remember(secret);
  return one;
};
const html = (text: string) => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
const quoted = (text: string) => JSON.stringify(text).slice(1, -1);

describe("a known secret", () => {
  it("is taken out of any text, in any encoding", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 8 }), fc.string(), fc.string(), (secret, before, after) => {
        fc.pre(!/[\r\n]/.test(secret) && !(before + after).includes(secret) && !"[redacted]".includes(secret));
        const forms = [
          secret,
          quoted(secret),
          quoted(quoted(secret)),
          encodeURIComponent(secret),
          html(secret),
          quoted(html(secret)),
          encodeURIComponent(quoted(secret)),
        ];
        for (const form of forms) {
          expect(redactor(secret).text(`${before}${form}${after}`)).toContain("[redacted]");
          expect(redactor(secret).text(`${before} ${form} ${after}`)).not.toContain(form);
        }
      }),
      { numRuns: 500 },
    );
  });
  it("is taken out where the text breaks off within it", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme-ascii", minLength: 10 }),
        fc.nat(),
        fc.constantFrom(String, quoted, encodeURIComponent),
        (secret, at, encode) => {
          const length = 8 + (at % (secret.length - 8));
          fc.pre(!"it is: [redacted]".includes(secret.slice(0, 8)));
          const shown = redactor(secret).text(`it is: ${encode(secret).slice(0, encode(secret.slice(0, length)).length)}`);
          // What stands before may go with it: a space may be an encoded one.
          expect(shown).toMatch(/^it is: ?\[redacted\]$/);
        },
      ),
      { numRuns: 1_000 },
    );
  });
  it("is taken out line by line, and in long pieces", () => {
    const script = "#!/bin/sh\nexport TOKEN=abcdef\nfi\n";
    expect(redactor(script).text('line 2: "export TOKEN=abcdef" failed; fi')).toBe('line 2: "[redacted]" failed; fi');
    const long = Array.from({ length: 5_000 }, (_, index) => (index * 7_919).toString(36)).join("");
    expect(redactor(long).text(`<${long}>`)).toMatch(/^<(\[redacted\])+>$/);
    expect(redactor(long).text(`<${long.slice(0, 1_234)}`)).toMatch(/^<(\[redacted\])+$/);
  });
  it("is taken out without what indents it, and where a piece ends within a character", () => {
    expect(redactor("if true; then\n    export TOKEN=abcdef\nfi").text("line 2: export TOKEN=abcdef: no")).toBe(
      "line 2: [redacted]: no",
    );
    const long = `${"x".repeat(199)}😀${"y".repeat(50)}`;
    expect(redactor(long).text(`bad value ${long}.`)).toMatch(/^bad value (\[redacted\])+\.$/);
  });
  it("is taken out where a backslash stands before a character that is itself escaped", () => {
    for (const [secret, text] of [
      ["s/x/\\&TOKEN=hunter22/", "sed 's/x/\\\\\\u0026TOKEN=hunter22/'"],
      ["C:\\Users\\Émile\\hunter22", "C:\\\\Users\\\\\\u00c9mile\\\\hunter22"],
      ["a\\\thunter22", "a\\\\\\thunter22"],
    ] as const) {
      expect(redactor(secret).text(`cannot parse ${text}: bad`)).not.toContain("hunter22");
    }
  });
  it("is taken out wherever its encoding breaks off", () => {
    const encoded = encodeURIComponent("hunter2-secret-密碼😀-and-more");
    for (let length = 15; length < encoded.length; length += 1) {
      expect(redactor("hunter2-secret-密碼😀-and-more").text(`bad: ${encoded.slice(0, length)}`)).toBe("bad: [redacted]");
    }
  });
  it("in Base64 is taken out decoded too: a script may be sent so", () => {
    const script = "#!/bin/sh\nexport TOKEN=hunter2-äbc\n";
    const base64 = btoa(String.fromCharCode(...new TextEncoder().encode(script)));
    expect(redactor(base64).text(`failed at: export TOKEN=hunter2-äbc (${base64})`)).toBe("failed at: [redacted] ([redacted])");
  });
  it("leaves alone the words of a script, and what tells where other secrets are", () => {
    const one = redactor("set -e\n    exit 1\n  done\n\n    \nadmin\nhunt3r2", "password");
    expect(one.text("LOGIN is admin, line 2: hunt3r2")).toBe("LOGIN is [redacted], line 2: [redacted]");
    expect(one.text("exit 1 of the abandoned job\n    at: done")).toBe("exit 1 of the abandoned job\n    at: done");
    expect(one.text('{"password":"hunter2","x":')).toBe('{"password":"[redacted]","x":');
  });
  it("is taken out whole where another secret is a part of it", () => {
    expect(redactor("prod", "prod-s3cret-1").text("no prod-s3cret-1 in prod")).toBe("no [redacted] in [redacted]");
  });
  it("of a header is taken out part by part, but for words", () => {
    const one = redactor();
    one.rememberHeaders({
      "x-gateway-auth": "Bearer tok-sekrit-987",
      cookie: "a=1; session=abcdefgh-2",
      accept: "text/plain-old",
    });
    expect(one.text("Bearer: token tok-sekrit-987 of abcdefgh-2 is no text/plain-old")).toBe(
      "Bearer: token [redacted] of [redacted] is no text/plain-old",
    );
  });
  it("that is short is not looked for: it is ordinary text elsewhere", () => {
    expect(redactor("no").text("no such thing")).toBe("no such thing");
    expect(redactor().value({ password: "no", note: "no" })).toEqual({ password: "[redacted]", note: "no" });
  });
  it("of a key with parts is taken out part by part", () => {
    const one = redactor();
    one.rememberKey("key-id:key-secret");
    expect(one.text("key-secret of key-id")).toBe("[redacted] of [redacted]");
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
    ["{&quot;password&quot;:&quot;hunter two&quot;,&quot;a&quot;:1}", '{&quot;password&quot;:"[redacted]",&quot;a&quot;:1}'],
    ["%22password%22%3A%22hunter%22%2C", '%22password%22%3A"[redacted]"%2C'],
    ["password=hunter&a=1", 'password="[redacted]"'],
    ["<password>hunter</password>", '<password>"[redacted]"</password>'],
    ["my_password: hunter", "my_password: hunter"],
    ["a value is needed", "a value is needed"],
    ["-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY----- after", "[redacted] after"],
    ['{"key":"-----BEGIN OPENSSH PRIVATE KEY-----\\nabc', '{"key":"[redacted]'],
  ];
  for (const [text, shown] of texts) it(`in ${text}`, () => expect(redactor().text(text)).toBe(shown));

  it("is taken out of broken JSON wherever it breaks", () => {
    const secret = fc.string({ unit: "grapheme-ascii", minLength: 12 });
    fc.assert(
      fc.property(secret, fc.nat(), fc.constantFrom(...names), (hidden, at, name) => {
        fc.pre(!JSON.stringify({ before: "x", [name]: "", after: ["y"] }).includes(hidden.slice(0, 4)));
        const text = JSON.stringify({ before: "x", [name]: hidden, after: ["y"] });
        const shown = redactor().text(text.slice(0, at % text.length));
        expect(shown).not.toContain(quoted(hidden).slice(0, 8));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("parsed JSON", () => {
  it("keeps everything but secrets", () => {
    expect(
      redactor("s3cret-token").value({
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
      note: "[redacted]",
      value: null,
      "[redacted]": 1,
    });
    expect(redactor("12345678").value({ id: 12345678 })).toEqual({ id: "[redacted]" });
  });
  it("is equal to itself when it has no secret", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        fc.pre(!/password|private_key|value|-----BEGIN/i.test(JSON.stringify(value)));
        expect(JSON.stringify(redactor().value(value))).toBe(JSON.stringify(value));
      }),
    );
  });
  it("that is deeper than any answer is cut, not followed", () => {
    const deep = JSON.parse("[".repeat(20_000) + "]".repeat(20_000));
    expect(JSON.stringify(redactor().value(deep))).toContain("[redacted]");
  });
});

describe("causes", () => {
  it("keep name, message, code, stack, errors and causes, redacted", () => {
    const inner = Object.assign(new RangeError("inner s3cret-token"), { code: "E_s3cret-token" });
    const copy = redactor("s3cret-token").cause(
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
  it("may be anything", () => {
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
      expect(() => redactor().cause(cause)).not.toThrow();
    }
    expect(redactor().cause({ password: "hunter2", a: 1 })).toEqual({ password: "[redacted]", a: 1 });
    expect(redactor().cause(new DOMException("gone", "AbortError"))).toMatchObject({ name: "AbortError", message: "gone" });
  });
});

/** Searches that multiplied at each character would not end here. */
it("long text without an end is gone through", () => {
  for (const text of [
    `"password":"${"\\".repeat(100_000)}`,
    "password=".repeat(20_000),
    `${"-----BEGIN ".repeat(10_000)}`,
    `"value":${"&quot;".repeat(20_000)}`,
    "\\".repeat(100_000),
    "%5c".repeat(50_000),
    `"a":"${"%5c%5c".repeat(200)}%22b`,
  ]) {
    redactor("a\\b\"c'd&e/f<g", "\\\\\\\\\\\\\\\\", "%&".repeat(50), "#".repeat(50), "資源不足".repeat(10)).text(text);
    redactor("a\\b-long-secret", "s3cret-token").text(text);
    redactor(`"a":"${'\\"b'.repeat(60)}`).text(`${text}"a":"${"%5c%5c%5c%22b".repeat(59)}`);
  }
});

it("a text in another alphabet, as numbers, is gone through, and stays", () => {
  const escaped = "\\u8d44\\u6e90".repeat(500);
  const encoded = "%E8%B5%84%E6%BA%90".repeat(500);
  const one = redactor(`${"#".repeat(40)} install`, "研究チーム".repeat(10), "# 下载模型并启动推理服务");
  for (const text of [escaped, encoded, `${escaped}${encoded}`]) expect(one.text(text)).toBe(text);
});

it("a script of thousands of lines is known by each of them", () => {
  const lines = Array.from({ length: 3_000 }, (_, n) => `  apt-get install package-${n} && echo "done ${n}" >> /var/log/x.log`);
  const one = redactor(lines.join("\n"));
  expect(one.text(`line 2999: ${lines[2_999]?.trim()}: not found`)).toBe("line 2999: [redacted]: not found");
  expect(one.text(lines.join("\n"))).toMatch(/^(\s*\[redacted\]\n?)+$/);
});
