import { type Command, Option } from 'commander'
import { numberOption } from './number-option.ts'
import { verify } from './verify/verify.ts'

interface VerifyWords {
  readonly config: string
  readonly rate?: number
  readonly sample?: number
  readonly json: boolean
  readonly showEmails: boolean
  readonly repair: boolean
  readonly duplicates: boolean
}

/** Adds the command `verify` to `program`. */
export function registerVerify(program: Command, version: string): void {
  program
    .command('verify')
    .description('compare what Zendesk holds with what it should hold; changes nothing without --repair')
    .requiredOption('-c, --config <file>', 'configuration; config/reference.yaml explains every option')
    .addOption(
      new Option(
        '--rate <n>',
        'requests per second (default: what the configuration leaves of 10)',
      ).argParser(numberOption((value) => value > 0 && value <= 10, 'must be a number above 0 and up to 10')),
    )
    .addOption(
      new Option('--sample <n>', 'compare so many contacts, chosen at random').argParser(
        numberOption((value) => value > 0 && Number.isSafeInteger(value), 'must be a whole number above 0'),
      ),
    )
    .option('--json', 'print JSON', false)
    .option(
      '--duplicates',
      'look through all contacts in Zendesk for others with the same e-mail, too',
      false,
    )
    .option('--repair', 'have the program write again what differs, behind all that is live', false)
    .option('--show-emails', 'name contacts by their e-mails, not by their ids alone', false)
    .action(async ({ config, rate, sample, ...flags }: VerifyWords) => {
      const chosen = { rate: rate ?? null, sample: sample ?? null }
      process.exit(await verify({ configFile: config, version, ...chosen, ...flags }))
    })
}
