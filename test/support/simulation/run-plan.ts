import { checkPoison } from './check-poison.ts'
import { checkRequestCount } from './check-requests.ts'
import type { Mutation } from './mutations.ts'
import type { Fault, Plan, Stage } from './plan.ts'
import { findFaults } from '../topology/oracle.ts'
import { startMs } from '../topology/configuration.ts'
import type { Violation } from './violation.ts'
import { createWorld, type World } from './world.ts'
import type { Request } from './zendesk.ts'

/** How a run went. */
export interface RunResult {
  readonly plan: Plan
  readonly violations: readonly Violation[]
  /** Equal for equal runs. */
  readonly hash: string
  /** What happened last. */
  readonly trace: readonly string[]
  readonly events: number
  readonly virtualMs: number
  readonly requests: number
}

/** How long after faults cease a run may take to get quiet. */
const patienceMs = 20 * 60_000
/** Past every validUntil, and a tick. */
const longestValidityMs = 92_000
const lookEveryMs = 2500

/** Runs a plan to its end, and looks whether every invariant held. */
export async function runPlan(plan: Plan, mutation: Mutation): Promise<RunResult> {
  const world = await createWorld(plan, mutation)
  const { scheduler, fleet, inputs, violations } = world
  const isOver = (): boolean => isBroken(violations, mutation)
  fleet.launch()
  for (const input of plan.inputs) scheduler.at(input.atMs, () => inputs.write(input))
  for (const fault of plan.faults) scheduler.at(fault.atMs, () => begin(world, fault))
  await scheduler.runUntil(startMs + plan.spanMs, isOver)
  world.tell('faults cease')
  world.trouble.clear()
  scheduler.at(0, () => fleet.startAll())
  // A fault that began last may bring a process down or keep it frozen for a minute more.
  await scheduler.runUntil(scheduler.nowMs() + 61_000, isOver)
  fleet.startAll()
  await untilQuiet(world, isOver)
  await scheduler.runUntil(Math.max(scheduler.nowMs(), startMs + plan.spanMs + longestValidityMs), isOver)
  await untilQuiet(world, isOver)
  if (!isOver()) judge(world)
  return {
    plan,
    violations: [...violations],
    hash: world.trace.hash(),
    trace: world.trace.last(),
    events: scheduler.events(),
    virtualMs: scheduler.nowMs() - startMs,
    requests: world.zendesk.requests.length,
  }
}

function isBroken(violations: readonly Violation[], { breaks }: Mutation): boolean {
  return violations.some(({ invariant }) => breaks === null || invariant === breaks)
}

function begin(world: World, fault: Fault): void {
  const { scheduler, kafka, trouble, fleet, topics, config } = world
  world.tell(`FAULT ${JSON.stringify(fault)}`)
  trouble.begin(fault, scheduler.nowMs())
  fleet.suffer(fault)
  if (fault.type === 'compact') kafka.topics.compact(topics[fault.topic], scheduler.nowMs())
  if (fault.type === 'rebalances') {
    const group = kafka.group(`${config.applicationId}.${fault.group}`)
    for (let count = 0; count < fault.count; count += 1)
      scheduler.at(count * fault.everyMs, () => group.rebalance())
  }
  if (fault.type === 'reset') {
    fleet.stopAll()
    scheduler.at(45_000, () => {
      reset(world, fault.group, fault.by)
      fleet.startAll()
    })
  }
}

/** An operator sets a group back; those that it never read stay as they are. */
function reset(world: World, stage: Stage, by: number): void {
  const { kafka, config, topics } = world
  const group = kafka.group(`${config.applicationId}.${stage}`)
  if (group.memberIds().length > 0) return
  const inputs = stage === 'assemble' ? ['profiles', 'segment-memberships'] : [topics.contacts]
  for (const topic of inputs) {
    for (const [partition, log] of kafka.topics.logs(topic).entries()) {
      const committed = group.committed(topic, partition)
      if (committed === undefined) continue
      const offset = Math.max(log.bounds().startOffset, committed.offset - by)
      group.reset([{ topic, partition, offset }])
    }
  }
}

async function untilQuiet(world: World, isOver: () => boolean): Promise<void> {
  const { scheduler } = world
  const limitMs = scheduler.nowMs() + patienceMs
  while (!isOver() && !isQuiet(world)) {
    if (scheduler.nowMs() > limitMs) {
      const left = [...whatIsLeft(world), ...lags(world)]
      world.report(
        'alive',
        `not quiet ${patienceMs / 60_000} minutes after faults ceased: ${left.join('; ')}`,
      )
      return
    }
    await scheduler.runUntil(scheduler.nowMs() + lookEveryMs, isOver)
  }
}

/** How long nothing may have been written anywhere, so that nothing more comes by itself. */
const stillMs = 20_000

/** Nothing is left to do, and all is committed or nobody does anything about it. */
function isQuiet(world: World): boolean {
  const isStill = world.scheduler.nowMs() - world.wroteMs() > stillMs
  return whatIsLeft(world).length === 0 && (isStill || lags(world).length === 0)
}

/** Records that were not committed. */
function lags({ kafka, topics, config }: World): readonly string[] {
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
  return [...lag('assemble', ['profiles', 'segment-memberships']), ...lag('deliver', [topics.contacts])]
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

function judge(world: World): void {
  const { inputs, zendesk, scheduler, durable, report, plan } = world
  const facts = inputs.appended.flatMap(({ fact }) => (fact === null ? [] : [fact]))
  for (const lag of lags(world)) report('lag', lag)
  for (const fault of findFaults(facts, zendesk.contacts, scheduler.nowMs())) report('I1', fault)
  checkRequestCount({
    durable,
    contacts: zendesk.contacts,
    requests: zendesk.requests,
    report,
    causeOf: (request) => causeOf(world, request),
  })
  const isCalm = plan.faults.length === 0
  const joinedMs = startMs + Math.max(...plan.processes.map((process) => process.startMs)) + 10_000
  checkPoison(inputs.appended, durable, { isCalm, joinedMs, report })
}

/** How long after a request what happens can keep its outcome out of the ledger. */
const recordingMs = 60_000

function causeOf({ plan, fleet }: World, request: Request): string | undefined {
  if (!['written', 'rejected', 'missing'].includes(request.outcome)) return request.outcome
  const fault = plan.faults.find(({ atMs }) => {
    const distanceMs = startMs + atMs - request.sentMs
    return distanceMs <= recordingMs && distanceMs >= -2 * recordingMs
  })
  const disturbance = fleet.turns.find(({ atMs }) => Math.abs(atMs - request.sentMs) <= recordingMs)
  return fault?.type ?? disturbance?.what
}
