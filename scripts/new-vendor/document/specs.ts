import { shown } from "@gpu-scripts/openapi/characters.ts";
import { checkComposed } from "@gpu-scripts/openapi/compose.ts";
import { type JsonObject, list, objectAt, stringAt } from "@gpu-scripts/openapi/json.ts";
import { completed, normalized } from "@gpu-scripts/openapi/normalize/normalize.ts";
import { type Repaired, repairLine } from "@gpu-scripts/openapi/normalize/repair.ts";
import { isRead, operationKey, operationsOf, parametersOf } from "@gpu-scripts/openapi/operations.ts";
import { OverlayApplier } from "@gpu-scripts/openapi/overlay.ts";
import { type LintProblem, lintProblems } from "@gpu-scripts/openapi/redocly.ts";
import type { Source } from "@gpu-scripts/openapi/source.ts";
import { UserError } from "@gpu-scripts/openapi/user-error.ts";
import { yamlText } from "@gpu-scripts/openapi/yaml.ts";
import { Usage } from "@gpu-scripts/regenerate/compare/usage.ts";
import { cutTo } from "@gpu-scripts/regenerate/operations.ts";
import { sha256 } from "@gpu-scripts/regenerate/pages.ts";
import { sizeOf } from "@gpu-scripts/regenerate/refuse.ts";
import { errorsExtension } from "./error-pointers.ts";
import { type FirstDocument, readFirstDocument } from "./first-document.ts";
import { marksOf } from "./money.ts";
import { operationNames } from "./operation-names.ts";
import { type ActionGroup, overlayText } from "./overlay-files.ts";

/** A vendor's folder under `specs/`, made from its document alone. */
export interface SpecsFromDocument {
  /** Text of each file by name. */
  files: Map<string, string>;
  /** The composed document, which passes the linter. */
  composed: JsonObject;
  /** What was guessed, repaired or left out, a line each: a person has to look at it. */
  left: string[];
}

/** What is decided about a document, as an overlay and as lines to look at. */
interface Decisions {
  groups: ActionGroup[];
  left: string[];
}

interface Draft {
  /** As published, with the operations that are kept. */
  cut: JsonObject;
  isCut: boolean;
  decisions: Decisions;
  composed: JsonObject;
  repaired: Repaired[];
}

/** Reasons that a refusal shows: a few are enough for a mistake that a document repeats everywhere. */
const mostReasons = 5;

/** Operations that the linter refuses are left out this many times before the document is refused. */
const mostRounds = 5;

/** Reads a vendor's document and decides what composing needs: names, which calls cost money, how errors are read. */
export async function specsFromDocument(id: string, place: string, date: string): Promise<SpecsFromDocument> {
  const first = await readFirstDocument(id, place);
  for (let round = 1; ; round += 1) {
    const draft = draftOf(first);
    const problems = await lintProblems(draft.composed, madeFrom(place));
    if (problems.length === 0) return resultOf(first, draft, date);
    const causes = causesOf(draft.composed, problems);
    if (causes === undefined || round === mostRounds) {
      const reasons = problems.map(({ pointer, message, rule }) => `${pointer}: ${message} (${rule})`);
      throw new UserError(`${madeFrom(place)} does not pass the linter; ${firstOf(reasons)}`);
    }
    for (const [operation, reason] of causes) first.leftOut.set(operation, reason);
  }
}

/** How errors call what is made from a vendor's document. */
function madeFrom(place: string): string {
  return `${place}: the document made from it`;
}

function firstOf(reasons: readonly string[]): string {
  const more = reasons.length > mostReasons ? `; and ${reasons.length - mostReasons} more reasons` : "";
  return reasons.slice(0, mostReasons).join("; ") + more;
}

function draftOf(first: FirstDocument): Draft {
  const { id, place, url, context } = first;
  const all = operationsOf(first.document).map(operationKey);
  const operations = all.filter((operation) => !first.leftOut.has(operation));
  if (operations.length === 0) {
    const reasons = firstOf([...new Set(first.leftOut.values())]);
    throw new UserError(
      `${place}: none of its ${all.length} operations can be part of a client: ${reasons}; write specs/${id}/ by hand, ` +
        "and run new-vendor without --from",
    );
  }
  const { document: cut, dropped } = cutTo(first.document, new Set(operations));
  const form = normalized(cut, context);
  const decisions = decide(form.document, first);
  const applier = new OverlayApplier(form.document);
  for (const [index, action] of decisions.groups.flatMap((group) => group.actions).entries())
    applier.applyAction(action, `specs/${id}/fixes.overlay.yaml, action ${index + 1}`);
  const complete = completed(applier.document, context);
  const source: Source = { url, pages: [], file: "upstream.yaml", sha256: "", date: "", operations };
  const composed = checkComposed(complete.document, source, id, madeFrom(place));
  return { cut, isCut: dropped.length > 0, decisions, composed, repaired: [...form.repaired, ...complete.repaired] };
}

/** The operations that the problems concern, each with the first; undefined when a problem concerns the whole document. */
function causesOf(document: JsonObject, problems: readonly LintProblem[]): Map<string, string> | undefined {
  const causes = new Map<string, string>();
  const usage = new Usage(document);
  for (const { pointer, message, rule } of problems) {
    const operations = usage.operationsAt(pointer).map(operationKey);
    if (operations.length === 0) return undefined;
    for (const key of operations) if (!causes.has(key)) causes.set(key, `${shown(message, 200)} (${rule})`);
  }
  return causes;
}

function decide(document: JsonObject, first: FirstDocument): Decisions {
  const left: string[] = [];
  const client = decideClient(document, first, left);
  const server = decideServer(document, first, left);
  const operations = decideOperations(document, left);
  return {
    groups: [
      { title: "What the generator and the runtime need to know.", actions: [client] },
      { title: "The server.", actions: server },
      { title: "Names of operations, which of them cost money, and which may be sent again.", actions: operations },
    ].filter(({ actions }) => actions.length > 0),
    left,
  };
}

function decideClient(document: JsonObject, first: FirstDocument, left: string[]): JsonObject {
  const { id, key, document: published, leftOut } = first;
  const errors = errorsExtension(document);
  const apiKeyEnv = key.variable ?? `${id.replaceAll("-", "_").toUpperCase()}_API_KEY`;
  left.push(
    `how the key is sent: by \`${shown(key.scheme)}\`, ${key.prefix === "" ? "without a prefix" : `with \`${key.prefix}\` in front`}`,
    `the environment variable of the key: \`${apiKeyEnv}\`${key.variable === undefined ? ", made from the name" : ", which the document names"}`,
    ...(errors.isKnown ? [] : ["what an error body holds: the document shows none"]),
    "where error bodies hold code, message and request id (`x-gpu-client.errors`), and the vendor's words and phrases for no capacity, " +
      "no funds and quotas, which are not guessed",
  );
  const silent = operationsOf(published)
    .filter(({ object }) => object["security"] === undefined && list(published["security"]).length === 0)
    .filter((operation) => !leftOut.has(operationKey(operation)));
  if (silent.length > 0)
    left.push(`whether these need a key, which the document does not state: ${silent.map(operationKey).join(", ")}`);
  return {
    target: "$",
    description: "The key's variable, and where an error body holds its code and message.",
    update: { "x-gpu-client": { vendor: id, apiKeyEnv, apiKeyPrefix: key.prefix, errors: errors.extension } },
  };
}

/** Which server gets the key; an address without a host is completed by that of the document. */
function decideServer(document: JsonObject, { id, place, url }: FirstDocument, left: string[]): JsonObject[] {
  const given = list(document["servers"]).map((server) => stringAt(server, "url") ?? "");
  const [base, ...others] = given;
  if (base?.startsWith("https://") && !base.includes("{")) {
    if (others.length > 0) left.push(`the base URL: ${base} is taken, before ${others.map((other) => shown(other)).join(", ")}`);
    return [];
  }
  const address = url !== undefined && base !== undefined && URL.canParse(base, url) ? new URL(base, url).href : "";
  if (!address.startsWith("https://") || /[{%]/.test(address)) {
    const found =
      given.length === 0
        ? "names no server"
        : `names no server with an absolute https address (${given.map((one) => shown(one)).join(", ")})`;
    throw new UserError(
      `${place}: ${found}; write specs/${id}/ by hand, with the server in fixes.overlay.yaml, and run new-vendor without --from`,
    );
  }
  left.push(`the base URL: ${address}, completed by the address of the document`);
  const update = { url: address.replace(/\/+$/, "") };
  return [{ target: "$.servers[0]", description: "Completed by the address of the document.", update }];
}

function decideOperations(document: JsonObject, left: string[]): JsonObject[] {
  const [made, paid, repeatable, paged, keyed]: string[][] = [[], [], [], [], []];
  const names = operationNames(document);
  const actions = [...names].map(([operation, name]): JsonObject => {
    const { why, marks } = marksOf(document, operation, name);
    const isOwn = stringAt(operation.object, "operationId") === name;
    if (!isOwn) made?.push(`${operationKey(operation)} is \`${name}\``);
    if (marks["x-paid"]) paid?.push(name);
    if (operation.method === "delete" && marks["x-idempotent"]) repeatable?.push(name);
    const parameters = parametersOf(document, operation);
    const has = (where: string, pattern: RegExp) =>
      parameters.some((one) => one["in"] === where && pattern.test(stringAt(one, "name") ?? ""));
    if (isRead(operation) && has("query", pageParameters)) paged?.push(name);
    if (has("header", /idempotency/i)) keyed?.push(name);
    return {
      target: `$.paths['${operation.path.replace(/[\\']/g, "\\$&")}'].${operation.method}`,
      description: [isOwn ? "" : "One vocabulary over all vendors: a verb, then the thing.", why].filter(Boolean).join(" "),
      update: isOwn ? { ...marks } : { operationId: name, ...marks },
    };
  });
  const report = (what: string, which: readonly string[] = []) => {
    if (which.length > 0) left.push(`${what}: ${which.join(", ")}`);
  };
  report("names made from paths", made);
  report("which operations cost money (all of these count as paid, and are never sent twice)", paid);
  report("whether these deletes may be sent again, as they are now", repeatable);
  report("`x-idempotency-key` with the seconds for which the vendor remembers a key: a header takes one in", keyed);
  left.push("how lists go on to their next page (`x-pagination`), which is not guessed");
  report("these take a page", paged);
  return actions.filter(({ update }) => Object.keys(objectAt({ update: update ?? {} }, "update")).length > 0);
}

const pageParameters = /^(?:page|page_?number|page_?token|cursor|offset|skip|after|starting_after|next_?token|start)$/i;

function resultOf(first: FirstDocument, draft: Draft, date: string): SpecsFromDocument {
  const { id, url } = first;
  const { cut, isCut, decisions, composed } = draft;
  const text = isCut ? yamlText(cut) : first.text;
  const title = stringAt(composed["info"], "title") ?? id;
  const operations = operationsOf(cut).map(operationKey);
  const comment = url
    ? ""
    : "# The document came as a file: give the address where the vendor publishes it, so that `pnpm regenerate` can fetch it.\n";
  const source = {
    url: url ?? null,
    pages: [],
    file: "upstream.yaml",
    sha256: sha256(text),
    date,
    ...(isCut ? { size: sizeOf(first.document) } : {}),
    operations,
  };
  const files = new Map([
    ["upstream.yaml", text],
    ["source.yaml", comment + yamlText(source)],
    ["operations.overlay.yaml", overlayText(`${title}, what is documented elsewhere than in the vendor's file`, [])],
    ["fixes.overlay.yaml", overlayText(`${title}, corrections of the vendor's file`, decisions.groups)],
  ]);
  return { files, composed, left: linesLeft(first, draft) };
}

function linesLeft({ id, url, notes, leftOut }: FirstDocument, { decisions, repaired }: Draft): string[] {
  const reasons = [...leftOut].map(([operation, reason]) => `${shown(operation)} (${reason})`);
  const overlay = `specs/${id}/fixes.overlay.yaml`;
  return [
    `${overlay}: read each action and say why in your own words; what the vendor documents elsewhere goes into specs/${id}/operations.overlay.yaml`,
    ...notes.map((note) => `specs/${id}/upstream.yaml: ${note}`),
    ...repaired.map((one) => `specs/${id}/upstream.yaml, repaired whenever it is composed: ${repairLine(one)}`),
    ...decisions.left.map((line) => `${overlay}: ${line}`),
    ...(url ? [] : [`specs/${id}/source.yaml: \`url\`, the address where the vendor publishes the document`]),
    ...(reasons.length > 0 ? [`specs/${id}/source.yaml: operations that were left out: ${reasons.join(", ")}`] : []),
  ];
}
