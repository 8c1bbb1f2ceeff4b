import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import {
  type ContactRules,
  deriveContact,
  type DesiredContact,
  mergeContacts,
  releaseContact,
} from '../../../src/domain/contact.ts'
import { createMapper } from '../../../src/domain/mapping.ts'
import type { Membership } from '../../../src/domain/membership.ts'
import { fold, type PersonEvent, unknownPerson } from '../../../src/domain/person.ts'
import { type LedgerEntry, recordWrite } from '../../../src/domain/ledger.ts'
import { planWrite } from '../../../src/domain/plan.ts'
import type { FieldValue } from '../../../src/domain/sell-fields.ts'

const vipField = 'custom_fields.VIP'
const rules: ContactRules = {
  identityNamespace: 'Email',
  map: createMapper([
    { target: 'last_name', source: 'name', transforms: [] },
    { target: 'title', source: 'title', transforms: [] },
  ]),
  audiences: [
    { namespace: 'ups', segmentId: 'vip', mappingId: 'VIP', startMs: null, endMs: null, retired: false },
  ],
  statusWords: { realized: 'in', exited: 'out' },
}

type Step =
  | { readonly type: 'profile'; readonly timeMs: number; readonly email: string }
  | { readonly type: 'membership'; readonly timeMs: number; readonly status: Membership['status'] }
  | { readonly type: 'flush' }

/** Zendesk by e-mail, after each step is folded, derived, released where left, merged and sometimes written. */
function run(steps: readonly Step[]) {
  const zendesk = new Map<string, Record<string, FieldValue>>()
  const ledgers = new Map<string, LedgerEntry>()
  const desired = new Map<string, DesiredContact>()
  let state = unknownPerson
  let revision = 0
  let emittedTo: string | null = null

  const receive = (incoming: DesiredContact): void => {
    const known = desired.get(incoming.email)
    desired.set(incoming.email, known === undefined ? incoming : mergeContacts(known, incoming))
  }
  const flush = (): void => {
    for (const [email, wanted] of desired) {
      const ledger = ledgers.get(email) ?? null
      const plan = planWrite(wanted, ledger, (text) => text)
      if (plan.type === 'none' || plan.type === 'look') continue
      zendesk.set(email, { ...zendesk.get(email), ...plan.fields })
      ledgers.set(
        email,
        recordWrite(wanted, plan, 1, ledger, (text) => text, 0),
      )
    }
  }
  for (const [at, step] of steps.entries()) {
    if (step.type === 'flush') {
      flush()
      continue
    }
    const version = { timeMs: step.timeMs, rank: 1, offset: at }
    const event: PersonEvent =
      step.type === 'profile'
        ? {
            type: 'profile',
            profile: {
              version,
              attributes: {
                name: 'Doe',
                title: `t${step.timeMs}`,
                identityMap: { Email: [{ id: step.email }] },
              },
            },
          }
        : {
            type: 'memberships',
            memberships: [
              { namespace: 'ups', segmentId: 'vip', status: step.status, validUntilMs: null, version },
            ],
          }
    state = fold(state, event)
    const derived = deriveContact('p1', state, rules, 99)
    revision += 1
    if (derived.type === 'excluded') continue
    if (emittedTo !== null && emittedTo !== derived.contact.email) {
      receive({ ...releaseContact(emittedTo, 'p1', state, rules, 99), revision, cause: 'change' })
    }
    receive({ ...derived.contact, revision, cause: 'change' })
    emittedTo = derived.contact.email
  }
  flush()
  return { zendesk, email: emittedTo, state }
}

describe('a person who changes e-mails', () => {
  it('from A to B and back to A is realized at A and exited at B, also when B comes again late', () => {
    const { zendesk } = run([
      { type: 'membership', timeMs: 1, status: 'realized' },
      { type: 'profile', timeMs: 2, email: 'a@x.com' },
      { type: 'flush' },
      { type: 'profile', timeMs: 3, email: 'b@x.com' },
      { type: 'flush' },
      { type: 'profile', timeMs: 5, email: 'a@x.com' },
      { type: 'profile', timeMs: 4, email: 'b@x.com' },
    ])
    expect(zendesk.get('a@x.com')).toStrictEqual({ last_name: 'Doe', title: 't5', [vipField]: 'in' })
    expect(zendesk.get('b@x.com')).toStrictEqual({ last_name: 'Doe', title: 't3', [vipField]: 'out' })
  })

  it('ends realized at no e-mail but the present one, whatever the changes, in any order of arrival, whenever written', () => {
    const step: fc.Arbitrary<Step> = fc.oneof(
      fc.record({
        type: fc.constant('profile' as const),
        timeMs: fc.nat(12),
        email: fc.constantFrom('a@x.com', 'b@x.com', 'c@x.com'),
      }),
      fc.record({
        type: fc.constant('membership' as const),
        timeMs: fc.nat(12),
        status: fc.constantFrom('realized', 'exited'),
      }),
      fc.record({ type: fc.constant('flush' as const) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 14 }), (steps) => {
        const { zendesk, email, state } = run(steps)
        const status = state.memberships[0]?.status
        for (const [address, fields] of zendesk) {
          const expected = status === 'realized' && address === email ? 'in' : 'out'
          expect([address, fields[vipField] ?? 'out']).toStrictEqual([address, expected])
        }
        expect(email === null || zendesk.has(email)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })
})
