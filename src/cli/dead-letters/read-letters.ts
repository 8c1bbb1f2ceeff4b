import type { Config } from '../../config/config.ts'
import { internalTopics } from '../../config/topics.ts'
import type { SourceRecord } from '../../domain/record.ts'
import { CommandFailed } from '../command.ts'
import type { KafkaTools } from '../outside.ts'
import { createPartJoiner } from './join-parts.ts'
import { type Letter, readLetter } from './letter.ts'

/** What is in the dead-letter topic now: the offsets of each partition. */
export interface LetterRange {
  readonly topic: string
  readonly from: ReadonlyMap<number, number>
  readonly to: ReadonlyMap<number, number>
}

/** The range of all letters that are there now. Rejects with {@link CommandFailed} where there is no such topic. */
export async function rangeOfLetters(
  config: Config,
  { topics, offsets }: Pick<KafkaTools, 'topics' | 'offsets'>,
): Promise<LetterRange> {
  const topic = internalTopics(config.applicationId).deadLetter
  if (!(await topics.partitionCounts([topic])).has(topic))
    throw new CommandFailed(`there is no topic ${topic}: has the program run with this configuration?`)
  const bounds = [...(await offsets.logBounds(topic))]
  return {
    topic,
    from: new Map(bounds.map(([partition, { startOffset }]) => [partition, startOffset])),
    to: new Map(bounds.map(([partition, { endOffset }]) => [partition, endOffset])),
  }
}

/** What reading the letters came across that is none. */
export interface OtherRecords {
  /** Records that are no letter of this program. */
  foreign: number
  /** Letters of which parts are missing. */
  incomplete: number
}

/** Hands over every letter of a range, whole, one after another. */
export async function readLetters(
  kafka: Pick<KafkaTools, 'readLog'>,
  range: LetterRange,
  signal: AbortSignal,
  onLetters: (letters: readonly Letter[]) => Promise<void>,
): Promise<OtherRecords> {
  const joiner = createPartJoiner()
  const others: OtherRecords = { foreign: 0, incomplete: 0 }
  const read = (record: SourceRecord): readonly Letter[] => {
    const whole = joiner.add(record)
    if (whole === null) return []
    const letter = readLetter(whole)
    if (letter === null) others.foreign += 1
    return letter === null ? [] : [letter]
  }
  await kafka.readLog({ ...range, signal, onRecords: async (records) => onLetters(records.flatMap(read)) })
  others.incomplete = joiner.incomplete()
  return others
}
