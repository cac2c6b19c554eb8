import { describe, expect, it } from "vitest";
import type { PaginationContract } from "../src/index.js";
import { eachPage } from "../src/pages.js";

const all = Array.from({ length: 7 }, (_, index) => index);

async function walk(
  pagination: PaginationContract,
  answer: (query: Record<string, unknown>) => unknown,
  query?: Record<string, unknown>,
) {
  const asked: unknown[] = [];
  const items: unknown[] = [];
  for await (const page of eachPage(
    pagination,
    query,
    async (given) => {
      asked.push(given[pagination.request]);
      if (asked.length > 20) throw new Error("endless");
      return answer(given);
    },
    () => new Error("no list"),
  )) {
    items.push(...((page as { items?: unknown[] }).items ?? []));
  }
  return { asked, items };
}

describe("pages by cursor", () => {
  const cursor: PaginationContract = { style: "cursor", request: "cursor", next: "/next", items: "/items" };
  const answer = ({ cursor: at = 0 }: Record<string, unknown>) => {
    const start = Number(at);
    return { items: all.slice(start, start + 3), next: start + 3 < all.length ? String(start + 3) : null };
  };
  it("follow it to the end", async () => {
    expect(await walk(cursor, answer)).toEqual({ asked: [undefined, "3", "6"], items: all });
  });
  it("begin where the caller says", async () => {
    expect((await walk(cursor, answer, { cursor: "3" })).items).toEqual([3, 4, 5, 6]);
    expect((await walk(cursor, () => ({ items: [3], next: "3" }), { cursor: "3" })).items).toEqual([3]);
  });
  it("go over pages without items", async () => {
    const empty = ({ cursor: at }: Record<string, unknown>) => (at ? answer({ cursor: at }) : { items: [], next: "3" });
    expect((await walk(cursor, empty)).items).toEqual([3, 4, 5, 6]);
  });
  it("end where cursors go round in a circle, and where there is none", async () => {
    expect((await walk(cursor, ({ cursor: at }) => ({ items: [at], next: at === "a" ? "b" : "a" }))).asked).toEqual([
      undefined,
      "a",
      "b",
    ]);
    for (const next of [undefined, null, ""]) expect((await walk(cursor, () => ({ items: [1], next }))).asked).toHaveLength(1);
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
  it("go on until all are seen", async () => {
    expect(await walk(byNumber(1), from(1))).toEqual({ asked: [1, 2, 3], items: all });
    // One page more than needed: page 0 may be page 1 too, so what it holds does not count.
    expect(await walk(byNumber(0), from(0))).toEqual({ asked: [0, 1, 2, 3], items: all });
    expect(await walk(byNumber(0), from(0, 3))).toEqual({ asked: [0], items: all.slice(0, 3) });
  });
  it("go on to an empty page where no total is given", async () => {
    const untotalled = ({ page }: Record<string, unknown>) => ({ items: all.slice((Number(page) - 1) * 3, Number(page) * 3) });
    expect(await walk(byNumber(1), untotalled)).toEqual({ asked: [1, 2, 3, 4], items: all });
  });
  it("lose and repeat nothing where the vendor takes 0 and 1 for the same page", async () => {
    expect((await walk(byNumber(0), from(1))).items).toEqual(all);
  });
  it("lose nothing where pages 0 and 1 are the same, and an item changes between the two", async () => {
    let asked = 0;
    const changing = ({ page }: Record<string, unknown>) => {
      const { items, total } = from(1)({ page });
      asked += 1;
      return { items: items.map((item) => (item === 0 ? `changed ${asked}` : item)), total };
    };
    const { items } = await walk(byNumber(0), changing);
    expect(new Set(items.filter((item) => typeof item === "number"))).toEqual(new Set(all.slice(1)));
  });
  it("go on behind an empty page 0 that says that there are some", async () => {
    const fromOne = ({ page }: Record<string, unknown>) => (page === 0 ? { items: [], total: 7 } : from(1)({ page }));
    expect(await walk(byNumber(0), fromOne)).toEqual({ asked: [0, 1, 2, 3], items: all });
  });
  it("take the list from any of its places, and none for no end", async () => {
    const several: PaginationContract = { ...byNumber(1), items: ["/items", "/others"] };
    const elsewhere = ({ page }: Record<string, unknown>) => {
      const { items, total } = from(1)({ page });
      return { others: items, total };
    };
    expect((await walk(several, elsewhere)).asked).toEqual([1, 2, 3]);
    await expect(walk(byNumber(1), elsewhere)).rejects.toThrow("no list");
  });
  it("end where the vendor ignores the parameter", async () => {
    const { items, asked } = await walk(byNumber(1), () => ({ items: [1, 2] }));
    expect(items).toEqual([1, 2]);
    expect(asked.length).toBeLessThan(5);
  });
  it("end at an empty list, a null list and a total of zero", async () => {
    for (const page of [{ items: [], total: 5 }, { items: null }, { items: [], total: 0 }, {}]) {
      expect((await walk(byNumber(1), () => page)).asked).toHaveLength(1);
    }
  });
});

it("pages by offset go on by what each held", async () => {
  const offset: PaginationContract = { style: "offset", request: "offset", next: "/total", items: "/items" };
  const answer = ({ offset: at }: Record<string, unknown>) => ({
    items: all.slice(Number(at), Number(at) + 3),
    total: all.length,
  });
  expect(await walk(offset, answer)).toEqual({ asked: [0, 3, 6], items: all });
  expect((await walk(offset, answer, { offset: 5 })).items).toEqual([5, 6]);
});

it("pages carry the caller's other parameters, and a failure ends them", async () => {
  const offset: PaginationContract = { style: "offset", request: "offset", next: "/total", items: "/items" };
  const seen: unknown[] = [];
  const pages = eachPage(
    offset,
    { status: "active" },
    async (query) => {
      seen.push(query);
      if (seen.length > 1) throw new Error("broken");
      return { items: [1], total: 2 };
    },
    () => new Error("no list"),
  );
  expect((await pages.next()).value).toEqual({ items: [1], total: 2 });
  await expect(pages.next()).rejects.toThrow("broken");
  expect(seen).toEqual([
    { status: "active", offset: 0 },
    { status: "active", offset: 1 },
  ]);
});
