import { createMetrics, type Metrics } from '../../../src/telemetry/metrics.ts'
import { parseExposition } from '../../unit/telemetry/exposition.ts'

/** What a series can be matched by. */
export interface KnownSeries {
  /** The values of each label, those of its target among them; `null` where they come from outside and are anybody's. */
  readonly labels: ReadonlyMap<string, ReadonlySet<string> | null>
}

/** Series by their names: `x_bucket`, `x_sum` and `x_count` for a histogram `x`. */
export type KnownMetrics = ReadonlyMap<string, KnownSeries>

/** What Prometheus and its operator add to every series. */
const targetLabels: readonly string[] = ['namespace', 'job', 'instance', 'pod']

/** From the configuration, the number of partitions, or the release. */
const openLabels = new Set(['topic', 'partition', 'target', 'version'])

/**
 * Everything that a process with both stages exports, by asking the program's own registry, with every value that a label
 * of a closed set can have. Error classes are those that are known from the start. `up` is Prometheus' own.
 */
export async function knownMetrics(): Promise<KnownMetrics> {
  const metrics = createMetrics({
    version: '1.2.3',
    inputTopics: ['profiles', 'segment-memberships'],
    internalTopics: ['za.contacts'],
    targets: ['last_name'],
  })
  beginAll(metrics)
  const { types, samples } = parseExposition(await metrics.scrape())
  const series = new Map<string, Map<string, Set<string> | null>>([['up', new Map()]])
  for (const [name, type] of types) if (type !== 'histogram') series.set(name, new Map())
  for (const { name, labels } of samples) {
    const known = series.get(name) ?? new Map<string, Set<string> | null>()
    series.set(name, known)
    for (const [label, value] of Object.entries(labels)) {
      if (openLabels.has(label)) known.set(label, null)
      else known.set(label, new Set([...(known.get(label) ?? []), value]))
    }
  }
  const ofTarget = targetLabels.map((label) => [label, null] as const)
  return new Map([...series].map(([name, labels]) => [name, { labels: new Map([...labels, ...ofTarget]) }]))
}

/** Begins the series that do not exist before something happens. */
function beginAll(metrics: Metrics): void {
  for (const stage of ['assemble', 'deliver']) {
    metrics.stage.taskState(stage, 0, 'running')
    metrics.stage.committed(stage, { topic: 'profiles', partition: 0, offset: 1 })
    metrics.stage.logEnd(stage, { topic: 'profiles', partition: 0, offset: 1 })
  }
  for (const operation of ['upsert', 'update', 'users_self', 'contacts', 'custom_fields'] as const) {
    for (const status of [200, 300, 400, 500, null])
      metrics.requestTried({ operation, status, durationMs: 1 })
  }
  metrics.observe({
    dirtyContacts: () => 1,
    oldestDirtyAgeMs: () => 1,
    authorised: () => true,
    ready: () => true,
    requestsPerSecondShare: () => 1,
    tokenFileAgeMs: () => 1,
  })
}
