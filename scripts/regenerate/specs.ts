import { join } from "node:path";
import { checkComposed, overlayFiles, repairContext } from "@gpu-scripts/openapi/compose.ts";
import { type Admitted, admit } from "@gpu-scripts/openapi/door.ts";
import type { JsonObject } from "@gpu-scripts/openapi/json.ts";
import { readText } from "@gpu-scripts/openapi/load.ts";
import { completed, normalized } from "@gpu-scripts/openapi/normalize/normalize.ts";
import { newRepairs, type RepairContext, repairLine } from "@gpu-scripts/openapi/normalize/repair.ts";
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
interface Specs {
  vendor: string;
  shownAs: string;
  source: Source;
  /** Whether the document is the vendor's own, which overlays correct. */
  isVendored: boolean;
  files: Map<string, string>;
  /** Text of the document. */
  text: string;
  document: JsonObject;
  /** Size of the document before it was cut, if `source.yaml` records it. */
  recordedSize: number | undefined;
  /** Texts of the overlays; empty for a hand-written document. */
  overlays: OverlayTexts;
  context: RepairContext;
}

/** Fetches a vendor's document and computes the new content of its folder under `specs/`. */
export async function nextSpecs(root: string, vendor: string, options: SpecsOptions): Promise<NextSpecs> {
  const specs = await readSpecs(root, vendor);
  const { source, shownAs, isVendored } = specs;
  const place = options.from ?? (isVendored ? source.url : undefined);
  if (isVendored && place === undefined) {
    throw new UserError(`${shownAs}/source.yaml: has no url to fetch the document from; give --from FILE or URL`);
  }
  const next = place === undefined ? asTheyAre(specs) : await nextFrom(specs, place, options);
  // With `--from`, the pages of today are not read.
  return options.from === undefined ? { ...next, notes: [...next.notes, ...(await pageNotes(source))] } : next;
}

async function nextFrom(specs: Specs, place: string, options: SpecsOptions): Promise<NextSpecs> {
  const published = await readPublished(place, specs.isVendored ? "vendor" : "ours");
  if (published.text === specs.text) return { ...asTheyAre(specs), files: recordHash(specs, options.date) };
  const size = specs.recordedSize ?? sizeOf(specs.document);
  const overlays = specs.isVendored
    ? overlayFiles.map((name) => parseObject(specs.overlays[name], `${specs.shownAs}/${name}`))
    : [];
  refuseImplausible(published, { document: specs.document, text: specs.text, size, overlays }, specs.vendor, place);
  const next = (specs.isVendored ? replaceUpstream : replaceHandWritten)(specs, published, options);
  return { ...next, notes: [...published.notes, ...next.notes] };
}

async function readSpecs(root: string, vendor: string): Promise<Specs> {
  const folder = join(root, "specs", vendor);
  const shownAs = `specs/${vendor}`;
  const source = await readSource(folder, shownAs);
  const isVendored = source.file === "upstream.yaml";
  const files = new Map<string, string>();
  const read = async (name: string) => {
    const text = await readText(join(folder, name), `${shownAs}/${name}`);
    files.set(name, text);
    return text;
  };
  const { size } = parseObject(await read("source.yaml"), `${shownAs}/source.yaml`);
  const text = await read(source.file);
  const overlays = { "operations.overlay.yaml": "", "fixes.overlay.yaml": "" };
  if (isVendored) for (const name of overlayFiles) overlays[name] = await read(name);
  const { document } = admit(text, `${shownAs}/${source.file}`, isVendored ? "vendor" : "ours");
  return {
    vendor,
    shownAs,
    source,
    isVendored,
    files,
    text,
    document,
    recordedSize: typeof size === "number" ? size : undefined,
    overlays,
    context: repairContext(vendor, source),
  };
}

/** The published document is unchanged; overlays or a hand-written document may have been edited. */
function asTheyAre({ vendor, shownAs, source, isVendored, files, document, overlays, context }: Specs): NextSpecs {
  if (!isVendored) return withoutReview(files, checkComposed(document, source, vendor));
  const corrected = applyOverlays(overlays, normalized(document, context).document, shownAs);
  return withoutReview(files, checkComposed(completed(corrected, context).document, source, vendor));
}

function withoutReview(files: Map<string, string>, composed: JsonObject): NextSpecs {
  return { files, changes: [], verdicts: [], notes: [], reasons: [], overlaysFit: true, composed };
}

/** If a person saved the document in place, only its record is outdated. */
function recordHash({ source, isVendored, files, text }: Specs, date: string): Map<string, string> {
  const hash = sha256(text);
  if (!isVendored || hash === source.sha256) return files;
  return new Map(files).set("source.yaml", setAtTop(files.get("source.yaml") ?? "", { sha256: hash, date }));
}

/** A person wrote the file, so its operations become those to keep. */
function replaceHandWritten(specs: Specs, published: Admitted, { date }: SpecsOptions): NextSpecs {
  const { source } = specs;
  const operations = operationsOf(published.document).map(operationKey);
  const same = operations.length === source.operations.length && operations.every((key) => source.operations.includes(key));
  const files = new Map(specs.files);
  files.set("openapi.yaml", published.text);
  files.set("source.yaml", setAtTop(files.get("source.yaml") ?? "", same ? { date } : { date, operations }));
  return withoutReview(files, checkComposed(published.document, { ...source, operations }, specs.vendor));
}

function replaceUpstream(specs: Specs, published: Admitted, { prune, date }: SpecsOptions): NextSpecs {
  const { source, shownAs, context } = specs;
  // The overlays work on upstream's operations of before, whatever `source.yaml` calls them.
  const before = new Set(operationsOf(specs.document).map(operationKey));
  const { document, dropped } = cutTo(published.document, new Set([...source.operations, ...before]));
  const text = dropped.length > 0 ? yamlText(document) : published.text;
  if (text === specs.text) return asTheyAre(specs);

  const present = new Set(operationsOf(document).map(operationKey));
  const lost = [...before].filter((key) => !present.has(key));
  // Overlays are written for documents whose form is repaired.
  const [formBefore, form] = [normalized(specs.document, context), normalized(document, context)];
  const [previous, next] = [formBefore.document, form.document];
  const texts = keepLost(specs.overlays, lost, previous, next, { shownAs, date });
  const review = reviewOverlays(texts, next, previous, shownAs, lost.length > 0);

  const values: Record<string, string | number> = { sha256: sha256(text), date };
  if (dropped.length > 0 || specs.recordedSize !== undefined) values["size"] = sizeOf(published.document);
  const isLong = dropped.length > mostListed;
  const outcome = {
    // The report shows the package as it will be without the unnecessary actions.
    files: new Map([
      ["source.yaml", setAtTop(specs.files.get("source.yaml") ?? "", values)],
      ["upstream.yaml", text],
      ...Object.entries(review.pruned),
    ]),
    changes: [
      ...lost.map((operation): Change => ({ operation, impact: "none", kind: "operation-kept" })),
      ...(isLong ? [] : dropped).map((operation): Change => ({ operation, impact: "none", kind: "operation-left-out" })),
    ],
    verdicts: [
      ...lost.map((key): OverlayVerdict => ({ action: `operations.overlay.yaml (${key})`, verdict: "lost" })),
      ...review.verdicts,
    ],
    notes: [
      ...newRepairs(formBefore.repaired, form.repaired).map((one) => `New repairs of the document: ${repairLine(one)}.`),
      ...(isLong
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
  const composed = checkComposed(completed(review.document, context).document, source, specs.vendor);
  const reasons: RefusalReason[] = review.prunable && !prune ? [{ kind: "overlays-to-prune" }] : [];
  return { ...outcome, reasons, overlaysFit: true, composed };
}

/** Beyond this many, a note with their number replaces the list of operations that are left out. */
const mostListed = 20;

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
