import { describe, expect, it } from "vitest";
import type { ChangeFacts } from "../../change.ts";
import { adviceFor, messageOf } from "../../change-text.ts";

const field = "/requestBody/content/application~1json/schema/properties/keys/items/properties/name";
const read = field.replace("requestBody", "responses/200");

describe("the message and the advice of a change", () => {
  it.each<[ChangeFacts, string, string]>([
    [{ kind: "removed", place: field }, "request field `keys[].name` was removed", "Stop sending it."],
    [{ kind: "removed", place: read }, "field `keys[].name` of response 200 was removed", "Stop reading it."],
    [{ kind: "removed", place: "/parameters/query/limit" }, "query parameter `limit` was removed", "Stop sending it."],
    [{ kind: "removed", place: "/requestBody" }, "the request body was removed", "Stop sending it."],
    [{ kind: "required", place: field }, "request field `keys[].name` is now required", "Send it with every call."],
    [{ kind: "required", place: read }, "field `keys[].name` of response 200 is now required", ""],
    [{ kind: "may-be", place: read, type: "null" }, "field `keys[].name` of response 200 may now be `null`", "Handle null."],
    [
      { kind: "may-be", place: "/responses/200/content/text~1csv", type: "string" },
      "`text/csv` content of response 200 may now be `string`",
      "Adapt the type where you name it.",
    ],
    [
      { kind: "default-changed", place: field, before: null, after: '"a`b"' },
      'request field `keys[].name`: the default changed from nothing to `` "a`b" ``, which applies to every call that omits it',
      "",
    ],
    [{ kind: "property-changed", place: "/summary", part: "summary", before: null, after: null }, "`summary` changed", ""],
    [
      { kind: "property-changed", place: "/info", part: "title", before: '"a"', after: '"b"' },
      'the document\'s `info`: `title` changed from `"a"` to `"b"`',
      "",
    ],
    [
      { kind: "limited", place: field, part: "maxLength", before: null, after: "10" },
      "request field `keys[].name`: `maxLength` changed from nothing to `10`",
      "Check that what you send is still accepted.",
    ],
    [
      { kind: "route-removed", route: "GET /things" },
      "`GET /things` was removed from `http`",
      "Use the new method and path, or the named call.",
    ],
  ])("%j", (facts, message, advice) => {
    expect([messageOf(facts), adviceFor(facts)]).toEqual([message, advice]);
  });
});
