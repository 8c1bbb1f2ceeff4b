import type { Config } from '../../../src/config/config.ts'
import type { Stage } from './plan.ts'
import type { World } from './world.ts'

const lookEveryMs = 2500
/** How long nothing may have been written anywhere, nor left to do, so that nothing more comes by itself. */
const stillMs = 20_000

/** How long what was armed may still strike. Processes that end again and again after that disturb, but do not excuse. */
const disturbedForMs = 600_000

/** Longest pause of the breaker between two probes, and of a task that ended before it begins anew. */
const longestPauseMs = 60_000
const longestRestartMs = 60_000

/**
 * Within how long after faults cease I1 holds (I8), in milliseconds: the backlog at `zendesk.requestsPerSecond`, and once
 * - until every partition is another process's: `kafka.sessionTimeoutMs`, after which one that ended is missed,
 *   `kafka.rebalanceTimeoutMs`, after which one that does not join is left out, and a minute, the longest pause before a
 *   task that ended begins anew;
 * - a request that was under way: `zendesk.requestDeadlineMs`;
 * - the longest that a contact or all of them wait for by then: `zendesk.ambiguousHoldMs`, `deliver.retry.maxMs`, or a
 *   minute between two probes.
 */
export function settlesWithinMs({ kafka, zendesk, deliver }: Config, backlog: number): number {
  return (
    (backlog * 1000) / zendesk.requestsPerSecond +
    kafka.sessionTimeoutMs +
    kafka.rebalanceTimeoutMs +
    longestRestartMs +
    zendesk.requestDeadlineMs +
    Math.max(zendesk.ambiguousHoldMs, deliver.retry.maxMs, longestPauseMs)
  )
}

/**
 * Lets a world without faults run until it is quiet. I8: it is by {@link settlesWithinMs}, with all contacts for a backlog,
 * each once and once more where it was removed by hand; counted from `sinceMs`, or the last time that a process started,
 * ended or stood still, for a crash that waits for its moment may find it long after all other faults. Whether all is equal
 * then, I1 says.
 */
export async function settle(world: World, sinceMs: number, isOver: () => boolean): Promise<void> {
  const { scheduler, zendesk, config } = world
  let disturbedMs = sinceMs
  let busyMs = sinceMs
  while (!isOver()) {
    const left = whatIsLeft(world)
    if (left.length > 0) busyMs = scheduler.nowMs()
    const isStill = scheduler.nowMs() - Math.max(busyMs, world.wroteMs()) > stillMs
    // What is done is committed, or nobody does anything about it.
    if (left.length === 0 && (isStill || lags(world).length === 0)) return
    disturbedMs = Math.max(disturbedMs, Math.min(disturbanceMs(world), sinceMs + disturbedForMs))
    const backlog = world.contacts.size + zendesk.removals.length
    const limitMs = settlesWithinMs(config, backlog) + stillMs + lookEveryMs
    const waitedMs = scheduler.nowMs() - disturbedMs
    if (waitedMs > limitMs) {
      const missing = [...left, ...lags(world)].join('; ')
      world.report('I8', `not equal ${waitedMs} ms after the last disturbance: ${missing}`)
      return
    }
    await scheduler.runUntil(scheduler.nowMs() + lookEveryMs, isOver)
  }
}

/** When a process last started, ended or stood still. */
function disturbanceMs({ fleet, scheduler, plan }: World): number {
  const isFrozen = fleet.running().some(({ life }) => life.isFrozen())
  if (isFrozen || fleet.running().length < plan.processes.length) return scheduler.nowMs()
  return fleet.turns.at(-1)?.atMs ?? -Infinity
}

/** Records that were not committed. */
export function lags({ kafka, topics, config }: World): readonly string[] {
  const lag = (stage: Stage, names: readonly string[]): string[] =>
    names.flatMap((topic) =>
      kafka.topics.logs(topic).flatMap((log, partition) => {
        const { endOffset } = log.bounds()
        const committed =
          kafka.group(`${config.applicationId}.${stage}`).committed(topic, partition)?.offset ?? 0
        return committed < endOffset
          ? [`${stage} is at ${committed} of ${endOffset} of ${topic}/${partition}`]
          : []
      }),
    )
  return [
    ...lag('assemble', ['profiles', 'segment-memberships', topics.assembleReplay]),
    ...lag('deliver', [topics.contacts, topics.retry, topics.deliverReplay]),
  ]
}

function whatIsLeft({ fleet, scheduler, zendesk, plan }: World): readonly string[] {
  const running = fleet.running()
  // A crash or a freeze that waits for its moment may find it long after faults ceased.
  const lively = running.filter(({ life }) => !life.isFrozen())
  const dirty = running.reduce((sum, { deliver }) => sum + deliver.dirtyContacts(), 0)
  const underWay = zendesk.requests.filter(
    ({ overMs, answersMs }) => Math.max(overMs, answersMs) > scheduler.nowMs(),
  )
  return [
    ...(lively.length === plan.processes.length ? [] : ['not all processes run']),
    ...(running.every((process) => process.isRestored()) ? [] : ['not restored']),
    ...(dirty > 0 ? [`${dirty} dirty contacts`] : []),
    ...(underWay.length > 0 ? [`${underWay.length} requests under way`] : []),
  ]
}
