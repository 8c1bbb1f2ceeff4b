import type { Config } from '../../config/config.ts'
import { internalTopics } from '../../config/topics.ts'
import { audienceField } from '../../domain/audience.ts'
import type { SellClient } from '../../zendesk/sell-client.ts'
import { digest } from '../assemble-stage.ts'
import { createReadingCodecs } from '../codecs.ts'
import { connectForCommand } from '../command-kafka.ts'
import { CommandFailed, type CommandContext, type ExitCode, exitCodes, runCommand } from '../command.ts'
import { type KafkaTools, realOutside } from '../outside.ts'
import { systemClock } from '../system-clock.ts'
import { type Asker, createAsker } from './asker.ts'
import { type CompareEnd, type Comparison, createComparison, perRequest } from './compare-contacts.ts'
import { type Duplicates, findDuplicates } from './duplicates.ts'
import { type KnownContacts, openKnownContacts } from './known-contacts.ts'
import { counted, createProgress, inWords, type Progress } from '../progress.ts'
import { createRepairs, type Repairs } from './repairs.ts'
import { createQuestions } from './questions.ts'
import { isEqual, type Report, toJson, toText } from './report.ts'
import { chooseContacts, chunksOf, contactsToAsk } from './sample.ts'
import { createTally } from './tally.ts'
import { createZendesk } from '../zendesk.ts'

/** What `verify` is called with. */
export interface VerifyOptions {
  readonly configFile: string
  readonly version: string
  /** Requests per second; `null` for what the program leaves of Zendesk's ten. */
  readonly rate: number | null
  /** How many contacts to compare, chosen at random; `null` for all. */
  readonly sample: number | null
  readonly json: boolean
  readonly showEmails: boolean
  /** Whether the program is to write again what differs. */
  readonly repair: boolean
  /** Whether all contacts of the account are looked through for others with the same e-mails. */
  readonly duplicates: boolean
}

/** Zendesk's own limit, in requests per second. */
const zendeskRate = 10
/** Least that is asked for where the program may use all of the rate: it slows down a little then. */
const leastRate = 0.1
/** Room for a hundred contacts, whose descriptions may be long. */
const maxListBytes = 16 * 1024 * 1024

/**
 * Compares what Zendesk holds with what it should hold, and prints what differs. Writes to a temporary folder alone, and to the
 * topic by which the program hears of it where that is to repair. Resolves
 * with the exit code: 0 where nothing differs, 1 where something does or the comparison could not end, 2 where the
 * configuration is wrong.
 */
export async function verify(options: VerifyOptions): Promise<ExitCode> {
  return runCommand(options.configFile, async (context) => {
    const progress = createProgress(process.stderr, () => systemClock.monotonicMs())
    try {
      const report = await compareAll(context, options, progress)
      progress.end()
      process.stdout.write(
        options.json ? `${toJson(report, options.showEmails)}\n` : toText(report, options.showEmails),
      )
      return isEqual(report) ? exitCodes.ok : exitCodes.failed
    } finally {
      progress.end()
    }
  })
}

async function compareAll(
  { config, logger, signal }: CommandContext,
  options: VerifyOptions,
  progress: Progress,
): Promise<Report> {
  const kafka = await connectForCommand(config, logger)
  const zendeskConfig = {
    ...config.zendesk,
    maxResponseBytes: Math.max(config.zendesk.maxResponseBytes, maxListBytes),
  }
  const zendesk = createZendesk(
    { ...config, zendesk: zendeskConfig },
    options.version,
    logger,
    () => undefined,
  )
  try {
    const repairs = options.repair ? await openRepairs(config, kafka) : null
    const known = await openContacts(config, kafka, signal, progress)
    try {
      await known.catchUp()
      return await compareKnown({ config, options, known, repairs, zendesk, signal, progress })
    } finally {
      await known.close()
    }
  } finally {
    await Promise.all([zendesk.close(0), kafka.close()])
  }
}

async function openRepairs(config: Config, kafka: KafkaTools): Promise<Repairs> {
  const { deliverReplay } = internalTopics(config.applicationId)
  if (!(await kafka.topics.partitionCounts([deliverReplay])).has(deliverReplay))
    throw new CommandFailed(`there is no topic ${deliverReplay}. Create it with: topics --create`)
  return createRepairs(deliverReplay, async (records) => kafka.produce(records, () => true))
}

async function openContacts(
  config: Config,
  kafka: KafkaTools,
  signal: AbortSignal,
  progress: Progress,
): Promise<KnownContacts> {
  const { contacts, ledger } = internalTopics(config.applicationId)
  const there = await kafka.topics.partitionCounts([contacts, ledger])
  const missing = [contacts, ledger].filter((topic) => !there.has(topic))
  if (missing.length > 0)
    throw new CommandFailed(
      `there is no topic ${missing.join(' and ')}: has the program run with this configuration?`,
    )
  const codecs = await createReadingCodecs(config, realOutside.createRegistry(config))
  return openKnownContacts(config, {
    offsets: kafka.offsets,
    readLog: kafka.readLog,
    contactCodec: codecs.contact,
    ledgerCodec: codecs.ledger,
    signal,
    progress: (records, of) => progress.show(`read ${records} of ${of} records of ${contacts} and ${ledger}`),
  })
}

interface Comparing {
  readonly config: Config
  readonly options: VerifyOptions
  readonly known: KnownContacts
  readonly repairs: Repairs | null
  readonly zendesk: SellClient
  readonly signal: AbortSignal
  readonly progress: Progress
}

async function compareKnown({
  config,
  options,
  known,
  repairs,
  zendesk,
  signal,
  progress,
}: Comparing): Promise<Report> {
  const { requestsPerSecond } = config.zendesk
  const left = Math.round((zendeskRate - requestsPerSecond) * 100) / 100
  const rate = options.rate ?? Math.max(leastRate, left)
  const chosen = options.sample === null ? null : await chooseContacts(known, options.sample)
  const toAsk = await contactsToAsk(known, chosen)
  const requests = Math.ceil(toAsk / perRequest)
  const share =
    options.rate === null
      ? `what zendesk.requestsPerSecond (${requestsPerSecond}) leaves of ${zendeskRate}; --rate changes it`
      : '--rate'
  progress.say(
    `asking Zendesk for ${counted(toAsk, 'contact')} with ${counted(requests, 'request')}, ${rate} per second (${share}): about ${inWords((requests / rate) * 1000)}`,
  )
  const startedAtMs = systemClock.monotonicMs()
  const tally = createTally(config.audiences, config.statusWords)
  const asker = createAsker({
    ratePerSecond: rate,
    signal,
    monotonicMs: () => systemClock.monotonicMs(),
    waits: (why, forMs) => progress.say(`Zendesk: ${why}; asking again in ${inWords(forMs)}`),
  })
  const comparison = createComparison({
    known,
    questions: createQuestions(zendesk, asker, config.audiences.map(audienceField)),
    digest,
    nowMs: () => systemClock.nowMs(),
    compared(contact) {
      tally.add(contact)
      repairs?.add(contact)
      const leftMs = (Math.max(0, requests - asker.requests()) / rate) * 1000
      progress.show(`compared ${tally.total()} contacts; ${inWords(leftMs)} left`)
    },
  })
  const compared = await untilEnd(known, chosen, comparison, signal, async () => repairs?.flush())
  const searched =
    options.duplicates && compared.type === 'done'
      ? await search({ known, zendesk, signal, progress }, asker)
      : { end: compared, duplicates: null }
  return {
    ...tally.counts(),
    repair: repairs?.counts() ?? null,
    duplicates: searched.duplicates,
    endedBy: searched.end.type === 'ended' ? searched.end.reason : null,
    sample: options.sample,
    requests: asker.requests(),
    tookMs: systemClock.monotonicMs() - startedAtMs,
  }
}

/** Where the signal ends it, nothing is known of duplicates. */
async function search(
  { known, zendesk, signal, progress }: Pick<Comparing, 'known' | 'zendesk' | 'signal' | 'progress'>,
  asker: Asker,
): Promise<{ readonly end: CompareEnd; readonly duplicates: Duplicates | null }> {
  try {
    return await findDuplicates({
      known,
      asker,
      listPage: async (page) => zendesk.listContactPage(page),
      progress: (looked) => progress.show(`looked through ${looked} contacts of the account for duplicates`),
    })
  } catch (error) {
    if (signal.aborted) return { end: { type: 'ended', reason: 'interrupted' }, duplicates: null }
    throw error
  }
}

/** Where the signal ends it, what was found so far is told. */
async function untilEnd(
  known: KnownContacts,
  chosen: readonly string[] | null,
  comparison: Comparison,
  signal: AbortSignal,
  flush: () => Promise<void>,
): Promise<CompareEnd> {
  try {
    for await (const contacts of chunksOf(known, chosen)) {
      const end = await comparison.add(contacts)
      await flush()
      if (end.type === 'ended') return end
    }
    return await comparison.finish()
  } catch (error) {
    if (signal.aborted) return { type: 'ended', reason: 'interrupted' }
    throw error
  } finally {
    await flush()
  }
}
