import { setTimeout as pause } from 'node:timers/promises'
import type { Config } from '../../config/config.ts'
import { internalTopics, type InternalTopics } from '../../config/topics.ts'
import type { OutputRecord } from '../../domain/record.ts'
import { connectForCommand } from '../command-kafka.ts'
import { type ExitCode, exitCodes, runCommand } from '../command.ts'
import type { KafkaTools } from '../outside.ts'
import { type LetterFilter, matches } from './filter.ts'
import { type Letter, subjectOf } from './letter.ts'
import { rangeOfLetters, readLetters } from './read-letters.ts'
import { redriveOf, type RefusedReason } from './redrive.ts'

/** What `dead-letters redrive` is called with. */
export interface RedriveOptions {
  readonly configFile: string
  readonly filter: LetterFilter
  readonly dryRun: boolean
  /** Letters per second. */
  readonly rate: number
  /** What became a letter so many times is left out: it would only become one more. */
  readonly loopCap: number
  readonly json: boolean
}

/** What became of the letters that were meant. */
export interface RedriveCounts {
  sent: number
  /** By why they were not. `repeated`: a newer letter is of the same; `looped`: too many are. */
  readonly left: Record<'repeated' | 'looped' | RefusedReason, number>
}

/** Letters of one subject: how many, and where the last is. */
interface Seen {
  count: number
  last: string
}

/** Sends what letters hold through the program once more, each content once, and resolves with the exit code. */
export async function redriveLetters(options: RedriveOptions): Promise<ExitCode> {
  return runCommand(options.configFile, async ({ config, logger, signal }) => {
    const kafka = await connectForCommand(config, logger)
    try {
      const counts = await redriveAll(config, kafka, options, signal)
      process.stdout.write(options.json ? `${JSON.stringify(counts)}\n` : toText(counts, options))
      return exitCodes.ok
    } finally {
      await kafka.close()
    }
  })
}

/** Reads the letters twice: what is the last of its subject shows at the end. Letters that come meanwhile are left alone. */
async function redriveAll(
  config: Config,
  kafka: KafkaTools,
  { filter, dryRun, rate, loopCap }: RedriveOptions,
  signal: AbortSignal,
): Promise<RedriveCounts> {
  const range = await rangeOfLetters(config, kafka)
  const seen = new Map<string, Seen>()
  await readLetters(kafka, range, signal, async (letters) => {
    for (const letter of letters) see(seen, letter)
    return Promise.resolve()
  })
  const counts: RedriveCounts = { sent: 0, left: { repeated: 0, looped: 0, incomplete: 0, 'no-source': 0 } }
  const redrive = createRedrive(config, seen, loopCap, counts)
  const others = await readLetters(kafka, range, signal, async (letters) => {
    for (const letter of letters) {
      signal.throwIfAborted()
      const record = matches(letter, filter) ? redrive(letter) : null
      if (record === null) continue
      counts.sent += 1
      if (dryRun) continue
      await kafka.produce([record], () => true)
      await pause(1000 / rate)
    }
  })
  counts.left.incomplete += others.incomplete
  return counts
}

function see(seen: Map<string, Seen>, letter: Letter): void {
  const subject = subjectOf(letter)
  const { count } = seen.get(subject) ?? { count: 0 }
  seen.set(subject, { count: count + 1, last: placeOf(letter) })
}

function createRedrive(
  config: Config,
  seen: ReadonlyMap<string, Seen>,
  loopCap: number,
  { left }: RedriveCounts,
) {
  const topics: InternalTopics = internalTopics(config.applicationId)
  const inputs = [config.inputs.profiles.topic, config.inputs.segmentMemberships.topic]
  return (letter: Letter): OutputRecord | null => {
    const { count, last } = seen.get(subjectOf(letter)) ?? { count: 1, last: placeOf(letter) }
    if (last !== placeOf(letter)) left.repeated += 1
    else if (count >= loopCap) left.looped += 1
    else {
      const made = redriveOf(letter, inputs, topics)
      if (made.type === 'copy') return made.record
      left[made.reason] += 1
    }
    return null
  }
}

function placeOf({ partition, offset }: Letter): string {
  return `${partition}/${offset}`
}

function toText({ sent, left }: RedriveCounts, { dryRun, loopCap }: RedriveOptions): string {
  const why = {
    repeated: 'a newer letter is of the same',
    looped: `became a dead letter ${loopCap} times or more; --loop-cap allows more`,
    incomplete: 'parts of the value are missing',
    'no-source': 'of a topic whose records are not read once more, or of an older release',
  }
  const lines = Object.entries(left).flatMap(([reason, count]) =>
    count === 0 ? [] : [`left alone: ${count} (${why[reason as keyof typeof why]})`],
  )
  const head = dryRun ? `${sent} would be sent once more; none was` : `${sent} sent once more`
  return `${[head, ...lines].join('\n')}\n`
}
