import type { ExclusionReason } from '../domain/contact.ts'
import type { Person } from '../domain/person.ts'

/** A person with what was last said of them: the value of the `persons` topic and of the assemble store. */
export interface StoredPerson {
  readonly person: Person
  /** The contact last emitted for this person, so that a change is seen whatever caused it: event, time or mapping. */
  readonly emitted: EmittedContact | null
  /** Why there is no contact yet, or `null` where there is one, or none will be (erasure). */
  readonly excluded: ExclusionReason | null
  /** Revision of what was last emitted: the next is higher. */
  readonly revision: number
}

/** Address and digest of an emitted contact. */
export interface EmittedContact {
  readonly email: string
  readonly digest: string
}
