import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { ContactState } from '../../../src/deliver/contact-state.ts'
import { mergeBatch, type UsableContact } from '../../../src/deliver/merge-batch.ts'
import { type DesiredContact, mergeContacts } from '../../../src/domain/contact.ts'
import type { LedgerEntry } from '../../../src/domain/ledger.ts'
import { contact, contactOrEnd, emails } from './contact-arbitraries.ts'

const a: DesiredContact = {
  email: 'a@x.com',
  personKey: 'p',
  state: 'active',
  fields: { last_name: { value: 'Doe', timeMs: 5 } },
  revision: 5,
  cause: 'change',
}
const ledger: LedgerEntry = { email: 'a@x.com', contactId: 1, fields: {}, rejected: null, writtenAtMs: 0 }

const says = (said: DesiredContact): UsableContact => ({ type: 'contact', contact: said })
const forgets = (email: string): UsableContact => ({ type: 'forgotten', email })

/** States of what is stored, and the e-mails of each read. */
function createStates(stored: Readonly<Record<string, Partial<ContactState>>> = {}) {
  const reads: (readonly string[])[] = []
  return {
    reads,
    async readMany(asked: readonly string[]): Promise<readonly ContactState[]> {
      reads.push(asked)
      return Promise.resolve(asked.map((email) => ({ desired: null, ledger: null, ...stored[email] })))
    },
  }
}

describe('a batch of contacts', () => {
  it('merges into what is stored, beside the ledger', async () => {
    const newer = { ...a, fields: { title: { value: 'Dr', timeMs: 6 } }, revision: 6 }
    expect(await mergeBatch(createStates({ 'a@x.com': { desired: a, ledger } }), [says(newer)])).toEqual([
      { email: 'a@x.com', desired: mergeContacts(a, newer), ledger, isConflict: false },
    ])
  })

  it('reads each contact once, all together', async () => {
    const states = createStates()
    const b = { ...a, email: 'bb@x.com' }
    await mergeBatch(states, [says(a), says(b), forgets('a@x.com'), says(a)])
    expect(states.reads).toEqual([['a@x.com', 'bb@x.com']])
  })

  it('knows that an e-mail became that of another person, by the record that made it so', async () => {
    const q = { ...a, personKey: 'q' }
    const merged = await mergeBatch(createStates({ 'a@x.com': { desired: a } }), [says(a), says(q), says(q)])
    expect(merged.map(({ isConflict }) => isConflict)).toEqual([false, true, false])
  })

  it('takes a contact that was forgotten in between for a new one', async () => {
    const q = { ...a, personKey: 'q', fields: {} }
    const merged = await mergeBatch(createStates({ 'a@x.com': { desired: a, ledger } }), [
      forgets('a@x.com'),
      says(q),
    ])
    expect(merged).toEqual([
      { email: 'a@x.com', desired: null, ledger, isConflict: false },
      { email: 'a@x.com', desired: q, ledger, isConflict: false },
    ])
  })

  it('of nothing is nothing', async () => {
    expect(await mergeBatch(createStates(), [])).toEqual([])
  })

  it('makes of every record what it would make alone, after all before it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(contactOrEnd, { maxLength: 12 }),
        fc.array(contact, { maxLength: 3 }),
        async (records, known) => {
          const desired = new Map(known.map((each) => [each.email, each]))
          const stored = Object.fromEntries(
            emails.map((email) => [email, { desired: desired.get(email) ?? null }]),
          )
          const expected = records.map((record) => {
            const email = typeof record === 'string' ? record : record.email
            const before = desired.get(email)
            if (typeof record === 'string') {
              desired.delete(email)
              return { email, desired: null, ledger: null, isConflict: false }
            }
            const after = before === undefined ? record : mergeContacts(before, record)
            desired.set(email, after)
            const isConflict = before !== undefined && before.personKey !== record.personKey
            return { email, desired: after, ledger: null, isConflict }
          })
          const batch = records.map((record) => (typeof record === 'string' ? forgets(record) : says(record)))
          expect(await mergeBatch(createStates(stored), batch)).toEqual(expected)
        },
      ),
      { numRuns: 500 },
    )
  })
})
