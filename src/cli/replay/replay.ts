import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { createAvroDecoder } from '../../avro/decoder.ts'
import type { Config } from '../../config/config.ts'
import { internalTopics } from '../../config/topics.ts'
import { copyContact, copyRecord } from '../../domain/copy.ts'
import type { OutputRecord, SourceRecord } from '../../domain/record.ts'
import { createReadingCodecs } from '../codecs.ts'
import { connectForCommand } from '../command-kafka.ts'
import { type CommandContext, CommandFailed, type ExitCode, exitCodes, runCommand } from '../command.ts'
import { type KafkaTools, realOutside } from '../outside.ts'
import { createProgress, inWords } from '../progress.ts'
import { systemClock } from '../system-clock.ts'
import { chooseReplay } from './choose-replay.ts'
import { countRecords, formatCounts } from './dry-run.ts'
import type { ReplayTask } from './progress-note.ts'
import type { Replay } from './replay-state.ts'
import type { ReplayRequest } from './request.ts'
import { runReplay, waitUntilRead } from './run-replay.ts'
import { audiencesOfContact, audiencesOfInput, type AudiencesOf } from './select.ts'

/** What `replay` is called with. */
export interface ReplayOptions {
  readonly configFile: string
  readonly request: ReplayRequest
  readonly dryRun: boolean
  /** False: does not wait for the stage to process the copies, neither while it copies nor at the end. */
  readonly wait: boolean
  readonly json: boolean
}

/** A call at work. */
interface Work extends CommandContext {
  readonly options: ReplayOptions
  readonly kafka: KafkaTools
  readonly chosen: Replay
}

/**
 * Copies records of an input, or contacts, for the stages to read once more, and resolves with the exit code. What is interrupted
 * goes on with the same id, from any machine.
 */
export async function replay(options: ReplayOptions): Promise<ExitCode> {
  return runCommand(options.configFile, async (context) => {
    const { config, logger } = context
    const kafka = await connectForCommand(config, logger)
    try {
      const chosen = await chooseReplay(config, kafka, options.request, newId)
      if (chosen.type === 'failed') throw new CommandFailed(chosen.problem)
      const work = { ...context, options, kafka, chosen: chosen.replay }
      await (options.dryRun ? count(work) : carryOut(work))
      return exitCodes.ok
    } finally {
      await kafka.close()
    }
  })
}

/** Sorts by time. */
function newId(): string {
  const minute = new Date(systemClock.nowMs()).toISOString().slice(0, 16).replace(/[-:]/g, '')
  return `${minute}-${randomBytes(2).toString('hex')}`
}

async function count({ config, kafka, chosen, options, signal }: Work): Promise<void> {
  const { source } = chosen.task
  const progress = createReadProgress(chosen)
  const audiencesOf = await audienceReader(config, source)
  try {
    const rows = await countRecords(kafka, chosen, audiencesOf, signal, progress.show)
    const records = rows.reduce((sum, row) => sum + row.records, 0)
    progress.end()
    say(options.json ? JSON.stringify({ source, records, days: rows }) : formatCounts(config, source, rows))
  } finally {
    progress.end()
  }
}

async function carryOut({ config, kafka, chosen, options, signal }: Work): Promise<void> {
  const { id, task } = chosen
  const { rate } = options.request
  const total = sizeOf(chosen)
  const progress = createReadProgress(chosen)
  progress.say(
    `replay ${id}: ${total.toLocaleString('en')} records of ${task.source} to ${task.target}, ` +
      `at most ${rate} per second (${inWords((total / rate) * 1000)})`,
  )
  const audiencesOf = task.audience === null ? null : await audienceReader(config, task.source)
  const groupId = readerGroup(config, task)
  // So much of it lies before live records at most: what the stage reads in a few seconds.
  const pace = { rate, maxBacklog: options.wait ? Math.max(1000, 5 * rate) : Infinity }
  try {
    const { outcome, copied, read } = await runReplay(
      { kafka, audiencesOf, monotonicMs: () => systemClock.monotonicMs(), pause: wait },
      { chosen, copyOf: copierOf(config, task), groupId, pace, signal },
      (done, backlog) => progress.show(done, backlog === null ? '' : `, ${backlog} not processed yet`),
    )
    progress.end()
    if (outcome !== 'complete') throw interrupted(outcome, copied, options.configFile, id)
    const waiting = { signal, pause: wait, tell: progress.say }
    if (options.wait && (await waitUntilRead(kafka, groupId, task.target, waiting)) === 'interrupted')
      throw new CommandFailed(
        'all records are copied; the program processes them whether this command waits or not',
        exitCodes.interrupted,
      )
    const processed = options.wait
    const words = `replayed ${copied.toLocaleString('en')} records of ${task.source}${processed ? ', all of them processed' : ''}`
    say(options.json ? JSON.stringify({ id, source: task.source, read, copied, processed }) : words)
  } finally {
    progress.end()
  }
}

function interrupted(
  outcome: 'interrupted' | 'not_begun',
  copied: number,
  configFile: string,
  id: string,
): CommandFailed {
  const call = `zendesk-activation replay --config ${configFile} --id ${id}`
  const words =
    outcome === 'not_begun'
      ? 'interrupted before anything was copied'
      : `interrupted, with ${copied.toLocaleString('en')} records copied. Go on with: ${call}`
  return new CommandFailed(words, exitCodes.interrupted)
}

/** The group of the stage that reads the copies. */
function readerGroup({ applicationId }: Config, { target }: ReplayTask): string {
  return `${applicationId}.${target === internalTopics(applicationId).assembleReplay ? 'assemble' : 'deliver'}`
}

function copierOf(
  { applicationId }: Config,
  { source, target, force }: ReplayTask,
): (record: SourceRecord) => OutputRecord {
  const isContact = source === internalTopics(applicationId).contacts
  return (record) =>
    isContact ? copyContact(target, record, force ? 'all' : null) : copyRecord(target, record)
}

async function audienceReader(config: Config, source: string): Promise<AudiencesOf> {
  const registry = realOutside.createRegistry(config)
  if (source === internalTopics(config.applicationId).contacts)
    return audiencesOfContact(config, (await createReadingCodecs(config, registry)).contact)
  const decoder = createAvroDecoder({ registry, maxBytes: config.inputs.maxRecordBytes })
  return audiencesOfInput(config, source, decoder)
}

/** Progress over the records of a replay. */
function createReadProgress(chosen: Replay) {
  const total = sizeOf(chosen)
  const startedMs = systemClock.monotonicMs()
  const progress = createProgress(process.stderr, () => systemClock.monotonicMs())
  return {
    ...progress,
    show: (read: number, note = ''): void => {
      const share = total === 0 ? 1 : read / total
      const leftMs = ((systemClock.monotonicMs() - startedMs) / Math.max(1, read)) * (total - read)
      const counts = `${read.toLocaleString('en')} of ${total.toLocaleString('en')} records read`
      const left = read === 0 || read >= total ? '' : `, ${inWords(leftMs)} left`
      progress.show(`${Math.floor(share * 100)} %, ${counts}${left}${note}`, share)
    },
  }
}

/** Offsets, so at most so many records: compaction leaves gaps. */
function sizeOf({ ranges }: Replay): number {
  return [...ranges.values()].reduce((sum, { from, to }) => sum + to - from, 0)
}

async function wait(delayMs: number): Promise<void> {
  await pause(delayMs)
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
