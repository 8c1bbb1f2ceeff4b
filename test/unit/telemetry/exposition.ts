import { createMetrics, type Metrics } from '../../../src/telemetry/metrics.ts'

/** One line of numbers. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** A scrape as Prometheus understands it. */
export interface Exposition {
  readonly types: ReadonlyMap<string, string>
  readonly help: ReadonlyMap<string, string>
  readonly samples: readonly Sample[]
}

/** Metrics of an application with two inputs, two internal topics and two mapped targets. */
export function exampleMetrics(): Metrics {
  return createMetrics({
    version: '1.2.3',
    inputTopics: ['profiles', 'segment-memberships'],
    internalTopics: ['za.contacts', 'za.ledger'],
    targets: ['last_name', 'custom_fields.Size; v.2'],
  })
}

/** Reads Prometheus' text format 0.0.4; throws on a line that is none of it. */
export function parseExposition(text: string): Exposition {
  const types = new Map<string, string>()
  const help = new Map<string, string>()
  const samples: Sample[] = []
  for (const line of text.split('\n').filter((line) => line !== '')) {
    const comment = /^# (HELP|TYPE) (\w+) (.+)$/.exec(line)
    if (comment?.[2] !== undefined && comment[3] !== undefined) {
      const known = comment[1] === 'TYPE' ? types : help
      if (known.has(comment[2])) throw new Error(`twice: ${line}`)
      known.set(comment[2], comment[3])
    } else {
      samples.push(parseSample(line))
    }
  }
  return { types, help, samples }
}

/** The samples of one metric of ours by their labels (`a=x,b=y`, in the order of the label names). */
export async function scrapeOf(metrics: Metrics, name: string): Promise<Record<string, number>> {
  const { samples } = parseExposition(await metrics.scrape())
  return Object.fromEntries(
    samples
      .filter((sample) => sample.name === `zendesk_activation_${name}`)
      .map(({ labels, value }) => [
        Object.entries(labels)
          .map(([label, text]) => `${label}=${text}`)
          .sort()
          .join(','),
        value,
      ]),
  )
}

function parseSample(line: string): Sample {
  const parts = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line)
  const [, name, labelText = '', value] = parts ?? []
  // The library writes `Nan`, for example for the event loop before its first measurement; Prometheus ignores the case.
  const number = value === '+Inf' ? Infinity : Number(value === 'Nan' ? NaN : value)
  if (name === undefined || (Number.isNaN(number) && value !== 'Nan')) throw new Error(`no sample: ${line}`)
  const labels: [string, string][] = []
  const rest = labelText.replace(
    /(\w+)="((?:[^"\\]|\\.)*)",?/g,
    (_match, label: string, text: string): string => {
      labels.push([label, text.replace(/\\(.)/g, (_escape, char: string) => (char === 'n' ? '\n' : char))])
      return ''
    },
  )
  if (rest !== '') throw new Error(`no labels: ${line}`)
  return { name, labels: Object.fromEntries(labels), value: number }
}
