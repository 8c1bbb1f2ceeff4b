import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { createAvroDecoder } from '../avro/decoder.ts'
import type { Config } from '../config/config.ts'
import { internalTopics } from '../config/topics.ts'
import { copyContact, copyRecord } from '../domain/copy.ts'
import type { OutputRecord, SourceRecord } from '../domain/record.ts'
import { createCodecs } from './codecs.ts'
import { commandLogger, exitCodes, interruption, openConfig, say, tell } from './command.ts'
import { type KafkaTools, realOutside } from './outside.ts'
import { createProgress, formatDuration, type Progress } from './progress.ts'
import { chooseReplay } from './replay/choose-replay.ts'
import { countRecords, formatCounts } from './replay/dry-run.ts'
import type { ReplayTask } from './replay/progress-note.ts'
import type { Replay } from './replay/replay-state.ts'
import { parseRequest, type ReplayOptions } from './replay/request.ts'
import { type ReplayResult, runReplay, waitUntilRead } from './replay/run-replay.ts'
import { audiencesOfContact, audiencesOfInput, type AudiencesOf } from './replay/select.ts'
import { systemClock } from './system-clock.ts'

/**
 * Copies records of an input, or contacts, for the stages to read once more, and resolves with the exit code. What is interrupted
 * goes on with the same id, from any machine.
 */
export async function replay(options: ReplayOptions): Promise<number> {
  const request = parseRequest(options)
  if (typeof request === 'string') {
    tell(`replay: ${request}`)
    return exitCodes.misused
  }
  const config = await openConfig(options.config)
  if (config === null) return exitCodes.misused
  const kafka = await realOutside.connectKafka(config, commandLogger())
  try {
    const chosen = await chooseReplay(config, kafka, request, newId)
    if (chosen.type === 'failed') {
      tell(`replay: ${chosen.problem}`)
      return exitCodes.failed
    }
    return options.dryRun === true
      ? await count(config, kafka, chosen.replay, options)
      : await carryOut(config, kafka, chosen.replay, request.rate, options)
  } finally {
    await kafka.close()
  }
}

/** Sorts by time. */
function newId(): string {
  const minute = new Date(systemClock.nowMs()).toISOString().slice(0, 16).replace(/[-:]/g, '')
  return `${minute}-${randomBytes(2).toString('hex')}`
}

async function count(
  config: Config,
  kafka: KafkaTools,
  chosen: Replay,
  { json }: ReplayOptions,
): Promise<number> {
  const { source } = chosen.task
  const signal = interruption()
  const audiencesOf = await audienceReader(config, source)
  const progress = progressOf(chosen)
  let read = 0
  const rows = await countRecords(kafka, chosen, audiencesOf, signal, (now) =>
    progress.update((read = now)),
  ).catch((error: unknown) => {
    if (signal.aborted) return null
    throw error
  })
  progress.end(read)
  if (rows === null) return exitCodes.interrupted
  const records = rows.reduce((sum, row) => sum + row.records, 0)
  say(json === true ? JSON.stringify({ source, records, days: rows }) : formatCounts(config, source, rows))
  return exitCodes.ok
}

async function carryOut(
  config: Config,
  kafka: KafkaTools,
  chosen: Replay,
  rate: number,
  options: ReplayOptions,
): Promise<number> {
  const { id, task } = chosen
  const total = sizeOf(chosen)
  tell(
    `replay ${id}: ${total.toLocaleString('en')} records of ${task.source} to ${task.target}, at most ${rate} per second ` +
      `(${formatDuration((total / rate) * 1000)})`,
  )
  const audiencesOf = task.audience === null ? null : await audienceReader(config, task.source)
  const signal = interruption()
  const groupId = readerGroup(config, task)
  const progress = progressOf(chosen)
  // So much of it lies before live records at most: what the stage reads in a few seconds.
  const pace = { rate, maxBacklog: options.wait ? Math.max(1000, 5 * rate) : Infinity }
  const result = await runReplay(
    { kafka, audiencesOf, monotonicMs: () => systemClock.monotonicMs(), pause: wait },
    { chosen, copyOf: copierOf(config, task), groupId, pace, signal },
    (read, backlog) => progress.update(read, backlog === null ? '' : `${backlog} not processed yet`),
  )
  progress.end(result.read)
  if (result.outcome !== 'complete') {
    const call = `zendesk-activation replay --config ${options.config} --id ${id}`
    tell(
      result.outcome === 'not_begun'
        ? 'interrupted before anything was copied'
        : `interrupted, with ${result.copied.toLocaleString('en')} records copied. Go on with: ${call}`,
    )
    return exitCodes.interrupted
  }
  if (
    options.wait &&
    (await waitUntilRead(kafka, groupId, task.target, { signal, pause: wait, tell })) !== 'read'
  ) {
    tell('all records are copied; the program processes them whether this command waits or not')
    return exitCodes.interrupted
  }
  showResult(chosen, result, options)
  return exitCodes.ok
}

function showResult(
  { id, task: { source } }: Replay,
  { read, copied }: ReplayResult,
  options: ReplayOptions,
): void {
  const processed = options.wait
  if (options.json === true) say(JSON.stringify({ id, source, read, copied, processed }))
  else
    say(
      `replayed ${copied.toLocaleString('en')} records of ${source}${processed ? ', all of them processed' : ''}`,
    )
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
    return audiencesOfContact(config, (await createCodecs(config, registry)).contact)
  const decoder = createAvroDecoder({ registry, maxBytes: config.inputs.maxRecordBytes })
  return audiencesOfInput(config, source, decoder)
}

function progressOf(chosen: Replay): Progress {
  const total = sizeOf(chosen)
  return createProgress(process.stderr, { total, unit: 'records read' }, () => systemClock.monotonicMs())
}

/** Offsets, so at most so many records: compaction leaves gaps. */
function sizeOf({ ranges }: Replay): number {
  return [...ranges.values()].reduce((sum, { from, to }) => sum + to - from, 0)
}

async function wait(delayMs: number): Promise<void> {
  await pause(delayMs)
}
