import { readFileSync } from 'node:fs'

import { describe, expect, it } from '@jest/globals'

import {
  allowedValues,
  initialSwitches,
  parseSwitches,
  readSwitches,
  switchNames,
  switchTable,
} from '../../../sandbox/zendesk-sell/switches.ts'

describe('switches', () => {
  it('start in the position that the table names first', () => {
    expect(initialSwitches).toMatchObject({
      manyMatches: 'error',
      upsertCreatedStatus: 200,
      emailMatch: 'exact',
      rateLimitBody: 'empty',
      retryAfter: 'none',
      indexLagMs: 0,
    })
    expect(Object.keys(initialSwitches)).toEqual(switchNames)
  })

  it.each(
    switchNames.flatMap((name) => {
      const row = switchTable[name]
      const values: readonly (string | number)[] = 'values' in row ? row.values : [0, 1000, row.maximumMs]
      return values.map((value) => [name, value] as const)
    }),
  )('%s=%s is read from text and from JSON alike', (name, value) => {
    const expected = { ok: true, switches: { [name]: value } }
    expect(parseSwitches([`${name}=${value}`])).toEqual(expected)
    expect(readSwitches([[name, value]])).toEqual(expected)
  })

  it.each([
    ['manyMatches', ["'manyMatches' is not name=value", 'known switches are manyMatches, ']],
    ['many=first', ["unknown switch 'many'", 'known are manyMatches, ']],
    ['__proto__=x', ["unknown switch '__proto__'"]],
    ['manyMatches=last', ['\'manyMatches\' cannot be "last"', 'allowed: error|first|newest']],
    ['upsertCreatedStatus=2e2', ['allowed: 200|201']],
    ['indexLagMs=-1', ['allowed: 0..600000 (ms)']],
    ['indexLagMs=600001', ['allowed: 0..600000 (ms)']],
  ])('%s is refused with what is allowed', (text, sentences) => {
    const read = parseSwitches([text])
    expect(read).toMatchObject({ ok: false })
    for (const sentence of sentences) expect(JSON.stringify(read).replaceAll('\\"', '"')).toContain(sentence)
  })

  it('all problems are reported at once, and a name given twice is one', () => {
    const read = parseSwitches(['x=1', 'maxLengths=maybe', 'blankCode=blank', 'blankCode=missing'])
    expect(read.ok ? [] : read.problems).toHaveLength(3)
  })

  it('the README has a row for every switch with every value', () => {
    const readme = readFileSync(new URL('../../../sandbox/zendesk-sell/README.md', import.meta.url), 'utf8')
    for (const name of switchNames) {
      const row = readme.split('\n').find((line) => line.startsWith(`| \`${name}\``))
      const values = allowedValues(name).replace('0..600000 (ms)', '0|600000')
      for (const value of values.split('|')) expect(row).toContain(`\`${value}\``)
    }
  })
})
