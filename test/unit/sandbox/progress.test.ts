import { describe, expect, it } from '@jest/globals'
import { createProgress } from '../../../sandbox/progress.ts'

function createScreen(isTTY: boolean, columns = 40) {
  const written: string[] = []
  let now = 0
  const stream = { isTTY, columns, write: (text: string) => written.push(text) }
  return { written, progress: createProgress(stream, () => now), pass: (ms: number) => (now += ms) }
}

describe('progress on a plain stream', () => {
  it('says lasting lines at once', () => {
    const { progress, written } = createScreen(false)
    progress.say('kafka: ready')
    expect(written).toEqual(['sandbox: kafka: ready\n'])
  })

  it('shows updates of a part every 5 s at most, and none of what takes less', () => {
    const { progress, written, pass } = createScreen(false)
    for (let second = 0; second < 12; second += 1) {
      progress.update('kafka', `starting (${second} s)`)
      pass(1_000)
    }
    expect(written).toEqual(['sandbox: kafka: starting (5 s)\n', 'sandbox: kafka: starting (10 s)\n'])
  })

  it('starts the pace anew after a part is done', () => {
    const { progress, written, pass } = createScreen(false)
    progress.update('kafka', 'loading')
    progress.done('kafka')
    pass(60_000)
    progress.update('kafka', 'starting')
    expect(written).toEqual([])
  })
})

describe('progress on a terminal', () => {
  it('redraws one line with the state of every part, cut to the width', () => {
    const { progress, written } = createScreen(true)
    progress.update('kafka', 'starting (1 s)')
    progress.update('registry', 'loading, 12 files')
    expect(written).toEqual([
      '\r\u001b[2Ksandbox: kafka: starting (1 s)',
      '\r\u001b[2Ksandbox: kafka: starting (1 s) | regist',
    ])
  })

  it('takes 80 columns for a terminal that does not know its width', () => {
    const { progress, written } = createScreen(true, 0)
    progress.update('kafka', 'x'.repeat(200))
    expect(written[0]).toHaveLength('\r\u001b[2K'.length + 79)
  })

  it('puts lasting lines above the redrawn one, and clears it at the end', () => {
    const { progress, written } = createScreen(true)
    progress.update('kafka', 'starting')
    progress.say('hello')
    progress.done('kafka')
    expect(written.slice(1)).toEqual([
      '\r\u001b[2Ksandbox: hello\n',
      '\r\u001b[2Ksandbox: kafka: starting',
      '\r\u001b[2K',
    ])
  })
})
