import { type Command, Option } from 'commander'
import { numberOption } from './number-option.ts'
import { preview, type PreviewSubject } from './preview/preview.ts'

interface PreviewWords {
  readonly config: string
  readonly topic?: string
  readonly partition?: number
  readonly offset?: number
  readonly file?: string
  readonly kind?: 'profile' | 'memberships'
  readonly key?: string
  readonly email?: string
  readonly person?: string
  readonly json: boolean
}

/** Adds the command `preview` to `program`. */
export function registerPreview(program: Command): void {
  const place = numberOption(
    (value) => value >= 0 && Number.isSafeInteger(value),
    'must be a whole number, 0 or above',
  )
  program
    .command('preview')
    .description('show what a record, a person or an e-mail comes to, and why; writes nothing')
    .requiredOption('-c, --config <file>', 'configuration; config/reference.yaml explains every option')
    .option('--topic <name>', 'the record of an input topic, with --partition and --offset')
    .addOption(new Option('--partition <n>').argParser(place))
    .addOption(new Option('--offset <n>').argParser(place))
    .option('--file <json>', 'a record in a file: its value as JSON, with --kind and --key')
    .addOption(new Option('--kind <kind>', 'what the file holds').choices(['profile', 'memberships']))
    .option('--key <key>', 'key of the record in the file')
    .option('--person <key>', 'the stored person; with --file, with the record on top')
    .option('--email <address>', 'the stored contact of an e-mail')
    .option('--json', 'print JSON', false)
    .action(async (words: PreviewWords, command: Command) => {
      const subject = subjectOf(words)
      if (typeof subject === 'string') command.error(`error: ${subject}`)
      else process.exit(await preview({ configFile: words.config, subject, json: words.json }))
    })
}

type SubjectWords = Omit<PreviewWords, 'config' | 'json'>

/** What is to be previewed, or what is wrong with the words. */
export function subjectOf(words: SubjectWords): PreviewSubject | string {
  const { topic, partition, offset, file, kind, key, email, person } = words
  const problem = problemOf(words)
  if (problem !== null) return problem
  if (topic !== undefined && partition !== undefined && offset !== undefined)
    return { type: 'record', topic, partition, offset }
  if (file !== undefined && kind !== undefined)
    return { type: 'file', file, kind, key: key ?? null, personKey: person ?? null }
  if (email !== undefined) return { type: 'email', email }
  if (person !== undefined) return { type: 'person', personKey: person }
  return 'say what to preview: --topic, --file, --email or --person'
}

function problemOf({
  topic,
  partition,
  offset,
  file,
  kind,
  key,
  email,
  person,
}: SubjectWords): string | null {
  const isRecord = [topic, partition, offset].some(isGiven)
  const isFile = [file, kind, key].some(isGiven)
  const isPersonAlone = isGiven(person) && !isFile
  if ([isRecord, isFile, isGiven(email), isPersonAlone].filter(Boolean).length > 1)
    return 'give one of --topic, --file, --email and --person; only --file and --person go together'
  if (isRecord && ![topic, partition, offset].every(isGiven))
    return '--topic, --partition and --offset go together'
  return isFile && ![file, kind].every(isGiven) ? '--file and --kind go together' : null
}

function isGiven(word: unknown): boolean {
  return word !== undefined
}
