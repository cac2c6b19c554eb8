import { describe, expect, it } from "vitest";
import { cursorPages, numberedPages, type PaginationContract, partialListSign, type VendorContract } from "../src/index.js";
import { contract, failure, json, observe, type Sent } from "./support.js";

const all = Array.from({ length: 7 }, (_, index) => index);

async function walk(
  pagination: PaginationContract,
  respond: (query: Record<string, unknown>) => unknown,
  query?: Record<string, unknown>,
) {
  const asked: unknown[] = [];
  const items: unknown[] = [];
  const call = async ({ query: given = {} }: { query?: Record<string, unknown> }) => {
    asked.push(given[pagination.request]);
    return respond(given);
  };
  const iterators = pagination.style === "cursor" ? cursorPages : numberedPages;
  try {
    for await (const item of iterators(contract, "listInstances", pagination, call).items({ ...(query && { query }) })) {
      items.push(item);
    }
  } catch (error) {
    return { asked, items, reason: (error as Error).message };
  }
  return { asked, items };
}

describe("pages by cursor", () => {
  const cursor: PaginationContract = { style: "cursor", request: "cursor", next: "/next", items: "/items" };
  const respond = ({ cursor: at = 0 }: Record<string, unknown>) => {
    const start = Number(at);
    return { items: all.slice(start, start + 3), next: start + 3 < all.length ? String(start + 3) : null };
  };
  it("are read to the end", async () => {
    expect(await walk(cursor, respond)).toEqual({ asked: [undefined, "3", "6"], items: all });
  });
  it("begin at the caller's cursor", async () => {
    expect((await walk(cursor, respond, { cursor: "3" })).items).toEqual([3, 4, 5, 6]);
  });
  it("continue after pages without items", async () => {
    const empty = ({ cursor: at }: Record<string, unknown>) => (at ? respond({ cursor: at }) : { items: [], next: "3" });
    expect((await walk(cursor, empty)).items).toEqual([3, 4, 5, 6]);
  });
  const flagged: PaginationContract = { ...cursor, more: "/more" };
  const ends: [name: string, pagination: PaginationContract, page: object][] = [
    ["no cursor", cursor, {}],
    ["a null cursor", cursor, { next: null }],
    ["an empty cursor", cursor, { next: "" }],
    ["a null cursor, and the flag is missing", flagged, { next: null }],
    ["the flag alone", flagged, { more: false }],
    ["a flag that is a string", flagged, { more: "false" }],
    ["both", flagged, { next: null, more: false }],
  ];
  it.each(ends)("end with %s", async (_, pagination, page) => {
    expect(await walk(pagination, () => ({ items: [1], ...page }))).toEqual({ asked: [undefined], items: [1] });
  });
  it("end when the flag is false, even if there is a cursor", async () => {
    const page = ({ cursor: at }: Record<string, unknown>) => ({ items: [at ?? "first"], next: "a", more: at === undefined });
    expect(await walk(flagged, page)).toEqual({ asked: [undefined, "a"], items: ["first", "a"] });
  });
  const cut: [name: string, pagination: PaginationContract, page: object, reason: RegExp][] = [
    ["a flag without a cursor", flagged, { next: null, more: true }, /neither a new cursor nor the end/],
    ["a flag that is a string", flagged, { next: null, more: "true" }, /neither a new cursor nor the end/],
    ["neither of the documented signals", flagged, {}, /neither a new cursor nor the end/],
    ["a repeated cursor", cursor, { next: "a" }, /neither a new cursor nor the end/],
    ["a repeated cursor with a flag", flagged, { next: "a", more: true }, /neither a new cursor nor the end/],
  ];
  it.each(cut)("fail with %s", async (_, pagination, page, reason) => {
    expect((await walk(pagination, () => ({ items: [1], ...page }))).reason).toMatch(reason);
  });
  it("fail when cursors repeat, or when a page has no list", async () => {
    const circle = await walk(cursor, ({ cursor: at }) => ({ items: [at], next: at === "a" ? "b" : "a" }));
    expect(circle).toMatchObject({ asked: [undefined, "a", "b"], reason: expect.stringMatching(/neither a new cursor/) });
    expect((await walk(cursor, () => ({ next: null }))).reason).toMatch(/no list/);
    expect(await walk(cursor, () => ({ items: null, next: null }))).toMatchObject({ items: [] });
  });
  it("fail after 1,000 pages or 100,000 items, with a hint", async () => {
    let at = 0;
    const endless = await walk(cursor, () => ({ items: [1], next: `c${++at}` }));
    expect(endless.asked).toHaveLength(1_000);
    expect(endless.reason).toMatch(
      /the list did not end after 1000 pages with 1000 items; narrow the query, or continue with `cursor`/,
    );
    const many = Array.from({ length: 30_000 }, () => 1);
    expect((await walk(cursor, () => ({ items: many, next: `c${++at}` }))).asked).toHaveLength(4);
  });
});

describe("pages by number", () => {
  const byNumber = (first: number): PaginationContract => ({
    style: "page",
    request: "page",
    next: "/total",
    items: "/items",
    first,
  });
  const from =
    (base: number, total: number | undefined = all.length) =>
    ({ page }: Record<string, unknown>) => {
      const index = Math.max(0, Number(page) - base);
      return { items: all.slice(index * 3, index * 3 + 3), total };
    };
  it("are read until all items are seen", async () => {
    expect(await walk(byNumber(1), from(1))).toEqual({ asked: [1, 2, 3], items: all });
    // Reads one page more than needed: page 0 may equal page 1, so its items do not count towards the total.
    expect(await walk(byNumber(0), from(0))).toEqual({ asked: [0, 1, 2, 3], items: all });
    expect(await walk(byNumber(0), from(0, 3))).toEqual({ asked: [0], items: all.slice(0, 3) });
  });
  it("are read until an empty page without a total", async () => {
    const untotalled = ({ page }: Record<string, unknown>) => ({ items: all.slice((Number(page) - 1) * 3, Number(page) * 3) });
    expect(await walk(byNumber(1), untotalled)).toEqual({ asked: [1, 2, 3, 4], items: all });
  });
  it("neither lose nor repeat items when the vendor treats 0 and 1 as the same page", async () => {
    expect((await walk(byNumber(0), from(1))).items).toEqual(all);
  });
  it("lose nothing when pages 0 and 1 are the same and an item changes in between", async () => {
    let asked = 0;
    const changing = ({ page }: Record<string, unknown>) => {
      const { items, total } = from(1)({ page });
      asked += 1;
      return { items: items.map((item) => (item === 0 ? `changed ${asked}` : item)), total };
    };
    const { items } = await walk(byNumber(0), changing);
    expect(new Set(items.filter((item) => typeof item === "number"))).toEqual(new Set(all.slice(1)));
  });
  it("continue after an empty page 0, with or without a total", async () => {
    for (const total of [7, undefined]) {
      const fromOne = ({ page }: Record<string, unknown>) =>
        page === 0 ? { items: [], total } : { ...from(1)({ page }), total };
      const { items, asked } = await walk(byNumber(0), fromOne);
      expect(items).toEqual(all);
      expect(asked).toEqual(total ? [0, 1, 2, 3] : [0, 1, 2, 3, 4]);
    }
  });
  it("use the greatest total, not the last one", async () => {
    const falling = ({ page }: Record<string, unknown>) => ({ ...from(1)({ page }), total: page === 1 ? 7 : 4 });
    expect(await walk(byNumber(1), falling)).toEqual({ asked: [1, 2, 3], items: all });
    const vanishing = ({ page }: Record<string, unknown>) => ({ ...from(1)({ page }), total: page === 1 ? 7 : undefined });
    expect(await walk(byNumber(1), vanishing)).toEqual({ asked: [1, 2, 3], items: all });
  });
  it("accept totals that are strings", async () => {
    expect((await walk(byNumber(1), ({ page }) => ({ ...from(1)({ page }), total: "7" }))).asked).toEqual([1, 2, 3]);
  });
  it("read the list from any of its documented places, and treat none as an error", async () => {
    const several: PaginationContract = { ...byNumber(1), items: ["/items", "/others"] };
    const elsewhere = ({ page }: Record<string, unknown>) => {
      const { items, total } = from(1)({ page });
      return { others: items, total };
    };
    expect((await walk(several, elsewhere)).asked).toEqual([1, 2, 3]);
    for (const page of [{ others: [1], total: 1 }, {}, { items: "none" }]) {
      expect((await walk(byNumber(1), () => page)).reason).toMatch(/no list/);
    }
  });
  it("fail when the vendor ignores the parameter, unless the total proves that the list is complete", async () => {
    for (const first of [0, 1]) {
      const { items, asked, reason } = await walk(byNumber(first), () => ({ items: [1, 2] }));
      expect(items).toEqual([1, 2]);
      expect(asked).toHaveLength(first === 0 ? 3 : 2);
      expect(reason).toMatch(/the vendor seems to ignore `page`/);
      expect((await walk(byNumber(first), () => ({ items: [1, 2], total: 3 }))).reason).toMatch(/seems to ignore/);
      expect(await walk(byNumber(first), () => ({ items: [1, 2], total: 2 }))).toEqual({ asked: [first], items: [1, 2] });
    }
  });
  it("fail after 1,000 pages when the parameter is ignored and the items change", async () => {
    let at = 0;
    expect(await walk(byNumber(1), () => ({ items: [++at] }))).toMatchObject({ reason: expect.stringMatching(/did not end/) });
    expect(at).toBe(1_000);
  });
  it("fail when there are fewer items than the total", async () => {
    const cut = ({ page }: Record<string, unknown>) => (Number(page) > 1 ? { items: [], total: 0 } : from(1)({ page }));
    expect((await walk(byNumber(1), cut)).reason).toMatch(/have 3 of 7 items/);
    expect((await walk(byNumber(1), () => ({ items: [], total: 5 }))).reason).toMatch(/have 0 of 5 items/);
  });
  it("follow a flag: false ends the list, true continues it", async () => {
    const flagged: PaginationContract = { ...byNumber(1), more: "/more" };
    const page = (more: boolean | null) => () => ({ items: [1], more });
    expect(await walk(flagged, page(false))).toEqual({ asked: [1], items: [1] });
    expect((await walk(flagged, () => ({ items: [1], more: false, total: 2 }))).reason).toMatch(/1 of 2 items/);
    const late = ({ page: at }: Record<string, unknown>) => ({ items: [at], total: 1, more: at === 1 });
    expect(await walk(flagged, late)).toEqual({ asked: [1, 2], items: [1, 2] });
    expect((await walk(flagged, ({ page: at }) => ({ items: at === 1 ? [1] : [], more: true }))).reason).toBeDefined();
  });
  it("that begin in the middle end at an empty page, as the total cannot be reached", async () => {
    expect(await walk(byNumber(1), from(1), { page: 2 })).toEqual({ asked: [2, 3, 4], items: all.slice(3) });
  });
  it("end at an empty list, a null list and a total of zero", async () => {
    for (const page of [{ items: [] }, { items: null }, { items: [], total: 0 }, { total: 0 }]) {
      expect(await walk(byNumber(1), () => page)).toEqual({ asked: [1], items: [] });
    }
    expect(await walk(byNumber(0), () => ({ items: [] }))).toEqual({ asked: [0, 1], items: [] });
  });
});

it("pages by offset continue after the number of received items", async () => {
  const offset: PaginationContract = { style: "offset", request: "offset", next: "/total", items: "/items" };
  const respond = ({ offset: at }: Record<string, unknown>) => ({
    items: all.slice(Number(at), Number(at) + 3),
    total: all.length,
  });
  expect(await walk(offset, respond)).toEqual({ asked: [0, 3, 6], items: all });
  expect((await walk(offset, respond, { offset: 5 })).items).toEqual([5, 6]);
});

describe("the iterators of a client", () => {
  const paged: VendorContract = {
    ...contract,
    operations: {
      listAll: {
        method: "GET",
        path: "/all",
        pagination: { style: "offset", request: "offset", next: "/total", items: "/items" },
        response: { type: "object" },
      },
    },
  };
  type Paged = Record<"listAll", Record<"pages" | "items", (options?: object) => AsyncIterable<unknown>>>;
  const numbered = ({ url }: Sent) => {
    const at = Number(new URL(url).searchParams.get("offset"));
    return json({ items: all.slice(at, at + 3), total: 7 });
  };
  async function collect(list: AsyncIterable<unknown>): Promise<unknown[]> {
    const found: unknown[] = [];
    for await (const one of list) found.push(one);
    return found;
  }
  it("yield pages or items, and send nothing before they are read", async () => {
    const { client, sent } = observe([numbered], {}, paged);
    const { listAll } = client as unknown as Paged;
    const items = listAll.items({ query: { status: "active" } });
    expect(sent).toHaveLength(0);
    expect(await collect(items)).toEqual(all);
    expect(sent.map(({ url }) => url.split("?")[1])).toEqual([
      "status=active&offset=0",
      "status=active&offset=3",
      "status=active&offset=6",
    ]);
    expect(await collect(listAll.pages())).toEqual([0, 3, 6].map((at) => ({ items: all.slice(at, at + 3), total: 7 })));
  });
  it("request no page before it is needed", async () => {
    const { client, sent } = observe([numbered], {}, paged);
    for await (const item of (client as unknown as Paged).listAll.items()) if (item === 1) break;
    expect(sent).toHaveLength(1);
  });
  it("fail with the call's error, or one that names the call", async () => {
    const { client } = observe([numbered, json({ total: 7, items: [] })], {}, paged);
    const error = await failure(collect((client as unknown as Paged).listAll.items()));
    expect(error).toMatchObject({ code: "vendor_contract", operation: "listAll", path: "/all", sideEffect: "none" });
    expect(error.message).toBe("example listAll (GET /all): the pages have 3 of 7 items; read the list again");
    expect(error.retryable).toBe(true);
    const broken = observe([numbered, json({}, 404)], {}, paged);
    expect(await failure(collect((broken.client as unknown as Paged).listAll.pages()))).toMatchObject({ code: "not_found" });
  });
});

describe("a list without documented pages", () => {
  const whole: unknown[] = [
    { data: [1] },
    { data: [1], meta: {} },
    { data: [1], meta: null },
    { data: [1], meta: { cursor: null, hasMore: null, total: null } },
    { data: [1], meta: { cursor: "", hasMore: false, total: 1 } },
    { data: [1], total: 0, next: null },
    [1],
    null,
    "text",
  ];
  it.each(whole.map((response) => [JSON.stringify(response), response]))("is complete: %s", (_, response) => {
    expect(partialListSign(response, 1)).toBeUndefined();
  });
  const parts: [response: object, sign: RegExp][] = [
    [{ meta: { cursor: "abc", hasMore: null, total: null } }, /`cursor` is "abc"/],
    [{ meta: { hasMore: true } }, /`hasMore` is true/],
    [{ meta: { total: 2 } }, /`total` is 2/],
    [{ has_more: true }, /has_more/],
    [{ next_cursor: "abc" }, /next_cursor/],
    [{ nextPageToken: "abc" }, /nextPageToken/],
    [{ pagination: { next: 2 } }, /next/],
    [{ total_count: "5" }, /total_count/],
  ];
  it.each(parts.map(([response, sign]) => [JSON.stringify(response), response, sign] as const))(
    "is only a part: %s",
    (_, response, sign) => {
      expect(partialListSign({ data: [1], ...response }, 1)).toMatch(sign);
    },
  );
});
