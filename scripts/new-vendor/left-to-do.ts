import type { VendorNames } from "@gpu-scripts/openapi/vendor-names.ts";
import { unfinishedReadme } from "./package-files.ts";
import { unfinishedMark } from "./provider.ts";
import { unfinishedDriver, unfinishedHandler } from "./simulator.ts";

/** A task for a person, because no document has the facts. */
interface Task {
  /** The file to edit, relative to the repository. */
  path: string;
  line: string;
  isLeft: (text: string) => boolean;
}

/** What a person has to write for a vendor, in the recommended order. */
export function leftToDo({ id, camel }: VendorNames): Task[] {
  const isEmptyList = (text: string) => text.trim() === "[]";
  const all: Task[] = [
    {
      path: `packages/${id}/test/responses.json`,
      line: "add recorded responses ({ operation, status, why, body }); they check the document's schemas",
      isLeft: isEmptyList,
    },
    {
      path: `packages/${id}/test/requests.json`,
      line: "add requests that the vendor's own clients send ({ operation, why, path, query, headers, body })",
      isLeft: isEmptyList,
    },
    {
      path: `packages/${id}/test/readme.test.ts`,
      line: "write the README's example, which rents and deletes an instance, with the calls and output that the test expects, and a section on what users must know about the vendor",
      isLeft: (text) => text.includes(unfinishedReadme),
    },
    {
      path: `packages/unified/src/providers/${id}.ts`,
      line: `implement \`${camel}()\`: each call that throws \`${unfinishedMark}…)\`, the status map, guarantee, settleMs, needs, lacks and actions; finished when packages/unified/test/conformance.test.ts passes`,
      isLeft: (text) => text.includes(`throw ${unfinishedMark}`),
    },
    {
      path: `packages/simulator/src/vendors/${id}.ts`,
      line: "write the handler of each operation that is `notWritten`, the catalogue, and the vendor's error codes and messages",
      isLeft: (text) => text.includes(unfinishedHandler),
    },
    {
      path: `packages/simulator/test/scenarios/${id}.ts`,
      line: "write the `driver` that creates, lists and deletes an instance in tests, and put the calls into an order that succeeds",
      isLeft: (text) => text.includes(unfinishedDriver),
    },
  ];
  return all.map((task) => ({ ...task, line: `${task.path}: ${task.line}` }));
}
