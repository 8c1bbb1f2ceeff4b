import { describe, expect, it } from '@jest/globals'
import { planStart } from '../../../src/runtime/start-plan.ts'
import { type Begin, factsOf, type Given, maxStoreAgeMs, planOf } from './start-facts.ts'

const all = { changelog: 50, input: 40 }

describe('a task begins', () => {
  it.each<[string, Given, Begin]>([
    ['at the start of the logs, in a new group', { changelog: [0, 0] }, { at: 0 }],
    [
      'without a store: all of the changelog is restored, and of an input that is state what the group has read',
      { changelog: [0, 50], committed: 40 },
      { at: 40, log: [0, 50], past: [0, 40] },
    ],
    [
      'without a store, in an input whose beginning is gone',
      { changelog: [0, 50], input: [20, 100], committed: 40 },
      { at: 40, log: [0, 50], past: [20, 40] },
    ],
    [
      'with all inputs anew, if the beginning of the changelog was deleted and there is no store',
      { changelog: [10, 50], committed: 40 },
      { at: [0, 40], log: [10, 50], past: [0, 40], again: true },
    ],
    [
      'with all inputs anew, if all of the changelog was deleted and there is no store',
      { changelog: [50, 50], committed: 40 },
      { at: [0, 40], past: [0, 40], again: true },
    ],
    [
      'with a store that has all: nothing is restored',
      { changelog: [0, 50], committed: 40, store: all },
      { at: 40 },
    ],
    [
      'with a store that lacks the tail of the changelog: that is restored',
      { changelog: [0, 50], committed: 40, store: { changelog: 30, input: 40 } },
      { at: 40, log: [30, 50] },
    ],
    [
      'where the group is, if another member had the partition since, and restores what that did',
      { changelog: [0, 50], committed: 40, store: { changelog: 30, input: 25 } },
      { at: 40, log: [30, 50], past: [25, 40] },
    ],
    [
      'where the store is, if that is ahead of the group: a crash came before the commit',
      { changelog: [0, 50], committed: 40, store: { changelog: 50, input: 45 } },
      { at: 45 },
    ],
    ['where an operator set the group back to', { changelog: [0, 50], reset: 10, store: all }, { at: 10 }],
    [
      'where an operator set the group back to, without a store',
      { changelog: [0, 50], reset: 10 },
      { at: 10, log: [0, 50], past: [0, 10] },
    ],
    [
      'where an operator set the group forward to: what is state is not skipped',
      { changelog: [0, 50], reset: 80, store: all },
      { at: 80, past: [40, 80] },
    ],
    [
      'where an operator set the group forward to, without a store',
      { changelog: [0, 50], reset: 80 },
      { at: 80, log: [0, 50], past: [0, 80] },
    ],
    [
      'at the end, if an operator set the group there',
      { changelog: [0, 50], reset: 100, store: all },
      { at: 100, past: [40, 100] },
    ],
    [
      'at the start, if the group is gone, whatever the store has',
      { changelog: [0, 50], store: all },
      { at: 0 },
    ],
    [
      'at the start, if the group is gone and the store, too',
      { changelog: [0, 50] },
      { at: 0, log: [0, 50] },
    ],
    [
      'behind a gap, and counts it, if records were deleted that nobody had read',
      { changelog: [0, 50], input: [60, 100], committed: 40, store: all },
      { at: 60, lost: 20 },
    ],
    [
      'behind a gap, and counts it, without a store',
      { changelog: [0, 50], input: [60, 100], committed: 40 },
      { at: 60, log: [0, 50], lost: 20 },
    ],
    [
      'behind a gap, and counts it, if an operator set the group into it',
      { changelog: [0, 50], input: [60, 100], reset: 55, store: all },
      { at: 60, lost: 5 },
    ],
    [
      'and counts nothing, if just records were deleted that the group has read',
      { changelog: [0, 50], input: [30, 100], committed: 40, store: { changelog: 50, input: 25 } },
      { at: 40, past: [30, 40] },
    ],
    ['and counts nothing, in a new group', { changelog: [0, 0], input: [60, 100] }, { at: 60 }],
    [
      'at the start of an input that was made anew and is shorter: all of it is new',
      { changelog: [0, 50], input: [0, 10], committed: 40, store: all },
      { at: 0 },
    ],
    [
      'at the start of an input that was made anew and is shorter, without a store',
      { changelog: [0, 50], input: [0, 10], committed: 40 },
      { at: 0, log: [0, 50] },
    ],
    [
      'with all inputs anew, if the changelog was made anew and so the store wiped',
      { changelog: [0, 20], committed: 40, isChangelogNew: true },
      { at: [0, 40], log: [0, 20], past: [0, 40], again: true },
    ],
    [
      'where an operator wants it, although the changelog was made anew',
      { changelog: [0, 20], reset: 10, isChangelogNew: true },
      { at: 10, log: [0, 20], past: [0, 10] },
    ],
    [
      'at the start like any new group, if that is new and the changelog, too',
      { changelog: [0, 20], isChangelogNew: true },
      { at: 0, log: [0, 20] },
    ],
    [
      'with all inputs anew, if nothing was ever in the changelog beside a group that has read',
      { changelog: [0, 0], committed: 40 },
      { at: [0, 40], past: [0, 40], again: true },
    ],
    [
      'where an operator wants it, if nothing was ever in the changelog',
      { changelog: [0, 0], reset: 10 },
      { at: 10, past: [0, 10] },
    ],
    [
      'where the group is, if the store says that there was nothing to write to the changelog',
      { changelog: [0, 0], committed: 40, store: { changelog: 0, input: 40 } },
      { at: 40 },
    ],
    [
      'with all inputs anew, if the beginning of the changelog was deleted past what the store mirrors',
      { changelog: [35, 50], committed: 40, store: { changelog: 30, input: 40 } },
      { at: [0, 40], log: [35, 50], again: true },
    ],
    [
      'where the group is, if the beginning of the changelog was deleted just up to what the store mirrors',
      { changelog: [30, 50], committed: 40, store: { changelog: 30, input: 40 } },
      { at: 40, log: [30, 50] },
    ],
    [
      'with a store that was out of use no longer than deletions are remembered',
      { changelog: [0, 50], committed: 40, store: all, unusedMs: maxStoreAgeMs },
      { at: 40 },
    ],
  ])('%s', (_, given, begin) => {
    expect(planStart(factsOf(given))).toEqual(planOf(begin, given))
  })

  it('and counts what was deleted before it was read, also where all is read again', () => {
    const given: Given = { changelog: [0, 0], input: [60, 100], committed: 40 }
    const plan = planOf({ at: 60, lost: 20 }, given)
    expect(planStart(factsOf(given))).toEqual(plan)
  })

  it('with each input on its own', () => {
    const facts = factsOf({ changelog: [0, 50], committed: 40, store: all })
    const gone = factsOf({ changelog: [0, 50], store: all }).inputs.get('plain')
    const inputs = new Map([...facts.inputs, ...(gone === undefined ? [] : [['plain', gone] as const])])
    expect(planStart({ ...facts, inputs })).toEqual(planOf({ at: [0, 40] }, { changelog: [0, 50] }))
  })
})

describe('a store is wiped', () => {
  it.each<[string, Given, string, boolean]>([
    [
      'that mirrors more of the changelog than there is: that was made anew',
      { changelog: [0, 20], committed: 40, store: all },
      'it mirrors "log" up to 50, but that ends at 20: made anew',
      true,
    ],
    [
      'that was out of use longer than deletions are remembered',
      { changelog: [0, 50], committed: 40, store: all, unusedMs: maxStoreAgeMs + 1 },
      'it was out of use longer than deletions are remembered',
      false,
    ],
    [
      'that does not say when it was in use',
      { changelog: [0, 50], committed: 40, store: all, unusedMs: Infinity },
      'it was out of use longer than deletions are remembered',
      false,
    ],
    [
      'that holds something and does not say what of the changelog',
      { changelog: [0, 50], committed: 40, store: { input: 40 } },
      'it does not say what of the changelog it mirrors',
      false,
    ],
    [
      'and its inputs are read again, if the changelog was made anew, however old it is',
      { changelog: [0, 20], store: all, unusedMs: maxStoreAgeMs + 1 },
      'it mirrors "log" up to 50, but that ends at 20: made anew',
      true,
    ],
  ])('%s', (_, given, reason, isChangelogNew) => {
    expect(planStart(factsOf(given))).toEqual({ type: 'wipe', reason, isChangelogNew })
  })
})
