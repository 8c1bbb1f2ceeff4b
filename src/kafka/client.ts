import { readFileSync } from 'node:fs'
import kafkajs, { type Kafka, type KafkaConfig, type SASLOptions } from 'kafkajs'
import { readAllCompressions } from './compression.ts'
import { slowIdleTimers } from './request-queue.ts'

/** How to reach Kafka. Secrets come from files. */
export interface KafkaClientOptions {
  readonly clientId: string
  readonly brokers: readonly string[]
  readonly connectionTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly tls: {
    readonly caFile: string | null
    readonly client: { readonly certFile: string; readonly keyFile: string } | null
  } | null
  readonly sasl:
    | {
        readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
        readonly usernameFile: string
        readonly passwordFile: string
      }
    | { readonly mechanism: 'oauthbearer'; readonly tokenFile: string }
    | null
  /** How often a request or connection that fails is tried again; kafkajs' own number unless given. */
  readonly retries?: number
}

/** kafkajs' numbers for its log levels. */
type LogSink = (
  level: number,
) => (entry: {
  namespace: string
  level: number
  label: string
  log: { message: string; readonly [key: string]: unknown }
}) => void

/**
 * A kafkajs client. Server certificates are always verified. Reads the secret files once, now, but for the file with the
 * token, which is read again at each authentication, those that a broker asks for later too. What this closes of kafkajs' holes outside the classes that we use holds for the whole process from then on.
 */
export function createKafkaClient(options: KafkaClientOptions, log: LogSink): Kafka {
  readAllCompressions()
  slowIdleTimers((message) =>
    log(kafkajs.logLevel.WARN)({
      namespace: 'RequestQueue',
      level: kafkajs.logLevel.WARN,
      label: 'WARN',
      log: { message },
    }),
  )
  const config: KafkaConfig = {
    clientId: options.clientId,
    brokers: [...options.brokers],
    connectionTimeout: options.connectionTimeoutMs,
    requestTimeout: options.requestTimeoutMs,
    logLevel: kafkajs.logLevel.WARN,
    logCreator: log,
  }
  if (options.tls !== null) config.ssl = tlsOf(options.tls)
  if (options.retries !== undefined) config.retry = { retries: options.retries }
  if (options.sasl !== null) config.sasl = saslOf(options.sasl)
  return new kafkajs.Kafka(config)
}

function tlsOf({ caFile, client }: NonNullable<KafkaClientOptions['tls']>): NonNullable<KafkaConfig['ssl']> {
  return {
    rejectUnauthorized: true,
    ...(caFile === null ? {} : { ca: readFileSync(caFile) }),
    ...(client === null ? {} : { cert: readFileSync(client.certFile), key: readFileSync(client.keyFile) }),
  }
}

function saslOf(sasl: NonNullable<KafkaClientOptions['sasl']>): SASLOptions {
  if (sasl.mechanism === 'oauthbearer') {
    const { mechanism, tokenFile } = sasl
    return {
      mechanism,
      oauthBearerProvider: async () => Promise.resolve({ value: readSecret(tokenFile) }),
    }
  }
  const { mechanism, usernameFile, passwordFile } = sasl
  return { mechanism, username: readSecret(usernameFile), password: readSecret(passwordFile) }
}

function readSecret(file: string): string {
  return readFileSync(file, 'utf8').replace(/\r?\n$/, '')
}
