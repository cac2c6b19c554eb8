import { join } from "node:path";
import { checkComposed, overlayFiles } from "@gpu-scripts/openapi/compose.ts";
import { type Admitted, admit } from "@gpu-scripts/openapi/door.ts";
import type { JsonObject } from "@gpu-scripts/openapi/json.ts";
import { readText } from "@gpu-scripts/openapi/load.ts";
import { operationKey, operationsOf } from "@gpu-scripts/openapi/operations.ts";
import { parseObject } from "@gpu-scripts/openapi/parse.ts";
import { readPublished } from "@gpu-scripts/openapi/published.ts";
import { readSource, type Source } from "@gpu-scripts/openapi/source.ts";
import { UserError } from "@gpu-scripts/openapi/user-error.ts";
import { yamlText } from "@gpu-scripts/openapi/yaml.ts";
import { cutTo, updateForLost } from "./operations.ts";
import { prependActions, setAtTop } from "./overlay-text.ts";
import { applyOverlays, judgeOverlays, type OverlayTexts } from "./overlays.ts";
import { pageNotes, sha256 } from "./pages.ts";
import { refuseImplausible, sizeOf } from "./refuse.ts";
import type { Change, OverlayVerdict } from "./report.ts";

/** A vendor's folder under `specs/` as it should become. */
export interface NextSpecs {
  /** Text of every file by name. */
  files: Map<string, string>;
  /** What the report says of the document apart from the comparison: operations lost or not used. */
  changes: Change[];
  verdicts: OverlayVerdict[];
  notes: string[];
  /** Why the tree must stay as it is, although the report goes on. */
  blocked?: string;
  /** The composed document, not linted yet; none when it cannot be composed. */
  composed?: JsonObject;
  /** Upstream's own documents, when the overlays do not fit the new one. */
  upstream?: { before: JsonObject; after: JsonObject };
}

export interface SpecsOptions {
  /** Instead of the place that `source.yaml` names. */
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
  /** What `source.yaml` says of the document's size before it was cut. */
  recordedSize: number | undefined;
  /** Texts of the overlays; none of a hand-written document. */
  overlays: string[];
}

interface Specs extends SpecsFolder {
  document: JsonObject;
  /** Size of the document before it was cut. */
  size: number;
}

/** Fetches a vendor's document and works out what its folder under `specs/` becomes. */
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
  // A document given by hand says nothing of the pages of today.
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

/** What is published is what is there; overlays or a hand-written document may have been edited. */
function asTheyAre(specs: Specs): NextSpecs {
  const document =
    specs.source.file === "upstream.yaml" ? applyOverlays(overlaysOf(specs), specs.document, specs.shownAs) : specs.document;
  return {
    files: specs.files,
    changes: [],
    verdicts: [],
    notes: [],
    composed: checkComposed(document, specs.source, specs.vendor),
  };
}

/** A person may have put the file in place: then only its record is behind. */
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

/** A person wrote the file, so the operations that it has are those that are wanted. */
function replaceHandWritten(specs: Specs, published: Admitted, { date }: SpecsOptions): NextSpecs {
  const files = new Map(specs.files);
  files.set("openapi.yaml", published.text);
  const operations = operationsOf(published.document).map(operationKey);
  const same =
    operations.length === specs.source.operations.length && operations.every((key) => specs.source.operations.includes(key));
  files.set("source.yaml", setAtTop(specs.files.get("source.yaml") ?? "", same ? { date } : { date, operations }));
  const composed = checkComposed(published.document, { ...specs.source, operations }, specs.vendor);
  return { files, changes: [], verdicts: [], notes: [], composed };
}

function replaceUpstream(specs: Specs, published: Admitted, { prune, date }: SpecsOptions): NextSpecs {
  const { source, shownAs } = specs;
  // What upstream had before is what the overlays work on, whatever it is called in the end.
  const before = new Set(operationsOf(specs.document).map(operationKey));
  const { document, dropped } = cutTo(published.document, new Set([...source.operations, ...before]));
  const text = dropped.length > 0 ? yamlText(document) : published.text;
  if (text === specs.text) return asTheyAre(specs);

  const present = new Set(operationsOf(document).map(operationKey));
  const lost = [...before].filter((key) => !present.has(key));
  const texts = keepLost(overlaysOf(specs), lost, specs.document, document, { shownAs, date });
  const {
    verdicts,
    pruned,
    prunable,
    misfit,
    document: overlaid,
  } = judgeOverlays(texts, document, specs.document, shownAs, lost.length);

  const files = new Map(specs.files);
  files.set("upstream.yaml", text);
  // The report tells what becomes of the package once the unnecessary actions are gone.
  for (const name of overlayFiles) files.set(name, pruned[name]);
  const values: Record<string, string | number> = { sha256: sha256(text), date };
  if (dropped.length > 0 || /^size:/m.test(files.get("source.yaml") ?? "")) values["size"] = sizeOf(published.document);
  files.set("source.yaml", setAtTop(files.get("source.yaml") ?? "", values));

  const next: NextSpecs = {
    files,
    changes: [...lost.map((key) => lostChange(key)), ...unusedChanges(dropped)],
    verdicts: [...lost.map((key) => ({ action: `operations.overlay.yaml (${key})`, verdict: "lost" })), ...verdicts],
    notes:
      dropped.length > mostUnusedShown
        ? [
            `Upstream has ${dropped.length} operations that \`source.yaml\` does not list; the document was cut to the listed ones.`,
          ]
        : [],
  };
  if (misfit) {
    const blocked = "Actions of the overlays no longer fit the document. Mend them; the first may be the cause of later ones.";
    const upstream = { before: specs.document, after: document };
    return { ...next, blocked, upstream, ...composedAsFarAsItGoes(overlaid, source, specs.vendor) };
  }
  const composed = checkComposed(overlaid, source, specs.vendor);
  if (prunable && !prune) {
    const blocked = "Upstream made actions of the overlays unnecessary. Run this again with --prune to delete them.";
    return { ...next, composed, blocked };
  }
  return { ...next, composed };
}

/** Without the actions that do not fit, the report can still tell what changed; mostly. */
function composedAsFarAsItGoes(document: JsonObject, source: Source, vendor: string): { composed?: JsonObject } {
  try {
    return { composed: checkComposed(document, source, vendor) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return {};
  }
}

function overlaysOf({ files }: Specs): OverlayTexts {
  return {
    "operations.overlay.yaml": files.get("operations.overlay.yaml") ?? "",
    "fixes.overlay.yaml": files.get("fixes.overlay.yaml") ?? "",
  };
}

/** An operation that upstream dropped goes on, in front of all other actions: these then see what they always saw. */
function keepLost(
  texts: OverlayTexts,
  lost: readonly string[],
  previous: JsonObject,
  next: JsonObject,
  { shownAs, date }: { shownAs: string; date: string },
): OverlayTexts {
  if (lost.length === 0) return texts;
  const actions = lost.map((key) => ({
    target: "$",
    description: `The vendor's document of ${date} no longer lists ${key}; kept as it last stood there.`,
    update: updateForLost(key, previous, next),
  }));
  const name = "operations.overlay.yaml";
  return { ...texts, [name]: prependActions(texts[name], withoutRepeats(actions), `${shownAs}/${name}`) };
}

/** Several lost operations may need the same component; the first action brings it. */
function withoutRepeats(actions: JsonObject[]): JsonObject[] {
  const brought = new Set<string>();
  for (const { update } of actions) {
    const components = (update as JsonObject)["components"] as Record<string, JsonObject> | undefined;
    for (const [section, entries] of Object.entries(components ?? {})) {
      for (const name of Object.keys(entries)) {
        if (brought.has(`${section}/${name}`)) delete entries[name];
        else brought.add(`${section}/${name}`);
      }
    }
  }
  return actions;
}

function lostChange(key: string): Change {
  return { operation: key, impact: "none", message: "lost: upstream no longer lists it; kept in operations.overlay.yaml" };
}

const mostUnusedShown = 20;

function unusedChanges(dropped: readonly string[]): Change[] {
  if (dropped.length > mostUnusedShown) return [];
  return dropped.map((key) => ({
    operation: key,
    impact: "none",
    message: "upstream has it, source.yaml does not list it: left out; list it under `operations` to take it in",
  }));
}
