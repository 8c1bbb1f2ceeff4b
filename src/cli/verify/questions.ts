import type { WriteContact } from '../../deliver/contact-writer.ts'
import type { ContactList } from '../../zendesk/contact-list.ts'
import type { Asker } from './asker.ts'
import { type Candidate, compareCandidate } from './candidate.ts'
import type { ComparedContact } from './tally.ts'

/** As much of Zendesk as is asked. */
export interface AskedZendesk {
  listContacts(ids: readonly number[]): Promise<ContactList>
  /** Nothing but looks is given to it. */
  readonly write: WriteContact
}

/** Contacts beside what Zendesk has, in the order of the candidates; or why Zendesk cannot be asked any more. */
export type Answers =
  | { readonly type: 'compared'; readonly contacts: readonly ComparedContact[] }
  | { readonly type: 'ended'; readonly reason: string }

/** Asks Zendesk what it has. */
export interface Questions {
  /** By one request for up to a hundred candidates that have an id. May be behind what was written a while ago. */
  list(candidates: readonly Candidate[]): Promise<Answers>
  /** By a request for each: as Zendesk has it now. */
  look(candidates: readonly Candidate[]): Promise<Answers>
}

/** Questions to `zendesk`, paced by `asker`, for the fields that were written and `statusFields`. */
export function createQuestions(
  zendesk: AskedZendesk,
  asker: Asker,
  statusFields: readonly string[],
): Questions {
  const namesOf = ({ standing }: Candidate): readonly string[] => [
    ...new Set([...Object.keys(standing.written), ...statusFields]),
  ]

  return {
    async list(candidates) {
      const ids = candidates.flatMap(({ standing: { contactId } }) => (contactId === null ? [] : [contactId]))
      const asked = await asker.ask(async () => zendesk.listContacts(ids))
      if (asked.type === 'ended') return asked
      if (asked.answer.type !== 'listed') throw new Error(`a list ended as ${asked.answer.type}`)
      const { contacts } = asked.answer
      return {
        type: 'compared',
        contacts: candidates.map((candidate) => {
          const listed = contacts.get(candidate.standing.contactId ?? 0)
          const found =
            listed === undefined ? null : { email: listed.email, fields: listed.values(namesOf(candidate)) }
          return compareCandidate(candidate, found)
        }),
      }
    },

    async look(candidates) {
      const contacts: ComparedContact[] = []
      for (const candidate of candidates) {
        const { email, standing } = candidate
        const { contactId } = standing
        if (contactId === null) throw new Error('a contact without an id cannot be read')
        const names = ['email', ...namesOf(candidate)]
        const asked = await asker.ask(async () => zendesk.write({ type: 'look', email, contactId, names }))
        if (asked.type === 'ended') return asked
        const fields = asked.answer.type === 'looked' ? asked.answer.fields : null
        const address = fields?.['email']
        const found = fields === null ? null : { email: typeof address === 'string' ? address : null, fields }
        contacts.push(compareCandidate(candidate, found))
      }
      return { type: 'compared', contacts }
    },
  }
}
