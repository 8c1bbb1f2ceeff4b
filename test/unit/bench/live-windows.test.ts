import { describe, expect, it } from '@jest/globals'
import { compareWindows, type MeasuredWindow } from '../../../bench/live-windows.ts'

function windowOf(kind: MeasuredWindow['kind'], p99Ms: number): MeasuredWindow {
  const times = {
    p50Ms: 200,
    p99Ms,
    askedP50Ms: 20,
    askedP99Ms: p99Ms - 100,
    tookMs: [200, p99Ms],
    askedMs: [20],
  }
  return { kind, events: 2, otherWrites: 0, cores: { machine: 1 }, ...times }
}

describe('the comparison of windows with and without other work', () => {
  it('tells how much later the median window is, whatever one bad window shows', () => {
    const alone = [1000, 1000, 1000, 1000, 1000].map((ms) => windowOf('alone', ms))
    const beside = [1200, 1200, 9000, 1200, 1000].map((ms) => windowOf('beside', ms))
    const { p99Delay, figures } = compareWindows([...alone, ...beside])
    expect(p99Delay).toBe(0.2)
    expect(figures).toMatchObject({ aloneP99Ms: 1000, besideP99Ms: 1200, askedP99LaterMs: 200 })
    // The bad window shows here.
    expect(figures['p99DelayOfAllEvents']).toBe(8)
  })

  it('is below nothing where the windows beside are faster', () => {
    expect(compareWindows([windowOf('alone', 1000), windowOf('beside', 900)]).p99Delay).toBe(-0.1)
  })

  it('is no number where a kind was not measured, so that no bound holds', () => {
    expect(compareWindows([windowOf('beside', 900)]).p99Delay <= 0.1).toBe(false)
  })
})
