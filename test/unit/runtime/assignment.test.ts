import { describe, expect, it } from '@jest/globals'
import { coLocated } from '../../../src/runtime/assignment.ts'

describe('an assignment', () => {
  it.each([
    { name: 'equal lists', given: { a: [0, 1], b: [0, 1] }, expected: [0, 1] },
    {
      name: 'another order, as kafkajs sorts by text',
      given: { a: [0, 10, 2], b: [10, 2, 0] },
      expected: [0, 2, 10],
    },
    { name: 'nothing at all', given: {}, expected: [] },
    { name: 'empty lists', given: { a: [], b: [] }, expected: [] },
    { name: 'a partition less', given: { a: [0, 1], b: [0] }, expected: null },
    { name: 'another partition', given: { a: [0], b: [1] }, expected: null },
    { name: 'a topic that is missing', given: { a: [0] }, expected: null },
    { name: 'a topic nobody asked for', given: { a: [0], b: [0], c: [5] }, expected: [0] },
  ])('of $name gives $expected', ({ given, expected }) => {
    const assignment = new Map<string, readonly number[]>(Object.entries(given))
    expect(coLocated(assignment, ['a', 'b'])).toEqual(expected)
  })

  it('is left as it was', () => {
    const numbers = Object.freeze([2, 1, 0])
    expect(coLocated(new Map([['a', numbers]]), ['a'])).toEqual([0, 1, 2])
  })
})
