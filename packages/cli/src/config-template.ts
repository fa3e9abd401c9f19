/** The text that `plumbline init` writes. Every key in it is one that this version reads; what is off is commented out. */
export function configTemplate(serviceName: string): string {
  return `# Plumbline configuration. Check it with: npx plumbline validate
# What would run, and what is skipped and why: npx plumbline doctor

service:
  name: ${serviceName}
`;
}
