import { join } from "node:path";
import { checkComposed, overlayFiles, repairContext } from "@gpu-scripts/openapi/compose.ts";
import { type Admitted, admit } from "@gpu-scripts/openapi/door.ts";
import type { JsonObject } from "@gpu-scripts/openapi/json.ts";
import { readText } from "@gpu-scripts/openapi/load.ts";
import { completed, normalized } from "@gpu-scripts/openapi/normalize/normalize.ts";
import { newRepairs, repairLine } from "@gpu-scripts/openapi/normalize/repair.ts";
import { operationKey, operationsOf } from "@gpu-scripts/openapi/operations.ts";
import { parseObject } from "@gpu-scripts/openapi/parse.ts";
import { readPublished } from "@gpu-scripts/openapi/published.ts";
import { readSource, type Source } from "@gpu-scripts/openapi/source.ts";
import { UserError } from "@gpu-scripts/openapi/user-error.ts";
import { yamlText } from "@gpu-scripts/openapi/yaml.ts";
import type { Change } from "./change.ts";
import { cutTo, updateForLost } from "./operations.ts";
import type { OverlayVerdict, RefusalReason } from "./outcome.ts";
import { prependActions, setAtTop } from "./overlay-text.ts";
import { applyOverlays, type OverlayTexts, reviewOverlays } from "./overlays.ts";
import { pageNotes, sha256 } from "./pages.ts";
import { refuseImplausible, sizeOf } from "./refuse.ts";

/** A vendor's folder under `specs/` as it should become. */
export type NextSpecs = {
  /** Text of every file by name. */
  files: Map<string, string>;
  /** Operations that upstream dropped, or that are left out. */
  changes: Change[];
  verdicts: OverlayVerdict[];
  notes: string[];
  /** Why nothing may be written; the report still shows what changed. */
  reasons: RefusalReason[];
} & (
  | {
      overlaysFit: true;
      /** The composed document, not linted yet. */
      composed: JsonObject;
    }
  | {
      overlaysFit: false;
      /** Upstream's own documents. */
      upstream: { before: JsonObject; after: JsonObject };
    }
);

export interface SpecsOptions {
  /** File or URL of the document, instead of the address in `source.yaml`. */
  from: string | undefined;
  prune: boolean;
  /** Today, YYYY-MM-DD. */
  date: string;
}

/** A vendor's folder under `specs/` as it is. */
interface SpecsFolder {
  vendor: string;
  shownAs: string;
  source: Source;
  files: Map<string, string>;
  /** Text of the document. */
  text: string;
  /** The document's size before it was cut, as `source.yaml` records it. */
  recordedSize: number | undefined;
  /** Texts of the overlays; empty for a hand-written document. */
  overlays: string[];
}

interface Specs extends SpecsFolder {
  document: JsonObject;
  /** Size of the document before it was cut. */
  size: number;
}

/** Fetches a vendor's document and computes the new content of its folder under `specs/`. */
export async function nextSpecs(root: string, vendor: string, options: SpecsOptions): Promise<NextSpecs> {
  const folder = await readFolder(root, vendor);
  const { source, shownAs } = folder;
  const isVendored = source.file === "upstream.yaml";
  const place = options.from ?? (isVendored ? source.url : undefined);
  if (isVendored && place === undefined) {
    throw new UserError(`${shownAs}/source.yaml: has no url to fetch the document from; give --from FILE or URL`);
  }
  const origin = isVendored ? "vendor" : "ours";
  const { document } = admit(folder.text, `${shownAs}/${source.file}`, origin);
  const published = place === undefined ? undefined : await readPublished(place, origin);
  const specs: Specs = { ...folder, document, size: folder.recordedSize ?? sizeOf(document) };
  const next = nextFrom(specs, published, place, options);
  // With `--from`, the pages of today are not read.
  return options.from === undefined ? { ...next, notes: [...next.notes, ...(await pageNotes(source))] } : next;
}

function nextFrom(specs: Specs, published: Admitted | undefined, place: string | undefined, options: SpecsOptions): NextSpecs {
  if (published === undefined || place === undefined) return asTheyAre(specs);
  if (published.text === specs.text) return { ...asTheyAre(specs), files: recordHash(specs, options.date) };
  refuseImplausible(published, specs, specs.vendor, place);
  const next =
    specs.source.file === "upstream.yaml"
      ? replaceUpstream(specs, published, options)
      : replaceHandWritten(specs, published, options);
  return { ...next, notes: [...published.notes, ...next.notes] };
}

/** The published document is unchanged; overlays or a hand-written document may have been edited. */
function asTheyAre(specs: Specs): NextSpecs {
  const document =
    specs.source.file === "upstream.yaml"
      ? completedFor(specs, applyOverlays(overlaysOf(specs), normalizedFor(specs, specs.document), specs.shownAs))
      : specs.document;
  return {
    files: specs.files,
    changes: [],
    verdicts: [],
    notes: [],
    reasons: [],
    overlaysFit: true,
    composed: checkComposed(document, specs.source, specs.vendor),
  };
}

/** If a person saved the document in place, only its record is outdated. */
function recordHash(specs: Specs, date: string): Map<string, string> {
  const hash = sha256(specs.text);
  if (specs.source.file !== "upstream.yaml" || hash === specs.source.sha256) return specs.files;
  return new Map(specs.files).set("source.yaml", setAtTop(specs.files.get("source.yaml") ?? "", { sha256: hash, date }));
}

async function readFolder(root: string, vendor: string): Promise<SpecsFolder> {
  const folder = join(root, "specs", vendor);
  const shownAs = `specs/${vendor}`;
  const source = await readSource(folder, shownAs);
  const names = ["source.yaml", source.file, ...(source.file === "upstream.yaml" ? overlayFiles : [])];
  const files = new Map<string, string>();
  for (const name of names) {
    files.set(name, await readText(join(folder, name), `${shownAs}/${name}`));
  }
  const size = parseObject(files.get("source.yaml") ?? "", `${shownAs}/source.yaml`)["size"];
  return {
    vendor,
    shownAs,
    source,
    files,
    text: files.get(source.file) ?? "",
    recordedSize: typeof size === "number" ? size : undefined,
    overlays: overlayFiles.flatMap((name) => files.get(name) ?? []),
  };
}

/** A person wrote the file, so its operations become those to keep. */
function replaceHandWritten(specs: Specs, published: Admitted, { date }: SpecsOptions): NextSpecs {
  const files = new Map(specs.files);
  files.set("openapi.yaml", published.text);
  const operations = operationsOf(published.document).map(operationKey);
  const same =
    operations.length === specs.source.operations.length && operations.every((key) => specs.source.operations.includes(key));
  files.set("source.yaml", setAtTop(specs.files.get("source.yaml") ?? "", same ? { date } : { date, operations }));
  const composed = checkComposed(published.document, { ...specs.source, operations }, specs.vendor);
  return { files, changes: [], verdicts: [], notes: [], reasons: [], overlaysFit: true, composed };
}

function replaceUpstream(specs: Specs, published: Admitted, { prune, date }: SpecsOptions): NextSpecs {
  const { source, shownAs } = specs;
  // The overlays work on upstream's operations of before, whatever `source.yaml` calls them.
  const before = new Set(operationsOf(specs.document).map(operationKey));
  const { document, dropped } = cutTo(published.document, new Set([...source.operations, ...before]));
  const text = dropped.length > 0 ? yamlText(document) : published.text;
  if (text === specs.text) return asTheyAre(specs);

  const present = new Set(operationsOf(document).map(operationKey));
  const lost = [...before].filter((key) => !present.has(key));
  // Overlays are written for documents whose form is repaired.
  const formBefore = normalized(specs.document, repairContext(specs.vendor, source));
  const form = normalized(document, repairContext(specs.vendor, source));
  const [previous, next] = [formBefore.document, form.document];
  const texts = keepLost(overlaysOf(specs), lost, previous, next, { shownAs, date });
  const review = reviewOverlays(texts, next, previous, shownAs, lost.length > 0);

  const files = new Map(specs.files);
  files.set("upstream.yaml", text);
  // The report shows the package as it will be without the unnecessary actions.
  for (const name of overlayFiles) files.set(name, review.pruned[name]);
  const values: Record<string, string | number> = { sha256: sha256(text), date };
  if (dropped.length > 0 || /^size:/m.test(files.get("source.yaml") ?? "")) values["size"] = sizeOf(published.document);
  files.set("source.yaml", setAtTop(files.get("source.yaml") ?? "", values));

  const outcome = {
    files,
    changes: [...lost.map(keptOperation), ...leftOut(dropped)],
    verdicts: [...lost.map(lostVerdict), ...review.verdicts],
    notes: [
      ...newRepairs(formBefore.repaired, form.repaired).map((one) => `New repairs of the document: ${repairLine(one)}.`),
      ...(dropped.length > mostListed
        ? [
            `Upstream has ${dropped.length} operations that \`source.yaml\` does not list; the document was cut to the listed ones.`,
          ]
        : []),
    ],
  };
  if (review.misfit) {
    const upstream = { before: previous, after: next };
    return { ...outcome, reasons: [{ kind: "overlays-misfit" }], overlaysFit: false, upstream };
  }
  const reasons: RefusalReason[] = review.prunable && !prune ? [{ kind: "overlays-to-prune" }] : [];
  return {
    ...outcome,
    reasons,
    overlaysFit: true,
    composed: checkComposed(completedFor(specs, review.document), source, specs.vendor),
  };
}

/** The form in which overlays see a vendor's document. */
function normalizedFor({ vendor, source }: Specs, document: JsonObject): JsonObject {
  return normalized(document, repairContext(vendor, source)).document;
}

function completedFor({ vendor, source }: Specs, document: JsonObject): JsonObject {
  return completed(document, repairContext(vendor, source)).document;
}

function overlaysOf({ files }: Specs): OverlayTexts {
  return {
    "operations.overlay.yaml": files.get("operations.overlay.yaml") ?? "",
    "fixes.overlay.yaml": files.get("fixes.overlay.yaml") ?? "",
  };
}

/** Keeps operations that upstream dropped by an action before all others, which then find what they found before. */
function keepLost(
  texts: OverlayTexts,
  lost: readonly string[],
  previous: JsonObject,
  next: JsonObject,
  { shownAs, date }: { shownAs: string; date: string },
): OverlayTexts {
  if (lost.length === 0) return texts;
  const action = {
    target: "$",
    description: `The vendor's document of ${date} no longer lists ${lost.join(", ")}; kept as it was before.`,
    update: updateForLost(lost, previous, next),
  };
  const name = "operations.overlay.yaml";
  return { ...texts, [name]: prependActions(texts[name], [action], `${shownAs}/${name}`) };
}

function keptOperation(key: string): Change {
  return { operation: key, impact: "none", kind: "operation-kept" };
}

function lostVerdict(key: string): OverlayVerdict {
  return { action: `operations.overlay.yaml (${key})`, verdict: "lost" };
}

/** Beyond this many, a note with their number replaces the list. */
const mostListed = 20;

function leftOut(dropped: readonly string[]): Change[] {
  if (dropped.length > mostListed) return [];
  return dropped.map((key) => ({ operation: key, impact: "none", kind: "operation-left-out" }));
}
