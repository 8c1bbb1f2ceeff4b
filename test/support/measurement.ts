/** Tells the person who runs the tests what was measured: numbers that depend on the machine and are not asserted. */
export function reportMeasurement(what: string, values: Readonly<Record<string, number | string>>): void {
  const texts = Object.entries(values).map(
    ([name, value]) => `${name} ${typeof value === 'number' ? Math.round(value * 100) / 100 : value}`,
  )
  process.stderr.write(`measured: ${what}: ${texts.join(', ')}\n`)
}
