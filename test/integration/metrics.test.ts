import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type MetricSample, sumOf } from '../../sandbox/demo/scrape.ts'
import { type Application, createApplication } from '../support/application.ts'
import { reportMeasurement } from '../support/measurement.ts'
import { peopleOf, personOf } from '../support/people.ts'
import type { Program } from '../support/program.ts'
import { isQuiet, stagePositions } from '../support/progress-in-kafka.ts'
import { until } from '../support/until.ts'

const prefix = 'zendesk_activation_'

/** What dashboards and alerts go by, each with a series once some records went through. */
const promised = [
  'authorised', 'build_info', 'committed_offset', 'consumer_lag_records', 'contacts_emitted_total',
  'contacts_received_total', 'dead_letters_total', 'dirty_contacts', 'drain_eta_seconds', 'exclusions_total',
  'fields_unusable_total',
  'freshness_seconds_bucket', 'freshness_seconds_count', 'freshness_seconds_sum', 'identities_activated_total',
  'identities_excluded', 'identities_failed_total', 'identity_conflicts_total', 'log_end_offset',
  'oldest_dirty_age_seconds', 'profiles_received_total', 'ready', 'rebalances_total', 'records_produced_total',
  'request_duration_seconds_bucket', 'request_duration_seconds_count', 'request_duration_seconds_sum',
  'requests_avoided_total', 'requests_per_second_share', 'requests_total', 'restore_remaining_records', 'tasks',
  'token_file_age_seconds', 'write_outcomes_total',
] // prettier-ignore

/** As in a configuration that names none of these, so that the idle process below is a usual one. */
const defaultWaits = { maxWaitTimeMs: 1000, heartbeatIntervalMs: 3000, commitIntervalMs: 2000 }

const people = peopleOf('metric', 6)
const excluded = personOf('nameless', { person: { name: { firstName: 'Only', lastName: '' } } })

let app: Application
let program: Program

beforeAll(async () => {
  app = await createApplication()
  await app.load([...people, excluded])
  await app.produce(app.topics.profiles, [{ key: 'bad', value: Buffer.from('not avro') }])
  program = await app.start()
  await program.untilReady()
  await program.until('nothing is left to do', async () => isQuiet(app, [program]))
})

afterAll(async () => app.dispose())

/** `topic/partition: offset` of one gauge of one stage. */
function offsetsOf(samples: readonly MetricSample[], name: string, stage: string): Map<string, number> {
  const ofStage = samples.filter(
    (sample) => sample.name === prefix + name && sample.labels['stage'] === stage,
  )
  return new Map(
    ofStage.map(({ labels, value }) => [`${labels['topic'] ?? ''}/${labels['partition'] ?? ''}`, value]),
  )
}

/** The gauges of offsets are there for every partition of a stage's inputs, and say what the brokers say. */
async function showTheEnd(stage: 'assemble' | 'deliver'): Promise<boolean> {
  const samples = await program.metrics()
  const [committed, ends, lag] = ['committed_offset', 'log_end_offset', 'consumer_lag_records'].map((name) =>
    offsetsOf(samples, name, stage),
  )
  const positions = await stagePositions(app, stage)
  // A partition to which nothing was ever written has nothing committed, and no lag.
  const written = positions.filter(({ end }) => end > 0)
  return (
    positions.every(({ topic, partition, end }) => ends?.get(`${topic}/${partition}`) === end) &&
    written.every(({ topic, partition, end }) => committed?.get(`${topic}/${partition}`) === end) &&
    written.every(({ topic, partition }) => lag?.get(`${topic}/${partition}`) === 0)
  )
}

describe('/metrics', () => {
  it('has every promised name with a series', async () => {
    const missing = async (): Promise<readonly string[]> => {
      const names = new Set((await program.metrics()).map(({ name }) => name))
      return promised.filter((name) => !names.has(prefix + name))
    }
    // The ends of the logs are asked for every few seconds.
    await program.until('the lag is known', async () => !(await missing()).includes('consumer_lag_records'))
    expect(await missing()).toEqual([])
  })

  it('counts what went through', async () => {
    const samples = await program.metrics()
    const sum = (name: string, labels = {}): number => sumOf(samples, prefix + name, labels)
    expect({
      activated: sum('identities_activated_total'),
      excluded: sum('identities_excluded', { reason: 'no_last_name' }),
      deadLetters: sum('dead_letters_total', { error_class: 'not-framed' }),
      received: sum('profiles_received_total', { topic: app.topics.profiles }),
      written: sum('requests_total', { operation: 'upsert', code_class: '2xx' }),
      share: sum('requests_per_second_share'),
      running: sum('tasks', { state: 'running' }),
      ready: sum('ready'),
    }).toEqual({
      activated: people.length,
      excluded: 1,
      deadLetters: 1,
      received: people.length + 2,
      written: people.length,
      share: 9.5,
      running: 4,
      ready: 1,
    })
  })

  it('shows committed offsets and lag at the end of every log, after a restart without new records too', async () => {
    for (const stage of ['assemble', 'deliver'] as const)
      await program.until(`${stage} is at the end`, async () => showTheEnd(stage))
    expect((await program.terminate()).status).toBe(0)
    program = await app.start({ changes: { kafka: defaultWaits } })
    for (const stage of ['assemble', 'deliver'] as const)
      await program.until(`${stage} is at the end again`, async () => showTheEnd(stage))
    expect(sumOf(await program.metrics(), `${prefix}identities_excluded`)).toBe(1)
  })
})

describe('a process with nothing to do', () => {
  it('is alive and ready, and what it costs is told', async () => {
    await program.untilReady()
    const cpuSeconds = async (): Promise<number> =>
      sumOf(await program.metrics(), 'process_cpu_seconds_total')
    const [fromMs, from] = [performance.now(), await cpuSeconds()]
    await until('some seconds passed', () => performance.now() - fromMs > 3000)
    const [tookMs, used] = [performance.now() - fromMs, (await cpuSeconds()) - from]
    reportMeasurement('an idle process, both stages, default waits', {
      cpuPercent: (used / tookMs) * 100_000,
      residentMiB: sumOf(await program.metrics(), 'process_resident_memory_bytes') / 2 ** 20,
    })
    const statuses = ['/live', '/ready'].map(async (path) => (await fetch(program.url + path)).status)
    expect(await Promise.all(statuses)).toEqual([200, 200])
  })
})
