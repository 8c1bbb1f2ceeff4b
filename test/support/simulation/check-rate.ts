import type { WriteOutcome } from '../../../src/deliver/contact-writer.ts'
import type { Life } from './life.ts'
import type { Report } from './violation.ts'
import type { Request } from './zendesk.ts'

/** I6, looked at while requests leave and answers come, and once more at the end. */
export interface RateCheck {
  sends(request: Request): void
  hears(request: Request, outcome: WriteOutcome): void
  /** A process wrote to its store, under these keys. */
  stores(life: Life, keys: readonly string[]): void
  /** All requests were sent. */
  finish(): void
}

/** Requests in any sliding second, at most, and failures in a row that mean an outage. */
const most = 10
const windowMs = 1000
const outageFailures = 5

/** What one process knows of Zendesk, by what it heard. */
interface Knowledge {
  readonly underWay: Set<Request>
  /** Contacts of which a success was heard that is not recorded yet. */
  readonly succeeded: Set<string>
  /** Failures in a row. */
  failures: number
  isTroubled: boolean
  /** Requests that were under way when it last got into trouble. */
  sentBefore: ReadonlySet<Request>
  /** Until when it was told to send nothing, in epoch milliseconds. */
  forbiddenUntilMs: number
}

/**
 * I6, in three parts:
 * - In any sliding second at most 10 requests leave for Zendesk, from all processes together, and so come there where the way
 *   takes equally long for all. Whatever the processes do: they start, end, stand still and go on, lose and regain their
 *   partitions, and their wall clocks differ. One that stood still goes by its monotonic clock, which ran on: it finds its
 *   lease over, or, where that still holds, one request due and no more. What a network holds back and lets go at once can
 *   come to more; Zendesk's 429 to that costs a pause and no contact an attempt.
 * - Once a process has heard that Zendesk is in trouble (a 429, a refused token, or five failures in a row), and until it has
 *   recorded a success, it sends a request only when none of its own is under way. What was sent before the trouble began
 *   says nothing of whether it goes on once a success has ended it.
 * - It sends nothing before the time that a 429 names.
 */
export function createRateCheck(report: Report): RateCheck {
  const known = new Map<Life, Knowledge>()
  const sentMs: number[] = []

  function of(life: Life): Knowledge {
    const knowledge = known.get(life) ?? {
      underWay: new Set(),
      succeeded: new Set(),
      failures: 0,
      isTroubled: false,
      sentBefore: new Set(),
      forbiddenUntilMs: -Infinity,
    }
    known.set(life, knowledge)
    return knowledge
  }

  return {
    sends(request) {
      const { life, email } = request
      const knowledge = of(life)
      const { forbiddenUntilMs, underWay } = knowledge
      sentMs.push(request.sentMs)
      if (request.sentMs < forbiddenUntilMs)
        report(
          'I6',
          `${life.name} sends to ${email} ${forbiddenUntilMs - request.sentMs} ms before a 429 allows`,
        )
      if (knowledge.isTroubled && underWay.size > 0)
        report('I6', `${life.name} probes a Zendesk in trouble with ${underWay.size} requests under way`)
      underWay.add(request)
    },
    hears(request, outcome) {
      const knowledge = of(request.life)
      knowledge.underWay.delete(request)
      learn(knowledge, request, outcome)
    },
    stores(life, keys) {
      const knowledge = of(life)
      for (const email of knowledge.succeeded) {
        if (!keys.includes(`ledger/${email}`)) continue
        knowledge.succeeded.delete(email)
        knowledge.failures = 0
        knowledge.isTroubled = false
      }
    },
    finish() {
      for (const [index, lastMs] of sentMs.entries()) {
        const firstMs = sentMs[index - most] ?? -Infinity
        if (lastMs - firstMs >= windowMs) continue
        report('I6', `${most + 1} requests leave within ${lastMs - firstMs} ms, the last at ${lastMs}`)
        return
      }
    },
  }
}

function learn(knowledge: Knowledge, request: Request, outcome: WriteOutcome): void {
  const { email, answersMs } = request
  const isNews = !knowledge.sentBefore.has(request)
  switch (outcome.type) {
    case 'throttled':
      if (isNews) trouble(knowledge)
      if (outcome.retryAfterMs !== null)
        knowledge.forbiddenUntilMs = Math.max(knowledge.forbiddenUntilMs, answersMs + outcome.retryAfterMs)
      return
    case 'unauthorised':
      if (isNews) trouble(knowledge)
      return
    case 'unreachable':
    case 'ambiguous':
      knowledge.failures += 1
      if (isNews && knowledge.failures >= outageFailures) trouble(knowledge)
      return
    default:
      knowledge.succeeded.add(email)
  }
}

function trouble(knowledge: Knowledge): void {
  if (!knowledge.isTroubled) knowledge.sentBefore = new Set(knowledge.underWay)
  knowledge.isTroubled = true
}
