import { createAvroDecoder } from '../../avro/decoder.ts'
import type { Config } from '../../config/config.ts'
import { toJson } from '../../domain/json.ts'
import { connectForCommand } from '../command-kafka.ts'
import { CommandFailed, type ExitCode, exitCodes, runCommand } from '../command.ts'
import { realOutside } from '../outside.ts'
import { formatTable } from '../table.ts'
import { type LetterPlace, matches } from './filter.ts'
import { type Letter, subjectOf } from './letter.ts'
import { rangeOfLetters, readLetters } from './read-letters.ts'

/** What `dead-letters show` is called with. */
export interface ShowOptions {
  readonly configFile: string
  readonly place: LetterPlace
  /** Whether key and value are shown, which are personal data. */
  readonly content: boolean
}

/** Prints one letter, and resolves with the exit code: 1 where there is none at that place. */
export async function showLetter({ configFile, place, content }: ShowOptions): Promise<ExitCode> {
  return runCommand(configFile, async ({ config, logger, signal }) => {
    const kafka = await connectForCommand(config, logger)
    try {
      const { topic, to } = await rangeOfLetters(config, kafka)
      const end = Math.min(place.offset + 1, to.get(place.partition) ?? 0)
      const filter = {
        disposition: null,
        errorClass: null,
        sourceTopic: null,
        sinceMs: null,
        untilMs: null,
        place,
      }
      const found: Letter[] = []
      const range = {
        topic,
        from: new Map([[place.partition, place.offset]]),
        to: new Map([[place.partition, end]]),
      }
      await readLetters(kafka, range, signal, async (letters) => {
        found.push(...letters.filter((letter) => matches(letter, filter)))
        return Promise.resolve()
      })
      const [letter] = found
      if (letter === undefined)
        throw new CommandFailed(`there is no dead letter at ${place.partition}/${place.offset} of ${topic}`)
      process.stdout.write(`${describe(letter).join('\n')}\n`)
      if (content) process.stdout.write(`\n${(await contentOf(config, letter)).join('\n')}\n`)
      return exitCodes.ok
    } finally {
      await kafka.close()
    }
  })
}

/** What is known of a letter, without its content. */
export function describe(letter: Letter): readonly string[] {
  const { source, key, value } = letter
  const place = source === null ? 'a contact' : `${source.topic} ${source.partition}/${source.offset}`
  const writtenMs = source?.timestampMs ?? null
  return formatTable(
    [],
    [
      ['reason', letter.disposition],
      ['class', letter.errorClass],
      ['stage', letter.stage],
      ['detail', letter.detail],
      ['failed at', new Date(letter.failedAtMs).toISOString()],
      ['of', place],
      ...(writtenMs === null || writtenMs < 0 ? [] : [['written at', new Date(writtenMs).toISOString()]]),
      ['key', key === null ? 'none' : `${key.byteLength} bytes`],
      ['value', value === null ? 'none' : `${value.byteLength} bytes`],
      ['subject', subjectOf(letter)],
    ],
  )
}

async function contentOf(config: Config, { key, value }: Letter): Promise<readonly string[]> {
  const keyLine = `key: ${key === null ? 'none' : JSON.stringify(Buffer.from(key).toString('utf8'))}`
  if (value === null) return [keyLine, 'value: none']
  const registry = realOutside.createRegistry(config)
  const decoder = createAvroDecoder({ registry, maxBytes: config.deadLetter.maxMessageBytes })
  const decoded = await decoder.decode(value)
  if (decoded.type === 'decoded') return [keyLine, `value: ${JSON.stringify(toJson(decoded.value), null, 2)}`]
  return [
    keyLine,
    `value, which does not decode (${decoded.reason}: ${decoded.detail}), as base64:`,
    Buffer.from(value).toString('base64'),
  ]
}
