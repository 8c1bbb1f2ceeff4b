import { describe, expect, it } from '@jest/globals'
import type { LedgerEntry } from '../../../src/domain/ledger.ts'
import { isSuperseded, nextAttempt, type RetryPointer, type RetryRules } from '../../../src/domain/retry.ts'

const rules: RetryRules = {
  initialMs: 1000,
  maxMs: 60_000,
  ambiguousHoldMs: 30_000,
  localAttempts: 3,
  maxAttempts: 10,
}
const safe = { ambiguous: false, counts: true, pauseMs: 0 }

describe('the attempt after one that failed', () => {
  it.each([
    ['the first: soon, in this process', 0, { type: 'rest', restMs: 1000, counts: true }],
    ['the second: twice as late', 1, { type: 'rest', restMs: 2000, counts: true }],
    ['the third: written down', 2, { type: 'schedule', restMs: 4000 }],
    ['a later one: not later than the longest rest', 8, { type: 'schedule', restMs: 60_000 }],
    ['the last: there is none', 9, { type: 'give_up' }],
    ['one beyond the last', 1_000_000, { type: 'give_up' }],
  ])('is, after %s', (_name, attempt, expected) => {
    expect(nextAttempt(attempt, safe, rules, 1)).toEqual(expected)
  })

  it('comes after half of the pause at the earliest', () => {
    expect(nextAttempt(1, safe, rules, 0)).toMatchObject({ restMs: 1000 })
  })

  it('comes only when the one before it is surely over', () => {
    const doubtful = { ...safe, ambiguous: true }
    expect(nextAttempt(0, doubtful, rules, 1)).toMatchObject({ restMs: 30_000 })
    expect(nextAttempt(8, doubtful, rules, 1)).toMatchObject({ restMs: 60_000 })
  })

  it.each([0, 2, 9, 1_000_000])(
    'does not count and is not the last in trouble of all: after %d',
    (attempt) => {
      const systemic = { ...safe, counts: false, pauseMs: 90_000 }
      expect(nextAttempt(attempt, systemic, rules, 1)).toEqual({
        type: 'rest',
        counts: false,
        restMs: 90_000,
      })
    },
  )
})

describe('a pointer', () => {
  const pointer: RetryPointer = {
    email: 'a@x.com',
    attempt: 3,
    firstFailedAtMs: 500,
    failedAtMs: 1000,
    notBeforeMs: 5000,
    errorClass: 'http_503',
  }
  const entry = (writtenAtMs: number, hash: string): LedgerEntry => ({
    email: 'a@x.com',
    contactId: 1,
    fields: { last_name: { hash, timeMs: 1 } },
    rejected: null,
    writtenAtMs,
  })

  it.each([
    ['nothing was ever written', null, false],
    ['it was written before', entry(999, '#'), false],
    ['it was written since', entry(1000, '#'), true],
    ['it was tried again since, and nobody knows how that ended', entry(1001, ''), false],
  ])('where %s', (_name, ledger, superseded) => {
    expect(isSuperseded(pointer, ledger)).toBe(superseded)
  })
})
