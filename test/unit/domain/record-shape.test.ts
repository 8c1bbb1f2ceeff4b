import { describe, expect, it } from '@jest/globals'
import { compilePath, type PathStep } from '../../../src/domain/path.ts'
import { examplesOf, findField, followPath, type Shape } from '../../../src/domain/record-shape.ts'

const text: Shape = { type: 'text', words: null }
const number: Shape = { type: 'number' }
const flag: Shape = { type: 'boolean' }
const record = (fields: Readonly<Record<string, readonly Shape[]>>): Shape => ({
  type: 'record',
  fields: () => new Map(Object.entries(fields)),
})
const list = (...items: readonly Shape[]): Shape => ({ type: 'list', items: () => items })
const map = (...values: readonly Shape[]): Shape => ({ type: 'map', values: () => values })

const phone = record({ type: [text], number: [text, number] })
const root = record({
  person: [record({ name: [record({ lastName: [text], xdm_nick: [text] })] })],
  phones: [list(phone)],
  tags: [list(text)],
  labels: [map(text)],
  nothing: [],
})

function steps(path: string): readonly PathStep[] {
  const compiled = compilePath(path)
  if (compiled.type === 'invalid') throw new Error(compiled.problem)
  return compiled.steps
}

describe('a path leads', () => {
  it.each([
    ['person.name.lastName', [text]],
    ['person.name.nick', [text]],
    ['person.xdm:name.xdm:nick', [text]],
    ['phones[0].number', [text, number]],
    ['phones[type=work].number', [text, number]],
    ['phones[*].number', [text, number]],
    ['tags[*]', [text]],
    ['labels.anything', [text]],
    ['nothing', []],
  ] as const)('%s, to the shapes that are there', (path, shapes) => {
    expect(followPath([root], steps(path))).toEqual({ type: 'place', shapes })
  })

  it('through any branch of a union, and through a place of which nothing is known', () => {
    const union = [text, record({ a: [number] }), record({ a: [flag], b: [text] })]
    expect(followPath(union, steps('a'))).toEqual({ type: 'place', shapes: [number, flag] })
    expect(followPath([{ type: 'any' }], steps('a[0].b[x=y].c'))).toMatchObject({ type: 'place' })
  })

  it('through a schema that contains itself', () => {
    const node: Shape = { type: 'record', fields: () => new Map([['next', [node]], ['value', [text]]]) } // prettier-ignore
    expect(followPath([node], steps('next.next.next.value'))).toEqual({ type: 'place', shapes: [text] })
    expect(followPath([node], steps('next.next.valeu'))).toMatchObject({ type: 'lost', step: 2 })
    expect(findField([node], 'nowhere')).toBeUndefined()
  })
})

describe('a path is lost', () => {
  it.each([
    ['person.nam.lastName', { step: 1, name: 'nam', known: ['name'] }],
    ['phones[typ=work].number', { step: 1, name: 'typ', known: ['type', 'number'] }],
    ['phones[0].numbr', { step: 2, name: 'numbr', known: ['type', 'number'] }],
    ['phones.number', { step: 1, name: null, known: [] }],
    ['person[0].name', { step: 1, name: null, known: [] }],
    ['person.name.lastName.first', { step: 3, name: null, known: [] }],
  ])('%s, at the step that no record can take', (path, where) => {
    expect(followPath([root], steps(path))).toMatchObject({ type: 'lost', ...where })
  })
})

it('a field is found wherever records have it, the nearest first', () => {
  expect(findField([root], 'lastName')).toBe('person.name.lastName')
  expect(findField([root], 'nick')).toBe('person.name.xdm_nick')
  expect(findField([root], 'person')).toBe('person')
  expect(findField([root], 'number')).toBeUndefined()
})

describe('examples of a place', () => {
  it('are all values of true or false, and of words', () => {
    const words: Shape = { type: 'text', words: ['a', 'b'] }
    expect(examplesOf([flag, words])).toEqual([true, false, 'a', 'b'])
  })

  it('have the texts that are asked for, as numbers where these are', () => {
    expect(examplesOf([text], ['gold'])).toContain('gold')
    expect(examplesOf([number], ['gold', '7'])).toContain(7)
  })

  it('are none where nothing is known', () => {
    expect(examplesOf([text, { type: 'any' }])).toBeNull()
    expect(examplesOf([])).toEqual([])
  })

  it('are lists of examples, and records of their scalars', () => {
    expect(examplesOf([list(flag)])).toEqual([[true], [false]])
    expect(examplesOf([record({ a: [flag], b: [phone], c: [] })])).toEqual([{ a: true }])
  })
})
