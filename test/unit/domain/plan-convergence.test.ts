import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import {
  type Claims,
  type DesiredContact,
  type FieldClaim,
  mergeContacts,
} from '../../../src/domain/contact.ts'
import { type LedgerEntry, recordMissing, recordWrite } from '../../../src/domain/ledger.ts'
import { planWrite, type Write } from '../../../src/domain/plan.ts'
import { addressOf, type FieldValue } from '../../../src/domain/sell-fields.ts'

type Step =
  | { readonly type: 'merge'; readonly fields: Claims }
  | { readonly type: 'send' }
  | { readonly type: 'answer' }
  | { readonly type: 'delete' }

const names = [
  'last_name',
  'title',
  'address.city',
  'address.line1',
  'billing_address.city',
  'custom_fields.VIP',
]
const claim: fc.Arbitrary<FieldClaim> = fc.record({
  value: fc.constantFrom<FieldValue>('a', 'b', '1', 1, true, 'true', null, 'null', ['a'], { city: 'a' }),
  timeMs: fc.nat(8),
})
const claims = fc.dictionary(fc.constantFrom(...names), claim, { maxKeys: 6 })
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constant('merge' as const), fields: claims }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('send' as const) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('answer' as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('delete' as const) }) },
)

function digest(text: string): string {
  return text
}

function desired(fields: Claims): DesiredContact {
  return { email: 'a@x.com', personKey: 'p1', state: 'active', revision: 1, cause: 'change', fields }
}

function valuesOf(held: ReadonlyMap<string, FieldClaim> | null): Record<string, FieldValue> {
  return Object.fromEntries([...(held ?? [])].map(([name, one]) => [name, one.value] as const))
}

/** One contact in Zendesk that replaces addresses whole: the worse of the two ways that Sell may do it. */
function createModel() {
  let zendesk: Map<string, FieldClaim> | null = null
  let wanted = desired({})
  let ledger: LedgerEntry | null = null
  let inFlight: { readonly write: Write; readonly snapshot: DesiredContact } | null = null
  const newest = new Map<string, FieldClaim>()
  let staleWrites = 0

  function apply(write: Write, snapshot: DesiredContact): void {
    const before: Map<string, FieldClaim> = zendesk ?? new Map<string, FieldClaim>()
    const replaced = new Set(Object.keys(write.fields).map(addressOf))
    const kept = [...before].filter(
      ([name]) => addressOf(name) === undefined || !replaced.has(addressOf(name)),
    )
    zendesk = new Map(kept)
    for (const [name, one] of Object.entries(write.fields)) {
      const timeMs = snapshot.fields[name]?.timeMs ?? Number.NaN
      if (!(timeMs >= (before.get(name)?.timeMs ?? 0))) staleWrites += 1
      zendesk.set(name, { value: one, timeMs })
    }
  }
  function send(): boolean {
    if (inFlight !== null) return false
    const plan = planWrite(wanted, ledger, digest)
    if (plan.type === 'none' || plan.type === 'look') return false
    inFlight = { write: plan, snapshot: wanted }
    return true
  }
  function answer(): void {
    if (inFlight === null) return
    const { write, snapshot } = inFlight
    inFlight = null
    if (write.type === 'update' && zendesk === null && ledger !== null) {
      ledger = recordMissing(ledger)
      return
    }
    apply(write, snapshot)
    ledger = recordWrite(snapshot, write, 7, ledger, digest, 0)
  }
  return {
    take(one: Step): void {
      if (one.type === 'send') send()
      else if (one.type === 'answer') answer()
      else if (one.type === 'delete') zendesk = null
      else {
        wanted = mergeContacts(wanted, desired(one.fields))
        for (const [name, incoming] of Object.entries(one.fields)) {
          if (incoming.timeMs >= (newest.get(name)?.timeMs ?? -1)) newest.set(name, incoming)
        }
      }
    },
    /** Writes until nothing is left to write, but no more than `limit` times; the number of writes it took. */
    settle(limit: number): number {
      answer()
      let writes = 0
      while (writes < limit && send()) {
        answer()
        writes += 1
      }
      return writes
    },
    zendesk: () => zendesk,
    newest: () => newest,
    staleWrites: () => staleWrites,
  }
}

describe('any sequence of changes, writes, acknowledgements out of step, and contacts deleted in Zendesk', () => {
  it('ends with Zendesk equal to the newest claim of every field, and never puts an older one over a newer one', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), fc.nat(5), (steps, lastTitle) => {
        const model = createModel()
        for (const one of steps) model.take(one)
        // A change after the last deletion: a contact deleted unseen is noticed by the next write.
        model.take({ type: 'merge', fields: { title: { value: `last ${lastTitle}`, timeMs: 9 } } })
        expect(model.settle(4)).toBeLessThanOrEqual(3)
        expect(valuesOf(model.zendesk())).toStrictEqual(valuesOf(model.newest()))
        expect(model.staleWrites()).toBe(0)
      }),
      { numRuns: 1000 },
    )
  })
})
