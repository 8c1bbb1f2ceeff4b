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
}

/** The names of the internal topics; every one begins with the application id. */
export function internalTopics(applicationId: string): InternalTopics {
  return {
    persons: `${applicationId}.persons`,
    contacts: `${applicationId}.contacts`,
    ledger: `${applicationId}.ledger`,
    retry: `${applicationId}.retry`,
    deadLetter: `${applicationId}.dead-letter`,
  }
}
