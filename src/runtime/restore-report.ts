import type { Clock, StageLog } from './ports.ts'
import type { TaskRunner } from './task-runner.ts'

/** Says now and then how far restoring is. */
export interface RestoreReport {
  /** To be called about every second. */
  report(): void
}

const intervalMs = 10_000

/** Reports of `stage`'s tasks to `log`: records left, their rate and when they will be through. */
export function createRestoreReport(
  stage: string,
  tasks: { all(): readonly TaskRunner[] },
  log: StageLog,
  clock: Pick<Clock, 'monotonicMs'>,
): RestoreReport {
  let last: { readonly atMs: number; readonly remaining: number } | null = null

  return {
    report() {
      const restoring = tasks.all().filter((task) => task.state() === 'restoring')
      const remaining = restoring.reduce((sum, task) => sum + task.remainingRestore(), 0)
      const nowMs = clock.monotonicMs()
      if (restoring.length === 0 || last === null) {
        last = restoring.length === 0 ? null : { atMs: nowMs, remaining }
        return
      }
      const passedMs = nowMs - last.atMs
      if (passedMs < intervalMs) return
      // More can be left than before: a task was assigned since.
      const perSecond = (Math.max(0, last.remaining - remaining) * 1000) / passedMs
      const etaSeconds = perSecond > 0 ? Math.ceil(remaining / perSecond) : null
      const fields = {
        stage,
        tasks: restoring.length,
        remaining,
        recordsPerSecond: Math.round(perSecond),
        etaSeconds,
      }
      log.info(fields, 'restoring state from Kafka')
      last = { atMs: nowMs, remaining }
    },
  }
}
