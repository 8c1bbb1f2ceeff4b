import type { Life } from './fleet.ts'

interface Holding {
  readonly member: string
  readonly place: string
  readonly fromMs: number
  readonly toMs: number
}

/** Two programs that both took a partition for theirs. */
export interface Overlap {
  readonly members: readonly [string, string]
  /** Stage and partition. */
  readonly place: string
  readonly overlapMs: number
}

/** All such overlaps, by what the programs said when they were assigned partitions; the longest first. */
export function overlapsOf(lives: readonly Life[], nowMs: number): readonly Overlap[] {
  const holdings = lives.flatMap((life, index) => holdingsOf(life, `${life.member}#${index + 1}`, nowMs))
  const overlaps: Overlap[] = []
  for (const [at, a] of holdings.entries()) {
    for (const b of holdings.slice(at + 1)) {
      const overlapMs = Math.min(a.toMs, b.toMs) - Math.max(a.fromMs, b.fromMs)
      if (a.place !== b.place || a.member === b.member || overlapMs <= 0) continue
      overlaps.push({ members: [a.member, b.member], place: a.place, overlapMs })
    }
  }
  return overlaps.sort((a, b) => b.overlapMs - a.overlapMs)
}

/** From each `assigned` to the next one, or to the end of the program. */
function holdingsOf({ program, endedAtMs }: Life, member: string, nowMs: number): readonly Holding[] {
  const lines = program.log().filter(({ msg }) => msg === 'assigned')
  return lines.flatMap((line, at) => {
    const next = lines.slice(at + 1).find(({ stage }) => stage === line['stage'])
    const toMs = next === undefined ? (endedAtMs ?? nowMs) : timeOf(next)
    return (line['partitions'] as readonly number[]).map((partition) => {
      return { member, place: `${String(line['stage'])}[${partition}]`, fromMs: timeOf(line), toMs }
    })
  })
}

/** When a log line was written, in epoch milliseconds. */
export function timeOf(line: Readonly<Record<string, unknown>>): number {
  return Date.parse(String(line['time']))
}
