/**
 * Why a cluster does not let this client do what it wants. `detail` is the broker's or TLS's word, without secrets. `group`: no
 * broker tells who coordinates a group, which is all that kafkajs says to somebody who may not know. `closed`: brokers end the
 * connection without a word, as they do with a token that they do not take, whose answer kafkajs takes for a good one. `ending`: the
 * token ends so soon that a connection would have to log in again at once, which brokers refuse.
 */
export interface KafkaRefusal {
  readonly kind: 'authentication' | 'certificate' | 'authorization' | 'group' | 'closed' | 'ending'
  readonly detail: string
}

const authorizationTypes = new Set([
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
])

/** Codes of Node and OpenSSL for a certificate or a TLS handshake that one side does not accept. */
const certificateCode =
  /^(?:ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|EPROTO$|HOSTNAME_MISMATCH$)/

/**
 * The refusal that an error of the Kafka client comes from, or `undefined` where it is about something else. kafkajs wraps: the
 * first cause that says something counts.
 */
export function kafkaRefusalOf(error: unknown): KafkaRefusal | undefined {
  if (!(error instanceof Error)) return undefined
  const { name, message: detail, cause } = error
  const { type, code, errors } = error as { type?: unknown; code?: unknown; errors?: unknown }
  if (name === 'KafkaJSSASLAuthenticationError') return { kind: 'authentication', detail }
  if (name === 'KafkaJSGroupCoordinatorNotFound') return { kind: 'group', detail }
  if (name === 'KafkaJSConnectionClosedError' || detail === 'No brokers in the broker pool')
    return { kind: 'closed', detail }
  // kafkajs logs in again ten seconds before a session ends, brokers take that a second after the login at the earliest.
  if (type === 'ILLEGAL_SASL_STATE') return { kind: 'ending', detail }
  if (typeof type === 'string' && authorizationTypes.has(type)) return { kind: 'authorization', detail }
  if (typeof code === 'string' && certificateCode.test(code)) return { kind: 'certificate', detail }
  const inner: readonly unknown[] = Array.isArray(errors) ? errors : [cause]
  return inner.map(kafkaRefusalOf).find((refusal) => refusal !== undefined)
}
