import { otherValue } from './label-values.ts'

/**
 * Error classes of inputs that cannot be used: those of the stages, of which every series begins at 0, so that an alert on
 * an increase sees the first one. A class that is missing here is counted all the same, from its first time on.
 */
export const poisonClasses: readonly string[] = [
  'corrupt',
  'invalid-membership',
  'key-mismatch',
  'no-email-key',
  'no-memberships',
  'no-person-key',
  'not-a-record',
  'not-avro-schema',
  'not-framed',
  'null-key',
  otherValue,
  'too-large',
  'unknown-schema',
]

/** Error classes of contacts that Zendesk refused: its codes for 400 and 422 (facts: Sell error codes), and ours. */
export const rejectedClasses: readonly string[] = [
  'already_exists',
  'blank',
  'company_match',
  'http_413',
  'http_414',
  'http_422',
  'incorrect_payload',
  'incorrect_value',
  'invalid_param',
  'invalid_payload',
  'invalid_type',
  'missing',
  otherValue,
  'several_matches',
  'unknown',
  'unrecognised',
]

/** How the last attempt of contacts that failed too often failed, where that is usual. */
export const exhaustedClasses: readonly string[] = [
  'body_timeout',
  'connect_timeout',
  'deadline',
  'econnrefused',
  'econnreset',
  'headers_timeout',
  'http_500',
  'http_502',
  'http_503',
  'http_504',
  otherValue,
  'socket_closed',
  'unreadable_answer',
]
