import { describe, expect, it } from '@jest/globals'
import { subjectOf } from '../../../../src/cli/preview.ts'

describe('what is to be previewed', () => {
  it.each([
    [
      { topic: 'profiles', partition: 0, offset: 5 },
      { type: 'record', topic: 'profiles', partition: 0, offset: 5 },
    ],
    [
      { file: 'a.json', kind: 'profile', key: 'k' },
      { type: 'file', file: 'a.json', kind: 'profile', key: 'k', personKey: null },
    ],
    [
      { file: 'a.json', kind: 'memberships', person: 'p' },
      { type: 'file', file: 'a.json', kind: 'memberships', key: null, personKey: 'p' },
    ],
    [{ email: 'a@x.com' }, { type: 'email', email: 'a@x.com' }],
    [{ person: 'p' }, { type: 'person', personKey: 'p' }],
  ] as const)('is clear from %j', (words, subject) => {
    expect(subjectOf(words)).toEqual(subject)
  })

  it.each([
    [{}, /^say what to preview/],
    [{ topic: 'profiles', partition: 0 }, /go together/],
    [{ offset: 3 }, /go together/],
    [{ file: 'a.json' }, /--file and --kind go together/],
    [{ key: 'k' }, /--file and --kind go together/],
    [{ email: 'a@x.com', person: 'p' }, /^give one of/],
    [{ topic: 'profiles', partition: 0, offset: 0, file: 'a.json', kind: 'profile' }, /^give one of/],
    [{ topic: 'profiles', partition: 0, offset: 0, person: 'p' }, /^give one of/],
  ] as const)('is not clear from %j', (words, problem) => {
    expect(subjectOf(words)).toMatch(problem)
  })
})
