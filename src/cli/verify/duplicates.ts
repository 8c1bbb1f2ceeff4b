import type { KnownContact } from '../../deliver/contact-state.ts'
import { normaliseEmail } from '../../domain/identity.ts'
import type { ContactPage } from '../../zendesk/contact-list.ts'
import type { Asker } from './asker.ts'
import type { CompareEnd } from './compare-contacts.ts'
import type { KnownContacts } from './known-contacts.ts'

/** A person in Zendesk with the e-mail of a contact that the program keeps, and who is not that contact. */
export interface Duplicate {
  readonly contactId: number
  /** The contact that the program keeps. */
  readonly of: number
  readonly email: string
}

/** What a look through all contacts of the account found. */
export interface Duplicates {
  /** Contacts of the account, those of others too. */
  readonly looked: number
  /** The first {@link mostKept}, by id. */
  readonly found: readonly Duplicate[]
  /** How many more there are. */
  readonly notListed: number
}

/** What the search asks and tells. */
export interface DuplicatePorts {
  readonly known: Pick<KnownContacts, 'readMany' | 'catchUp'>
  readonly asker: Pick<Asker, 'ask'>
  readonly listPage: (page: number) => Promise<ContactPage>
  readonly progress: (looked: number) => void
}

/** Most duplicates that are kept: the count goes on beyond. */
export const mostKept = 10_000

/**
 * Goes through all contacts of the account, a hundred per request, and finds those that share their e-mail with a contact that
 * the program keeps: Sell has no unique e-mails. Nothing is asked per contact, and nothing kept but what was found. Contacts
 * that come and go meanwhile may be missed, since pages have no cursor; none is found that is none.
 */
export async function findDuplicates({ known, asker, listPage, progress }: DuplicatePorts): Promise<{
  readonly end: CompareEnd
  readonly duplicates: Duplicates
}> {
  const found = new Map<number, Duplicate>()
  let looked = 0
  let notListed = 0

  /** Of what is known now: the program may have found another contact of the e-mail since, or written one anew. */
  async function stillThere(): Promise<Duplicates> {
    await known.catchUp()
    const all = [...found.values()]
    const states = await known.readMany(all.map(({ email }) => email))
    const certain = all.filter((one, at) => keptId(states[at]) === one.of)
    return { looked, found: certain.sort((a, b) => a.contactId - b.contactId), notListed }
  }

  for (let page = 1; ; page += 1) {
    const asked = await asker.ask(async () => listPage(page))
    if (asked.type === 'ended') return { end: asked, duplicates: await stillThere() }
    if (asked.answer.type !== 'page') throw new Error(`a page of contacts ended as ${asked.answer.type}`)
    const { contacts, count } = asked.answer
    looked += count
    const persons = contacts.flatMap(({ id, email, isOrganisation }) => {
      const normalised = isOrganisation ? undefined : normaliseEmail(email)
      return normalised === undefined ? [] : [{ id, email: normalised }]
    })
    const states = await known.readMany(persons.map(({ email }) => email))
    for (const [at, { id, email }] of persons.entries()) {
      const of = keptId(states[at])
      if (of === null || of === id || found.has(id)) continue
      if (found.size < mostKept) found.set(id, { contactId: id, of, email })
      else notListed += 1
    }
    progress(looked)
    if (count < contactsPerPage) return { end: { type: 'done' }, duplicates: await stillThere() }
  }
}

/** Sell's longest page. */
export const contactsPerPage = 100

function keptId(state: Pick<KnownContact, 'desired' | 'ledger'> | undefined): number | null {
  return state === undefined || state.desired === null ? null : (state.ledger?.contactId ?? null)
}
