import type { Config } from '../../config/config.ts'
import type { KafkaTools } from '../outside.ts'
import { formatTable } from '../table.ts'
import type { Replay } from './replay-state.ts'
import type { AudiencesOf } from './select.ts'
import { createTally, type TallyRow } from './tally.ts'

/** Reads what a replay would copy, and counts it by day and audience. Rejects with the signal's reason where that comes first. */
export async function countRecords(
  kafka: Pick<KafkaTools, 'readLog'>,
  { task, ranges }: Replay,
  audiencesOf: AudiencesOf,
  signal: AbortSignal,
  told: (read: number) => void,
): Promise<readonly TallyRow[]> {
  const tally = createTally()
  let read = 0
  await kafka.readLog({
    topic: task.source,
    from: new Map([...ranges].map(([partition, { from }]) => [partition, from])),
    to: new Map([...ranges].map(([partition, { to }]) => [partition, to])),
    signal,
    async onRecords(records) {
      for (const record of records) {
        const audiences = await audiencesOf(record)
        if (task.audience === null || audiences.includes(task.audience))
          tally.count(record.timestampMs, audiences)
      }
      read += records.length
      told(read)
    },
  })
  return tally.rows()
}

/** The counts for people: a row per day, a column per audience that occurs. */
export function formatCounts({ audiences }: Config, source: string, rows: readonly TallyRow[]): string {
  const records = rows.reduce((sum, row) => sum + row.records, 0)
  const head = `${records.toLocaleString('en')} records of ${source} would be replayed; nothing was.`
  if (records === 0) return head
  const named = audiences
    .map(({ mappingId }) => mappingId)
    .filter((id) => rows.some((row) => Object.hasOwn(row.audiences, id)))
  const table = formatTable(
    ['day (UTC)', 'records', ...named],
    rows.map((row) => [row.day, row.records, ...named.map((id) => row.audiences[id] ?? 0)]),
  )
  return [head, '', ...table].join('\n')
}
