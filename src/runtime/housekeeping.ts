import { failureAt } from './failure.ts'
import { every } from './interval.ts'
import type { Clock, StageLog } from './ports.ts'
import { createRestoreReport } from './restore-report.ts'
import { type StateStores, StoreUnavailable } from './state-store.ts'
import type { TaskRunner } from './task-runner.ts'
import type { TaskTable } from './task-table.ts'

/** What the regular work of a stage needs. */
export interface HousekeepingPorts {
  readonly clock: Clock
  readonly stores: StateStores
  readonly log: StageLog
  failed(error: Error): void
}

const tickMs = 1000
const sweepMs = 60_000

/**
 * Does what a stage does again and again, until the returned function is called: lets the tasks do what time makes due, says
 * how far restoring is, notes which stores are in use, and deletes those that were not for `keepUnusedStoresMs`.
 */
export function keepHouse(
  stage: string,
  tasks: TaskTable,
  { clock, stores, log, ...ports }: HousekeepingPorts,
  keepUnusedStoresMs: number,
): () => void {
  const restoring = createRestoreReport(stage, tasks, log, clock)
  const ended = (error: unknown): void => ports.failed(failureAt(stage, error))

  async function ofAll(step: (task: TaskRunner) => Promise<void>): Promise<void> {
    await Promise.all(
      tasks.all().map(async (task) => step(task).catch((error: unknown) => tasks.fail(task, error))),
    )
  }

  async function tick(): Promise<void> {
    restoring.report()
    await ofAll(async (task) => task.tick())
  }

  async function sweep(): Promise<void> {
    await ofAll(async (task) => task.touch())
    try {
      const partitions = await stores.sweep(keepUnusedStoresMs)
      if (partitions.length > 0)
        log.info({ stage, partitions }, 'deleted the stores of partitions that moved away')
    } catch (error) {
      // The stores in use say so themselves where the volume is at fault; those left over can wait.
      if (!(error instanceof StoreUnavailable)) throw error
      log.warn(
        { stage, error: error.message },
        'the stores of partitions that moved away could not be deleted',
      )
    }
  }

  const cancels = [every(clock, tickMs, tick, ended), every(clock, sweepMs, sweep, ended)]
  return () => {
    for (const cancel of cancels) cancel()
  }
}
