import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { applyChanges, blankContact } from '../../../sandbox/zendesk-sell/contact.ts'
import type { Contact } from '../../../sandbox/zendesk-sell/contact.ts'
import {
  createContactStore,
  currentContact,
  currentContacts,
  foldEmail,
  putContact,
  removeContact,
  visibleContacts,
} from '../../../sandbox/zendesk-sell/store.ts'

const emails = ['a@x.org', 'A@x.org ', 'b@x.org', null]

function contact(id: number, email: string | null): Contact {
  return applyChanges(blankContact(id, 1, 0), { last_name: 'X', email }, 0, 'merge')
}

const steps = fc.array(
  fc.record({
    waitMs: fc.integer({ min: 0, max: 700 }),
    id: fc.integer({ min: 1, max: 4 }),
    email: fc.constantFrom(...emails),
    lagMs: fc.constantFrom(0, 500, 1000),
    removes: fc.boolean(),
  }),
  { maxLength: 40 },
)

describe('the store', () => {
  it('shows what a plain history of writes says is visible, by e-mail and altogether', () => {
    fc.assert(
      fc.property(steps, (run) => {
        const store = createContactStore()
        // The reference: every write ever made, the latest visible one counts.
        const history = new Map<number, { contact: Contact; from: number }[]>()
        let now = 0
        for (const { waitMs, id, email, lagMs, removes } of run) {
          now += waitMs
          if (removes) {
            removeContact(store, id)
            history.delete(id)
          } else {
            const next = contact(id, email)
            putContact(store, next, now, lagMs)
            const earlier = lagMs === 0 ? [] : (history.get(id) ?? [])
            history.set(id, [...earlier, { contact: next, from: now + lagMs }])
          }
          const visible = [...history.values()].flatMap(
            (versions) => versions.findLast(({ from }) => from <= now)?.contact ?? [],
          )
          const byId = (contacts: readonly Contact[]) => [...contacts].sort((a, b) => a.id - b.id)
          expect(byId(visibleContacts(store, now))).toEqual(byId(visible))
          for (const wanted of ['a@x.org', 'B@x.org']) {
            const isIt = (one: Contact) => one.email !== null && foldEmail(one.email) === foldEmail(wanted)
            expect(visibleContacts(store, now, wanted).filter(isIt)).toEqual(byId(visible.filter(isIt)))
          }
          expect(currentContact(store, id)).toEqual(history.get(id)?.at(-1)?.contact)
        }
        expect(store.versions.size).toBe(history.size)
      }),
    )
  })

  it('keeps no state that can never be seen again, and no e-mail that nobody has', () => {
    const store = createContactStore()
    for (let now = 0; now < 10_000; now += 100) putContact(store, contact(1, `${now}@x.org`), now, 300)
    expect(store.versions.get(1)?.length).toBeLessThanOrEqual(4)
    expect(store.idsByEmail.size).toBeLessThanOrEqual(4)
    putContact(store, contact(1, null), 10_000, 0)
    expect(store.idsByEmail.size).toBe(0)
    expect(currentContacts(store)).toHaveLength(1)
  })
})
