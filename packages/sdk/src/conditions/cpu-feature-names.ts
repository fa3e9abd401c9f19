/** The architectures whose features have names here. */
export type CpuArchitecture = "x86-64" | "arm64";

/**
 * systemd's names of x86 features, each as the CPUID leaf calls it, by the flag under which `/proc/cpuinfo` lists it. Linux does not list
 * `osxsave`; it sets that bit wherever it uses XSAVE, and takes `xsave` off its list where it does not.
 * Source: systemd.unit(5), ConditionCPUFeature; Linux, Documentation/arch/x86/cpuinfo.rst.
 */
const X86_RENAMED: ReadonlyMap<string, string> = new Map([
  ["pclmul", "pclmulqdq"],
  ["fma3", "fma"],
  ["osxsave", "xsave"],
]);

const X86_NAMES: readonly string[] = [
  // leaf 1, edx
  "fpu vme de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat",
  "pse36 clflush mmx fxsr sse sse2 ht",
  // leaf 1, ecx
  "pni pclmul monitor ssse3 fma3 cx16 sse4_1 sse4_2 movbe popcnt aes xsave",
  "osxsave avx f16c rdrand",
  // leaf 7, ebx
  "bmi1 avx2 bmi2 rdseed adx sha_ni",
  // leaf 0x80000001, edx and ecx; 0x80000007, edx
  "syscall rdtscp lm lahf_lm abm constant_tsc",
].flatMap((line) => line.split(" "));

/**
 * The features of arm64, as Linux lists them.
 * Source: Linux, arch/arm64/kernel/cpuinfo.c and Documentation/arch/arm64/elf_hwcaps.rst.
 */
const ARM64_NAMES: readonly string[] = [
  "fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid",
  "asimdrdm jscvt fcma lrcpc dcpop sha3 sm3 sm4 asimddp sha512 sve asimdfhm",
  "dit uscat ilrcpc flagm ssbs sb paca pacg dcpodp sve2 sveaes svepmull",
  "svebitperm svesha3 svesm4 flagm2 frint svei8mm svef32mm svef64mm svebf16 i8mm",
  "bf16 dgh rng bti mte ecv afp rpres mte3 sme smei16i64 smef64f64 smei8i32",
  "smef16f32 smeb16f32 smef32f32 smefa64 wfxt ebf16 sveebf16 cssc rprfm sve2p1",
  "sme2 sme2p1 smei16i32 smebi32i32 smeb16b16 smef16f16 mops hbc sveb16b16 lrcpc3",
  "lse128 fpmr lut faminmax f8cvt f8fma f8dp4 f8dp2 f8e4m3 f8e5m2 poe gcs",
].flatMap((line) => line.split(" "));

const NAMES: ReadonlyMap<CpuArchitecture, ReadonlySet<string>> = new Map([
  ["x86-64", new Set(X86_NAMES)],
  ["arm64", new Set(ARM64_NAMES)],
]);

/** Every name that a config may ask for: bare, and with its architecture before it (`arm64.sve`). */
export const CPU_FEATURE_NAMES: readonly string[] = [
  ...new Set([...X86_NAMES, ...ARM64_NAMES]),
  ...[...NAMES].flatMap(([architecture, names]) => [...names].map((name) => `${architecture}.${name}`)),
];

/** What a name asks for: a feature, on one architecture or on any that knows the name. */
export interface WantedFeature {
  readonly feature: string;
  readonly architectures: readonly CpuArchitecture[];
}

/** Reads a name of {@link CPU_FEATURE_NAMES}. */
export function readFeatureName(name: string): WantedFeature {
  const dot = name.indexOf(".");
  const feature = name.slice(dot + 1);
  const known = [...NAMES].filter(([architecture, names]) =>
    dot < 0 ? names.has(feature) : architecture === name.slice(0, dot),
  );
  return { feature, architectures: known.map(([architecture]) => architecture) };
}

/** The word under which `/proc/cpuinfo` lists a feature. */
export function listedAs(feature: string, architecture: CpuArchitecture): string {
  return architecture === "x86-64" ? (X86_RENAMED.get(feature) ?? feature) : feature;
}
