/** How a GPU is built into its machine; it decides speed between GPUs, and price. */
export type FormFactor = "sxm" | "pcie" | "nvl" | "oam";

/** A GPU by its parts, never by one vendor's spelling. */
export interface GpuIdentity {
  /** Canonical model, such as `H100`; the vendor's own spelling when the table does not know it. */
  readonly model: KnownGpuModel | (string & {});
  readonly vendor: "nvidia" | "amd" | "intel" | "unknown";
  /** Memory of one GPU in GB; null when neither vendor nor table says. */
  readonly vramGb: number | null;
  readonly formFactor: FormFactor | null;
  /** As the vendor spells it. */
  readonly rawName: string;
  /** Whether the table knows the model. A GPU that it does not know is listed all the same. */
  readonly known: boolean;
}

interface ModelEntry {
  /** Matches the vendor's spelling as `readName` leaves it: upper case, words apart, without brand, count and memory. */
  readonly pattern: RegExp;
  readonly vendor?: "amd" | "intel";
  /** GB of one GPU, where the model has one size, or one that its bare name stands for. */
  readonly vramGb?: number;
  readonly formFactor?: FormFactor;
  /** GB of one GPU at most, where names tell the memory of something else beside it. */
  readonly mostVramGb?: number;
}

/**
 * The models that clouds rent, in the order in which spellings are tried: longer names before those that they contain.
 * Canonical spelling after gpuhunt; sizes in GB of one GPU.
 */
export const gpuModels = {
  GB300: { pattern: /^GB300\b/ },
  GB200: { pattern: /^GB200\b/ },
  // `GH200 480GB` tells the memory of its CPU.
  GH200: { pattern: /^GH200\b/, mostVramGb: 144 },
  B300: { pattern: /^B300\b/ },
  B200: { pattern: /^B200\b/ },
  H200NVL: { pattern: /^H200\b.*\bNVL\b/, vramGb: 141, formFactor: "nvl" },
  H200: { pattern: /^H200\b/, vramGb: 141 },
  H100NVL: { pattern: /^H100\b.*\bNVL\b/, vramGb: 94, formFactor: "nvl" },
  H100: { pattern: /^H100\b/, vramGb: 80 },
  H20: { pattern: /^H20\b/, vramGb: 96 },
  // The bare name stands for the card with 40 GB; A100XL is Thunder's name for the one with 80.
  A100: { pattern: /^A100(?:XL)?\b/, vramGb: 40 },
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
  RTX4080: { pattern: /^(?:RTX ?)?4080\b(?! SUPER)/, vramGb: 16 },
  RTX3090Ti: { pattern: /^(?:RTX ?)?3090 ?TI\b/, vramGb: 24 },
  RTX3090: { pattern: /^(?:RTX ?)?3090\b/, vramGb: 24 },
  // Sold with 10 GB and with 12.
  RTX3080: { pattern: /^(?:RTX ?)?3080\b(?! TI\b)/ },
  // The bare name stands for the card with 16 GB.
  V100: { pattern: /^V100\b/, vramGb: 16 },
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

/** What a vendor says of a GPU beside its name. */
export interface GpuHints {
  vendor?: "nvidia" | "amd" | "intel" | undefined;
  /** Memory of one GPU in GB. */
  vramGb?: number | null | undefined;
  formFactor?: FormFactor | null | undefined;
}

/**
 * Reads a vendor's spelling of a GPU, such as `NVIDIA H100 80GB HBM3`, `A100_sxm4_80G`, `gpu_8x_h100_sxm5` or `a100xl`.
 * What the vendor says of memory and form factor wins over its name, and what stands in the name over what the model implies.
 */
export function identifyGpu(rawName: string, hints: GpuHints = {}): GpuIdentity {
  const { written, found } = read(rawName);
  if (!found) {
    return {
      model: rawName,
      vendor: hints.vendor ?? written.brand ?? "unknown",
      vramGb: hints.vramGb ?? written.vramGb,
      formFactor: hints.formFactor ?? written.formFactor,
      rawName,
      known: false,
    };
  }
  // A vendor may say NVL beside the name: that is another card, with other memory.
  const model = hints.formFactor === "nvl" && (found === "H100" || found === "H200") ? (`${found}NVL` as const) : found;
  const implied: ModelEntry = gpuModels[model];
  return {
    model,
    vendor: implied.vendor ?? "nvidia",
    vramGb: hints.vramGb ?? written.vramGb ?? implied.vramGb ?? null,
    formFactor: hints.formFactor ?? implied.formFactor ?? written.formFactor,
    rawName,
    known: true,
  };
}

interface ReadName {
  readonly written: NameParts;
  readonly found: KnownGpuModel | undefined;
}

/** What was read out of the last names: catalogues repeat a few names thousands of times. */
const kept = new Map<string, ReadName>();
const mostKept = 1_000;

function read(rawName: string): ReadName {
  const known = kept.get(rawName);
  if (known) return known;
  const parts = readName(rawName);
  const found = parts.isSlice ? undefined : findModel(parts.words);
  const { mostVramGb = Number.POSITIVE_INFINITY }: Partial<ModelEntry> = found ? gpuModels[found] : {};
  const reading = { written: (parts.vramGb ?? 0) > mostVramGb ? { ...parts, vramGb: null } : parts, found };
  if (kept.size >= mostKept) kept.clear();
  kept.set(rawName, reading);
  return reading;
}

function findModel(words: string): KnownGpuModel | undefined {
  return (Object.keys(gpuModels) as KnownGpuModel[]).find((model) => gpuModels[model].pattern.test(words));
}

/** What stands in a name itself: nothing that the model implies. */
interface NameParts {
  readonly words: string;
  readonly brand: "nvidia" | "amd" | "intel" | undefined;
  readonly vramGb: number | null;
  readonly formFactor: FormFactor | null;
  /** A part of a GPU, which is none of its model. */
  readonly isSlice: boolean;
}

const brands = [
  ["nvidia", /\b(?:NVIDIA|GEFORCE|TESLA)\b/g],
  ["amd", /\b(?:AMD|INSTINCT|RADEON)\b/g],
  ["intel", /\bINTEL\b/g],
] as const;
/** `8x`, `1xH100`: how many, before the name. */
const countBefore = /^ *\d{1,2} ?X(?: |(?=[A-Z]))/;
/** `H100x8`, `sxm4x8`, `80Gx2`, `L40x8_2`: how many, behind it. */
const countBehind = /X\d{1,2}\b/g;
/** `80GB`, `80 GiB`, `80G`: memory of one GPU. */
const memory = /\b(\d{1,3}) ?G(?:I?B)?\b/g;
/** `MIG 1g.10gb`, `2g.48gb`: a part of a GPU, with the memory of the part at the end. */
const slice = /\bMIG\b|\b\dG \d{1,3}GB\b/;

function readName(rawName: string): NameParts {
  const all = ` ${rawName.toUpperCase().replace(/[^A-Z0-9]+/g, " ")} `;
  const brand = brands.find(([, pattern]) => all.search(pattern) >= 0)?.[0];
  const counted = brands.reduce((words, [, pattern]) => words.replace(pattern, " "), all).replace(/\b(?:GPU|[DH]GX)\b/g, " ");
  const single = counted
    .replace(countBefore, "")
    .replace(countBehind, "")
    .replace(/\bPCI E\b/, "PCIE");
  const isSlice = slice.test(single);
  const written = Array.from(single.matchAll(memory), ([, gb]) => Number(gb));
  // Form factors are words of their own, also where a vendor writes H100SXM.
  const parted = single.replace(memory, " ").replace(/\B(?=(?:SXM\d?|PCIE|NVL|OAM)\b)/g, " ");
  const words = parted.replace(/ +/g, " ").trim();
  return {
    words,
    brand,
    vramGb: written.at(isSlice ? -1 : 0) ?? (words.startsWith("A100XL") ? 80 : null),
    formFactor: formFactorIn(words),
    isSlice,
  };
}

function formFactorIn(words: string): FormFactor | null {
  // NVLink and racks such as NVL72 are not the card called NVL.
  const found = /\b(?:SXM|PCIE\b|NVL\b|OAM\b)/.exec(words)?.[0];
  return found ? (found.toLowerCase() as FormFactor) : null;
}

/**
 * Whether a GPU is what a caller asks for. `H100` matches SXM and PCIe but not NVL, which is a model of its own; `A100` matches both memories.
 * What is asked for beside the model counts too, as in `A100 80GB` or `H100 SXM`.
 */
export function matchesGpu(gpu: GpuIdentity, wanted: string): boolean {
  return gpuMatcher(wanted)(gpu);
}

/** `matchesGpu` for many GPUs: what is wanted is read once. */
export function gpuMatcher(wanted: string): (gpu: GpuIdentity) => boolean {
  const { written: asked, found: model } = read(wanted);
  if (model === undefined) return (gpu) => !gpu.known && gpu.rawName.toLowerCase() === wanted.toLowerCase();
  const implied: ModelEntry = gpuModels[model];
  return (gpu) =>
    gpu.model === model &&
    (asked.vramGb === null || gpu.vramGb === asked.vramGb) &&
    (asked.formFactor === null || implied.formFactor !== undefined || gpu.formFactor === asked.formFactor);
}
