import { setTimeout } from 'node:timers/promises'
import type { Config } from '../../config/config.ts'
import { connectKafkaAdmin, type KafkaAdmin } from '../../kafka/admin.ts'
import { createKafkaClient } from '../../kafka/client.ts'
import type { Problem } from './finding.ts'

/** A connection for questions alone, or why there is none. */
export type BriefConnection =
  | { readonly type: 'connected'; readonly admin: KafkaAdmin }
  | { readonly type: 'unreachable'; readonly problem: Problem }

/** What a person waits for, at most: a broker that answers does so much sooner. */
const connectWithinMs = 10_000
const answerWithinMs = 20_000
const connectionTimeoutMs = 4_000

/** Connects within seconds, or tells in words why not. What the client logs meanwhile is not for a reader's eyes. */
export async function connectBriefly({ applicationId, kafka }: Config): Promise<BriefConnection> {
  const options = {
    ...kafka,
    connectionTimeoutMs: Math.min(kafka.connectionTimeoutMs, connectionTimeoutMs),
    requestTimeoutMs: Math.min(kafka.requestTimeoutMs, connectWithinMs),
    // Each attempt asks one broker of the list.
    retries: Math.max(2, kafka.brokers.length),
  }
  try {
    const client = createKafkaClient(options, () => () => undefined)
    return {
      type: 'connected',
      admin: await withinMs(connectKafkaAdmin(client, `${applicationId}.reader`), connectWithinMs),
    }
  } catch (error) {
    return { type: 'unreachable', problem: describeUnreachable({ kafka }, reasonOf(error)) }
  }
}

/** `ask`'s answer, or in words why Kafka gave none. */
export async function askBriefly<T>(
  { kafka }: Pick<Config, 'kafka'>,
  ask: () => Promise<T>,
): Promise<
  { readonly type: 'answered'; readonly answer: T } | { readonly type: 'failed'; readonly problem: Problem }
> {
  try {
    return { type: 'answered', answer: await withinMs(ask(), answerWithinMs) }
  } catch (error) {
    const message =
      `${kafka.brokers.join(', ')} did not answer a question (${reasonOf(error)}). ` +
      'May this user describe topics, settings and groups, and can every broker be reached by the name that it gives itself?'
    return { type: 'failed', problem: { subject: 'kafka.brokers', message } }
  }
}

function describeUnreachable({ kafka }: Pick<Config, 'kafka'>, reason: string): Problem {
  const brokers = kafka.brokers.join(', ')
  if (reason === 'SASL') {
    const message = `${brokers} refuses user name, password or mechanism. Correct them, or create the user.`
    return { subject: 'kafka.sasl', message }
  }
  const tls =
    kafka.tls === null
      ? 'A broker that speaks TLS needs kafka.tls.enabled: true.'
      : 'A broker that speaks no TLS needs kafka.tls.enabled: false, and one of a private authority kafka.tls.caFile.'
  const message = `no broker answers at ${brokers} (${reason}). Start Kafka, or correct host and port. ${tls}`
  return { subject: 'kafka.brokers', message }
}

/** The code in an error of the client, of its causes or in its words; never its words themselves. */
function reasonOf(error: unknown): string {
  if (error instanceof TimeLimit) return error.message
  const chain: Error[] = []
  for (let at = error; at instanceof Error && chain.length < 5; at = at.cause) chain.push(at)
  if (chain.some(({ name }) => name.includes('SASL'))) return 'SASL'
  const codes = chain.flatMap((link) => {
    const { code, type } = link as { code?: unknown; type?: unknown }
    const inWords = /\b(E[A-Z]{4,}|[A-Z]+(?:_[A-Z]+)+)\b/.exec(link.message)?.[0]
    return [code, type, inWords].filter((word): word is string => typeof word === 'string')
  })
  return codes[0] ?? chain.at(-1)?.name ?? 'unknown reason'
}

class TimeLimit extends Error {}

async function withinMs<T>(waiting: Promise<T>, limitMs: number): Promise<T> {
  const over = new AbortController()
  const limit = setTimeout(limitMs, undefined, { signal: over.signal }).then(() => {
    throw new TimeLimit(`no answer within ${limitMs / 1000} s`)
  })
  // A loser of the race that fails later is nobody's.
  limit.catch(() => undefined)
  waiting.catch(() => undefined)
  return Promise.race([waiting, limit]).finally(() => over.abort())
}
