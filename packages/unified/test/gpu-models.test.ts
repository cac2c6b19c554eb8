import { describe, expect, test } from "vitest";
import { type FormFactor, gpuModels, identifyGpu, type KnownGpuModel, nearestNames, parseGpuQuery } from "../src/gpu-models.js";

type Row = readonly [spelling: string, model: KnownGpuModel, vramGb: number | null, formFactor: FormFactor | null];

const spellings: readonly Row[] = [
  // H100 SXM
  ["NVIDIA H100 80GB HBM3", "H100", 80, null],
  ["H100 SXM", "H100", 80, "sxm"],
  ["H100", "H100", 80, null],
  ["H100x8", "H100", 80, null],
  ["H100_sxm5", "H100", 80, "sxm"],
  ["H100_sxm5x8", "H100", 80, "sxm"],
  ["gpu_1x_h100_sxm5", "H100", 80, "sxm"],
  ["gpu_8x_h100_sxm5", "H100", 80, "sxm"],
  ["1xH100-SXM", "H100", 80, "sxm"],
  ["8xH100-SXM", "H100", 80, "sxm"],
  ["8xH100", "H100", 80, null],
  ["8x H100", "H100", 80, null],
  ["NVIDIA H100 SXM", "H100", 80, "sxm"],
  ["h100-sxm", "H100", 80, "sxm"],
  ["H100SXM 80GB", "H100", 80, "sxm"],
  ["gpu-h100-sxm", "H100", 80, "sxm"],
  ["H100_SXM5_80GB", "H100", 80, "sxm"],
  ["H100_80GB_SXM_8x", "H100", 80, "sxm"],
  ["H100 SXM5 80GB", "H100", 80, "sxm"],
  ["H100_80GB", "H100", 80, null],
  ["NVIDIA_H100_SXM", "H100", 80, "sxm"],
  ["H100-SXM", "H100", 80, "sxm"],
  ["GPU-H100", "H100", 80, null],
  ["H100:2", "H100", 80, null],
  ["h100_x1", "H100", 80, null],
  ["h100_x8_prototyping", "H100", 80, null],
  ["HGX H100", "H100", 80, null],
  // H100 PCIe
  ["NVIDIA H100 PCIe", "H100", 80, "pcie"],
  ["H100 PCIE", "H100", 80, "pcie"],
  ["h100", "H100", 80, null],
  ["NVIDIA H100", "H100", 80, null],
  ["H100_PCIE_80GB", "H100", 80, "pcie"],
  // H100 NVL, and names that only resemble it
  ["NVIDIA H100 NVL", "H100NVL", 94, "nvl"],
  ["H100 NVL", "H100NVL", 94, "nvl"],
  ["H100-NVL", "H100NVL", 94, "nvl"],
  ["H100NVL", "H100NVL", 94, "nvl"],
  ["H100-94GB-NVL", "H100NVL", 94, "nvl"],
  ["H100 NVLINK", "H100", 80, null],
  // H200
  ["NVIDIA H200", "H200", 141, null],
  ["H200", "H200", 141, null],
  ["H200x8", "H200", 141, null],
  ["H200_sxm5", "H200", 141, "sxm"],
  ["gpu-h200-sxm", "H200", 141, "sxm"],
  ["H200_141GB", "H200", 141, null],
  ["H200 NVL", "H200NVL", 141, "nvl"],
  ["H20", "H20", 96, null],
  // Blackwell and Grace: sources disagree on the memory, so a bare name has none
  ["NVIDIA B200", "B200", null, null],
  ["B200x1", "B200", null, null],
  ["B200 SXM6 180GB", "B200", 180, "sxm"],
  ["B200_180GB", "B200", 180, null],
  ["gpu-b200-sxm", "B200", null, "sxm"],
  ["NVIDIA B300 SXM6 AC", "B300", null, "sxm"],
  ["B300 SXM6 268GB", "B300", 268, "sxm"],
  ["B300 SXM 288GB", "B300", 288, "sxm"],
  ["B300_sxm6x8", "B300", null, "sxm"],
  ["8x-b300-sxm6-ac", "B300", null, "sxm"],
  ["GH200", "GH200", null, null],
  ["gpu_1x_gh200", "GH200", null, null],
  ["NVIDIA GH200 480GB", "GH200", null, null],
  ["GH200_480GB", "GH200", null, null],
  ["GH200 96GB HBM3", "GH200", 96, null],
  ["GH200 144G HBM3e", "GH200", 144, null],
  ["GB200", "GB200", null, null],
  ["GB300_nvl72", "GB300", null, null],
  // Memory sizes that are rounded, total over all GPUs, in MiB, or with decimals
  ["H100 79GB", "H100", 80, null],
  ["H100 81559 MiB", "H100", 80, null],
  ["H100 79.6 GiB", "H100", 80, null],
  ["H200 143771MiB", "H200", 141, null],
  ["H200 143GB", "H200", 141, null],
  ["L40S 45GB", "L40S", 48, null],
  ["NVIDIA A10G 22.5 GB", "A10G", 24, null],
  ["RTX 4090 24564MiB", "RTX4090", 24, null],
  ["B200 179GB", "B200", 180, null],
  ["B200 183GB", "B200", 180, null],
  ["B200 191GB", "B200", 192, null],
  ["GH200 141GB", "GH200", 144, null],
  ["8x H100 640GB", "H100", 80, null],
  ["H100 SXM 640GB x8", "H100", 80, "sxm"],
  ["4x A100 160GB", "A100", 40, null],
  ["2x A100 160GB", "A100", 80, null],
  ["2x A100 80GB", "A100", 80, null],
  ["H100 640GB", "H100", 80, null],
  ["8x MI300X 1536GB", "MI300X", 192, "oam"],
  ["8×H100", "H100", 80, null],
  ["H100 x 8", "H100", 80, null],
  ["MI300Xx8", "MI300X", 192, "oam"],
  ["MI300X:8", "MI300X", 192, "oam"],
  // A100 with 80 GB
  ["a100xl", "A100", 80, null],
  ["A100XL", "A100", 80, null],
  ["a100xl_x8", "A100", 80, null],
  ["NVIDIA A100 (80GB)", "A100", 80, null],
  ["A100_80G", "A100", 80, null],
  ["A100_80Gx2", "A100", 80, null],
  ["A100_80G_sxm4x8", "A100", 80, "sxm"],
  ["A100_sxm4_80G", "A100", 80, "sxm"],
  ["A100_sxm4_80Gx8", "A100", 80, "sxm"],
  ["A100_sxm4_80G_DGX", "A100", 80, "sxm"],
  ["a100_sxm4_80g_dgx", "A100", 80, "sxm"],
  ["NVIDIA A100 80GB PCIe", "A100", 80, "pcie"],
  ["NVIDIA A100-SXM4-80GB", "A100", 80, "sxm"],
  ["A100 SXM 80GB", "A100", 80, "sxm"],
  ["A100-80GB", "A100", 80, null],
  ["A100-80GB-SXM", "A100", 80, "sxm"],
  ["A100-80GB-NVLINK", "A100", 80, null],
  ["A100_80GB", "A100", 80, null],
  ["gpu_8x_a100_80gb_sxm4", "A100", 80, "sxm"],
  // A100 with 40 GB, the default for the plain name
  ["A100", "A100", 40, null],
  ["a100", "A100", 40, null],
  ["A100x8", "A100", 40, null],
  ["A100_sxm4", "A100", 40, "sxm"],
  ["A100 PCIE", "A100", 40, "pcie"],
  ["A100_40GB", "A100", 40, null],
  ["gpu_1x_a100_sxm4", "A100", 40, "sxm"],
  // Ampere workstation cards
  ["a6000", "A6000", 48, null],
  ["a6000_x1", "A6000", 48, null],
  ["A6000_base", "A6000", 48, null],
  ["A6000_basex4", "A6000", 48, null],
  ["A6000_plus", "A6000", 48, null],
  ["gpu_1x_A6000_high_perf", "A6000", 48, null],
  ["RTX A6000", "A6000", 48, null],
  ["NVIDIA RTX A6000", "A6000", 48, null],
  ["RTXA6000", "A6000", 48, null],
  ["RTX_A6000_48GB", "A6000", 48, null],
  ["NVIDIA_RTX_A6000", "A6000", 48, null],
  ["NVIDIA RTX A5000", "A5000", 24, null],
  ["A5000x4", "A5000", 24, null],
  ["RTX A5000", "A5000", 24, null],
  ["NVIDIA RTX A4500", "A4500", 20, null],
  ["NVIDIA RTX A4000", "A4000", 16, null],
  ["A4000x2", "A4000", 16, null],
  // RTX 6000 of three generations
  ["gpu_1x_rtx6000", "RTX6000", 24, null],
  ["Q RTX 6000", "RTX6000", 24, null],
  ["Quadro RTX 6000", "RTX6000", 24, null],
  ["RTX6000Ada", "RTX6000Ada", 48, null],
  ["RTX6000Adax2", "RTX6000Ada", 48, null],
  ["NVIDIA RTX 6000 Ada Generation", "RTX6000Ada", 48, null],
  ["RTX6000Ada_48GB", "RTX6000Ada", 48, null],
  ["RTX6000 Ada 48GB", "RTX6000Ada", 48, null],
  ["RTX 6000 Ada (48 GB)", "RTX6000Ada", 48, null],
  ["RTXPro6000", "RTXPRO6000", 96, null],
  ["RTXPro6000x2", "RTXPRO6000", 96, null],
  ["rtxpro6000x4", "RTXPRO6000", 96, null],
  ["NVIDIA RTX PRO 6000 Blackwell Server Edition", "RTXPRO6000", 96, null],
  ["NVIDIA RTX PRO 6000 Blackwell Workstation Edition", "RTXPRO6000", 96, null],
  ["RTX-PRO6000", "RTXPRO6000", 96, null],
  ["RTX-PRO-6000", "RTXPRO6000", 96, null],
  ["RTX PRO 6000 96GB", "RTXPRO6000", 96, null],
  ["RTX 5000 Ada Generation", "RTX5000Ada", 32, null],
  ["RTX 4000 Ada Generation", "RTX4000Ada", 20, null],
  ["RTX 2000 Ada Generation", "RTX2000Ada", 16, null],
  // Ada and Ampere data centre cards
  ["NVIDIA L40S", "L40S", 48, null],
  ["L40Sx10", "L40S", 48, null],
  ["L40S_48GB", "L40S", 48, null],
  ["l40s_x2", "L40S", 48, null],
  ["NVIDIA L40", "L40", 48, null],
  ["L40x8_2", "L40", 48, null],
  ["l40_x4", "L40", 48, null],
  ["L4", "L4", 24, null],
  ["L4x8", "L4", 24, null],
  ["A40 (graphics mode)", "A40", 48, null],
  ["A30", "A30", 24, null],
  ["A16x2", "A16", 16, null],
  ["A10", "A10", 24, null],
  ["A10 GPU", "A10", 24, null],
  ["A10G", "A10G", 24, null],
  // GeForce
  ["NVIDIA GeForce RTX 4090", "RTX4090", 24, null],
  ["RTX 4090", "RTX4090", 24, null],
  ["RTX_4090", "RTX4090", 24, null],
  ["RTX4090 24GB", "RTX4090", 24, null],
  ["RTX 4090 24GB", "RTX4090", 24, null],
  ["NVIDIA_RTX_4090", "RTX4090", 24, null],
  ["GPU-RTX4090", "RTX4090", 24, null],
  ["rtx4090", "RTX4090", 24, null],
  ["RTX 4090 48GB", "RTX4090", 48, null],
  ["RTX 4090 D", "RTX4090D", 24, null],
  ["RTX 4090D", "RTX4090D", 24, null],
  ["RTX5090 32GB", "RTX5090", 32, null],
  ["RTX 5090", "RTX5090", 32, null],
  ["RTX 5080", "RTX5080", 16, null],
  ["RTX 4080", "RTX4080", 16, null],
  ["RTX 3090", "RTX3090", 24, null],
  ["RTX 3090 Ti", "RTX3090Ti", 24, null],
  ["RTX 3080", "RTX3080", null, null],
  // Older cards
  ["T4", "T4", 16, null],
  ["t4", "T4", 16, null],
  ["GPU-T4", "T4", 16, null],
  ["Tesla T4", "T4", 16, null],
  ["V100", "V100", 16, null],
  ["V100_32G", "V100", 32, null],
  ["V100_32Gx4", "V100", 32, null],
  ["Tesla V100-SXM2-32GB", "V100", 32, "sxm"],
  ["Tesla P100-PCIE-16GB", "P100", 16, "pcie"],
  // AMD and Intel
  ["AMD Instinct MI300X OAM", "MI300X", 192, "oam"],
  ["MI300X", "MI300X", 192, "oam"],
  ["MI325X", "MI325X", 256, "oam"],
  ["MI355X", "MI355X", 288, "oam"],
  ["MI250X", "MI250X", 128, "oam"],
  ["GAUDI2", "Gaudi2", 96, "oam"],
  ["Gaudi2x8", "Gaudi2", 96, "oam"],
  ["Intel Gaudi 3", "Gaudi3", 128, null],
];

describe("identifyGpu", () => {
  test.each(spellings)("reads %s as %s with %s GB, %s", (spelling, model, vramGb, formFactor) => {
    expect(identifyGpu(spelling)).toMatchObject({ model, vramGb, formFactor, rawName: spelling, known: true });
  });

  test("every model of the table is identified by its canonical name, and by a spelling above", () => {
    for (const model of Object.keys(gpuModels)) expect(identifyGpu(model).model).toBe(model);
    expect(new Set(spellings.map(([, model]) => model))).toEqual(new Set(Object.keys(gpuModels)));
  });

  test.each([
    ["MI300X", "amd"],
    ["GAUDI2", "intel"],
    ["a100xl", "nvidia"],
  ])("knows the maker of %s: %s", (spelling, vendor) => {
    expect(identifyGpu(spelling).vendor).toBe(vendor);
  });

  test.each([
    ["NVIDIA A100-SXM4-80GB MIG 1g.10gb", 10],
    ["H100 MIG 1g.10gb", 10],
    ["NVIDIA H200 MIG-3g.71gb", 71],
    ["NVIDIA RTX PRO 6000 Blackwell Server Edition MIG 1g.24gb", 24],
    ["h100_2g.20gb", 20],
    ["A100 MIG", null],
    ["A40-8Q", 8],
    ["GRID A100-10C", 10],
    ["GRID A100-1-5C", 5],
    ["NVIDIA A16-2B", 2],
    ["GRID T4", null],
    ["A100 (1/6)", null],
    ["1/2 A100", null],
    ["1/2 A100 80GB", null],
    ["0.5x A100", null],
    ["A100 (0.25)", null],
    ["½ H100", null],
    ["NVIDIA GeForce RTX 4090 Laptop GPU", null],
    ["RTX 4090 Laptop 16GB", 16],
    ["RTX 3080 Mobile", null],
    ["RTX 5000 Ada Max-Q", null],
    ["NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation Edition", null],
  ])("treats a part of a card or a laptop chip as another GPU: %s", (spelling, vramGb) => {
    expect(identifyGpu(spelling)).toMatchObject({ model: spelling, vramGb, known: false });
    expect(Object.keys(gpuModels).filter((model) => parseGpuQuery(model).matches(identifyGpu(spelling)))).toEqual([]);
    expect(parseGpuQuery(spelling).matches(identifyGpu(spelling))).toBe(true);
  });

  test.each([
    ["NVIDIA RTX 5070", "nvidia", null],
    ["RTX 4080 SUPER", "unknown", null],
    ["RTX 3080 Ti", "unknown", null],
    ["RTX 5090 D", "unknown", null],
    ["RTX A1000", "unknown", null],
    ["RTX A3000", "unknown", null],
    ["RTX 4000", "unknown", null],
    ["Quadro P1000", "unknown", null],
    ["T400", "unknown", null],
    ["T4G", "unknown", null],
    ["AMD Instinct MI210", "amd", null],
    ["Intel Max 1550", "intel", null],
    ["X9000 36GB", "unknown", 36],
    ["RTX", "unknown", null],
    ["p4de.24xlarge", "unknown", null],
    ["", "unknown", null],
  ])("does not treat %s as a model that it resembles", (spelling, vendor, vramGb) => {
    expect(identifyGpu(spelling)).toEqual({ model: spelling, vendor, vramGb, formFactor: null, rawName: spelling, known: false });
  });

  test("the vendor's fields win over the name, and the name over the model", () => {
    expect(identifyGpu("A100", { vramGb: 80, formFactor: "sxm" })).toMatchObject({ vramGb: 80, formFactor: "sxm" });
    expect(identifyGpu("B300 SXM6 268GB", { vramGb: 270 })).toMatchObject({ vramGb: 270, formFactor: "sxm" });
    expect(identifyGpu("H100", { vramGb: null, formFactor: null })).toMatchObject({ vramGb: 80, formFactor: null });
    expect(identifyGpu("Z1", { vendor: "amd", vramGb: 64 })).toMatchObject({ vendor: "amd", vramGb: 64, known: false });
  });

  test.each([
    ["H100", { vramGb: 79 }, 80],
    ["H100", { vramGb: 81_559 }, 80],
    ["L40S", { vramGb: 45 }, 48],
    ["L40S", { vramGb: 46_068 }, 48],
    ["A10G", { vramGb: 22 }, 24],
    ["H200", { vramGb: 143 }, 141],
    ["A100", { vramGb: 39 }, 40],
    ["B200", { vramGb: 192 }, 192],
    ["B300", { vramGb: 268 }, 268],
    ["H100", { vramGb: 640, gpuCount: 8 }, 80],
    ["MI300X", { vramGb: 1_536, gpuCount: 8 }, 192],
    ["RTX 4090", { vramGb: 48 }, 48],
    ["Z900", { vramGb: 24_564 }, 24],
    ["A100", { id: "A100-80GB.14c240g" }, 80],
    ["A100", { id: "unruffled-perlman-a100_sxm4_80g_dgx-ed84" }, 80],
    ["A100", { id: "a100xl" }, 80],
    ["A100 40GB", { id: "A100_80G" }, 40],
    ["A100", { id: "a100.16c62g", vramGb: null }, 40],
    ["A100", { id: "bold-tesla-a100-080a" }, 40],
    // 12 GB is not a size of the A100.
    ["A100", { id: "a100-12g" }, 40],
    ["B200", { id: "b200-180gb" }, 180],
  ])("reads the memory of %s with %j as %s GB", (name, hints, vramGb) => {
    expect(identifyGpu(name, hints).vramGb).toBe(vramGb);
  });

  test("reads a form factor from the id where nothing else has it", () => {
    const id = "unruffled-perlman-a100_sxm4_80g_dgx-ed84";
    expect(identifyGpu("A100", { id }).formFactor).toBe("sxm");
    expect(identifyGpu("A100 PCIe", { id }).formFactor).toBe("pcie");
    expect(identifyGpu("A100", { id, formFactor: "pcie" }).formFactor).toBe("pcie");
    expect(identifyGpu("H100", { id: "h100-nvl-94gb" })).toMatchObject({ model: "H100NVL", vramGb: 94, formFactor: "nvl" });
  });

  test("NVL in a field other than the name means the NVL card", () => {
    expect(identifyGpu("H100", { formFactor: "nvl" })).toMatchObject({ model: "H100NVL", vramGb: 94, formFactor: "nvl" });
    expect(identifyGpu("A100", { formFactor: "nvl" })).toMatchObject({ model: "A100", formFactor: "nvl" });
  });
});

describe("parseGpuQuery", () => {
  test.each([
    ["H100 SXM", "H100", true],
    ["H100 PCIe", "H100", true],
    ["NVIDIA H100 80GB HBM3", "h100", true],
    ["H100 NVL", "H100", false],
    ["H100 NVL", "H100NVL", true],
    ["H100 NVL", "H100 NVL", true],
    ["H100 SXM", "H100NVL", false],
    ["H200", "H100", false],
    ["GH200", "H200", false],
    ["GH200", "GH200 480GB", true],
    ["A100", "A100", true],
    ["a100xl", "A100", true],
    ["a100xl", "A100 80GB", true],
    ["A100_40GB", "A100 80GB", false],
    ["A100 SXM 80GB", "A100_80G", true],
    ["H100 SXM", "H100 SXM", true],
    ["H100 PCIe", "H100 SXM", false],
    ["H100", "H100 SXM", "form_factor_unknown"],
    ["AMD Instinct MI300X OAM", "MI300X", true],
    ["MI300X", "MI300X OAM", true],
    ["L40S", "L40", false],
    ["RTX 4090 D", "RTX 4090", false],
    ["NVIDIA RTX 6000 Ada Generation", "RTX6000Ada", true],
    ["NVIDIA RTX 6000 Ada Generation", "RTX6000", false],
    ["X9000 36GB", "x9000 36gb", true],
    ["X9000 36GB", "X9000", false],
    ["RTX 4090", "X9000", false],
    ["B200", "B200 180GB", "vram_unknown"],
    ["B200 180GB", "B200 180GB", true],
    ["B200 192GB", "B200 180GB", false],
    ["B200 SXM", "B200 180GB", "vram_unknown"],
    ["B200 PCIe", "B200 SXM 180GB", false],
    ["H100 SXM", "8x H100 640GB", true],
    ["H100 79GB", "H100 80GB", true],
    ["RTX 4090 Laptop GPU", "RTX 4090", false],
    ["X9000 36GB", "2x X9000 36GB", true],
    ["X9000", "X9000:4", true],
    ["X9000", "X9000 x 4", true],
    ["X9000", "X9000x4", true],
  ])("%s for %s: %s", (spelling, wanted, expected) => {
    expect(parseGpuQuery(wanted).matches(identifyGpu(spelling))).toBe(expected);
  });
});

describe("the count in a query", () => {
  test.each([
    ["8xH100", 8],
    ["8x H100", 8],
    ["8 x H100", 8],
    ["8×H100", 8],
    ["8*H100", 8],
    ["H100:8", 8],
    ["H100: 8", 8],
    ["H100x8", 8],
    ["H100 x8", 8],
    ["H100 x 8", 8],
    ["H100 8", 8],
    ["H100 SXM x8", 8],
    ["gpu_8x_h100_sxm5", 8],
    ["4x4090", 4],
    ["RTX 4090:2", 2],
    ["MI300X:8", 8],
    ["MI300X x8", 8],
    ["Intel Gaudi 3:8", 8],
    ["H100:0", 0],
    ["X9000:4", 4],
    ["H100", undefined],
    ["H100 SXM5", undefined],
    ["A100 80GB", undefined],
    ["NVIDIA H100 80GB HBM3", undefined],
    ["MI300X", undefined],
    ["Gaudi 3", undefined],
    ["RTX PRO 6000", undefined],
    ["RTX 4090", undefined],
  ])("%s: %s", (wanted, gpuCount) => {
    expect(parseGpuQuery(wanted).gpuCount).toBe(gpuCount);
  });
});

describe("nearestNames", () => {
  test.each([
    ["H1000", ["H100"]],
    ["h10", ["H100", "H20", "A10"]],
    ["A6001", ["A6000"]],
    ["RTX 4909", ["RTX4090", "RTX4090D"]],
    ["4070", ["RTX5070", "RTX4090", "RTX4080"]],
    ["MI300", ["MI300X"]],
    ["8 H100", ["H100"]],
    ["NVIDIA L40X", ["L40S", "L40"]],
    ["quantum", []],
    ["?", []],
  ])("of %s are %j", (wanted, names) => {
    expect(
      nearestNames(wanted, ["NVIDIA RTX 5070"])
        .map((name) => name.replace("NVIDIA RTX 5070", "RTX5070"))
        .sort(),
    ).toEqual([...names].sort());
  });
});
