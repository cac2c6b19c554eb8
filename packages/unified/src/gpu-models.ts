export const formFactors = ["sxm", "pcie", "nvl", "oam"] as const;

/** How a GPU is built into its machine. It affects the speed between GPUs, and the price. */
export type FormFactor = (typeof formFactors)[number];

/** A GPU by its parts, never by one vendor's spelling. */
export interface GpuIdentity {
  /** Canonical model, such as `H100`; the vendor's own spelling when the table does not know it. */
  readonly model: GpuModel;
  readonly vendor: "nvidia" | "amd" | "intel" | "unknown";
  /** Memory of one GPU in GB; null when neither the vendor nor the table has it. */
  readonly vramGb: number | null;
  readonly formFactor: FormFactor | null;
  /** As the vendor spells it. */
  readonly rawName: string;
  /** Whether the table has the model. Other GPUs are listed too. */
  readonly known: boolean;
}

interface ModelEntry {
  /** Matches the vendor's spelling as `readName` leaves it: upper case, words apart, without brand, count and memory. */
  readonly pattern: RegExp;
  readonly vendor?: "amd" | "intel";
  /** GB of one GPU, where the model has one size, or one that its bare name stands for. */
  readonly vramGb?: number;
  /** GB of one GPU in each version, smallest first, where there is more than one. */
  readonly sizes?: readonly number[];
  readonly formFactor?: FormFactor;
}

/**
 * The models that clouds rent, in the order in which spellings are tried: longer names before names that they contain.
 * Canonical spelling after gpuhunt; sizes in GB of one GPU.
 */
export const gpuModels = {
  GB300: { pattern: /^GB300\b/ },
  GB200: { pattern: /^GB200\b/ },
  GH200: { pattern: /^GH200\b/, sizes: [96, 144] },
  // Vendors differ on the memory of these: a bare name does not determine it.
  B300: { pattern: /^B300\b/ },
  B200: { pattern: /^B200\b/, sizes: [180, 192] },
  H200NVL: { pattern: /^H200\b.*\bNVL\b/, vramGb: 141, formFactor: "nvl" },
  H200: { pattern: /^H200\b/, vramGb: 141 },
  H100NVL: { pattern: /^H100\b.*\bNVL\b/, vramGb: 94, formFactor: "nvl" },
  H100: { pattern: /^H100\b/, vramGb: 80 },
  H20: { pattern: /^H20\b/, vramGb: 96 },
  // The bare name stands for the card with 40 GB; A100XL is Thunder's name for the one with 80.
  A100: { pattern: /^A100(?:XL)?\b/, vramGb: 40, sizes: [40, 80] },
  RTXPRO6000: { pattern: /^(?:(?:RTX ?)?PRO ?6000|RTX ?6000 ?PRO)\b/, vramGb: 96 },
  RTX6000Ada: { pattern: /^(?:RTX ?)?6000 ?ADA\b/, vramGb: 48 },
  RTX5000Ada: { pattern: /^(?:RTX ?)?5000 ?ADA\b/, vramGb: 32 },
  RTX4000Ada: { pattern: /^(?:RTX ?)?4000 ?ADA\b/, vramGb: 20 },
  RTX2000Ada: { pattern: /^(?:RTX ?)?2000 ?ADA\b/, vramGb: 16 },
  RTX6000: { pattern: /^(?:Q(?:UADRO)? ?)?RTX ?6000\b(?! BLACKWELL)/, vramGb: 24 },
  A6000: { pattern: /^(?:RTX ?)?A6000\b(?! ADA)/, vramGb: 48 },
  A5000: { pattern: /^(?:RTX ?)?A5000\b(?! ADA)/, vramGb: 24 },
  A4500: { pattern: /^(?:RTX ?)?A4500\b/, vramGb: 20 },
  A4000: { pattern: /^(?:RTX ?)?A4000\b(?! ADA)/, vramGb: 16 },
  L40S: { pattern: /^L40S\b/, vramGb: 48 },
  L40: { pattern: /^L40\b/, vramGb: 48 },
  L4: { pattern: /^L4\b/, vramGb: 24 },
  A40: { pattern: /^A40\b/, vramGb: 48 },
  A30: { pattern: /^A30\b/, vramGb: 24 },
  A16: { pattern: /^A16\b/, vramGb: 16 },
  A10G: { pattern: /^A10G\b/, vramGb: 24 },
  A10: { pattern: /^A10\b/, vramGb: 24 },
  RTX5090: { pattern: /^(?:RTX ?)?5090\b(?! D\b)/, vramGb: 32 },
  RTX5080: { pattern: /^(?:RTX ?)?5080\b/, vramGb: 16 },
  RTX4090D: { pattern: /^(?:RTX ?)?4090 ?D\b/, vramGb: 24 },
  RTX4090: { pattern: /^(?:RTX ?)?4090\b/, vramGb: 24 },
  RTX4080: { pattern: /^(?:RTX ?)?4080\b/, vramGb: 16 },
  RTX3090Ti: { pattern: /^(?:RTX ?)?3090 ?TI\b/, vramGb: 24 },
  RTX3090: { pattern: /^(?:RTX ?)?3090\b/, vramGb: 24 },
  RTX3080: { pattern: /^(?:RTX ?)?3080\b(?! TI\b)/, sizes: [10, 12] },
  // The bare name stands for the card with 16 GB.
  V100: { pattern: /^V100\b/, vramGb: 16, sizes: [16, 32] },
  T4: { pattern: /^T4\b/, vramGb: 16 },
  P100: { pattern: /^P100\b/, vramGb: 16 },
  MI355X: { pattern: /^MI355X\b/, vendor: "amd", vramGb: 288, formFactor: "oam" },
  MI325X: { pattern: /^MI325X\b/, vendor: "amd", vramGb: 256, formFactor: "oam" },
  MI300X: { pattern: /^MI300X\b/, vendor: "amd", vramGb: 192, formFactor: "oam" },
  MI250X: { pattern: /^MI250X\b/, vendor: "amd", vramGb: 128, formFactor: "oam" },
  Gaudi3: { pattern: /^GAUDI ?3\b/, vendor: "intel", vramGb: 128 },
  Gaudi2: { pattern: /^GAUDI ?2\b/, vendor: "intel", vramGb: 96, formFactor: "oam" },
} as const satisfies Record<string, ModelEntry>;

/** A model that the table knows. */
export type KnownGpuModel = keyof typeof gpuModels;

/** The name of a model. Editors complete the known ones; any other name is accepted too. */
export type GpuModel = KnownGpuModel | (string & {});

/** What a vendor reports about a GPU in addition to its name. */
export interface GpuHints {
  vendor?: "nvidia" | "amd" | "intel" | undefined;
  /** Memory of one GPU in GB. Figures from 4,000 are read as MiB. */
  vramGb?: number | null | undefined;
  formFactor?: FormFactor | null | undefined;
  /** How many GPUs the machine has: some vendors report the memory of all of them together. */
  gpuCount?: number | null | undefined;
  /** Another text of the vendor that may contain memory and form factor where the name does not, such as the id `A100-80GB.14c240g`. */
  id?: string | null | undefined;
}

/**
 * Reads a vendor's spelling of a GPU, such as `NVIDIA H100 80GB HBM3`, `A100_sxm4_80G`, `gpu_8x_h100_sxm5` or `a100xl`.
 * The vendor's own fields win over the name, the name over the id, and all of them over what the model implies. Memory that is
 * reported slightly off, such as 79 GB for an H100, becomes that of the model.
 */
export function identifyGpu(rawName: string, hints: GpuHints = {}): GpuIdentity {
  const { written, found } = read(rawName);
  const id = found && hints.id ? read(hints.id).written : undefined;
  // A random part of an id may look like a vGPU profile.
  const inId = id?.isOtherGpu ? undefined : id;
  const shownFormFactor = hints.formFactor ?? written.formFactor ?? inId?.formFactor;
  // A vendor may write NVL outside the name: that is a different card, with other memory.
  const model = shownFormFactor === "nvl" && (found === "H100" || found === "H200") ? (`${found}NVL` as const) : found;
  const implied: Implied = model ? gpuModels[model] : {};
  const count = hints.gpuCount ?? written.count;
  return {
    model: model ?? rawName,
    vendor: model ? (implied.vendor ?? "nvidia") : (hints.vendor ?? written.brand ?? "unknown"),
    vramGb:
      memoryOfOne(implied, inGb(hints.vramGb), count) ??
      memoryOfOne(implied, written.vramGb, count) ??
      // Other numbers may stand in an id: only a size of this model counts.
      nearestSize(implied, inId?.vramGb ?? 0) ??
      implied.vramGb ??
      null,
    formFactor: hints.formFactor ?? implied.formFactor ?? shownFormFactor ?? null,
    rawName,
    known: model !== undefined,
  };
}

function inGb(reported: number | null | undefined): number | null {
  return reported && reported >= 4_000 ? Math.round(reported / 1_024) : (reported ?? null);
}

/** What a model implies; nothing for a model that the table does not know. */
type Implied = Partial<ModelEntry>;

function sizesOf({ sizes, vramGb }: Implied): readonly number[] {
  return sizes ?? (vramGb === undefined ? [] : [vramGb]);
}

/** The model's size that a figure means: one within a tenth of it. Tools report less than the nominal size, so the larger one wins a tie. */
function nearestSize(entry: Implied, gb: number): number | undefined {
  const near = sizesOf(entry).filter((size) => Math.abs(gb - size) <= size / 10);
  return near.reverse().sort((a, b) => Math.abs(gb - a) - Math.abs(gb - b))[0];
}

/** Memory of one GPU, where a figure may be that of all of them, or of the CPU (`GH200 480GB`). */
function memoryOfOne(entry: Implied, gb: number | null, count: number | null): number | null {
  if (gb === null) return null;
  const size = nearestSize(entry, gb) ?? nearestSize(entry, gb / (count || 1));
  const largest = sizesOf(entry).at(-1) ?? gb;
  return size ?? (gb > 2 * largest ? null : gb);
}

interface ReadName {
  readonly written: NameParts;
  readonly found: KnownGpuModel | undefined;
}

/** A cache of parsed names: catalogues repeat a few names thousands of times. */
const kept = new Map<string, ReadName>();
const mostKept = 1_000;

function read(rawName: string): ReadName {
  const known = kept.get(rawName);
  if (known) return known;
  const written = readName(rawName);
  const reading = { written, found: written.isOtherGpu ? undefined : findModel(written.words) };
  if (kept.size >= mostKept) kept.clear();
  kept.set(rawName, reading);
  return reading;
}

function findModel(words: string): KnownGpuModel | undefined {
  return modelNames.find((model) => gpuModels[model].pattern.test(words));
}

const modelNames = Object.keys(gpuModels) as KnownGpuModel[];

/** The parts of a name itself, without what the model implies. */
interface NameParts {
  readonly words: string;
  readonly brand: "nvidia" | "amd" | "intel" | undefined;
  /** How many GPUs, as in `8xH100` or `H100:8`. */
  readonly count: number | null;
  readonly vramGb: number | null;
  readonly formFactor: FormFactor | null;
  /** A part of a card, or a chip that only shares its name: not the same GPU as the card. */
  readonly isOtherGpu: boolean;
}

const brands = [
  ["nvidia", /\b(?:NVIDIA|GEFORCE|TESLA)\b/g],
  ["amd", /\b(?:AMD|INSTINCT|RADEON)\b/g],
  ["intel", /\bINTEL\b/g],
] as const;
/** `8x`, `1xH100`: how many, in front of the name. */
const countBefore = /^ *(\d{1,2}) ?X(?: |(?=[A-Z]|\d{4}))/;
/** `H100x8`, `H100 x 8`, `sxm4x8`, `80Gx2`, `L40x8_2`: how many, after it. */
const countAfter = /(?: X |X)(\d{1,2})\b/g;
/** `80GB`, `80 GiB`, `80G`, `81559MiB`: memory. */
const memory = /\b(?:(\d{1,4}) ?G(?:I?B)?|(\d{4,6}) ?MI?B)\b/g;
/** `MIG 1g.10gb`, `2g.48gb`: a slice, with its memory at the end. */
const slice = /\bMIG\b|\b\dG \d{1,3}GB\b/;
/** `A40-8Q`, `GRID A100-10C`: a vGPU profile, with its memory in front of the letter. */
const profile = /[-_ ](\d{1,3})[ABCQ]\b/;
const otherChip = /\b(?:GRID|VGPU|LAPTOP|MOBILE|MAX ?Q|SUPER)\b/;
/** `(1/6)`, `1/2 A100`, `0.5x A100`: a share of a card, of unknown memory. */
const share = /(?:^|[^\d/])(\d{1,2}) ?[/⁄] ?(\d{1,2})(?![\d/]| ?G)|[½⅓¼⅙⅛]|(?:^|[^\d.])0[.,]\d/;

function isShare(name: string): boolean {
  const [found, part, whole] = share.exec(name) ?? [];
  return found !== undefined && (part === undefined || Number(part) < Number(whole));
}

function readName(rawName: string): NameParts {
  // Otherwise the decimals of `79.6 GB` would be read as another number.
  const upper = rawName.toUpperCase().replace(/(\d)\.\d+(?= ?G(?:I?B)?\b)/g, "$1");
  const all = ` ${upper
    .replace(/[×*]/g, "X")
    .replace(/:(?= *\d)/g, " X")
    .replace(/[^A-Z0-9]+/g, " ")} `;
  const brand = brands.find(([, pattern]) => all.search(pattern) >= 0)?.[0];
  const counted = brands.reduce((words, [, pattern]) => words.replace(pattern, " "), all).replace(/\b(?:GPU|[DH]GX)\b/g, " ");
  const count = countBefore.exec(counted)?.[1] ?? Array.from(counted.matchAll(countAfter), ([, digits]) => digits)[0];
  const single = counted
    .replace(countBefore, "")
    .replace(countAfter, "")
    .replace(/\bPCI E\b/, "PCIE");
  const isSlice = slice.test(single);
  const ofProfile = profile.exec(upper)?.[1];
  const written = Array.from(single.matchAll(memory), ([, gb, mib]) => (gb === undefined ? inGb(Number(mib)) : Number(gb)));
  // Separates the form factor, also in H100SXM.
  const parted = single.replace(memory, " ").replace(/\B(?=(?:SXM\d?|PCIE|NVL|OAM)\b)/g, " ");
  const words = parted.replace(/ +/g, " ").trim();
  const isPart = isShare(upper);
  const reported = ofProfile !== undefined ? Number(ofProfile) : written.at(isSlice ? -1 : 0);
  return {
    words,
    brand,
    count: count === undefined ? null : Number(count),
    vramGb: isPart ? null : (reported ?? (words.startsWith("A100XL") ? 80 : null)),
    formFactor: formFactorIn(words),
    isOtherGpu: isPart || isSlice || ofProfile !== undefined || otherChip.test(single),
  };
}

function formFactorIn(words: string): FormFactor | null {
  // NVLink and racks such as NVL72 are not the card called NVL.
  const found = /\b(?:SXM|PCIE\b|NVL\b|OAM\b)/.exec(words)?.[0];
  return found ? (found.toLowerCase() as FormFactor) : null;
}

/** Whether a GPU is the one asked for, or the fact about it that is unknown. */
export type GpuMatch = boolean | "vram_unknown" | "form_factor_unknown";

/** What a caller asks for by one text. */
export interface GpuQuery {
  /** The model, when the table has it. */
  readonly model: KnownGpuModel | undefined;
  /** The count in the text, as in `8xH100`, `H100:8` or `H100 x 8`. */
  readonly gpuCount: number | undefined;
  matches(gpu: GpuIdentity): GpuMatch;
}

/**
 * Parses what a caller asks for, once for many GPUs. `H100` matches SXM and PCIe but not NVL, which is a separate model; `A100` matches
 * both memory sizes. Memory and form factor in the text are compared too, as in `A100 80GB` or `H100 SXM`. A GPU that is not in the
 * table is matched by the vendor's own spelling.
 */
export function parseGpuQuery(wanted: string): GpuQuery {
  const { written, found: model } = read(wanted);
  if (model === undefined) {
    const name = wanted.trim().toLowerCase();
    const single = name.replace(/^\d{1,2} *[x×*] *|(?: *[:×*] *| x *|x)\d{1,2}$/g, "");
    const matches = ({ known, rawName }: GpuIdentity) => !known && [name, single].includes(rawName.toLowerCase());
    return { model, gpuCount: written.count ?? undefined, matches };
  }
  const implied: ModelEntry = gpuModels[model];
  const vramGb = memoryOfOne(implied, written.vramGb, written.count);
  // The form factor of a model that has only one is part of its name.
  const formFactor = implied.formFactor === undefined ? written.formFactor : null;
  // `H100 8`: in a caller's text, a lone number after the model can only be a count.
  const lone = / (\d{1,2})\b/.exec(written.words.replace(implied.pattern, ""))?.[1];
  return {
    model,
    gpuCount: written.count ?? (lone === undefined ? undefined : Number(lone)),
    matches(gpu) {
      if (gpu.model !== model) return false;
      if (vramGb !== null && gpu.vramGb !== null && gpu.vramGb !== vramGb) return false;
      if (formFactor !== null && gpu.formFactor !== null && gpu.formFactor !== formFactor) return false;
      if (vramGb !== null && gpu.vramGb === null) return "vram_unknown";
      return formFactor === null || gpu.formFactor !== null || "form_factor_unknown";
    },
  };
}

/** The names closest to one that nobody lists: models of the table, and others that were listed. At most three. */
export function nearestNames(wanted: string, listed: Iterable<string> = []): string[] {
  const asked = lettersOf(wanted);
  const most = Math.floor(asked.length / 3);
  const ranked = [...new Set([...modelNames, ...listed])]
    .map((name) => {
      const spelled = lettersOf(name);
      return { name, far: Math.min(distance(asked, spelled), distance(asked, spelled.replace(/^RTX/, ""))) };
    })
    .sort((a, b) => a.far - b.far);
  return ranked.filter(({ far }) => far <= most && far === ranked[0]?.far).flatMap(({ name }, index) => (index < 3 ? name : []));
}

function lettersOf(name: string): string {
  return read(name).written.words.replaceAll(" ", "");
}

/** The edit distance of two texts: letters that must be added, removed or replaced. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...a].entries()) {
    const next = [index + 1];
    for (let at = 0; at < b.length; at += 1) {
      next.push(Math.min((row[at] ?? 0) + (letter === b[at] ? 0 : 1), (row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
