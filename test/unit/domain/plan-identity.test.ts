import { describe, expect, it } from '@jest/globals'

import type { DesiredContact } from '../../../src/domain/contact.ts'
import {
  type LedgerEntry,
  recordAttempt,
  recordFound,
  recordMissing,
  recordRejection,
  recordWrite,
} from '../../../src/domain/ledger.ts'
import { planWrite, type Write } from '../../../src/domain/plan.ts'

const digest = (text: string): string => text

function desired(title: string, timeMs: number): DesiredContact {
  const fields = { last_name: { value: 'Doe', timeMs: 1 }, title: { value: title, timeMs } }
  return { email: 'a@x.com', personKey: 'p1', state: 'active', fields, revision: 1, cause: 'change' }
}

function planned(contact: DesiredContact, ledger: LedgerEntry | null): Write {
  const plan = planWrite(contact, ledger, digest)
  if (plan.type === 'none' || plan.type === 'look') throw new Error(`no write: ${plan.type}`)
  return plan
}

const wanted = desired('CTO', 1)
const first = planned(wanted, null)
const written = recordWrite(wanted, first, 7, null, digest, 50)
const missing = recordMissing(written)

describe('a contact that is found by its e-mail', () => {
  it('is written by its id, with every field: what it holds is not known', () => {
    const found = recordFound(first, 8, null, 60)
    expect(found).toStrictEqual({
      email: 'a@x.com',
      contactId: 8,
      fields: {},
      rejected: null,
      writtenAtMs: 60,
    })
    expect(planned(wanted, found)).toMatchObject({
      type: 'update',
      contactId: 8,
      fields: { last_name: 'Doe', title: 'CTO' },
    })
  })

  it('stays in doubt of what a lost answer was about', () => {
    const inDoubt = recordAttempt(wanted, first, null, digest, 40)
    const found = recordFound(first, 8, inDoubt, 60)
    expect(found).toStrictEqual({ ...inDoubt, contactId: 8 })
    expect(planned(wanted, found)).toMatchObject({
      type: 'update',
      fields: { last_name: 'Doe', title: 'CTO' },
    })
  })
})

describe('a contact that was deleted', () => {
  it('is known to have been one until another is written', () => {
    const write = planned(wanted, missing)
    expect(write).toMatchObject({ type: 'upsert', deleted: true, fields: { last_name: 'Doe', title: 'CTO' } })
    const attempt = recordAttempt(wanted, write, missing, digest, 60)
    const refused = recordRejection(write, missing, 60)
    for (const ledger of [attempt, refused, recordMissing(attempt)]) {
      expect(planned(desired('CEO', 2), ledger)).toMatchObject({ type: 'upsert', deleted: true })
    }
    for (const ledger of [
      recordWrite(wanted, write, 9, attempt, digest, 70),
      recordFound(write, 9, attempt, 70),
    ]) {
      expect(ledger.deleted).toBeUndefined()
      expect(planned(desired('CEO', 2), ledger)).toMatchObject({ type: 'update', contactId: 9 })
    }
  })

  it('is told from one that never was', () => {
    const neverWritten = recordAttempt(wanted, first, null, digest, 60)
    expect(recordMissing(neverWritten).deleted).toBeUndefined()
    expect(first).not.toHaveProperty('deleted')
  })
})
