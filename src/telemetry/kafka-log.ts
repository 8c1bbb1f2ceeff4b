import type { Logger } from './logger.ts'

/** One line of the Kafka client, as its `logCreator` is given it. */
export interface KafkaLogEntry {
  readonly namespace: string
  /** kafkajs' numbers: 0 nothing, 1 error, 2 warn, 4 info, 5 debug. */
  readonly level: number
  readonly label: string
  readonly log: { readonly message: string; readonly [field: string]: unknown }
}

const methods: ReadonlyMap<number, 'error' | 'warn' | 'info' | 'debug'> = new Map([
  [1, 'error'],
  [2, 'warn'],
  [4, 'info'],
  [5, 'debug'],
])

/** What is passed on besides the message. Group members' metadata, payloads and the brokers' host keys are not. */
const passedFields = ['groupId', 'topic', 'partition', 'broker', 'error', 'retryCount', 'retryTime'] as const

/**
 * A `logCreator` for the Kafka client that writes through `logger`: message, namespace and a few fields that are texts or
 * numbers; of an error its message. The level that the client asks for is not used: it filters by itself.
 */
export function createKafkaLog(logger: Logger): (level: number) => (entry: KafkaLogEntry) => void {
  return () => (entry) => {
    const method = isRetried(entry) ? 'debug' : methods.get(entry.level)
    if (method === undefined) return
    const passed = passedFields.map((name) => [name, plainValue(entry.log[name])] as const)
    const fields = Object.fromEntries(passed.filter(([, value]) => value !== undefined))
    logger[method]({ library: 'kafkajs', namespace: entry.namespace, ...fields }, entry.log.message)
  }
}

/**
 * An answer with an error code, as the connection sees it: the client repeats the request where that helps, and whoever
 * asked reports what comes of it. A new cluster answers so a few times at every first start.
 */
function isRetried({ namespace, log }: KafkaLogEntry): boolean {
  return namespace === 'Connection' && log.message.startsWith('Response ')
}

function plainValue(value: unknown): string | number | undefined {
  if (typeof value === 'string' || typeof value === 'number') return value
  if (typeof value !== 'object' || value === null || !('message' in value)) return undefined
  return typeof value.message === 'string' ? value.message : undefined
}
