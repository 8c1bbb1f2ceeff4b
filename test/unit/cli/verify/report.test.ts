import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { createProgress, inWords } from '../../../../src/cli/progress.ts'
import { isEqual, type Report, toJson, toText } from '../../../../src/cli/verify/report.ts'
import { chooseContacts } from '../../../../src/cli/verify/sample.ts'
import { type ComparedContact, createTally, mostListed } from '../../../../src/cli/verify/tally.ts'
import type { Verdict } from '../../../../src/domain/comparison.ts'

const audience = {
  namespace: 'ups',
  segmentId: 's1',
  mappingId: 'vip',
  name: null,
  description: null,
  startMs: null,
  endMs: null,
  retired: false,
}
const words = { realized: 'in', exited: 'out' }

function compared(
  number: number,
  state: Verdict['state'],
  [should, is]: readonly [string, string | null] = ['in', 'in'],
): ComparedContact {
  const email = `p${number}@x.com`
  const fields = { 'custom_fields.vip': { value: should, timeMs: 1 } }
  return {
    email,
    contactId: number,
    desired: { email, personKey: email, state: 'active', revision: 1, cause: 'change', fields },
    verdict: { state, drifted: state === 'drifted' ? ['custom_fields.vip'] : [] },
    found: state === 'missing' ? null : { email, fields: { 'custom_fields.vip': is } },
  }
}

function reportOf(contacts: readonly ComparedContact[], more: Partial<Report> = {}): Report {
  const tally = createTally([audience], words)
  for (const contact of contacts) tally.add(contact)
  return {
    ...tally.counts(),
    endedBy: null,
    sample: null,
    requests: 1,
    tookMs: 1500,
    repair: null,
    duplicates: null,
    ...more,
  }
}

const some = reportOf([
  compared(1, 'written'),
  compared(2, 'drifted', ['in', 'by hand']),
  compared(3, 'missing'),
  compared(4, 'pending', ['out', 'in']),
])

describe('the counts', () => {
  it('are of contacts by state, of fields, and of each audience on both sides', () => {
    expect(some).toMatchObject({
      contacts: { total: 4, written: 1, drifted: 1, missing: 1, pending: 1 },
      fields: { 'custom_fields.vip': 1 },
      audiences: [
        {
          expected: { realized: 3, exited: 1, other: 0 },
          zendesk: { realized: 2, exited: 0, other: 1 },
        },
      ],
    })
  })

  it('go on where the list of what differs ends', () => {
    const report = reportOf(
      Array.from({ length: mostListed + 5 }, (_, index) => compared(index + 1, 'missing')),
    )
    expect([report.differences.length, report.notListed, report.contacts.missing]).toEqual([
      mostListed,
      5,
      mostListed + 5,
    ])
    expect(toText(report, false)).toContain(`and ${mostListed - 15} more (--json lists them)`)
  })

  it('of any contacts add up, and say equal exactly where none drifted or is missing', () => {
    const states = ['written', 'drifted', 'missing', 'pending', 'rejected', 'without_contact'] as const
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...states)), (all) => {
        const report = reportOf(all.map((state, index) => compared(index + 1, state)))
        const { total, ...byState } = report.contacts
        expect(Object.values(byState).reduce((sum, count) => sum + count, 0)).toBe(total)
        expect(total).toBe(all.length)
        const differing = all.filter((state) => state === 'drifted' || state === 'missing').length
        expect(report.differences).toHaveLength(differing)
        expect(isEqual(report)).toBe(differing === 0)
      }),
    )
  })
})

describe('the report', () => {
  it('names contacts by id, and by e-mail only where that is asked for', () => {
    expect(toText(some, false)).toMatch(/^contact 2: custom_fields\.vip\ncontact 3: missing$/m)
    expect(toText(some, true)).toMatch(/^contact 3 \(p3@x\.com\): missing$/m)
    expect(toText(some, false) + toJson(some, false)).not.toContain('@')
    expect(JSON.parse(toJson(some, true))).toMatchObject({
      equal: false,
      differences: [
        { contactId: 2, type: 'drifted', fields: ['custom_fields.vip'], email: 'p2@x.com' },
        { contactId: 3, type: 'missing', fields: [], email: 'p3@x.com' },
      ],
    })
  })

  it('of a comparison that ended early says so, and does not say that anything is as it should be', () => {
    const report = reportOf([compared(1, 'written')], { endedBy: 'interrupted' })
    expect(isEqual(report)).toBe(false)
    expect(toText(report, false)).toMatch(/^Not all were compared: interrupted\.$/m)
    expect(toText(report, false)).not.toContain('what it should.')
  })
})

describe('progress', () => {
  it.each([
    ['a line every five seconds in a log', false, ['at 5000\n', 'waits\n']],
    [
      'one line that is overwritten on a terminal',
      true,
      ['\r\u001b[Kat 8000', '\r\u001b[Kat 9000', '\r\u001b[K', 'waits\n'],
    ],
  ])('is %s', (_case, isTTY, last) => {
    let nowMs = 0
    const written: string[] = []
    const progress = createProgress({ isTTY, write: (text) => written.push(text) }, () => nowMs)
    for (; nowMs < 10_000; nowMs += 1000) progress.show(`at ${nowMs}`)
    progress.say('waits')
    progress.end()
    expect(isTTY ? written.slice(-last.length) : written).toEqual(last)
  })

  it.each([
    [0, '0 s'],
    [59_400, '1 min'],
    [200_000, '3 min 20 s'],
    [7_500_000, '2 h 5 min'],
    [3_599_001, '1 h 0 min'],
  ])('%d ms in words is %s', (ms, text) => {
    expect(inWords(ms)).toBe(text)
  })
})

describe('a sample', () => {
  it('is of the size that was asked for, without repetition, or of all there are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(300), fc.integer({ min: 1, max: 300 }), async (count, size) => {
        async function* allChunks() {
          for (let at = 0; at < count; at += 1)
            yield await Promise.resolve([{ email: String(at), desired: null, ledger: null }])
        }
        const chosen = await chooseContacts({ allChunks }, size)
        expect(new Set(chosen).size).toBe(Math.min(count, size))
      }),
      { numRuns: 50 },
    )
  })
})

describe('contacts that are there twice', () => {
  const found = [{ contactId: 9, of: 1, email: 'p1@x.com' }]
  const twice = reportOf([compared(1, 'written')], { duplicates: { looked: 250, found, notListed: 0 } })

  it('are no fault that nobody looked for, and none where there are none', () => {
    expect(isEqual(reportOf([compared(1, 'written')]))).toBe(true)
    const none = reportOf([compared(1, 'written')], { duplicates: { looked: 250, found: [], notListed: 0 } })
    expect(isEqual(none)).toBe(true)
    expect(toText(none, false)).toContain(
      'Looked through 250 contacts of the account: no e-mail of those compared is there twice.',
    )
  })

  it('are told with the contact that is written, by their e-mails where these may be shown', () => {
    expect(isEqual(twice)).toBe(false)
    expect(toText(twice, false)).toContain('\ncontact 9: of contact 1\n')
    expect(toText(twice, true)).toContain('\ncontact 9: of contact 1 (p1@x.com)\n')
    expect(JSON.parse(toJson(twice, false))).toMatchObject({
      equal: false,
      duplicates: { looked: 250, found: [{ contactId: 9, of: 1 }] },
    })
    expect(toJson(twice, false)).not.toContain('@')
  })

  it('are counted beyond those that are listed', () => {
    const many = reportOf([compared(1, 'written')], { duplicates: { looked: 250, found, notListed: 7 } })
    expect(toText(many, false)).toContain('\nand 7 more\n')
    const unlisted = reportOf([compared(1, 'written')], {
      duplicates: { looked: 9, found: [], notListed: 1 },
    })
    expect(isEqual(unlisted)).toBe(false)
  })
})
