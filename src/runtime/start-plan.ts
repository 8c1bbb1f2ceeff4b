import type { CommittedOffset, LogBounds } from './ports.ts'
import type { StoredPositions } from './task-state.ts'
import type { RestoreRange } from './restore-progress.ts'

/** What is known of one input's partition when a task starts. */
export interface InputFacts {
  readonly log: LogBounds
  readonly committed: Pick<CommittedOffset, 'offset' | 'ours'> | undefined
  /** Its past is state, too: restored up to where the group is, then processed. */
  readonly isRestored: boolean
}

/** Everything that decides where a task begins. */
export interface StartFacts {
  readonly changelog: { readonly topic: string; readonly log: LogBounds }
  readonly inputs: ReadonlyMap<string, InputFacts>
  /** What the store knows of itself. */
  readonly stored: StoredPositions
  /** Epoch milliseconds. */
  readonly nowMs: number
  /** How long a store may have been out of use: what was deleted since is still marked as deleted in the changelog. */
  readonly maxStoreAgeMs: number
  /** The store was wiped because its changelog was made anew: nothing vouches for what the group has read. */
  readonly isChangelogNew: boolean
}

/** Where a task begins, or why its store is of no use. */
export type StartPlan =
  | { readonly type: 'wipe'; readonly reason: string; readonly isChangelogNew: boolean }
  | {
      readonly type: 'start'
      /** Up to where the store mirrors the changelog once it is restored. */
      readonly mirrorFrom: number
      /** By topic, what has to be restored; a topic with nothing to restore is missing. */
      readonly ranges: ReadonlyMap<string, RestoreRange>
      /** By input, the offset at which processing begins. */
      readonly positions: ReadonlyMap<string, number>
      /** By input, what may be committed before anything was processed: all but what an operator wished. */
      readonly done: ReadonlyMap<string, number>
      /** By input that is state, up to where it has to be processed before its state is that of now; only those behind it. */
      readonly ends: ReadonlyMap<string, number>
      /** By input, how many records were deleted from the log before they were read. */
      readonly lost: ReadonlyMap<string, number>
      /** By input, where the group has to go back to: the state of everything that it has read is gone. */
      readonly rewound: ReadonlyMap<string, number>
    }

/**
 * Decides where a task begins. The rules, in words:
 * - A store that mirrors more of the changelog than there is, or that was out of use longer than deletions are
 *   remembered, is wiped.
 * - The changelog is restored from where the store mirrors it to its end.
 * - An input goes on where the store or the group is, whichever is further: another member may have had the partition
 *   since, and its work is in the changelog.
 * - An offset that an operator set is followed, forwards and backwards. A group without an offset (new, deleted, expired)
 *   begins at the start of the log.
 * - Where part of the changelog is gone (it was made anew, or nothing ever was in it beside a group that has read, or its
 *   beginning was deleted past what the store mirrors), all is read again. Compaction alone deletes no beginning.
 */
export function planStart(facts: StartFacts): StartPlan {
  const { changelog, stored } = facts
  const { startOffset, endOffset } = changelog.log
  const mirrored = stored.offsets.get(changelog.topic)
  const wipe = unusable(facts, mirrored)
  if (wipe !== null) return wipe
  const from = Math.max(mirrored ?? startOffset, startOffset)
  const isEmpty = mirrored === undefined && endOffset === 0
  const isGone = facts.isChangelogNew || isEmpty || (mirrored ?? 0) < startOffset
  const begins = [...facts.inputs].map(([topic, input]) =>
    planInput(topic, input, stored.offsets.get(topic), isGone),
  )
  const ranges = begins.map(({ topic, range }) => [topic, range] as const)
  return {
    type: 'start',
    mirrorFrom: Math.max(from, endOffset),
    ranges: mapOf([[changelog.topic, rangeOf(from, endOffset)], ...ranges]),
    positions: mapOf(begins.map(({ topic, position }) => [topic, position])),
    done: mapOf(begins.map(({ topic, done }) => [topic, done])),
    ends: mapOf(begins.map(({ topic, end }) => [topic, end])),
    lost: mapOf(begins.map(({ topic, lost }) => [topic, lost])),
    rewound: mapOf(begins.map(({ topic, rewound }) => [topic, rewound])),
  }
}

function planInput(topic: string, input: InputFacts, known: number | undefined, isGone: boolean) {
  const { log, committed, isRestored } = input
  const readsAgain = isGone && !isRestored && committed?.ours === true
  const wanted = wantedPosition(known, input)
  const lost = log.startOffset - wanted
  const position = readsAgain ? log.startOffset : Math.max(wanted, log.startOffset)
  return {
    topic,
    position,
    range: isRestored ? rangeOf(Math.max(known ?? 0, log.startOffset), position) : null,
    done: readsAgain || isOurs(committed, position) ? position : null,
    end: isRestored && position < log.endOffset ? log.endOffset : null,
    lost: lost > 0 ? lost : null,
    rewound: readsAgain && committed.offset > position ? position : null,
  }
}

/**
 * What an operator set stays theirs until something was processed from there on: else a crash would forget the wish. And no
 * offset goes back by itself where a log was made anew.
 */
function isOurs(committed: InputFacts['committed'], position: number): boolean {
  return committed === undefined || (committed.ours && position >= committed.offset)
}

function rangeOf(startOffset: number, untilOffset: number): RestoreRange | null {
  return startOffset < untilOffset ? { startOffset, untilOffset } : null
}

/** The entries that have a value. */
function mapOf<T>(entries: readonly (readonly [string, T | null])[]): ReadonlyMap<string, T> {
  return new Map(entries.flatMap(([key, value]) => (value === null ? [] : [[key, value] as const])))
}

function unusable(facts: StartFacts, mirrored: number | undefined): StartPlan | null {
  const { changelog, stored, nowMs, maxStoreAgeMs } = facts
  const wipe = (reason: string, isChangelogNew = false): StartPlan => ({
    type: 'wipe',
    reason,
    isChangelogNew,
  })
  if (mirrored === undefined)
    return stored.offsets.size === 0 ? null : wipe('it does not say what of the changelog it mirrors')
  const { endOffset } = changelog.log
  if (mirrored > endOffset)
    return wipe(
      `it mirrors "${changelog.topic}" up to ${mirrored}, but that ends at ${endOffset}: made anew`,
      true,
    )
  const ageMs = nowMs - (stored.usedAtMs ?? -Infinity)
  return ageMs > maxStoreAgeMs ? wipe('it was out of use longer than deletions are remembered') : null
}

/** Where an input goes on, or `log.startOffset` at the earliest, for a log that still has it. */
function wantedPosition(known: number | undefined, { log, committed }: InputFacts): number {
  if (committed === undefined) return log.startOffset
  const offset = committed.ours ? Math.max(known ?? 0, committed.offset) : committed.offset
  // A log that ends before was made anew: everything in it is new.
  return offset > log.endOffset ? log.startOffset : offset
}
