/** The topics that the program keeps for itself. */
export interface InternalTopics {
  /** Changelog of the folded persons; compacted. */
  readonly persons: string
  /** Desired contacts by e-mail: the seam between the stages; compacted. */
  readonly contacts: string
  /** What was written to Zendesk by e-mail; compacted. */
  readonly ledger: string
  /** When contacts whose attempts keep failing are tried again; deleted by retention. */
  readonly retry: string
  /** Records and contacts that cannot be used; deleted by retention. */
  readonly deadLetter: string
  /** Copies of input records that are to be read again; deleted by retention. */
  readonly assembleReplay: string
  /** Copies of contacts that are to be compared, or written, again; deleted by retention. */
  readonly deliverReplay: string
}

/** The names of the internal topics; every one begins with the application id. */
export function internalTopics(applicationId: string): InternalTopics {
  return {
    persons: `${applicationId}.persons`,
    contacts: `${applicationId}.contacts`,
    ledger: `${applicationId}.ledger`,
    retry: `${applicationId}.retry`,
    deadLetter: `${applicationId}.dead-letter`,
    assembleReplay: `${applicationId}.assemble-replay`,
    deliverReplay: `${applicationId}.deliver-replay`,
  }
}
