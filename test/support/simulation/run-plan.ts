import { startMs } from '../topology/configuration.ts'
import { checkContacts } from './check-contacts.ts'
import { checkOrder } from './check-order.ts'
import { checkPoison } from './check-poison.ts'
import { checkRequestCount } from './check-requests.ts'
import type { Mutation } from './mutations.ts'
import type { Fault, Plan, Stage } from './plan.ts'
import { lags, settle } from './settle.ts'
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

/** Past every validUntil, and a tick. */
const longestValidityMs = 92_000
/** How long a fault that began last may keep a process down or frozen. */
const longestAbsenceMs = 61_000
/** How often what the processes hold is looked at. */
const lookEveryMs = 1000

/** Runs a plan to its end, and looks whether every invariant held. */
export async function runPlan(plan: Plan, mutation: Mutation): Promise<RunResult> {
  const world = await createWorld(plan, mutation)
  const { scheduler, fleet, inputs, violations } = world
  const isOver = (): boolean => isBroken(violations, mutation)
  fleet.launch()
  for (const input of plan.inputs) scheduler.at(input.atMs, () => inputs.write(input))
  for (const fault of plan.faults) scheduler.at(fault.atMs, () => begin(world, fault))
  lookAgainAndAgain(world)
  await scheduler.runUntil(startMs + plan.spanMs, isOver)
  world.tell('faults cease')
  world.trouble.clear()
  scheduler.at(0, () => fleet.startAll())
  await scheduler.runUntil(scheduler.nowMs() + longestAbsenceMs, isOver)
  fleet.startAll()
  await settle(world, startMs + plan.spanMs, isOver)
  const expiredMs = Math.max(scheduler.nowMs(), startMs + plan.spanMs + longestValidityMs)
  await scheduler.runUntil(expiredMs, isOver)
  await settle(world, expiredMs, isOver)
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

function lookAgainAndAgain(world: World): void {
  const { scheduler, fleet, looks } = world
  for (const process of fleet.running()) looks(process, fleet.disk(process.life.index))
  scheduler.at(lookEveryMs, () => lookAgainAndAgain(world))
}

function begin(world: World, fault: Fault): void {
  const { scheduler, kafka, trouble, fleet, topics, config, zendesk } = world
  world.tell(`FAULT ${JSON.stringify(fault)}`)
  trouble.begin(fault, scheduler.nowMs())
  fleet.suffer(fault)
  if (fault.type === 'compact') kafka.topics.compact(topics[fault.topic], scheduler.nowMs())
  if (fault.type === 'removal') zendesk.remove((contacts) => placedAt(contacts, fault.which))
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

function placedAt<T>(items: readonly T[], place: number): T {
  const item = items[Math.floor(place * items.length)]
  if (item === undefined) throw new Error('nothing is there to choose from')
  return item
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

function judge(world: World): void {
  const { inputs, zendesk, scheduler, durable, report, plan } = world
  const facts = inputs.appended.flatMap(({ fact }) => (fact === null ? [] : [fact]))
  for (const lag of lags(world)) report('lag', lag)
  checkContacts({ facts, zendesk, durable, nowMs: scheduler.nowMs(), report })
  checkOrder({ durable, carriedOut: zendesk.carriedOut, report })
  checkRequestCount({
    durable,
    contacts: zendesk.contacts(),
    requests: zendesk.requests,
    report,
    causeOf: (request) => causeOf(world, request),
  })
  world.rate.finish()
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
