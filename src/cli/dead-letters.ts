import { type Command, InvalidArgumentError, Option } from 'commander'
import { parseEventTime } from '../domain/event-time.ts'
import { type FilterWords, filterOf, type LetterPlace, parsePlace } from './dead-letters/filter.ts'
import { listLetters } from './dead-letters/list.ts'
import { redriveLetters } from './dead-letters/redrive-letters.ts'
import { showLetter } from './dead-letters/show.ts'
import { numberOption } from './number-option.ts'

interface ListWords extends FilterWords {
  readonly config: string
  readonly json: boolean
}

interface RedriveWords extends ListWords {
  readonly at?: LetterPlace
  readonly all: boolean
  readonly dryRun: boolean
  readonly rate: number
  readonly loopCap: number
}

/** Adds the command `dead-letters` to `program`. */
export function registerDeadLetters(program: Command): void {
  const letters = program
    .command('dead-letters')
    .description('records and contacts that could not be used: look at them, send them once more')
  registerList(letters)
  registerShow(letters)
  registerRedrive(letters)
}

function registerList(letters: Command): void {
  withFilter(letters.command('list').description('count them by reason and over time'))
    .option('--json', 'print JSON', false)
    .action(async ({ config, json, ...words }: ListWords) =>
      process.exit(await listLetters({ configFile: config, filter: filterOf(words), json })),
    )
}

function registerShow(letters: Command): void {
  letters
    .command('show')
    .description('one of them: where it came from, what was wrong')
    .argument('<partition/offset>', 'its place in the dead-letter topic', placeOption)
    .requiredOption('-c, --config <file>', configHelp)
    .option('--content', 'print key and value too: personal data', false)
    .action(async (place: LetterPlace, { config, content }: { config: string; content: boolean }) =>
      process.exit(await showLetter({ configFile: config, place, content })),
    )
}

function registerRedrive(letters: Command): void {
  withFilter(letters.command('redrive').description('send what they hold through the program once more'))
    .addOption(new Option('--at <partition/offset>', 'this one alone').argParser(placeOption))
    .option('--all', 'all of them', false)
    .option('--dry-run', 'say what would be sent, send nothing', false)
    .addOption(
      new Option('--rate <n>', 'letters per second, at most')
        .default(100)
        .argParser(
          numberOption((value) => value >= 0.1 && value <= 1e5, 'must be a number from 0.1 to 100000'),
        ),
    )
    .addOption(
      new Option('--loop-cap <n>', 'leave out what has become a dead letter so many times')
        .default(3)
        .argParser(
          numberOption((value) => value >= 1 && Number.isInteger(value), 'must be a whole number above 0'),
        ),
    )
    .option('--json', 'print JSON', false)
    .action(async ({ config, at, all, ...words }: RedriveWords, command: Command) => {
      const filter = { ...filterOf(words), place: at ?? null }
      const isChosen = Object.values(filter).some((value) => value !== null)
      if (isChosen === all)
        command.error(
          'error: say which letters, by --reason, --class, --source, --since, --until or --at, or --all',
        )
      else process.exit(await redriveLetters({ ...words, configFile: config, filter }))
    })
}

const configHelp = 'configuration; config/reference.yaml explains every option'

function withFilter(command: Command): Command {
  return command
    .requiredOption('-c, --config <file>', configHelp)
    .addOption(new Option('--reason <reason>', 'only these').choices(['poison', 'rejected', 'exhausted']))
    .option('--class <class>', 'only this error class')
    .option('--source <topic>', 'only records of this topic')
    .addOption(new Option('--since <time>', 'failed at this time or later').argParser(timeOption))
    .addOption(new Option('--until <time>', 'failed before this time').argParser(timeOption))
}

function timeOption(text: string): number {
  const timeMs = parseEventTime(text)
  if (timeMs === undefined)
    throw new InvalidArgumentError('must be a time such as 2026-01-31 or 2026-01-31T09:30:00Z (UTC)')
  return timeMs
}

function placeOption(text: string): LetterPlace {
  const place = parsePlace(text)
  if (place === null) throw new InvalidArgumentError('must be a partition and an offset such as 3/120')
  return place
}
