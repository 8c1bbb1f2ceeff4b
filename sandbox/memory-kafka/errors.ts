/** What a broker says instead of doing what it was asked, in Kafka's words. */
export type BrokerErrorCode =
  | 'UNKNOWN_MEMBER_ID'
  | 'ILLEGAL_GENERATION'
  | 'REBALANCE_IN_PROGRESS'
  | 'UNKNOWN_TOPIC_OR_PARTITION'
  | 'NON_EMPTY_GROUP'

/** A broker answered, with an error. */
export class BrokerError extends Error {
  override readonly name = 'BrokerError'
  readonly code: BrokerErrorCode

  constructor(code: BrokerErrorCode) {
    super(`the broker says ${code}`)
    this.code = code
  }
}

/** No broker answered: whether the request was carried out is not known. */
export class BrokerUnreachable extends Error {
  override readonly name = 'BrokerUnreachable'
}
