import type { StoredPerson } from '../../assemble/stored-person.ts'
import type { InternalTopics } from '../../config/topics.ts'
import { isUsable, readContact } from '../../deliver/read-contact.ts'
import { type DesiredContact, mergeContacts } from '../../domain/contact.ts'
import { normaliseEmail } from '../../domain/identity.ts'
import type { LedgerEntry } from '../../domain/ledger.ts'
import type { createReadingCodecs } from '../codecs.ts'
import { findRecords, type RecordSource } from './find-records.ts'

/** What the program's own topics hold of one person or e-mail. */
export interface KnownState {
  /** `null` for an unknown person. In one partition alone where that is known. */
  person(personKey: string, partition?: number): Promise<StoredPerson | null>
  /** What the e-mail's contact should hold, and what was last written to it; `null` for what is unknown. */
  contact(email: string): Promise<{
    readonly desired: DesiredContact | null
    readonly ledger: LedgerEntry | null
  }>
}

/** Reads {@link KnownState} out of Kafka, each time anew. */
export function createKnownState(
  source: RecordSource,
  topics: InternalTopics,
  codecs: Awaited<ReturnType<typeof createReadingCodecs>>,
): KnownState {
  return {
    async person(personKey, partition) {
      const wanted = { topic: topics.persons, key: personKey }
      const records = await findRecords(source, partition === undefined ? wanted : { ...wanted, partition })
      const value = records.at(-1)?.value ?? null
      return value === null ? null : codecs.person.decode(value)
    },

    async contact(email) {
      const contacts = await findRecords(source, {
        topic: topics.contacts,
        key: email,
        // Others may write this topic too.
        matches: (key) => normaliseEmail(key) === email,
      })
      let desired: DesiredContact | null = null
      for (const record of contacts) {
        const read = await readContact(record, codecs.contact)
        if (!isUsable(read)) continue
        const incoming = read.type === 'contact' ? read.contact : null
        desired = incoming === null || desired === null ? incoming : mergeContacts(desired, incoming)
      }
      const value = (await findRecords(source, { topic: topics.ledger, key: email })).at(-1)?.value ?? null
      return { desired, ledger: value === null ? null : await codecs.ledger.decode(value) }
    },
  }
}
