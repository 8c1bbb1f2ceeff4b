import { createDice } from '../simulation/dice.ts'
import type { Answer } from '../simulation/plan.ts'
import type { Scheduler } from '../simulation/scheduler.ts'
import { createSimulatedZendesk, type Request, type SimulatedZendesk } from '../simulation/zendesk.ts'
import { tierField } from '../topology/configuration.ts'
import type { Freshness } from './freshness.ts'
import { createLatencies } from './latencies.ts'

/** Zendesk Sell as it is to a well-behaved program: it takes 10 requests in any second, and answers 429 to any more. */
export interface ScenarioZendesk extends SimulatedZendesk {
  /** How it treats the next request beside that, `null` for well. */
  treats(how: () => Answer | null): void
  /** Without this it takes requests as fast as they come: for what a scenario needs before it begins. */
  limit(isOn: boolean): void
  /** From now on requests take as long as they did from the start: the first to a contact as its first, and so on. */
  answerAnew(): void
  /** Most requests that it received in any sliding second from `fromMs` on, refused ones included. */
  maxInAnySecond(fromMs: number): number
  /** Writes that it carried out for a contact after one that said something newer. */
  orderViolations(): number
}

const mostInASecond = 10
const windowMs = 1000

/** An account without contacts. `freshness` hears of what is acknowledged. */
export function createScenarioZendesk(
  scheduler: Scheduler,
  freshness: () => Freshness,
  requestDeadlineMs: number,
): ScenarioZendesk {
  let isLimited = true
  let treatment = (): Answer | null => null
  let latencies = createLatencies()
  const receivedMs: number[] = []

  function isOneTooMany(): boolean {
    const firstMs = receivedMs.at(-mostInASecond) ?? -Infinity
    return isLimited && scheduler.nowMs() - firstMs < windowMs
  }

  const zendesk = createSimulatedZendesk({
    scheduler,
    dice: createDice(1, 'zendesk'),
    requestDeadlineMs,
    answersMs: ({ email }) => latencies.next(email),
    answer: () => treatment() ?? (isOneTooMany() ? 'throttled' : null),
    sends: (request) => void receivedMs.push(request.sentMs),
    hears(request, outcome) {
      const number = numberOf(request)
      if (outcome.type === 'written' && number !== null)
        freshness().acknowledged(request.email, number, scheduler.nowMs())
    },
    trace: () => undefined,
  })

  return {
    ...zendesk,
    treats(how) {
      treatment = how
    },
    answerAnew() {
      latencies = createLatencies()
    },
    limit(isOn) {
      isLimited = isOn
    },
    maxInAnySecond(fromMs) {
      const times = receivedMs.filter((atMs) => atMs >= fromMs)
      let most = 0
      let first = 0
      for (const [index, atMs] of times.entries()) {
        while ((times[first] ?? Infinity) <= atMs - windowMs) first += 1
        most = Math.max(most, index - first + 1)
      }
      return most
    },
    orderViolations() {
      const newest = new Map<string, number>()
      let violations = 0
      for (const { request } of zendesk.carriedOut) {
        const number = numberOf(request)
        if (number === null) continue
        const before = newest.get(request.email) ?? 0
        if (number < before) violations += 1
        newest.set(request.email, Math.max(before, number))
      }
      return violations
    },
  }
}

/** The number of the newest event that a request carries, `null` where it carries none. */
function numberOf({ write }: Request): number | null {
  const number = write.fields[tierField]
  return number === undefined ? null : Number(number)
}
