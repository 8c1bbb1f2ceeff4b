import { createProgress } from '../../sandbox/progress.ts'
import { type RunningKafka, type RunningRegistry, startKafka, startRegistry } from '../../sandbox/stack.ts'

/** A Kafka and a registry that applications of this process are made on. */
export interface SharedServers {
  readonly kafka: RunningKafka
  readonly registry: RunningRegistry
  stop(): Promise<void>
}

/**
 * Starts Kafka and a registry, or finds them where the environment names them, and tells `createApplication` of them as jest's
 * set-up does. Where one cannot be started the other is stopped.
 */
export async function startSharedServers(): Promise<SharedServers> {
  const options = { progress: createProgress(process.stderr, Date.now) }
  const started = await Promise.allSettled([startKafka(options), startRegistry(options)])
  const stop = async (): Promise<void> => {
    await Promise.all(
      started.map(async (part) => (part.status === 'fulfilled' ? part.value.stop() : undefined)),
    )
  }
  const [kafka, registry] = started
  if (kafka.status === 'rejected' || registry.status === 'rejected') {
    await stop()
    throw kafka.status === 'rejected' ? kafka.reason : (registry as PromiseRejectedResult).reason
  }
  process.env['TEST_KAFKA_BROKERS'] = kafka.value.brokers.join(',')
  process.env['TEST_REGISTRY_URL'] = registry.value.url
  return { kafka: kafka.value, registry: registry.value, stop }
}
