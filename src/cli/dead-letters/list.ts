import { connectForCommand } from '../command-kafka.ts'
import { type ExitCode, exitCodes, runCommand } from '../command.ts'
import { counted } from '../progress.ts'
import { formatTable } from '../table.ts'
import { type LetterFilter, matches } from './filter.ts'
import { type OtherRecords, rangeOfLetters, readLetters } from './read-letters.ts'
import { createLetterSummary, type LetterSummary } from './summary.ts'

/** What `dead-letters list` is called with. */
export interface ListOptions {
  readonly configFile: string
  readonly filter: LetterFilter
  readonly json: boolean
}

/** Prints how many letters there are, by reason and over time, and resolves with the exit code. Shows no content. */
export async function listLetters({ configFile, filter, json }: ListOptions): Promise<ExitCode> {
  return runCommand(configFile, async ({ config, logger, signal }) => {
    const kafka = await connectForCommand(config, logger)
    try {
      const range = await rangeOfLetters(config, kafka)
      const summary = createLetterSummary()
      const others = await readLetters(kafka, range, signal, async (letters) => {
        for (const letter of letters) if (matches(letter, filter)) summary.add(letter)
        return Promise.resolve()
      })
      process.stdout.write(
        json ? `${toJson(range.topic, summary, others)}\n` : toText(range.topic, summary, others),
      )
      return exitCodes.ok
    } finally {
      await kafka.close()
    }
  })
}

/** The summary as JSON: times in ISO 8601. */
export function toJson(topic: string, summary: LetterSummary, others: OtherRecords): string {
  const { spanMs, bars } = summary.histogram()
  return JSON.stringify({
    topic,
    letters: summary.total(),
    kinds: summary.kinds().map(({ oldestMs, newestMs, ...kind }) => {
      return { ...kind, oldest: isoOf(oldestMs), newest: isoOf(newestMs) }
    }),
    histogram: { spanMs, bars: bars.map(({ fromMs, letters }) => ({ from: isoOf(fromMs), letters })) },
    ...others,
  })
}

const barWidth = 40

/** The summary for a person, lines with their ends. */
export function toText(topic: string, summary: LetterSummary, { foreign, incomplete }: OtherRecords): string {
  const total = summary.total()
  const notes = [
    ...(incomplete === 0 ? [] : [`${incomplete} letters lack parts of their value and are not counted`]),
    ...(foreign === 0 ? [] : [`${foreign} records of the topic are no letters of this program`]),
  ]
  const head = `${counted(total, 'dead letter')} in ${topic}`
  if (total === 0) return `${[head, ...notes].join('\n')}\n`
  const kinds = summary
    .kinds()
    .map((kind) => [
      kind.letters,
      kind.disposition,
      kind.errorClass,
      kind.sourceTopic ?? 'contact',
      minuteOf(kind.oldestMs),
      minuteOf(kind.newestMs),
      kind.detail,
    ])
  const { spanMs, bars } = summary.histogram()
  const most = Math.max(...bars.map(({ letters }) => letters))
  const isDaily = spanMs > 3_600_000
  const histogram = bars.map(({ fromMs, letters }) => [
    isDaily ? isoOf(fromMs).slice(0, 10) : minuteOf(fromMs),
    letters,
    '#'.repeat(letters === 0 ? 0 : Math.max(1, Math.round((letters / most) * barWidth))),
  ])
  const sections = [
    [head, ...notes],
    formatTable(['letters', 'reason', 'class', 'of', 'oldest (UTC)', 'newest (UTC)', 'newest says'], kinds),
    formatTable([isDaily ? 'day (UTC)' : 'hour (UTC)', 'letters', ''], histogram),
  ]
  return sections.map((lines) => `${lines.join('\n')}\n`).join('\n')
}

function isoOf(timeMs: number): string {
  return new Date(timeMs).toISOString()
}

function minuteOf(timeMs: number): string {
  return isoOf(timeMs).slice(0, 16).replace('T', ' ')
}
