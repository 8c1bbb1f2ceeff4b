import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { listRunning, noteRunning, pickTarget, type StackLine } from '../../../sandbox/running.ts'

function createLine(port: number): StackLine {
  return {
    part: 'all',
    kafka: { brokers: [`127.0.0.1:${port}`] },
    registry: { url: `http://127.0.0.1:${port + 1}/apis/ccompat/v7` },
    sell: { url: `http://127.0.0.1:${port + 2}`, token: 'token' },
  }
}

describe('the notes of running sandboxes', () => {
  let cache = ''
  beforeEach(() => {
    cache = mkdtempSync(join(tmpdir(), 'sandbox-notes-'))
  })
  afterEach(() => {
    rmSync(cache, { recursive: true })
  })

  it('are found while the process lives, until it takes its note back', async () => {
    const takeBack = noteRunning(cache, createLine(1000))
    expect(await listRunning(cache)).toEqual([{ pid: process.pid, line: createLine(1000) }])
    takeBack()
    expect(readdirSync(join(cache, 'running'))).toEqual([])
  })

  it('are none in a cache that does not exist', async () => {
    expect(await listRunning(join(cache, 'absent'))).toEqual([])
  })

  it.each([
    { name: 'half written', text: '{"part":"al' },
    { name: 'of another kind', text: '{"part":"kafka"}' },
  ])('are skipped when they are $name', async ({ text }) => {
    noteRunning(cache, createLine(1000))
    writeFileSync(join(cache, 'running', `${process.pid}.json`), text)
    expect(await listRunning(cache)).toEqual([])
  })

  it('of a killed process are removed by whoever finds them', async () => {
    noteRunning(cache, createLine(1000))()
    // Above the highest pid of any system.
    writeFileSync(join(cache, 'running', '99999999.json'), JSON.stringify(createLine(2000)))
    expect(await listRunning(cache)).toEqual([])
    expect(readdirSync(join(cache, 'running'))).toEqual([])
  })
})

describe('the target of a load', () => {
  const one = [{ pid: 7, line: createLine(1000) }]
  const two = [...one, { pid: 8, line: createLine(2000) }]

  it('is the one sandbox that runs', () => {
    expect(pickTarget({ brokers: undefined, registry: undefined }, one)).toEqual({
      kafkaBrokers: ['127.0.0.1:1000'],
      registryUrl: 'http://127.0.0.1:1001/apis/ccompat/v7',
    })
  })

  it('is what was given, whatever runs', () => {
    expect(pickTarget({ brokers: 'a:1, b:2,', registry: 'http://r' }, two)).toEqual({
      kafkaBrokers: ['a:1', 'b:2'],
      registryUrl: 'http://r',
    })
  })

  it('completes what was given by the one sandbox that runs', () => {
    expect(pickTarget({ brokers: 'a:1', registry: undefined }, one)).toEqual({
      kafkaBrokers: ['a:1'],
      registryUrl: 'http://127.0.0.1:1001/apis/ccompat/v7',
    })
  })

  it('is refused when nothing runs, with the flags that are missing', () => {
    expect(() => pickTarget({ brokers: 'a:1', registry: undefined }, [])).toThrow(
      "no sandbox is running: start one with 'npm run sandbox -- all', or give --registry (or SANDBOX_REGISTRY_URL)",
    )
  })

  it('is refused when several run, with a list of them', () => {
    const pick = () => pickTarget({ brokers: undefined, registry: undefined }, two)
    expect(pick).toThrow('2 sandboxes are running; give --brokers')
    expect(pick).toThrow(
      '  pid 7: 127.0.0.1:1000 http://127.0.0.1:1001/apis/ccompat/v7\n  pid 8: 127.0.0.1:2000',
    )
  })
})
