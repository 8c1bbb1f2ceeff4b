import { type Command, Option } from 'commander'
import { numberOption } from './number-option.ts'
import { placeForms } from './replay/range.ts'
import { replay } from './replay/replay.ts'
import { parseRequest, replayTopics, type ReplayWords } from './replay/request.ts'

interface Words extends ReplayWords {
  readonly config: string
  readonly wait: boolean
  readonly json: boolean
}

/** Adds the command `replay` to `program`. */
export function registerReplay(program: Command): void {
  program
    .command('replay')
    .description('read records of an input, or contacts, once more')
    .requiredOption('-c, --config <file>', 'configuration; config/reference.yaml explains every option')
    .addOption(new Option('--topic <topic>', 'what to replay').choices(replayTopics))
    .option('--from <place>', placeForms, 'beginning')
    .option('--to <place>', 'as --from; what comes in later is not replayed', 'end')
    .option('--audience <mappingId>', 'only records that name this audience')
    .option('--id <id>', 'go on with the replay of this id, or begin it')
    .addOption(
      new Option('--rate <n>', 'records per second, at most')
        .default(1000)
        .argParser(
          numberOption((value) => value >= 0.1 && value <= 1e6, 'must be a number from 0.1 to 1000000'),
        ),
    )
    .option('--force', 'write contacts again though nothing changed', false)
    .option('--dry-run', 'count by day and audience, replay nothing', false)
    .option('--no-wait', 'do not wait until the copies are processed')
    .option('--json', 'print JSON', false)
    .action(async (words: Words, command: Command) => {
      const request = parseRequest(words)
      if (typeof request === 'string') command.error(`error: ${request}`)
      else process.exit(await replay({ ...words, configFile: words.config, request }))
    })
}
