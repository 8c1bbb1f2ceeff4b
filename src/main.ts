#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { Command, Option } from 'commander'
import { registerCheck } from './cli/check.ts'
import { registerDeadLetters } from './cli/dead-letters.ts'
import { registerTopics } from './cli/manage-topics.ts'
import { registerPreview } from './cli/preview.ts'
import { registerReplay } from './cli/replay.ts'
import { run, stageChoices } from './cli/run.ts'
import { registerVerify } from './cli/verify.ts'

// V8 lets its heap double between two collections while it is small. A restore then holds twice the memory for the same work
// (measured: docs/restart.md); the collections that this costs take 2 % of its time.
setFlagsFromString('--heap-growing-percent=30')

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string
}

const program = new Command('zendesk-activation')
  .description('Keeps contacts in Zendesk Sell equal to the profiles and audience memberships in Kafka.')
  .version(version)
  .showHelpAfterError()
  // A wrong call exits as a wrong configuration does; 1 is for what goes wrong later.
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))

program
  .command('run')
  .description('run the stream processor until SIGTERM or SIGINT')
  .requiredOption('-c, --config <file>', 'configuration; config/reference.yaml explains every option')
  .addOption(
    new Option('--stage <stage>', 'run one stage alone, to scale them apart')
      .choices(stageChoices)
      .default('all'),
  )
  .action(async (options: { config: string; stage: (typeof stageChoices)[number] }) => {
    // At once: what did not stop in time (a broker that hangs) would keep the process for as long as it hangs.
    process.exit(await run({ configFile: options.config, stage: options.stage, version }))
  })

registerCheck(program, version)
registerTopics(program)
registerPreview(program)
registerReplay(program)
registerDeadLetters(program)
registerVerify(program, version)

await program.parseAsync()
