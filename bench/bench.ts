/** `npm run bench -- restart|replay|audience`: see the usage below. */
const usage = `npm run bench -- restart|replay|audience [options]
Measures the built program on a real Kafka and registry, with the Zendesk Sell emulator. Starts Kafka and a registry unless
SANDBOX_KAFKA_BROKERS and SANDBOX_REGISTRY_URL name them.
  restart [--persons N] [--runs N] [--limit-mb N]   starts and restores, with a million persons
  replay [--quick]     200,000 records are read once more beside live traffic, interrupted and resumed; then once more
  audience [--quick]   an audience is added that 10,000 stored persons are in, beside live traffic
  --quick   smaller, to try the measurement itself; its figures say nothing
Exit code 1 where a bound does not hold.`

const measurements: Readonly<Record<string, () => Promise<(words: readonly string[]) => Promise<number>>>> = {
  restart: async () => (await import('./restart.ts')).restart,
  replay: async () => (await import('./replay.ts')).replay,
  audience: async () => (await import('./audience.ts')).audience,
}

process.exit(await main(process.argv.slice(2)))

async function main([name = '', ...words]: readonly string[]): Promise<number> {
  const load = Object.hasOwn(measurements, name) ? measurements[name] : undefined
  if (load !== undefined) return (await load())(words)
  process.stderr.write(`${usage}\n`)
  return 2
}
