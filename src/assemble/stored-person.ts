import type { ExclusionReason } from '../domain/contact.ts'
import { type Person, unknownPerson } from '../domain/person.ts'

/** A person with what was last said of them: the value of the `persons` topic and of the assemble store. */
export interface StoredPerson {
  readonly person: Person
  /** The contact last emitted for this person, so that a change is seen whatever caused it: event, time or mapping. */
  readonly emitted: EmittedContact | null
  /** The e-mails that were released when the person was stored. */
  readonly left: readonly string[]
  /** Why there is no contact yet, or `null` where there is one, or none will be (erasure). */
  readonly excluded: ExclusionReason | null
  /** Number of the batch that stored the person, and of what it emitted: higher than that of every batch before. */
  readonly revision: number
  /** When the statuses change next without a new event, in epoch milliseconds; `null` where they will not. */
  readonly nextChangeMs: number | null
}

/** A person of whom nothing is stored. */
export const noStoredPerson: StoredPerson = {
  person: unknownPerson,
  emitted: null,
  left: [],
  excluded: null,
  revision: 0,
  nextChangeMs: null,
}

/** Address and digest of an emitted contact. */
export interface EmittedContact {
  readonly email: string
  readonly digest: string
}
