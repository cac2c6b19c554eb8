import { expect, it } from "vitest";
import { bundleAndLint } from "../../compose/redocly.ts";
import { objectAt } from "../../json.ts";
import { document } from "./document.ts";

it("`pnpm generate` runs the rules of the house: the linter loads them and says where the document breaks one", async () => {
  const broken = document();
  delete objectAt(objectAt(objectAt(broken, "paths"), "/instances"), "post")["x-paid"];
  await expect(bundleAndLint(broken, "specs/acme")).rejects.toThrow(
    /specs\/acme: does not pass the linter\n {2}#\/paths\/~1instances\/post: createInstance must say `x-paid`.* \(gpu\/money-and-repetition\)$/,
  );
});

it("a document that keeps every rule passes", async () => {
  await expect(bundleAndLint(document(), "specs/acme")).resolves.toMatchObject({ openapi: "3.1.0" });
});
