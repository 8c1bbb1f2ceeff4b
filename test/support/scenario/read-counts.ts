import { type ProcessMetrics, silentMetrics } from '../simulation/process.ts'

/** How many input records the processes read, and what came of them. */
export interface ReadCounts {
  /** To be given to the processes. */
  readonly metrics: ProcessMetrics
  /** All records of the input topics. */
  records(): number
  /** Those of them that changed nothing. */
  unchanged(): number
}

/** Nothing was read. */
export function createReadCounts(): ReadCounts {
  let records = 0
  let unchanged = 0
  return {
    metrics: Object.assign(Object.create(silentMetrics) as ProcessMetrics, {
      profileReceived(_topic: string, outcome: string) {
        records += 1
        if (outcome === 'unchanged') unchanged += 1
      },
    }),
    records: () => records,
    unchanged: () => unchanged,
  }
}
