import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { parseSource } from '../../../src/config/document.ts'
import { type ConfigFolder, configWith, createConfigFolder } from './config-folder.ts'

let folder: ConfigFolder
beforeAll(() => {
  folder = createConfigFolder()
})
afterAll(() => folder.remove())

const messages = (text: string): readonly string[] =>
  parseSource(text).findings.map(({ line, path, message }) => `${line ?? 0} ${path.join('.')}: ${message}`)

describe('a text that is no YAML', () => {
  const rest = 'The lines from here on are checked once this is right.'
  it.each([
    [
      'a quote that is not closed',
      'a: "x\nb: 1\n',
      3,
      'a closing quote, bracket or brace, a comma or a colon is missing here or above',
    ],
    ['a tab as indentation', 'a:\n\tb: 1\n', 2, 'a tab is used as indentation; use spaces'],
    [
      'an indentation that fits nothing',
      'a:\n  - x\n b: 2\n',
      3,
      'the indentation does not fit the lines above',
    ],
    [
      'a colon in a value',
      'a: b: c\n',
      1,
      'the indentation does not fit, or a value that contains ": " needs quotes',
    ],
    [
      'a reserved character',
      'a: @x\n',
      1,
      'a value begins with a character that YAML reserves; put it in quotes',
    ],
    [
      'an escape that is none',
      'a: "\\q"\n',
      1,
      'a backslash within double quotes begins no known escape; use single quotes',
    ],
    [
      'two documents',
      'a: 1\n---\nb: 2\n',
      2,
      'a second document begins (---); a configuration file holds one',
    ],
  ])('%s is told with its line and a remedy', (_, text, line, reason) => {
    expect(messages(text)).toContain(`${line} : not valid YAML: ${reason}. ${rest}`)
  })

  it('with a tag is told that tags are not supported', () => {
    expect(messages('a: !env HOME\n')).toEqual([
      '1 : not valid YAML: tags such as !env are not supported; write the value itself.',
    ])
  })

  it('is checked above the error alone, and for nothing that could stand below it', async () => {
    const text = [
      'mapping:',
      '  - { target: title }',
      'kafka: { clientID: x }',
      'http: { port: x }',
      'zendesk: { origin: @ }',
      'colour: red',
    ].join('\n')
    const problems = await folder.problemsOf(text)
    expect(problems.map(({ line, path }) => `${line ?? 0} ${path}`)).toEqual([
      '3 kafka.clientID',
      '4 http.port',
      '5 ',
    ])
  })
})

describe('YAML that says something twice', () => {
  it('is refused with both lines, at any depth, and the other checks go on', async () => {
    const text = configWith(
      {},
      'http:',
      '  port: 1',
      '  port: x',
      '  hosst: a',
      'http: { host: 2, host: a }',
      'kafka: {}',
    )
    expect(await folder.problemLines(text)).toEqual([
      '9 http.port: is also written on line 8. Keep one.',
      '9 http.port: must be a whole number from 0 to 65535, found "x".',
      '10 http.hosst: there is no such option. Did you mean "host"?',
      '11 http.host: is also written on line 11. Keep one.',
      '11 http: is also written on line 7. Keep one.',
      '12 kafka: is also written on line 1. Keep one.',
    ])
  })
})

describe('a value', () => {
  it('is read as YAML 1.2 whatever the file says: no dates, no yes and no', () => {
    const { root } = parseSource('%YAML 1.1\n---\na: yes\nb: 2026-01-31\nc: 010\nd: ~\n')
    expect(root).toEqual({ a: 'yes', b: '2026-01-31', c: 10, d: null })
  })

  it('has the line of its key, of its item, or of what should hold it', () => {
    const { lineOf } = parseSource('# comment\na:\n  b:\n    - 1\n    -\n      c: 2\n')
    const paths = [
      [],
      ['a'],
      ['a', 'b'],
      ['a', 'b', 0],
      ['a', 'b', 1, 'c'],
      ['a', 'b', 7],
      ['a', 'x', 'y'],
      ['z'],
    ]
    expect(paths.map((path) => lineOf(path))).toEqual([2, 2, 3, 4, 6, 3, 2, 2])
  })

  it('under a key like __proto__ is an own member', () => {
    const { root } = parseSource('__proto__: { a: 1 }\n')
    expect(Object.keys(root as object)).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(root)).toBe(Object.prototype)
  })

  it('that contains itself is refused, not followed', () => {
    expect(messages('a: &x [*x]\n')).toEqual([
      '0 a.0: YAML aliases (*) are not supported. Write the value itself.',
    ])
  })
})
