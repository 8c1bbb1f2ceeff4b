import { describe, expect, it } from '@jest/globals'
import { loadFiles, type LoadResult } from '../../../sandbox/load/load-files.ts'
import { prepare } from '../../../sandbox/load/prepare.ts'
import { rules } from './prepared.ts'

interface Loaded {
  readonly result: LoadResult
  readonly sent: readonly string[]
  readonly reported: readonly string[]
}

/** Loads files given by their text; keys in `tooLarge` cannot be sent. */
async function loadTexts(texts: Readonly<Record<string, string>>, tooLarge = ''): Promise<Loaded> {
  const sent: string[] = []
  const reported: string[] = []
  const result = await loadFiles(Object.keys(texts), {
    read: (file) => [Buffer.from(texts[file] ?? '')],
    prepare: (document, place) => prepare(document, place, rules),
    send: async (key, { topic, value }) => {
      if (key === tooLarge) return await Promise.resolve('is too large')
      sent.push(`${topic} ${key}${value === null ? ' tombstone' : ''}`)
      return null
    },
    report: (line) => reported.push(line),
  })
  return { result, sent, reported }
}

const good = '{"personKey":"a","person":{"name":{"lastName":"A"}}}'
const bad = '{"personKey":"b","person":{"name":{"lastName":42}}}'

describe('loadFiles', () => {
  it('sends the records in the order of the lines, and counts them', async () => {
    const both = '{"personKey":"c","testProfile":true,"segmentMembership":{"ups":{"s":{"status":"exited"}}}}'
    const { result, sent, reported } = await loadTexts({
      'people.ndjson': [good, both, '{"personKey":"a","tombstone":true}', ''].join('\n'),
    })
    expect(sent).toEqual(['profiles a', 'profiles c', 'memberships c', 'profiles a tombstone'])
    expect(result).toEqual({ lines: 3, profiles: 2, memberships: 1, tombstones: 1, rejected: [] })
    expect(reported).toEqual(['people.ndjson: lines 3, profiles 2, memberships 1, tombstones 1, rejected 0'])
  })

  it('reports what it cannot use with file, line and reason, and goes on', async () => {
    const { result, sent, reported } = await loadTexts({
      'data/people.ndjson': [good, bad, '', 'rubbish', good].join('\n'),
      'more.ndjson': `${bad}\n${good}`,
    })
    const misfit = 'person.name.lastName: expected text, found 42'
    const rubbish = 'is not JSON: an object, or an array of objects, was expected'
    expect(sent).toEqual(['profiles a', 'profiles a', 'profiles a'])
    expect(result.lines).toBe(6)
    expect(result.rejected).toEqual([
      { file: 'data/people.ndjson', line: 2, reason: misfit },
      { file: 'data/people.ndjson', line: 4, reason: rubbish },
      { file: 'more.ndjson', line: 1, reason: misfit },
    ])
    expect(reported).toEqual([
      `data/people.ndjson:2: ${misfit}`,
      `data/people.ndjson:4: ${rubbish}`,
      'data/people.ndjson: lines 4, profiles 2, memberships 0, tombstones 0, rejected 2',
      `more.ndjson:1: ${misfit}`,
      'more.ndjson: lines 2, profiles 1, memberships 0, tombstones 0, rejected 1',
    ])
  })

  it('rejects the elements of an array one by one', async () => {
    const { result, sent } = await loadTexts({ 'people.json': `[\n${good},\n${bad},\n${good}\n]` })
    expect(sent).toHaveLength(2)
    expect(result.rejected.map(({ line }) => line)).toEqual([3])
  })

  it('keys a document that names nobody by its file, or by its line where there are several', async () => {
    const nobody = '{"testProfile":true}'
    const { sent, reported } = await loadTexts({
      'dir/one.json': `{\n"testProfile": true\n}`,
      'dir/two.ndjson': `${nobody}\n${nobody}\n`,
    })
    expect(sent).toEqual(['profiles one.json', 'profiles two.ndjson:1', 'profiles two.ndjson:2'])
    expect(reported).toContain('dir/one.json:1: names no person, so the person key is "one.json"')
    expect(reported).toContain('dir/two.ndjson:2: names no person, so the person key is "two.ndjson:2"')
  })

  it('lists what was left out once per file, with the number of lines', async () => {
    const left = '{"personKey":"a","testProfile":true,"_acme":{},"xdm:segments":[]}'
    const { reported } = await loadTexts({
      'a.ndjson': `${left}\n{"personKey":"b","testProfile":true,"_acme":1}`,
      'b.ndjson': left,
    })
    expect(reported).toContain('a.ndjson: left out, not in the schema: _acme (2 lines), segments (1 line)')
    expect(reported).toContain('b.ndjson: left out, not in the schema: _acme (1 line), segments (1 line)')
  })

  it('reports no more than 50 lines of a file, and keeps all of them in the result', async () => {
    const { result, reported } = await loadTexts({ 'x.csv': 'a,b\n'.repeat(60) })
    expect(result.rejected).toHaveLength(60)
    expect(reported).toHaveLength(52)
    expect(reported[50]).toBe('x.csv: 10 more such lines')
  })

  it('rejects what cannot be sent because of what it holds', async () => {
    const { result, sent } = await loadTexts(
      { 'x.ndjson': `${good}\n{"personKey":"z","testProfile":true}` },
      'z',
    )
    expect(sent).toEqual(['profiles a'])
    expect(result).toMatchObject({ profiles: 1, rejected: [{ line: 2, reason: 'is too large' }] })
  })

  it('rejects a file that cannot be read, with what came before, and goes on with the next', async () => {
    const sent: string[] = []
    const breaking = async function* (): AsyncGenerator<Buffer> {
      yield await Promise.resolve(Buffer.from(`${good}\n`))
      throw Object.assign(new Error('EIO: i/o error, read'), { syscall: 'read' })
    }
    const result = await loadFiles(['broken', 'whole'], {
      read: (file) => (file === 'broken' ? breaking() : [Buffer.from(good)]),
      prepare: (document, place) => prepare(document, place, rules),
      send: async (key) => {
        sent.push(key)
        return await Promise.resolve(null)
      },
      report: () => undefined,
    })
    expect(sent).toEqual(['a', 'a'])
    expect(result.rejected).toEqual([
      { file: 'broken', line: null, reason: 'cannot be read: EIO: i/o error, read' },
    ])
  })

  it('stops where sending fails', async () => {
    const failing = loadFiles(['x'], {
      read: () => [Buffer.from(`${good}\n${good}\n`)],
      prepare: (document, place) => prepare(document, place, rules),
      send: async () => await Promise.reject(new Error('kafka is gone')),
      report: () => undefined,
    })
    await expect(failing).rejects.toThrow('kafka is gone')
  })
})
