import { stringAt } from "@gpu-scripts/openapi/json.ts";
import { isUrl } from "@gpu-scripts/openapi/load.ts";
import { UserError } from "@gpu-scripts/openapi/user-error.ts";
import { yamlText } from "@gpu-scripts/openapi/yaml.ts";
import { sha256 } from "@gpu-scripts/regenerate/pages.ts";
import { straightenOperations } from "./bodies.ts";
import { nameBodies, nameSchemas } from "./component-names.ts";
import { Draft } from "./draft.ts";
import { openEnums } from "./enums.ts";
import { commonErrorSchema, declareFailures, errorsExtension, nameErrorBody } from "./errors.ts";
import { dropBadExamples, giveExamples } from "./examples.ts";
import { markSecrets, sayUnits } from "./fields.ts";
import { type FirstDocument, readFirstDocument } from "./first-document.ts";
import { declareKey } from "./key.ts";
import { notePagination } from "./lists.ts";
import { sayMoney } from "./money.ts";
import { raiseVersion, sayTypes } from "./null.ts";
import { nameOperations } from "./operation-names.ts";
import { overlayText } from "./overlay-files.ts";
import { dropDuplicates, dropUnused, lintUpstream } from "./repairs.ts";
import { nameServers } from "./server.ts";
import { writeTexts } from "./texts.ts";

/** A vendor's folder under `specs/`, made from its document alone. */
export interface SpecsFromDocument {
  /** Text of each file by name. */
  files: Map<string, string>;
  /** What was guessed or left out, a line each: a person has to look at it. */
  left: string[];
}

/** Reads a vendor's document and writes the overlays that make the composed one of it. */
export async function specsFromDocument(id: string, place: string, date: string): Promise<SpecsFromDocument> {
  const first = await readFirstDocument(id, place);
  const draft = new Draft(id, first.document);
  try {
    await derive(draft, first, place);
  } catch (error) {
    if (!(error instanceof UserError) || error.message.startsWith(place)) throw error;
    throw new UserError(
      `${place}: no overlay could be made for it: ${error.message}; mend that in a copy of the document and give that`,
    );
  }
  const title = stringAt(draft.document["info"], "title") ?? id;
  const files = new Map([
    ["upstream.yaml", first.text],
    ["source.yaml", sourceText(first, place, date)],
    ["operations.overlay.yaml", overlayText(`${title}, what is documented elsewhere than in the vendor's file`, [])],
    ["fixes.overlay.yaml", overlayText(`${title}, corrections of the vendor's file`, draft.groups)],
  ]);
  return { files, left: linesLeft(draft, first, place) };
}

/** Each step sees the document as those before left it. */
async function derive(draft: Draft, first: FirstDocument, place: string): Promise<void> {
  draft.group("The document.");
  raiseVersion(draft);
  draft.removeIfThere(["webhooks"], "A client calls nothing of it.");
  nameServers(draft, place);
  draft.group("The key.");
  declareKey(draft, first.key);
  draft.group("Bodies, parameters and answers as the generator and the runtime read them.");
  straightenOperations(draft);
  dropDuplicates(draft);
  dropUnused(draft);
  sayTypes(draft);
  draft.group("Names of operations.");
  nameOperations(draft);
  draft.group("Names of schemas.");
  nameSchemas(draft, commonErrorSchema(draft.document));
  nameBodies(draft);
  draft.group("Lists of values that the vendor may extend.");
  openEnums(draft);
  draft.group("Failures.");
  nameErrorBody(draft);
  declareFailures(draft);
  draft.group("What the generator and the runtime need to know.");
  describeClient(draft, first);
  sayMoney(draft);
  notePagination(draft);
  markSecrets(draft);
  draft.group("Texts.");
  writeTexts(draft, place);
  sayUnits(draft);
  draft.group("Examples.");
  const { badExamples } = await lintUpstream(draft);
  dropBadExamples(draft, badExamples);
  giveExamples(draft);
  dropUnused(draft);
}

function describeClient(draft: Draft, { key }: FirstDocument): void {
  const apiKeyEnv = key.variable ?? `${draft.id.replaceAll("-", "_").toUpperCase()}_API_KEY`;
  draft.update(
    [],
    "What the generated client needs to know: the key's variable, where an error body holds its code and message.",
    {
      "x-gpu-client": {
        vendor: draft.id,
        apiKeyEnv,
        apiKeyPrefix: key.prefix,
        errors: errorsExtension(draft.document),
      },
    },
  );
  draft.left.push(
    `how the key is sent: by \`${key.scheme}\`, ${key.prefix === "" ? "without a prefix" : `with \`${key.prefix}\` in front`}`,
    `the environment variable of the key: \`${apiKeyEnv}\`${key.variable === undefined ? ", made from the name" : ", which the document names"}`,
    "where error bodies hold code, message and request id (`x-gpu-client.errors`), and the vendor's words and phrases for no capacity, " +
      "no funds and quotas, which are not guessed",
  );
}

function sourceText({ text, operations, size }: FirstDocument, place: string, date: string): string {
  const comment = isUrl(place)
    ? ""
    : "# The document came as a file: give the address where the vendor publishes it, so that `pnpm regenerate` can fetch it.\n";
  const values = {
    url: isUrl(place) ? place : null,
    pages: [],
    file: "upstream.yaml",
    sha256: sha256(text),
    date,
    ...(size === undefined ? {} : { size }),
    operations,
  };
  return comment + yamlText(values);
}

function linesLeft({ id, left }: Draft, { leftOut, notes }: FirstDocument, place: string): string[] {
  const overlay = `specs/${id}/fixes.overlay.yaml`;
  return [
    `${overlay}: read each action and say why in your own words; what the vendor documents elsewhere goes into specs/${id}/operations.overlay.yaml`,
    ...notes.map((note) => `specs/${id}/upstream.yaml: ${note}`),
    ...left.map((line) => `${overlay}: ${line}`),
    ...(isUrl(place) ? [] : [`specs/${id}/source.yaml: \`url\`, the address where the vendor publishes the document`]),
    ...(leftOut.length > 0 ? [`specs/${id}/source.yaml: operations that were left out: ${leftOut.join(", ")}`] : []),
  ];
}
