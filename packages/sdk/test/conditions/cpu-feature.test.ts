import { describe, expect, test } from "vitest";
import { CPU_FEATURE_NAMES } from "../../src/conditions/cpu-feature-names.ts";
import { cpuFeatureCondition, cpuFeatureSchema } from "../../src/conditions/cpu-feature.ts";
import { commonCpuFeatures } from "../../src/conditions/cpu-info.ts";
import { createTestContext } from "@plumbline/testing";
import {
  AMPERE_ALTRA,
  type Machine,
  RASPBERRY_PI_4,
  RK3399,
  RYZEN_9,
  UNEQUAL_CORES,
  UNEQUAL_X86,
  XEON_GOLD,
} from "./cpu-info/machines.ts";

async function asked(machine: Partial<Machine> & { readonly platform?: string }, ...names: readonly string[]) {
  const { arch = "x64", platform = "linux", cpuInfo = "" } = machine;
  const condition = cpuFeatureCondition({ arch, platform, cpuInfo: () => Promise.resolve(cpuInfo) });
  return condition.evaluate(cpuFeatureSchema.parse(names), createTestContext());
}

async function holds(machine: Machine, ...names: readonly string[]): Promise<boolean> {
  return (await asked(machine, ...names)).holds;
}

describe("systemd's names", () => {
  // By leaf of CPUID, as systemd.unit(5) and its sources list them.
  const systemd =
    "fpu vme de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush mmx fxsr sse sse2 ht " +
    "pni pclmul monitor ssse3 fma3 cx16 sse4_1 sse4_2 movbe popcnt aes xsave osxsave avx f16c rdrand " +
    "bmi1 avx2 bmi2 rdseed adx sha_ni syscall rdtscp lm lahf_lm abm constant_tsc";

  test("are all known, 51 of them, and each is found on a machine that has it", async () => {
    const names = systemd.split(" ");
    expect(names).toHaveLength(51);
    expect(names.filter((name) => !CPU_FEATURE_NAMES.includes(name))).toEqual([]);
    const missing: string[] = [];
    for (const name of names) {
      if (!(await holds(XEON_GOLD, name)) && !(await holds(RYZEN_9, name))) missing.push(name);
    }
    expect(missing).toEqual([]);
    expect(await holds(XEON_GOLD, "sha_ni")).toBe(false);
    expect(await holds(RYZEN_9, "sha_ni")).toBe(true);
  });

  test("that Linux lists under another name are found there, and not under a name that only begins like it", async () => {
    const only = (flags: string): Machine => ({
      name: flags,
      arch: "x64",
      cpuInfo: `processor\t: 0\nflags\t\t: ${flags}\n`,
    });
    expect(await holds(only("pclmulqdq"), "pclmul")).toBe(true);
    expect(await holds(only("fma"), "fma3")).toBe(true);
    expect(await holds(only("fma4"), "fma3")).toBe(false);
    expect(await holds(only("xsave"), "osxsave")).toBe(true);
    expect(await holds(only("sse"), "sse", "sse2")).toBe(false);
    expect(await holds(only("avx2"), "avx")).toBe(false);
  });

  test("are taken in any case, with their architecture before them, and several at once", async () => {
    expect(await holds(RYZEN_9, "AVX2", "x86-64.aes")).toBe(true);
    expect(await holds(AMPERE_ALTRA, "arm64.atomics", "asimddp")).toBe(true);
    expect(await holds(AMPERE_ALTRA, "x86-64.aes")).toBe(false);
  });
});

describe("machines", () => {
  test.each([
    [XEON_GOLD, "avx2", true],
    [XEON_GOLD, "abm", true],
    [RYZEN_9, "avx2", true],
    [RYZEN_9, "adx", true],
    [AMPERE_ALTRA, "atomics", true],
    [AMPERE_ALTRA, "aes", true],
    [AMPERE_ALTRA, "sve", false],
    [RK3399, "aes", true],
    [RK3399, "atomics", false],
    [RASPBERRY_PI_4, "aes", false],
    [RASPBERRY_PI_4, "crc32", true],
  ])("$0.name: $1 is $2", async (machine, feature, expected) => {
    expect(await holds(machine, feature)).toBe(expected);
  });

  test("what only some online processors have, the machine has not", async () => {
    expect(await holds(UNEQUAL_CORES, "aes")).toBe(true);
    expect(await asked(UNEQUAL_CORES, "aes", "atomics")).toEqual({
      holds: false,
      reason: "not every online CPU has atomics",
    });
    expect(await holds(UNEQUAL_X86, "sse4_2", "bmi2")).toBe(true);
    expect(await holds(UNEQUAL_X86, "avx2")).toBe(false);
    expect(await holds(UNEQUAL_X86, "fma3")).toBe(false);
  });

  test("a name of another architecture is missing, and the reason says whose it is", async () => {
    expect(await asked(AMPERE_ALTRA, "avx2")).toEqual({
      holds: false,
      reason: "this is arm64, and avx2 is one of x86-64",
    });
    expect((await asked({ arch: "x64", cpuInfo: XEON_GOLD.cpuInfo }, "sve")).reason).toContain("sve is one of arm64");
  });
});

test("what cannot be told is an error, not a missing feature", async () => {
  await expect(asked({ platform: "darwin" }, "avx2")).rejects.toThrow("known on Linux alone");
  for (const text of ["", "processor\t: 0\n", `${XEON_GOLD.cpuInfo}processor\t: 4\nmodel\t: 1\n`]) {
    expect(() => commonCpuFeatures(text)).toThrow("does not list each processor's features");
  }
  const condition = cpuFeatureCondition({
    arch: "x64",
    platform: "linux",
    cpuInfo: () => Promise.reject(new Error("EACCES")),
  });
  await expect(condition.evaluate(["avx2"], createTestContext())).rejects.toThrow("EACCES");
});

test("an unknown name is none", () => {
  for (const name of ["avx3", "", "x86-64.sve", "arm.fp", "flags"]) {
    expect(cpuFeatureSchema.safeParse(name).success, name).toBe(false);
  }
});
