import { describe, expect, it } from '@jest/globals'
import type { DeliverContext } from '../../../src/deliver/context.ts'
import { createDirtySet } from '../../../src/deliver/dirty-set.ts'
import { markDirty } from '../../../src/deliver/mark-dirty.ts'
import type { DesiredContact } from '../../../src/domain/contact.ts'
import { recordAttempt } from '../../../src/domain/ledger.ts'
import { planWrite } from '../../../src/domain/plan.ts'
import { statusFields } from '../../../src/domain/urgency.ts'

const ambiguousHoldMs = 30_000
const hourMs = 3_600_000
const nowMs = 1_000 * hourMs
const monotonicMs = 5_000
const email = 'a@x.com'
const digest = (text: string): string => text
const desired: DesiredContact = {
  email,
  personKey: 'p1',
  state: 'active',
  fields: { last_name: { value: 'Doe', timeMs: 1 } },
  revision: 1,
  cause: 'change',
}

/** How long a contact rests whose write was under way, by the wall clock of then, at `sentMs`. */
function restMs(sentMs: number): number | undefined {
  const plan = planWrite(desired, null, digest)
  if (plan.type === 'none' || plan.type === 'look') throw new Error('nothing to write')
  const ledger = recordAttempt(desired, plan, null, digest, sentMs)
  const dirty = createDirtySet()
  const context = {
    dirty,
    ports: { nowMs: () => nowMs },
    statuses: statusFields([], { realized: 'realized', exited: 'exited' }),
    ambiguousHoldMs,
    monotonicMs: () => monotonicMs,
  } as unknown as DeliverContext
  markDirty(context, { email, desired, ledger, plan })
  return dirty.dueInMs(monotonicMs)
}

describe('a contact whose write was under way when its process ended', () => {
  it.each([
    ['a moment ago', nowMs - 1_000, 29_000],
    ['long ago', nowMs - hourMs, 0],
    ['later than now, since the clock was set back', nowMs + hourMs, ambiguousHoldMs],
  ])('%s rests for what is left of its time, and never longer', (_when, sentMs, expected) => {
    expect(restMs(sentMs)).toBe(expected)
  })
})
