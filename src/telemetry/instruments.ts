import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

import type { LabelValues } from './label-values.ts'

/** The labels of one metric and the values that each can have. */
export type LabelSet = Readonly<Record<string, LabelValues>>

/** One value for each label. */
export type LabelsOf<L extends LabelSet> = {
  readonly [Name in keyof L]: L[Name] extends LabelValues<infer Value> ? Value : never
}

/** A metric before it exists. Without `initial`, all combinations of known label values begin at 0. */
export interface Definition<L extends LabelSet> {
  /** Without the prefix. */
  readonly name: string
  /** What it means, and what to do with it. */
  readonly help: string
  readonly labels: L
  readonly initial?: readonly LabelsOf<L>[]
}

/** A number that only grows. */
export interface CounterInstrument<L extends LabelSet> {
  add(labels: LabelsOf<L>, amount?: number): void
}

/** A number that goes up and down. */
export interface GaugeInstrument<L extends LabelSet> {
  set(labels: LabelsOf<L>, value: number): void
  /** Ends the series. */
  remove(labels: LabelsOf<L>): void
}

/** Counts by size. A value that is no finite number is not counted: metrics never stop the work they measure. */
export interface HistogramInstrument<L extends LabelSet> {
  observe(labels: LabelsOf<L>, value: number): void
}

/** Makes metrics of one registry, whose labels let nothing through but their set of values. */
export interface Instruments {
  counter<L extends LabelSet>(definition: Definition<L>): CounterInstrument<L>
  gauge<L extends LabelSet>(definition: Definition<L>): GaugeInstrument<L>
  histogram<L extends LabelSet>(definition: Definition<L>, buckets: readonly number[]): HistogramInstrument<L>
  /**
   * A gauge that is read when it is scraped, for each of its initial label sets; there is no series of one while `read`
   * gives no number, or throws.
   */
  pulledGauge<L extends LabelSet>(
    definition: Definition<L>,
    read: (labels: LabelsOf<L>) => number | undefined,
  ): void
}

/** What every name of ours begins with. */
export const metricPrefix = 'zendesk_activation_'

/** Makes metrics in `registry`. */
export function createInstruments(registry: Registry): Instruments {
  const configOf = (definition: Pick<Definition<LabelSet>, 'name' | 'help'>, labels: LabelSet = {}) => ({
    name: `${metricPrefix}${definition.name}`,
    help: definition.help,
    labelNames: Object.keys(labels),
    registers: [registry],
  })

  return {
    counter(definition) {
      const counter = new Counter(configOf(definition, definition.labels))
      const admit = admission(definition.labels)
      for (const labels of initialLabels(definition)) counter.inc(admit(labels), 0)
      return { add: (labels, amount = 1) => counter.inc(admit(labels), amount) }
    },
    gauge(definition) {
      const gauge = new Gauge(configOf(definition, definition.labels))
      const admit = admission(definition.labels)
      for (const labels of initialLabels(definition)) gauge.set(admit(labels), 0)
      return {
        set: (labels, value) => gauge.set(admit(labels), value),
        remove: (labels) => gauge.remove(admit(labels)),
      }
    },
    histogram(definition, buckets) {
      const histogram = new Histogram({ ...configOf(definition, definition.labels), buckets: [...buckets] })
      const admit = admission(definition.labels)
      for (const labels of initialLabels(definition)) histogram.zero(admit(labels))
      return {
        observe(labels, value) {
          if (Number.isFinite(value)) histogram.observe(admit(labels), value)
        },
      }
    },
    pulledGauge(definition, read) {
      const admit = admission(definition.labels)
      new Gauge({
        ...configOf(definition, definition.labels),
        collect() {
          for (const labels of initialLabels(definition)) {
            const value = readSafely(() => read(labels))
            if (value === undefined || !Number.isFinite(value)) this.remove(admit(labels))
            else this.set(admit(labels), value)
          }
        },
      })
    },
  }
}

function admission<L extends LabelSet>(labels: L): (given: LabelsOf<L>) => Record<string, string> {
  const entries = Object.entries(labels)
  return (given) => {
    const admitted: Record<string, string> = {}
    for (const [name, values] of entries) admitted[name] = values.admit(given[name] as string)
    return admitted
  }
}

function initialLabels<L extends LabelSet>({ labels, initial }: Definition<L>): readonly LabelsOf<L>[] {
  if (initial !== undefined) return initial
  let combinations: readonly Record<string, string>[] = [{}]
  for (const [name, values] of Object.entries(labels)) {
    combinations = combinations.flatMap((combination) =>
      values.initial.map((value) => ({ ...combination, [name]: value })),
    )
  }
  return combinations as readonly LabelsOf<L>[]
}

/** One source that fails, for example because its store was just closed, must not cost the whole scrape. */
function readSafely(read: () => number | undefined): number | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
