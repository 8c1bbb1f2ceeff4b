import { describe, expect, it } from '@jest/globals'
import { createAsker } from '../../../../src/cli/verify/asker.ts'
import { createComparison } from '../../../../src/cli/verify/compare-contacts.ts'
import { type AskedZendesk, createQuestions } from '../../../../src/cli/verify/questions.ts'
import type { ComparedContact } from '../../../../src/cli/verify/tally.ts'
import type { KnownContact } from '../../../../src/deliver/contact-state.ts'
import type { WriteContact } from '../../../../src/deliver/contact-writer.ts'
import type { DesiredContact } from '../../../../src/domain/contact.ts'
import { type LedgerEntry, recordWrite } from '../../../../src/domain/ledger.ts'
import { planWrite } from '../../../../src/domain/plan.ts'

const digest = (text: string): string => text
const nowMs = 1_000_000_000
const longAgoMs = 1000

function contactOf(number: number, title: string, writtenAtMs = longAgoMs): KnownContact {
  const email = `p${number}@x.com`
  const desired: DesiredContact = {
    email,
    personKey: `p${number}`,
    state: 'active',
    revision: 1,
    cause: 'change',
    fields: { title: { value: title, timeMs: 1 } },
  }
  return { email, desired, ledger: writtenOf(desired, number, writtenAtMs) }
}

function writtenOf(desired: DesiredContact, contactId: number, writtenAtMs: number): LedgerEntry {
  const plan = planWrite(desired, null, digest)
  if (plan.type !== 'upsert') throw new Error('nothing is to be written')
  return recordWrite(desired, plan, contactId, null, digest, writtenAtMs)
}

/** Contacts as they are known, and what Zendesk's lists and reads by id hold. */
function world(contacts: readonly KnownContact[], zendesk: ReadonlyMap<number, string>, byId = zendesk) {
  const known = new Map(contacts.map((contact) => [contact.email, contact]))
  let outageAfter = Infinity
  const requests: (readonly number[])[] = []
  const looks: number[] = []
  const compared: ComparedContact[] = []
  let changes: readonly KnownContact[] = []
  let catchUps = 0
  const write: WriteContact = async (send) => {
    if (send.type !== 'look') throw new Error('nothing may be written')
    looks.push(send.contactId)
    const title = byId.get(send.contactId)
    return Promise.resolve(
      title === undefined
        ? { type: 'missing' }
        : { type: 'looked', fields: { email: `p${send.contactId}@x.com`, title } },
    )
  }
  const answering: AskedZendesk = {
    write,
    async listContacts(ids) {
      if (requests.push(ids) > outageAfter) return Promise.resolve({ type: 'no_token', problem: 'no token' })
      const there = ids.filter((id) => zendesk.has(id))
      return Promise.resolve({
        type: 'listed',
        contacts: new Map(
          there.map((id) => [
            id,
            { id, email: `p${id}@x.com`, values: () => ({ title: zendesk.get(id) ?? null }) },
          ]),
        ),
      })
    },
  }
  const asker = createAsker({
    ratePerSecond: 1e6,
    signal: new AbortController().signal,
    monotonicMs: () => 0,
    waits: () => undefined,
    sleep: async () => Promise.resolve(),
  })
  const comparison = createComparison({
    known: {
      readMany: async (emails) =>
        Promise.resolve(emails.map((email) => known.get(email) ?? { desired: null, ledger: null })),
      async catchUp() {
        catchUps += 1
        for (const contact of changes) known.set(contact.email, contact)
        changes = []
        return Promise.resolve()
      },
    },
    questions: createQuestions(answering, asker, []),
    digest,
    nowMs: () => nowMs,
    compared: (contact) => compared.push(contact),
  })
  return {
    comparison,
    requests,
    looks,
    states: () => Object.fromEntries(compared.map(({ email, verdict }) => [email, verdict.state])),
    catchUps: () => catchUps,
    endAfter(requestsAnswered: number) {
      outageAfter = requestsAnswered
    },
    /** What the program wrote meanwhile, as the next catch-up finds it. */
    meanwhile(...these: readonly KnownContact[]) {
      changes = these
    },
  }
}

async function compareAll({ comparison }: ReturnType<typeof world>, contacts: readonly KnownContact[]) {
  for (let at = 0; at < contacts.length; at += 100) await comparison.add(contacts.slice(at, at + 100))
  return comparison.finish()
}

const titles = (...pairs: readonly (readonly [number, string])[]): ReadonlyMap<number, string> =>
  new Map(pairs)

describe('comparing contacts with Zendesk', () => {
  it('asks for a hundred at a time, and tells of each once', async () => {
    const contacts = Array.from({ length: 250 }, (_, index) => contactOf(index + 1, 'a'))
    const here = world(contacts, titles(...contacts.map((_, index) => [index + 1, 'a'] as const)))
    expect(await compareAll(here, contacts)).toEqual({ type: 'done' })
    expect(here.requests.map((ids) => ids.length)).toEqual([100, 100, 50])
    expect(Object.values(here.states())).toEqual(contacts.map(() => 'written'))
    expect(here.catchUps()).toBe(0)
  })

  it('tells what drifted and what is missing, when nothing was written since', async () => {
    const contacts = [contactOf(1, 'a'), contactOf(2, 'a'), contactOf(3, 'a')]
    const here = world(contacts, titles([1, 'a'], [2, 'by hand']))
    await compareAll(here, contacts)
    expect(here.states()).toEqual({ 'p1@x.com': 'written', 'p2@x.com': 'drifted', 'p3@x.com': 'missing' })
    expect(here.looks).toEqual([])
  })

  it('takes for no difference what the program wrote after its state was read', async () => {
    const contacts = [contactOf(1, 'old')]
    const here = world(contacts, titles([1, 'new']))
    here.meanwhile(contactOf(1, 'new', 2000))
    await compareAll(here, contacts)
    expect(here.states()).toEqual({ 'p1@x.com': 'written' })
    expect(here.requests).toEqual([[1], [1]])
  })

  it('believes no list of what was written a moment ago, but a read by id', async () => {
    const contacts = [
      contactOf(1, 'new', nowMs - 1000),
      contactOf(2, 'new', nowMs - 1000),
      contactOf(3, 'new', nowMs - 1000),
    ]
    const here = world(
      contacts,
      titles([1, 'old'], [2, 'old']),
      titles([1, 'new'], [2, 'by hand'], [3, 'new']),
    )
    await compareAll(here, contacts)
    expect(here.states()).toEqual({ 'p1@x.com': 'written', 'p2@x.com': 'drifted', 'p3@x.com': 'written' })
    expect(here.looks).toEqual([1, 2, 3])
  })

  it('tells what it found so far where Zendesk cannot be asked any more', async () => {
    const contacts = Array.from({ length: 150 }, (_, index) => contactOf(index + 1, 'a'))
    const here = world(contacts, titles([1, 'by hand']))
    here.endAfter(1)
    expect(await compareAll(here, contacts)).toEqual({ type: 'ended', reason: 'no token' })
    const states = Object.values(here.states())
    expect([states.length, states.filter((state) => state === 'drifted').length]).toEqual([100, 1])
  })

  it('asks for no contact that has none yet', async () => {
    const { email, desired } = contactOf(1, 'a')
    const here = world([], titles())
    await compareAll(here, [{ email, desired, ledger: null }])
    expect([here.states(), here.requests]).toEqual([{ 'p1@x.com': 'pending' }, []])
  })

  it('leaves a contact alone that changes whenever it is looked at', async () => {
    const contacts = [contactOf(1, 'v0')]
    const here = world(contacts, titles([1, 'never the same']))
    await here.comparison.add(contacts)
    here.meanwhile(contactOf(1, 'v1'))
    const original = here.requests.push.bind(here.requests)
    let version = 1
    here.requests.push = (...ids) => {
      here.meanwhile(contactOf(1, `v${(version += 1)}`))
      return original(...ids)
    }
    await here.comparison.finish()
    expect(here.states()).toEqual({ 'p1@x.com': 'pending' })
    expect(here.requests).toHaveLength(3)
  })
})
