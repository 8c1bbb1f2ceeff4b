import type { ExclusionReason } from '../domain/contact.ts'
import type { Person } from '../domain/person.ts'

/** A person with what was last said of them: the value of the `persons` topic and of the assemble store. */
export interface StoredPerson {
  readonly person: Person
  /** The contact last emitted for this person, so that a change is seen whatever caused it: event, time or mapping. */
  readonly emitted: EmittedContact | null
  /** The e-mails that were released with what was last emitted. */
  readonly left: readonly string[]
  /** Why there is no contact yet, or `null` where there is one, or none will be (erasure). */
  readonly excluded: ExclusionReason | null
  /** Revision of what was last emitted, or 0: the same for all persons of one batch, higher with every batch. */
  readonly revision: number
}

/** Address and digest of an emitted contact. */
export interface EmittedContact {
  readonly email: string
  readonly digest: string
}
