import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { createDocumentReader, type Document } from '../../../sandbox/load/documents.ts'
import { splitLines, type Line } from '../../../sandbox/load/lines.ts'

async function linesOf(chunks: readonly Uint8Array[], maxBytes?: number): Promise<Line[]> {
  const lines: Line[] = []
  for await (const line of splitLines(chunks, maxBytes)) lines.push(line)
  return lines
}

async function documentsOf(text: string | Uint8Array): Promise<Document[]> {
  const reader = createDocumentReader()
  const bytes = typeof text === 'string' ? Buffer.from(text) : text
  const documents: Document[] = []
  for await (const line of splitLines([bytes])) documents.push(...reader.push(line))
  return [...documents, ...reader.end()]
}

async function summaryOf(text: string | Uint8Array): Promise<unknown[]> {
  const documents = await documentsOf(text)
  return documents.map((document) => [
    document.line,
    document.type === 'value' ? document.value : document.reason,
  ])
}

const text = (line: string): Line => ({ type: 'text', text: line })

describe('splitLines', () => {
  it.each([
    ['a\nb\n', ['a', 'b']],
    ['a\r\nb', ['a', 'b']],
    ['a\n\nb', ['a', '', 'b']],
    ['', []],
    ['\n', ['']],
    ['\ufeffa\nb', ['a', 'b']],
    ['a\u2028b\nc\rd', ['a\u2028b', 'c\rd']],
  ])('splits %j at line feeds alone', async (given, lines) => {
    expect(await linesOf([Buffer.from(given)])).toEqual(lines.map(text))
  })

  it('gives the same lines however the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'grapheme' })),
        fc.integer({ min: 1, max: 5 }),
        async (parts, size) => {
          const bytes = Buffer.from(parts.join('\n'))
          const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
            bytes.subarray(at * size, (at + 1) * size),
          )
          expect(await linesOf(chunks)).toEqual(await linesOf([bytes]))
        },
      ),
    )
  })

  it('says which line is no UTF-8 and goes on', async () => {
    const bytes = Buffer.concat([Buffer.from('a\n'), Buffer.from([0x7b, 0xe9, 0x7d]), Buffer.from('\nb\n')])
    expect(await linesOf([bytes])).toEqual([
      text('a'),
      { type: 'unreadable', reason: 'is not text in UTF-8' },
      text('b'),
    ])
  })

  it('says which line is too long and goes on', async () => {
    const lines = await linesOf([Buffer.from('12'), Buffer.from('34\n'), Buffer.from('123\n')], 3)
    expect(lines).toEqual([
      { type: 'unreadable', reason: 'is longer than 3 bytes; put each object on a line of its own' },
      text('123'),
    ])
  })
})

describe('createDocumentReader', () => {
  it('reads newline-delimited JSON with the lines counted, blank ones too', async () => {
    expect(await summaryOf('{"a":1}\n\n  {"a":2}  \n')).toEqual([
      [1, { a: 1 }],
      [3, { a: 2 }],
    ])
  })

  it('reads an object over many lines', async () => {
    expect(await summaryOf('\n{\n  "a": {\n    "b": "}{"\n  }\n}\n')).toEqual([[2, { a: { b: '}{' } }]])
  })

  it('reads several objects over many lines, one after the other', async () => {
    expect(await summaryOf('{\n "a": 1\n}\n{\n "a": 2\n}\n')).toEqual([
      [1, { a: 1 }],
      [4, { a: 2 }],
    ])
  })

  it.each([
    ['[\n  {\n "a": 1 },\n  { "a": 2 }\n]', [2, 4]],
    ['[{"a":1},{"a":2}]', [1, 1]],
    ['[\n{"a":1},\n{"a":2}\n]', [2, 3]],
    ['[\n\n{"a":1}\n,\n{"a":2}\n]', [3, 5]],
  ])('makes the elements of the array %j documents with lines of their own', async (given, [one, two]) => {
    expect(await summaryOf(given)).toEqual([
      [one, { a: 1 }],
      [two, { a: 2 }],
    ])
  })

  it('gives the elements that are no objects the line of the array', async () => {
    expect(await summaryOf('[\n 1,\n {"a": 1}\n]')).toEqual([
      [1, 1],
      [3, { a: 1 }],
    ])
  })

  it('reads what JSON.stringify prints, whatever the indentation', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.dictionary(fc.string(), fc.jsonValue())),
        fc.nat(3),
        async (values, indent) => {
          const expected = values.map((value) => JSON.parse(JSON.stringify(value)) as unknown)
          const wholes = await documentsOf(
            values.map((value) => JSON.stringify(value, null, indent)).join('\n'),
          )
          expect(wholes.map((document) => document.type === 'value' && document.value)).toEqual(expected)
          const elements = await documentsOf(JSON.stringify(values, null, indent))
          expect(elements.map((document) => document.type === 'value' && document.value)).toEqual(expected)
        },
      ),
    )
  })

  it.each([
    ['{"a":1,}', 'is not JSON: Expected double-quoted property name at column 8'],
    ['{"a":01}', 'is not JSON: Unexpected number at column 7'],
    ['{"a":tru}', "is not JSON: Unexpected token '}'"],
    ['{"a":1}}', 'is not JSON: Unexpected non-whitespace character after JSON at column 8'],
    ['hello', 'is not JSON: an object, or an array of objects, was expected'],
    ['"text"', 'is not JSON: an object, or an array of objects, was expected'],
    ['{"a":"x', 'is not JSON: Unterminated string at column 8'],
    ['{"a":{"b":', 'is not JSON: Unexpected end of JSON input'],
  ])('lets the line %j cost itself only', async (line, reason) => {
    expect(await summaryOf(`{"a":1}\n${line}\n{"a":3}\n`)).toEqual([
      [1, { a: 1 }],
      [2, reason],
      [3, { a: 3 }],
    ])
  })

  it('names the line of the mistake in a document over many lines, once', async () => {
    expect(await summaryOf('{\n  "a": 1,\n  "b": 2,\n}\n')).toEqual([
      [4, 'is not JSON: Expected double-quoted property name at column 1'],
    ])
  })

  it('says where a document begins that never ends', async () => {
    expect(await summaryOf('{"a":1}\n[\n{"a":2},\n')).toEqual([
      [1, { a: 1 }],
      [2, 'is not JSON: Unexpected end of JSON input'],
    ])
  })

  it('ends an open document at a line that is no UTF-8', async () => {
    expect(await summaryOf(Buffer.from([0x7b, 0x0a, 0xff, 0x0a, 0x7b, 0x7d]))).toEqual([
      [1, "is not JSON: Expected property name or '}' at column 2"],
      [2, 'is not text in UTF-8'],
      [3, {}],
    ])
  })
})
