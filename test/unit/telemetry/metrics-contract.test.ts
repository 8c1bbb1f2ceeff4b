import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { createMetrics, type Metrics } from '../../../src/telemetry/metrics.ts'
import { type Exposition, exampleMetrics, parseExposition, scrapeOf } from './exposition.ts'

/**
 * The promise to every dashboard and alert. A line may be added; a line that changes or goes breaks somebody's alert
 * without a sound.
 */
const contract = [
  'authorised gauge',
  'build_info gauge version',
  'committed_offset gauge partition stage topic',
  'consumer_lag_records gauge partition stage topic',
  'contacts_emitted_total counter state',
  'contacts_received_total counter outcome',
  'dead_letters_total counter disposition error_class',
  'dirty_contacts gauge class',
  'drain_eta_seconds gauge',
  'exclusions_total counter reason',
  'fields_unusable_total counter reason target',
  'freshness_seconds histogram class operation',
  'identities_activated_total counter operation',
  'identities_excluded gauge reason',
  'identities_failed_total counter error_class',
  'identity_conflicts_total counter',
  'log_end_offset gauge partition stage topic',
  'oldest_dirty_age_seconds gauge class',
  'profiles_received_total counter outcome topic',
  'ready gauge',
  'rebalances_total counter stage',
  'records_lost_total counter stage topic',
  'records_produced_total counter topic',
  'request_duration_seconds histogram code_class operation',
  'requests_avoided_total counter reason',
  'requests_per_second_share gauge',
  'requests_total counter code_class operation',
  'restore_remaining_records gauge partition stage',
  'retries_total counter outcome',
  'task_restarts_total counter reason stage',
  'tasks gauge stage state',
  'token_file_age_seconds gauge',
  'write_outcomes_total counter type',
]

/** Gives every metric at least one series. `text` stands wherever a text of any kind is taken. */
function report(metrics: Metrics, text: string): void {
  const any = text as never
  metrics.stage.taskState(text, 0, 'running')
  metrics.stage.taskState('assemble', 0, 'running')
  for (const topic of ['profiles', text]) {
    metrics.stage.committed('assemble', { topic, partition: 0, offset: 5 })
    metrics.stage.logEnd('assemble', { topic, partition: 0, offset: 9 })
  }
  metrics.stage.restoreRemaining('assemble', 0, 3)
  metrics.stage.rebalanced(text)
  metrics.stage.taskRestarted(text, any)
  metrics.stage.recordsLost(text, text, 4)
  metrics.assemble.profileReceived(text, any)
  metrics.assemble.exclusionChanged(0, null, any)
  metrics.assemble.contactEmitted(any)
  metrics.assemble.fieldUnusable(text, any)
  metrics.deliver.contactReceived(any)
  metrics.deliver.requestAvoided(any)
  metrics.deliver.identityActivated(any, any, 1500)
  metrics.deliver.identityFailed(text)
  metrics.deliver.outcome(any)
  metrics.deliver.identityConflict()
  metrics.output.produced(text, 2)
  metrics.output.deadLettered({ disposition: any, errorClass: text })
  metrics.requestTried({ operation: any, status: 200, durationMs: 12 })
  metrics.observe({
    dirtyContacts: () => 1,
    oldestDirtyAgeMs: () => 1,
    authorised: () => true,
    ready: () => true,
    requestsPerSecondShare: () => 9.5,
    tokenFileAgeMs: () => 1,
  })
}

const prefix = 'zendesk_activation_'

function describeMetric({ types, samples }: Exposition, name: string): string {
  const type = types.get(name) ?? 'untyped'
  const suffixes = type === 'histogram' ? ['_bucket', '_sum', '_count'] : ['']
  const labels = samples
    .filter((sample) => suffixes.some((suffix) => sample.name === `${name}${suffix}`))
    .flatMap((sample) => Object.keys(sample.labels))
    .filter((label) => label !== 'le')
  return [name.slice(prefix.length), type, ...[...new Set(labels)].sort()].join(' ')
}

describe('the metrics', () => {
  it('have these names, types and labels for good', async () => {
    const metrics = exampleMetrics()
    report(metrics, 'corrupt')
    const exposition = parseExposition(await metrics.scrape())
    const ours = [...exposition.types.keys()].filter((name) => name.startsWith(prefix))
    expect(ours.map((name) => describeMetric(exposition, name)).sort()).toEqual(contract)
  })

  it('are joined by those of the process and by nothing else', async () => {
    const { types } = parseExposition(await exampleMetrics().scrape())
    const others = [...types.keys()].filter((name) => !name.startsWith(prefix))
    expect(others).toEqual(
      expect.arrayContaining([
        'process_cpu_seconds_total',
        'process_resident_memory_bytes',
        'nodejs_eventloop_lag_p99_seconds',
        'nodejs_heap_size_used_bytes',
      ]),
    )
    expect(others.filter((name) => !/^(process|nodejs)_/.test(name))).toEqual([])
  })

  it('say what they mean and what to do with them', async () => {
    const { types, help } = parseExposition(await exampleMetrics().scrape())
    const thin = [...types.keys()]
      .filter((name) => name.startsWith(prefix))
      .filter((name) => !/^.{20,}[.;:,] .{20,}\.$/.test(help.get(name) ?? ''))
    expect(thin).toEqual([])
  })

  // OpenMetrics takes `_total` off a counter's name: a gauge of the rest of it would be the same metric with two types.
  it('keep their names apart in OpenMetrics too', () => {
    const families = contract.map((line) => line.split(' ')[0]?.replace(/_total$/, ''))
    expect(new Set(families).size).toBe(contract.length)
  })

  it('of one process know nothing of those of another in the same program', async () => {
    const [one, two] = [exampleMetrics(), exampleMetrics()]
    one.deliver.identityConflict()
    expect(await scrapeOf(one, 'identity_conflicts_total')).toEqual({ '': 1 })
    expect(await scrapeOf(two, 'identity_conflicts_total')).toEqual({ '': 0 })
  })

  it('say which version runs', async () => {
    expect(await scrapeOf(exampleMetrics(), 'build_info')).toEqual({ 'version=1.2.3': 1 })
  })
})

describe('a counter', () => {
  it.each([
    ['profiles_received_total', 6],
    ['exclusions_total', 3],
    ['contacts_emitted_total', 2],
    ['fields_unusable_total', 22],
    ['contacts_received_total', 3],
    ['requests_avoided_total', 7],
    ['identities_activated_total', 2],
    ['identities_failed_total', 16],
    ['write_outcomes_total', 12],
    ['identity_conflicts_total', 1],
    ['records_produced_total', 2],
    ['dead_letters_total', 42],
    ['requests_total', 30],
    ['rebalances_total', 2],
    ['task_restarts_total', 8],
    ['records_lost_total', 8],
  ])(
    '%s begins at 0 for each of its %i known label sets, so that an alert sees the first increase',
    async (name, count) => {
      const values = Object.values(await scrapeOf(exampleMetrics(), name))
      expect(values).toEqual(Array.from({ length: count }, () => 0))
    },
  )

  it('counts under `other` what it does not know', async () => {
    const metrics = exampleMetrics()
    metrics.assemble.profileReceived('someone-elses-topic', 'folded')
    metrics.output.produced('someone-elses-topic', 3)
    expect(await scrapeOf(metrics, 'profiles_received_total')).toMatchObject({
      'outcome=folded,topic=other': 1,
    })
    expect(await scrapeOf(metrics, 'records_produced_total')).toMatchObject({ 'topic=other': 3 })
  })

  it.each(['Unknown', 'has space', 'x'.repeat(41), '', 'jane@example.com', 'a.b', '%40'])(
    'takes the error class %j for `other`',
    async (errorClass) => {
      const metrics = exampleMetrics()
      metrics.deliver.identityFailed(errorClass)
      expect(await scrapeOf(metrics, 'identities_failed_total')).toMatchObject({ 'error_class=other': 1 })
    },
  )

  it('takes an error class of the right form as it is, up to a bounded number of them', async () => {
    const metrics = exampleMetrics()
    for (let index = 0; index < 1000; index += 1) metrics.deliver.identityFailed(`new-class_${index}`)
    metrics.deliver.identityFailed('new-class_0')
    const counted = await scrapeOf(metrics, 'identities_failed_total')
    expect(Object.keys(counted)).toHaveLength(64)
    expect(counted).toMatchObject({ 'error_class=new-class_0': 2, 'error_class=other': 952 })
  })
})

describe('no label value', () => {
  const email = fc
    .tuple(fc.emailAddress(), fc.constantFrom('', ' ', '<', 'mailto:'), fc.constantFrom('@', '%40'))
    .map(([address, before, at]) => `${before}${address.replace('@', at)}`)

  it('can carry an e-mail address, whatever the parts of the program report', async () => {
    const metrics = exampleMetrics()
    const ours = async () => (await metrics.scrape()).split('\n').filter((line) => line.startsWith(prefix))
    report(metrics, 'corrupt')
    const before = await ours()
    await fc.assert(
      fc.asyncProperty(email, async (text) => {
        report(metrics, text)
        expect((await ours()).filter((line) => /@|%40/.test(line))).toEqual([])
      }),
      { numRuns: 100 },
    )
    // All of it went to `other`, which is at most one more series for each set of the other labels.
    expect((await ours()).length).toBeLessThan(before.length + 60)
  })

  it('can carry one from the configuration either', async () => {
    const metrics = createMetrics({
      version: 'jane@example.com',
      inputTopics: ['jane@example.com'],
      internalTopics: ['jane@example.com'],
      targets: ['custom_fields.jane@example.com'],
    })
    report(metrics, 'jane@example.com')
    metrics.assemble.fieldUnusable('custom_fields.jane@example.com', 'no_text')
    const text = await metrics.scrape()
    expect(text).not.toContain('jane')
    expect(await scrapeOf(metrics, 'fields_unusable_total')).toEqual({
      'reason=no_text,target=other': 1,
      'reason=other,target=other': 1,
    })
  })
})
