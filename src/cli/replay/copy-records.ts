import type { OutputRecord, SourceRecord } from '../../domain/record.ts'

/** What copying needs of the outside. Times in milliseconds. */
export interface CopyPorts {
  /** Which of these records are copied. */
  select(records: readonly SourceRecord[]): Promise<readonly OutputRecord[]>
  /** Resolves when every record is acknowledged by all in-sync replicas. */
  produce(records: readonly OutputRecord[]): Promise<void>
  /** Makes durable that this partition is copied up to here. */
  commit(partition: number, offset: number): Promise<void>
  /** How many copies the stage has not read yet; `null` where nobody can say now. */
  backlog(): Promise<number | null>
  monotonicMs(): number
  pause(delayMs: number): Promise<void>
}

/** How fast is copied. */
export interface CopyPace {
  /** Copies per second, at most. */
  readonly rate: number
  /** Copying waits while the stage has so many copies to read: more would stand in the way of live records. */
  readonly maxBacklog: number
}

/** Records that are copied and committed together, at most. */
const chunkSize = 500
const lookEveryMs = 1000

/**
 * Copies records, in order, no faster than `pace`, and never far ahead of the stage that reads the copies. After each chunk its
 * end is committed, so what is interrupted repeats a chunk at most; the stage knows a repeated copy for what it is. Where
 * `signal` is aborted, it returns before the next chunk, with all that was begun committed.
 */
export function createCopier(ports: CopyPorts, pace: CopyPace, signal: AbortSignal) {
  const chunk = Math.max(1, Math.min(chunkSize, Math.ceil(pace.rate / 4)))
  /** When the next copy may go. */
  let freeMs = ports.monotonicMs()
  let lookedMs = -Infinity

  async function waitForTurn(): Promise<void> {
    while (!signal.aborted) {
      const nowMs = ports.monotonicMs()
      if (nowMs < freeMs) await ports.pause(Math.min(freeMs - nowMs, lookEveryMs))
      else if (nowMs - lookedMs < lookEveryMs) return
      else if (((await ports.backlog()) ?? Infinity) < pace.maxBacklog) lookedMs = ports.monotonicMs()
      else await ports.pause(lookEveryMs)
    }
  }

  /** The records of one partition, in order. Resolves with how many were read and how many of those were copied. */
  return async function copy(
    records: readonly SourceRecord[],
  ): Promise<{ readonly read: number; readonly copied: number }> {
    let [read, copied] = [0, 0]
    for (let at = 0; at < records.length; at += chunk) {
      await waitForTurn()
      if (signal.aborted) break
      const part = records.slice(at, at + chunk)
      const copies = await ports.select(part)
      freeMs = Math.max(freeMs, ports.monotonicMs()) + (copies.length * 1000) / pace.rate
      if (copies.length > 0) await ports.produce(copies)
      const last = part.at(-1)
      if (last !== undefined) await ports.commit(last.partition, last.offset + 1)
      read += part.length
      copied += copies.length
    }
    return { read, copied }
  }
}
