import { collectDefaultMetrics, Registry } from 'prom-client'

import type { DeliverMetrics } from '../deliver/ports.ts'
import { type AssembleRecorder, createAssembleMetrics } from './assemble-metrics.ts'
import { createAvoidedCounter } from './avoided-counter.ts'
import { createDeliverMetrics } from './deliver-metrics.ts'
import { createInstruments } from './instruments.ts'
import { oneOf } from './label-values.ts'
import { createObservedMetrics, type Observations } from './observed-metrics.ts'
import { createOutputMetrics, type OutputMetrics } from './output-metrics.ts'
import { createRequestMetrics, type TriedRequest } from './request-metrics.ts'
import { createStageMetrics, type StageRecorder } from './stage-metrics.ts'

/** What the metrics must know of the configuration: the names that become label values. */
export interface MetricsOptions {
  /** Version of the program. */
  readonly version: string
  readonly inputTopics: readonly string[]
  readonly internalTopics: readonly string[]
  /** Targets of the mapping. */
  readonly targets: readonly string[]
}

/** Everything that the process reports of itself, and the text that Prometheus reads. */
export interface Metrics {
  readonly assemble: Omit<AssembleRecorder, 'partitionArrived' | 'partitionLeft'>
  readonly deliver: DeliverMetrics
  readonly stage: StageRecorder
  readonly output: OutputMetrics
  /** Takes what the Sell client tells of each request. */
  readonly requestTried: (request: TriedRequest) => void
  /** Says where gauges are read from. What is given later is added, or takes the place of what was given before. */
  observe(observations: Observations): void
  readonly contentType: string
  /** All metrics in Prometheus' text format. */
  scrape(): Promise<string>
}

/**
 * Metrics in a registry of their own, with those of the process (`process_*`, `nodejs_*`). Names, types and labels are a
 * promise to every dashboard and alert: they are only ever added to. Counters whose labels are known begin at 0, so that
 * an alert sees the first increase. No label can carry personal data (see {@link oneOf}).
 */
export function createMetrics(options: MetricsOptions): Metrics {
  const registry = new Registry()
  const instruments = createInstruments(registry)
  instruments
    .gauge({
      name: 'build_info',
      help: 'Always 1; the label says which version runs. Join it to see what a rollout changed.',
      labels: { version: oneOf([options.version]) },
    })
    .set({ version: options.version }, 1)
  const avoided = createAvoidedCounter(instruments)
  const assemble = createAssembleMetrics(instruments, options.inputTopics, options.targets, avoided)
  const stage = createStageMetrics(instruments, [...options.inputTopics, ...options.internalTopics], {
    arrived: (name, partition) => (name === 'assemble' ? assemble.partitionArrived(partition) : undefined),
    left: (name, partition) => (name === 'assemble' ? assemble.partitionLeft(partition) : undefined),
  })
  let observed: Observations = {}
  const metrics: Metrics = {
    assemble,
    deliver: createDeliverMetrics(instruments, avoided),
    stage,
    output: createOutputMetrics(instruments, options.internalTopics),
    requestTried: createRequestMetrics(instruments),
    observe(observations) {
      observed = { ...observed, ...observations }
    },
    contentType: registry.contentType,
    scrape: async () => registry.metrics(),
  }
  createObservedMetrics(instruments, () => observed)
  // Every 10 ms, the default, costs an idle process half a percent of a core. At rest the lag reads 0.1 s then.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 100 })
  return metrics
}
