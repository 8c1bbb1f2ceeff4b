import { describe, expect, it } from '@jest/globals'
import { createAsker } from '../../../../src/cli/verify/asker.ts'
import { contactsPerPage, findDuplicates } from '../../../../src/cli/verify/duplicates.ts'
import type { KnownContact } from '../../../../src/deliver/contact-state.ts'
import type { ContactPage } from '../../../../src/zendesk/contact-list.ts'

type Listed = Extract<ContactPage, { type: 'page' }>['contacts'][number]

const person = (id: number, email: string): Listed => ({ id, email, isOrganisation: false })

/** A contact that the program keeps as `contactId`, `null` where it was not written yet. */
function keeps(email: string, contactId: number | null): KnownContact {
  const ledger = { email, contactId, fields: {}, rejected: null, writtenAtMs: 0 }
  const desired = {
    email,
    personKey: email,
    state: 'active',
    revision: 1,
    cause: 'change',
    fields: {},
  } as const
  return { email, desired, ledger: contactId === null ? null : ledger }
}

/** Searches an account with these contacts; `later` is what the program keeps once the search is through. */
async function search(
  account: readonly Listed[],
  known: readonly KnownContact[],
  later: readonly KnownContact[] = known,
) {
  let now = known
  const pages: number[] = []
  const { end, duplicates } = await findDuplicates({
    known: {
      readMany: async (emails) =>
        Promise.resolve(
          emails.map((email) => now.find((one) => one.email === email) ?? { desired: null, ledger: null }),
        ),
      async catchUp() {
        now = later
        return Promise.resolve()
      },
    },
    asker: createAsker({
      ratePerSecond: 10,
      signal: new AbortController().signal,
      waits: () => undefined,
      monotonicMs: () => 0,
      sleep: async () => Promise.resolve(),
    }),
    async listPage(page) {
      pages.push(page)
      const contacts = account.slice((page - 1) * contactsPerPage, page * contactsPerPage)
      return Promise.resolve({ type: 'page', contacts, count: contacts.length })
    },
    progress: () => undefined,
  })
  return { end, ...duplicates, pages }
}

describe('the search for contacts that are there twice', () => {
  it('finds persons with the e-mail of a kept contact, however it is written, and neither that contact nor others', async () => {
    const account = [
      person(1, 'a@x.com'),
      person(2, ' A@X.com '),
      { ...person(3, 'a@x.com'), isOrganisation: true },
      person(4, 'nobody@x.com'),
      person(5, 'no address'),
      person(6, 'pending@x.com'),
    ]
    const found = await search(account, [keeps('a@x.com', 1), keeps('pending@x.com', null)])
    expect(found).toEqual({
      end: { type: 'done' },
      looked: 6,
      found: [{ contactId: 2, of: 1, email: 'a@x.com' }],
      notListed: 0,
      pages: [1],
    })
  })

  it('asks for pages until one is not full', async () => {
    const account = Array.from({ length: 2 * contactsPerPage }, (_, at) => person(at + 1, `p${at}@x.com`))
    const { looked, pages } = await search(account, [])
    expect({ looked, pages }).toEqual({ looked: 200, pages: [1, 2, 3] })
  })

  it('takes none for twice whose contact the program changed meanwhile', async () => {
    const account = [person(1, 'a@x.com'), person(2, 'a@x.com')]
    const { found } = await search(account, [keeps('a@x.com', 1)], [keeps('a@x.com', 2)])
    expect(found).toEqual([])
  })
})
