import type { Config } from '../config/config.ts'
import { kafkaRefusalOf } from '../kafka/refusal.ts'
import { StartRefused } from './start-refused.ts'

/**
 * Where the cluster refused something, what to look at, with the option and the file and without secrets. `undefined` where an
 * error is about something else.
 */
export function explainKafkaRefusal(
  error: unknown,
  { applicationId, kafka }: Config,
): StartRefused | undefined {
  const refusal = kafkaRefusalOf(error)
  if (refusal === undefined) return undefined
  // With the other mechanisms a refusal has its own answer, and this is an outage.
  if (refusal.kind === 'closed' && kafka.sasl?.mechanism !== 'oauthbearer') return undefined
  const brokers = kafka.brokers.join(', ')
  const problem = {
    authentication: () =>
      `${namesOfSasl(kafka.sasl)}: ${brokers} does not let this user in (${refusal.detail}).`,
    certificate: () =>
      `kafka.tls: no TLS connection to ${brokers} (${refusal.detail}). ${certificateRemedy(kafka.tls)}`,
    authorization: () =>
      `kafka: ${brokers} does not allow this to the program's user (${refusal.detail}). ` +
      'docs/kafka-security.md lists the rights that it needs, with the commands that grant them.',
    group: () =>
      `kafka: ${brokers} tells nothing of the groups ${applicationId}.* (${refusal.detail}). ` +
      "Let the program's user READ them: docs/kafka-security.md.",
    closed: () =>
      `${namesOfSasl(kafka.sasl)}: ${brokers} ends the connections (${refusal.detail}), ` +
      'as brokers do that do not take the token. Look whether it is over, or was made for somebody else.',
    ending: () =>
      `${namesOfSasl(kafka.sasl)}: the token ends within seconds, and ${brokers} refuses to log in again so soon (${refusal.detail}). ` +
      'Put one into the file that lasts for minutes, and replace it before its last ten seconds.',
  }[refusal.kind]()
  return new StartRefused('zendesk-activation cannot work with this Kafka', [problem])
}

function namesOfSasl(sasl: Config['kafka']['sasl']): string {
  if (sasl === null) return 'kafka.sasl.mechanism'
  return sasl.mechanism === 'oauthbearer'
    ? `kafka.sasl.tokenFile (${sasl.tokenFile})`
    : `kafka.sasl.usernameFile (${sasl.usernameFile}), kafka.sasl.passwordFile (${sasl.passwordFile})`
}

function certificateRemedy(tls: Config['kafka']['tls']): string {
  if (tls === null) return 'Set kafka.tls.enabled to true.'
  const authorities =
    tls.caFile === null
      ? "kafka.tls.caFile is not set, so the system's authorities count: name the PEM of the brokers' authority there."
      : `Check that kafka.tls.caFile (${tls.caFile}) holds the brokers' authority, and the host names in kafka.brokers.`
  return tls.client === null
    ? `${authorities} Brokers that want a client's certificate need kafka.tls.certFile and keyFile.`
    : `${authorities} Check that the brokers know the authority of kafka.tls.certFile (${tls.client.certFile}).`
}
