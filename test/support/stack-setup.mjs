// Jest's globalSetup: one Kafka and one schema registry for all suites of a run, told to them by environment variables.
// Each server runs under a guard that ends it with this process, however that ends: a run that is interrupted or killed
// leaves nothing behind either.
import { tsImport } from 'tsx/esm/api'

/** Starts what the suites share; `stack-teardown.mjs` stops it. */
export default async function startSharedStack() {
  // Of a run that only counts the tests.
  if (process.env.TEST_WITHOUT_STACK === '1') {
    globalThis.stopSharedStack = async () => undefined
    return
  }
  // Scoped: this loader of TypeScript does not touch what jest loads.
  const { startKafka, startRegistry } = await tsImport('../../sandbox/stack.ts', import.meta.url)
  const { createProgress } = await tsImport('../../sandbox/progress.ts', import.meta.url)
  const options = { progress: createProgress(process.stderr, Date.now) }
  const started = await Promise.allSettled([startKafka(options), startRegistry(options)])
  const parts = started.flatMap((part) => (part.status === 'fulfilled' ? [part.value] : []))
  globalThis.stopSharedStack = async () => Promise.all(parts.map(async (part) => part.stop()))
  const failure = started.find(({ status }) => status === 'rejected')
  if (failure !== undefined) {
    await globalThis.stopSharedStack()
    throw failure.reason
  }
  const [kafka, registry] = parts
  process.env.TEST_KAFKA_BROKERS = kafka.brokers.join(',')
  process.env.TEST_REGISTRY_URL = registry.url
}
