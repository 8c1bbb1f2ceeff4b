import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { type ConfigFolder, configWith, createConfigFolder, leastSections } from './config-folder.ts'

let folder: ConfigFolder
beforeAll(() => {
  folder = createConfigFolder()
})
afterAll(() => folder.remove())

const rows = (...more: readonly string[]) => ({ mapping: [leastSections.mapping, ...more].join('\n') })
const audience = (...members: readonly string[]) =>
  `audiences:\n${members.map((member) => `  - { namespace: ups, ${member} }\n`).join('')}`

describe('an option of an audience', () => {
  it.each<[string, string, readonly string[]]>([
    [
      'of audiences: kinds that Zendesk does not take',
      configWith(
        {},
        audience(
          'segmentId: a, mappingId: A, kind: account',
          'segmentId: b, mappingId: B, kind: prospect',
          'segmentId: c, mappingId: C, kind: dataset',
        ),
      ),
      ['account', 'prospect', 'dataset'].map(
        (kind, index) =>
          `${8 + index} audiences[${index}].kind: must be people: only people audiences can be activated, no account or prospect audiences and no datasets, found "${kind}".`,
      ),
    ],
    [
      'of audiences: fields and segments used twice, a prefix, dates',
      configWith(
        rows('  - { source: a, target: custom_fields.Tier }'),
        audience(
          'segmentId: a, mappingId: A',
          'segmentId: a, mappingId: B',
          'segmentId: c, mappingId: A',
          'segmentId: d, mappingId: Tier',
          'segmentId: e, mappingId: custom_fields.E',
          'segmentId: f, mappingId: F, startDate: 2026-02-01, endDate: 2026-02-01',
          'segmentId: g, mappingId: G, startDate: "1767225600", endDate: 2026-02-30',
          'segmentId: 8, mappingId: "H "',
        ),
      ),
      [
        '10 audiences[1].segmentId: this segment is already audiences[0]. Keep one of the two.',
        '11 audiences[2].mappingId: "A" is already the field of audiences[0]. Give each audience its own.',
        '12 audiences[3].mappingId: "Tier" is already the target of mapping[2]. Two would write one field.',
        '13 audiences[4].mappingId: write the name of the Sell custom field alone, without custom_fields., found "custom_fields.E".',
        '14 audiences[5].endDate: must be after startDate.',
        '15 audiences[6].startDate: must be a date or time such as 2026-01-31 or 2026-01-31T09:30:00Z, found "1767225600".',
        '15 audiences[6].endDate: must be a date or time such as 2026-01-31 or 2026-01-31T09:30:00Z, found "2026-02-30".',
        '16 audiences[7].segmentId: must be the id of the segment, without space around it, found 8. Put it in quotes.',
        '16 audiences[7].mappingId: must be the name of a Sell custom field, without space around it, found "H ".',
      ],
    ],
  ])('%s', async (_, text, expected) => {
    expect(await folder.problemLines(text)).toEqual(expected)
  })
})
