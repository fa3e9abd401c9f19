/**
 * What `/proc/cpuinfo` says on some machines: the lines that matter, as the machine lists them.
 */
export interface Machine {
  readonly name: string;
  /** By Node's name. */
  readonly arch: "x64" | "arm64";
  readonly cpuInfo: string;
}

interface Core {
  readonly count: number;
  readonly lines: readonly (readonly [string, string])[];
}

function cpuInfo(...cores: readonly Core[]): string {
  const blocks = cores.flatMap(({ count, lines }) => Array.from({ length: count }, () => lines));
  return blocks
    .map((lines, index) =>
      [["processor", String(index)] as const, ...lines]
        .map(([key, value]) => `${key.padEnd(12)}\t: ${value}\n`)
        .join(""),
    )
    .map((block) => `${block}\n`)
    .join("");
}

/** A Skylake server part, 2017. */
const XEON_FLAGS = [
  "fpu vme de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush dts acpi mmx fxsr sse sse2 ss",
  "ht tm pbe syscall nx pdpe1gb rdtscp lm constant_tsc art arch_perfmon pebs bts rep_good nopl xtopology",
  "nonstop_tsc cpuid aperfmperf pni pclmulqdq dtes64 monitor ds_cpl vmx smx est tm2 ssse3 sdbg fma cx16 xtpr pdcm",
  "pcid dca sse4_1 sse4_2 x2apic movbe popcnt tsc_deadline_timer aes xsave avx f16c rdrand lahf_lm abm",
  "3dnowprefetch cpuid_fault epb cat_l3 cdp_l3 invpcid_single intel_ppin ssbd mba ibrs ibpb stibp tpr_shadow vnmi",
  "flexpriority ept vpid fsgsbase tsc_adjust bmi1 hle avx2 smep bmi2 erms invpcid rtm cqm mpx rdt_a avx512f",
  "avx512dq rdseed adx smap clflushopt clwb intel_pt avx512cd avx512bw avx512vl xsaveopt xsavec xgetbv1 xsaves",
  "cqm_llc cqm_occup_llc cqm_mbm_total cqm_mbm_local dtherm ida arat pln pts pku ospke md_clear flush_l1d",
].join(" ");

/** A Zen 3 desktop part, 2020. */
const RYZEN_FLAGS = [
  "fpu vme de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush mmx fxsr sse sse2 ht syscall",
  "nx mmxext fxsr_opt pdpe1gb rdtscp lm constant_tsc rep_good nopl nonstop_tsc cpuid extd_apicid aperfmperf rapl",
  "pni pclmulqdq monitor ssse3 fma cx16 sse4_1 sse4_2 movbe popcnt aes xsave avx f16c rdrand lahf_lm cmp_legacy",
  "svm extapic cr8_legacy abm sse4a misalignsse 3dnowprefetch osvw ibs skinit wdt tce topoext perfctr_core",
  "perfctr_nb bpext perfctr_llc mwaitx cpb cat_l3 cdp_l3 hw_pstate ssbd mba ibrs ibpb stibp vmmcall fsgsbase bmi1",
  "avx2 smep bmi2 erms invpcid cqm rdt_a rdseed adx smap clflushopt clwb sha_ni xsaveopt xsavec xgetbv1 xsaves",
  "cqm_llc cqm_occup_llc cqm_mbm_total cqm_mbm_local clzero irperf xsaveerptr",
].join(" ");

const ARM_V8_0 = "fp asimd evtstrm aes pmull sha1 sha2 crc32 cpuid";
const NEOVERSE_N1 =
  "fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop asimddp";

/** One server of Intel's: every core alike. */
export const XEON_GOLD: Machine = {
  name: "Intel Xeon Gold 6148",
  arch: "x64",
  cpuInfo: cpuInfo({
    count: 4,
    lines: [
      ["vendor_id", "GenuineIntel"],
      ["cpu family", "6"],
      ["model", "85"],
      ["model name", "Intel(R) Xeon(R) Gold 6148 CPU @ 2.40GHz"],
      ["flags", XEON_FLAGS],
      ["bugs", "cpu_meltdown spectre_v1 spectre_v2 spec_store_bypass l1tf mds swapgs taa itlb_multihit"],
    ],
  }),
};

export const RYZEN_9: Machine = {
  name: "AMD Ryzen 9 5950X",
  arch: "x64",
  cpuInfo: cpuInfo({
    count: 4,
    lines: [
      ["vendor_id", "AuthenticAMD"],
      ["cpu family", "25"],
      ["model", "33"],
      ["model name", "AMD Ryzen 9 5950X 16-Core Processor"],
      ["flags", RYZEN_FLAGS],
      ["bugs", "sysret_ss_attrs spectre_v1 spectre_v2 spec_store_bypass"],
    ],
  }),
};

export const AMPERE_ALTRA: Machine = {
  name: "Ampere Altra",
  arch: "arm64",
  cpuInfo: cpuInfo({
    count: 4,
    lines: [
      ["BogoMIPS", "50.00"],
      ["Features", NEOVERSE_N1],
      ["CPU implementer", "0x41"],
      ["CPU architecture", "8"],
      ["CPU variant", "0x3"],
      ["CPU part", "0xd0c"],
      ["CPU revision", "1"],
    ],
  }),
};

function armCore(count: number, part: string, features: string): Core {
  return {
    count,
    lines: [
      ["BogoMIPS", "48.00"],
      ["Features", features],
      ["CPU implementer", "0x41"],
      ["CPU architecture", "8"],
      ["CPU variant", "0x0"],
      ["CPU part", part],
      ["CPU revision", "4"],
    ],
  };
}

/** Rockchip RK3399: four Cortex-A53 and two Cortex-A72, which list the same. */
export const RK3399: Machine = {
  name: "Rockchip RK3399 (4 × Cortex-A53, 2 × Cortex-A72)",
  arch: "arm64",
  cpuInfo: cpuInfo(armCore(4, "0xd03", ARM_V8_0), armCore(2, "0xd08", ARM_V8_0)),
};

/** The Raspberry Pi 4's Cortex-A72 was made without the cryptographic instructions. */
export const RASPBERRY_PI_4: Machine = {
  name: "Raspberry Pi 4 (4 × Cortex-A72 without cryptography)",
  arch: "arm64",
  cpuInfo: `${cpuInfo(armCore(4, "0xd08", "fp asimd evtstrm crc32 cpuid"))}Revision\t: c03111\nModel\t\t: Raspberry Pi 4 Model B Rev 1.1\n`,
};

/** Cortex-A55 and Cortex-A73 cores, each listing what it has itself: the kernels that do so are those of phones. */
export const UNEQUAL_CORES: Machine = {
  name: "4 × Cortex-A73, 4 × Cortex-A55, each with its own list",
  arch: "arm64",
  cpuInfo: cpuInfo(armCore(4, "0xd09", ARM_V8_0), armCore(4, "0xd05", NEOVERSE_N1)),
};

/** A hybrid of Intel's, with AVX-512 left on in its large cores by an early firmware. */
export const UNEQUAL_X86: Machine = {
  name: "large cores with AVX-512 and FMA, small ones without",
  arch: "x64",
  cpuInfo: cpuInfo(
    { count: 2, lines: [["flags", XEON_FLAGS]] },
    {
      count: 2,
      lines: [
        [
          "flags",
          XEON_FLAGS.split(" ")
            .filter((flag) => !/^avx|^fma$/.test(flag))
            .join(" "),
        ],
      ],
    },
  ),
};
