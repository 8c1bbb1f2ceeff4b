import type { ExclusionReason } from '../domain/contact.ts'
import type { Person } from '../domain/person.ts'

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
}

/** Address and digest of an emitted contact. */
export interface EmittedContact {
  readonly email: string
  readonly digest: string
}
