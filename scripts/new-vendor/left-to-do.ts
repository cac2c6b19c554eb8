import type { VendorNames } from "./names.ts";
import { unfinishedMark } from "./provider.ts";
import { unfinishedHandler } from "./simulator.ts";

/** Something that no document says. */
interface Left {
  /** The file in which it is to be done, relative to the repository. */
  path: string;
  line: string;
  isLeft: (text: string) => boolean;
}

/** What a person has to write of a vendor, in the order in which it is best done. */
export function leftToDo({ id, camel }: VendorNames): Left[] {
  const isEmptyList = (text: string) => text.trim() === "[]";
  const all: Left[] = [
    {
      path: `packages/${id}/test/responses.json`,
      line: "responses as the vendor really sends them ({ operation, status, why, body }): they prove the document's schemas",
      isLeft: isEmptyList,
    },
    {
      path: `packages/${id}/test/requests.json`,
      line: "requests as the vendor's own clients send them ({ operation, why, path, query, headers, body })",
      isLeft: isEmptyList,
    },
    {
      path: `packages/${id}/test/readme.test.ts`,
      line: "an example in the README that rents and deletes an instance, what it calls and prints, and what to know about the vendor",
      isLeft: (text) => text.includes("calls: [],"),
    },
    {
      path: `packages/unified/src/providers/${id}.ts`,
      line: `\`${camel}()\`: each call that throws \`${unfinishedMark}…)\`, the meaning of each status, guarantee, settleMs, needs, lacks and actions; done when packages/unified/test/conformance.test.ts passes`,
      isLeft: (text) => text.includes(`throw ${unfinishedMark}`),
    },
    {
      path: `packages/simulator/src/vendors/${id}.ts`,
      line: "a handler for each operation in place of `notWritten`, the catalogue, and the vendor's words for each refusal",
      isLeft: (text) => text.includes(unfinishedHandler),
    },
    {
      path: "packages/simulator/test/clouds.ts",
      line: `the driver \`${id}\`: how a test creates, lists and deletes an instance; and what follows what in test/scenarios/${id}.ts`,
      isLeft: (text) => text.includes(`${id}: how instances are `),
    },
  ];
  return all.map((entry) => ({ ...entry, line: `${entry.path}: ${entry.line}` }));
}
