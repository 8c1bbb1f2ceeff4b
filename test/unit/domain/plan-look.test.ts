import { describe, expect, it } from '@jest/globals'
import { type LedgerEntry, recordLook } from '../../../src/domain/ledger.ts'

const digest = (text: string): string => `#${text}`

function entry(written: unknown, doubted: unknown): LedgerEntry {
  const field = {
    hash: digest(JSON.stringify(written)),
    timeMs: 1,
    doubts: [digest(JSON.stringify(doubted))],
  }
  return { email: 'a@example.com', contactId: 1, fields: { score: field }, rejected: null, writtenAtMs: 1 }
}

describe('a look at a field of which two values may stand there', () => {
  it.each<[string, unknown, unknown, string | number | null, unknown]>([
    ['the late one', 'new', 'late', 'late', 'late'],
    ['the one written last', 'new', 'late', 'new', 'new'],
    ["an agent's own, which counts as written last", 'new', 'late', 'by hand', 'new'],
    ['a late number, which Sell gives as text', 5, 7, '7', 7],
    ['a late number with a fraction, spelled otherwise', 5, 7.5, '7.50', 7.5],
    ['a late text of digits', '5', '07', '07', '07'],
    ['no number', 5, 0, '', 5],
  ])('finds %s', (_what, written, doubted, found, expected) => {
    const { fields } = recordLook(entry(written, doubted), { score: found }, digest)
    expect(fields['score']).toStrictEqual({ hash: digest(JSON.stringify(expected)), timeMs: 1 })
  })
})
