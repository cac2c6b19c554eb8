import { objectAt } from "@gpu-scripts/openapi/json.ts";
import { lint } from "@gpu-scripts/openapi/redocly.ts";
import { document } from "@gpu-scripts/openapi/test/document.ts";
import { expect, it } from "vitest";

it("`pnpm generate` runs the project's rules, and names the place that breaks one", async () => {
  const broken = document();
  delete objectAt(objectAt(objectAt(broken, "paths"), "/instances"), "post")["x-paid"];
  await expect(lint(broken, "specs/acme")).rejects.toThrow(
    /specs\/acme: does not pass the linter\n {2}#\/paths\/~1instances\/post: createInstance needs `x-paid`.* \(gpu\/money-and-repetition\)$/,
  );
});

it("a document that follows every rule passes", async () => {
  await expect(lint(document(), "specs/acme")).resolves.toBeUndefined();
});
