import type { Command } from 'commander'
import type { Config } from '../config/config.ts'
import { loadConfig } from '../config/load.ts'
import type { KafkaAdmin } from '../kafka/admin.ts'
import { createLogger } from '../telemetry/logger.ts'
import { checkMachine, describeInvalid } from './check/configuration.ts'
import { asFindings, type Finding, problemsOf } from './check/finding.ts'
import { describeGroups, groupIds } from './check/groups.ts'
import { askBriefly, connectBriefly } from './check/kafka.ts'
import { findingsAsJson, formatFindings } from './check/report.ts'
import { checkSchemas } from './check/schemas.ts'
import { checkAllTopics } from './check/topics.ts'
import { judgeSell } from './check/zendesk.ts'
import { type ExitCode, exitCodes } from './command.ts'
import { realOutside } from './outside.ts'
import { askSell, createZendesk } from './zendesk.ts'

/** Adds the command `check` to `program`. */
export function registerCheck(program: Command, version: string): void {
  program
    .command('check')
    .description('tell everything that keeps run from working, and write nothing')
    .requiredOption('-c, --config <file>', 'configuration; config/reference.yaml explains every option')
    .option('--json', 'print JSON', false)
    .action(async ({ config, json }: { config: string; json: boolean }) =>
      process.exit(await check({ configFile: config, json, version })),
    )
}

/** What `check` is called with. */
interface CheckOptions {
  readonly configFile: string
  readonly json: boolean
  readonly version: string
}

/**
 * Tells everything that can be known before `run`, all at once, on standard output, and resolves with the exit code: 0
 * where nothing has to be mended, 1 where something has, 2 where the configuration is wrong. Writes nothing anywhere.
 */
async function check({ configFile, json, version }: CheckOptions): Promise<ExitCode> {
  const tell = (findings: readonly Finding[]): void => {
    process.stdout.write(json ? findingsAsJson(findings) : formatFindings(findings))
  }
  const loaded = await loadConfig(configFile)
  if (loaded.type === 'invalid') {
    tell(describeInvalid(loaded.problems))
    return exitCodes.badCall
  }
  const { config } = loaded
  const findings = await Promise.all([
    checkMachine(configFile, config),
    checkRegistry(config),
    checkKafka(config),
    checkZendesk(config, version),
  ])
  tell(findings.flat())
  return problemsOf(findings.flat()).length === 0 ? exitCodes.ok : exitCodes.failed
}

async function checkRegistry(config: Config): Promise<readonly Finding[]> {
  const checked = await checkSchemas(config, realOutside.createRegistry(config))
  if (checked.type === 'checked') return checked.findings
  const message =
    `no schemas from ${config.schemaRegistry.url}, so the mapped paths could not be checked (${checked.reason}). ` +
    'Start the registry, or correct the address.'
  return asFindings('schemas', [{ subject: 'schemaRegistry.url', message }])
}

async function checkKafka(config: Config): Promise<readonly Finding[]> {
  const connection = await connectBriefly(config)
  if (connection.type === 'unreachable') return asFindings('topics', [connection.problem])
  const { admin } = connection
  const asked = await askBriefly(config, async () => askKafka(config, admin))
  // What hangs ends with the process.
  await askBriefly(config, async () => admin.disconnect())
  return asked.type === 'answered' ? asked.answer : asFindings('topics', [asked.problem])
}

async function askKafka(config: Config, admin: KafkaAdmin): Promise<readonly Finding[]> {
  const [{ findings }, groups] = await Promise.all([
    checkAllTopics(admin.topics, config),
    admin.groups.describe(groupIds(config)),
  ])
  return [...findings, ...describeGroups(config, groups)]
}

async function checkZendesk(config: Config, version: string): Promise<readonly Finding[]> {
  const client = createZendesk(config, version, createLogger({ level: 'silent' }), () => undefined)
  try {
    return judgeSell(config, await askSell(client))
  } finally {
    await client.close(0)
  }
}
