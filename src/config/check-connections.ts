import { type Finding, formatPath, type Path } from './problems.ts'
import type { Options } from './schema.ts'
import type { Lenient } from './structure.ts'
import { internalTopics } from './topics.ts'

/** Room for a record's key and headers beside its value, in bytes. */
const envelopeBytes = 65_536

/** What is wrong between options that each are fine alone. */
export function checkConnections(options: Lenient<Options>): readonly Finding[] {
  return [
    ...checkTls(options.kafka.tls),
    ...checkSasl(options.kafka.sasl),
    ...checkTogether('usernameFile', 'passwordFile', options.schemaRegistry, ['schemaRegistry']),
    ...checkOrigin(options.zendesk),
    ...checkTimes(options),
    ...checkTopics(options),
    ...checkStatusWords(options.statusWords),
    ...checkDeadLetter(options),
  ]
}

function checkTls(tls: Lenient<Options['kafka']['tls']>): readonly Finding[] {
  const path = ['kafka', 'tls']
  const unused = (['caFile', 'certFile', 'keyFile'] as const)
    .filter((name) => tls.enabled === false && typeof tls[name] === 'string')
    .map((name) => ({ path: [...path, name], message: 'has no effect while kafka.tls.enabled is false.' }))
  return [...unused, ...checkTogether('certFile', 'keyFile', tls, path)]
}

function checkSasl(sasl: Lenient<Options['kafka']['sasl']>): readonly Finding[] {
  const { mechanism } = sasl
  if (mechanism === undefined) return []
  const needed = saslFiles(mechanism)
  return (['usernameFile', 'passwordFile', 'tokenFile'] as const).flatMap((name): readonly Finding[] => {
    const path = ['kafka', 'sasl', name]
    if (needed.includes(name)) {
      if (sasl[name] !== null) return []
      return [{ path, absent: true, message: `is missing. ${mechanism} needs the name of a file here.` }]
    }
    if (typeof sasl[name] !== 'string') return []
    const remedy =
      mechanism === 'none'
        ? 'Name the mechanism.'
        : `${mechanism} needs ${needed.join(' and ')}; leave this out.`
    return [{ path, message: `has no effect while kafka.sasl.mechanism is ${mechanism}. ${remedy}` }]
  })
}

/** The options that a mechanism takes its secret from. */
function saslFiles(
  mechanism: Options['kafka']['sasl']['mechanism'],
): readonly ('usernameFile' | 'passwordFile' | 'tokenFile')[] {
  if (mechanism === 'none') return []
  return mechanism === 'oauthbearer' ? ['tokenFile'] : ['usernameFile', 'passwordFile']
}

/** Either both files or none. */
function checkTogether<Name extends string>(
  one: Name,
  other: Name,
  options: Readonly<Record<Name, string | null | undefined>>,
  path: Path,
): readonly Finding[] {
  const lacks = (name: Name, given: Name): readonly Finding[] =>
    options[name] === null && typeof options[given] === 'string'
      ? [{ path: [...path, name], absent: true, message: `is missing. ${given} is no use without it.` }]
      : []
  return [...lacks(one, other), ...lacks(other, one)]
}

function checkOrigin({ origin, allowInsecureHttp }: Lenient<Options['zendesk']>): readonly Finding[] {
  if (allowInsecureHttp !== false || origin?.startsWith('http:') !== true) return []
  const message =
    'must begin with https://, or the token travels readable.' +
    ' For a test server set zendesk.allowInsecureHttp to true.'
  return [{ path: ['zendesk', 'origin'], message }]
}

/** One time that must not reach, or at least not exceed, another. */
interface Order {
  readonly path: Path
  readonly value: number | undefined
  readonly limitPath: Path
  readonly limit: number | undefined
  readonly mayEqual: boolean
  readonly why: string
}

function checkTimes({ kafka, zendesk, deliver }: Lenient<Options>): readonly Finding[] {
  const orders: readonly Order[] = [
    {
      path: ['kafka', 'heartbeatIntervalMs'],
      value: kafka.heartbeatIntervalMs,
      limitPath: ['kafka', 'sessionTimeoutMs'],
      limit: kafka.sessionTimeoutMs,
      mayEqual: false,
      why: 'or the session runs out between two heartbeats',
    },
    {
      path: ['kafka', 'sessionTimeoutMs'],
      value: kafka.sessionTimeoutMs,
      limitPath: ['kafka', 'rebalanceTimeoutMs'],
      limit: kafka.rebalanceTimeoutMs,
      mayEqual: true,
      why: 'or a rebalance gives up on a member that is still in its session',
    },
    {
      path: ['kafka', 'maxWaitTimeMs'],
      value: kafka.maxWaitTimeMs,
      limitPath: ['kafka', 'requestTimeoutMs'],
      limit: kafka.requestTimeoutMs,
      mayEqual: false,
      why: 'or every fetch without new records times out',
    },
    {
      path: ['zendesk', 'requestDeadlineMs'],
      value: zendesk.requestDeadlineMs,
      limitPath: ['kafka', 'sessionTimeoutMs'],
      limit: kafka.sessionTimeoutMs,
      mayEqual: false,
      why: 'or a replica can still be writing a contact that another one has taken over',
    },
    {
      path: ['deliver', 'retry', 'initialMs'],
      value: deliver.retry.initialMs,
      limitPath: ['deliver', 'retry', 'maxMs'],
      limit: deliver.retry.maxMs,
      mayEqual: true,
      why: 'as it is the first of the growing pauses',
    },
    {
      path: ['deliver', 'retry', 'localAttempts'],
      value: deliver.retry.localAttempts,
      limitPath: ['deliver', 'retry', 'maxAttempts'],
      limit: deliver.retry.maxAttempts,
      mayEqual: true,
      why: 'as those are attempts too',
    },
  ]
  return orders.flatMap(checkOrder)
}

function checkOrder({ path, value, limitPath, limit, mayEqual, why }: Order): readonly Finding[] {
  if (value === undefined || limit === undefined || value < limit || (mayEqual && value === limit)) return []
  const bound = `${mayEqual ? 'at most' : 'below'} ${formatPath(limitPath)} (${limit})`
  return [{ path, message: `must be ${bound}, ${why}; it is ${value}.` }]
}

function checkTopics({ applicationId, inputs }: Lenient<Options>): readonly Finding[] {
  const { profiles, segmentMemberships } = inputs
  const own = applicationId === undefined ? [] : Object.values(internalTopics(applicationId))
  const taken = ([name, topic]: readonly [string, string | undefined]): readonly Finding[] =>
    topic !== undefined && own.includes(topic)
      ? [
          {
            path: ['inputs', name, 'topic'],
            message: `"${topic}" is a topic that the program writes itself.`,
          },
        ]
      : []
  const inputTopics = [
    ['profiles', profiles.topic],
    ['segmentMemberships', segmentMemberships.topic],
  ] as const
  const findings = inputTopics.flatMap(taken)
  if (profiles.topic === undefined || profiles.topic !== segmentMemberships.topic) return findings
  const message = `is the topic of the profiles as well ("${profiles.topic}"). Each input has its own.`
  return [...findings, { path: ['inputs', 'segmentMemberships', 'topic'], message }]
}

function checkStatusWords({ realized, exited }: Lenient<Options['statusWords']>): readonly Finding[] {
  if (realized === undefined || realized !== exited) return []
  const message = 'is the same word as statusWords.realized; the two could not be told apart.'
  return [{ path: ['statusWords', 'exited'], message }]
}

function checkDeadLetter({ inputs, deadLetter }: Lenient<Options>): readonly Finding[] {
  const { maxMessageBytes } = deadLetter
  const { maxRecordBytes } = inputs
  if (maxMessageBytes === undefined || maxRecordBytes === undefined) return []
  const least = maxRecordBytes + envelopeBytes
  if (maxMessageBytes >= least) return []
  const message =
    `must be at least ${least}, which is inputs.maxRecordBytes and ${envelopeBytes} for key and headers,` +
    ` or a large bad record fits nowhere; it is ${maxMessageBytes}.`
  return [{ path: ['deadLetter', 'maxMessageBytes'], message }]
}
