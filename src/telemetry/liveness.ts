/** How far one stage got. */
export interface StageProgress {
  readonly stage: string
  /** Monotonic milliseconds of the last sign that the stage's consumer gets anywhere. */
  readonly lastProgressMs: number
}

/** Whether the process should be left running, or else why it should be restarted. */
export interface Liveness {
  readonly live: boolean
  readonly reasons: readonly string[]
}

/** What readiness goes by. */
export interface ReadinessFacts {
  readonly stages: readonly {
    readonly stage: string
    /** It has an assignment, be it of no partition: with more replicas than partitions some have nothing to do. */
    readonly assigned: boolean
    /** Every task of the assignment has its state. */
    readonly restored: boolean
  }[]
  /** Whether Zendesk accepts the token; `null` where this process sends nothing. */
  readonly authorised: boolean | null
  readonly stopping: boolean
}

/** Whether the process does its work, or else what it waits for. */
export interface Readiness {
  readonly ready: boolean
  readonly reasons: readonly string[]
}

/**
 * Live is a process whose every stage made progress within `maxStallMs` before `nowMs` (monotonic). An idle consumer makes
 * progress, since empty fetches count; a consumer that ended or hangs while its process lives on does not.
 */
export function judgeLiveness(stages: readonly StageProgress[], nowMs: number, maxStallMs: number): Liveness {
  const reasons = stages
    // Asked this way round, a time that is no number is a stall.
    .filter(({ lastProgressMs }) => !(nowMs - lastProgressMs <= maxStallMs))
    .map(
      ({ stage, lastProgressMs }) =>
        `${stage}: no progress for ${seconds(nowMs - lastProgressMs)}, ` +
        `health.maxStallMs allows ${seconds(maxStallMs)}`,
    )
  return { live: reasons.length === 0, reasons }
}

/** Ready is a process whose stages are assigned and restored, whose token Zendesk accepts, and that is not stopping. */
export function judgeReadiness(facts: ReadinessFacts): Readiness {
  const reasons = facts.stages.flatMap(({ stage, assigned, restored }) => {
    if (!assigned) return [`${stage}: waits for its partitions`]
    return restored ? [] : [`${stage}: restores its state`]
  })
  if (facts.authorised === false) reasons.push('Zendesk refuses the token: replace that in zendesk.tokenFile')
  if (facts.stopping) reasons.push('the process is stopping')
  return { ready: reasons.length === 0, reasons }
}

function seconds(durationMs: number): string {
  return `${Math.round(durationMs / 1000)} s`
}
