import type { JsonObject } from "@gpu-scripts/openapi/json.ts";
import { stringAt } from "@gpu-scripts/openapi/json.ts";
import { isRead, operationsOf, parametersOf } from "@gpu-scripts/openapi/operations.ts";
import type { Draft } from "./draft.ts";

const pageParameters = /^(?:page|page_?number|page_?token|cursor|offset|skip|after|starting_after|next_?token|start)$/i;

/** How a list goes on is not guessed: a wrong guess loses machines that cost money. */
export function notePagination(draft: Draft): void {
  const paged = operationsOf(draft.document).flatMap((operation): string[] => {
    const isPaged = (parameter: JsonObject) =>
      parameter["in"] === "query" && pageParameters.test(stringAt(parameter, "name") ?? "");
    if (!isRead(operation) || !parametersOf(draft.document, operation).some(isPaged)) return [];
    return [stringAt(operation.object, "operationId") ?? ""];
  });
  const found = paged.length > 0 ? `; these take a page: ${paged.join(", ")}` : "";
  draft.left.push(`how lists go on to their next page (\`x-pagination\`), which is not guessed${found}`);
}
