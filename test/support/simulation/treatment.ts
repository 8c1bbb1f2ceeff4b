import type { WriteOutcome } from '../../../src/deliver/contact-writer.ts'
import type { Dice } from './dice.ts'
import type { Answer } from './plan.ts'

/** How one request is treated. Times in milliseconds after it was sent. */
export interface Treatment {
  readonly answersMs: number
  /** `null` where the answer is what was done. */
  readonly outcome: WriteOutcome | null
  /** When it is carried out, `null` for never. */
  readonly carriedOutMs: number | null
}

const lostAnswer: WriteOutcome = { type: 'ambiguous', reason: 'timeout' }

/**
 * Treats a request as `answer` says, `null` for well. Usually it is answered after `answersMs`; its process waits for
 * `deadlineMs` at most.
 */
export function treat(answer: Answer | null, answersMs: number, deadlineMs: number, dice: Dice): Treatment {
  const soon = Math.max(1, answersMs - 1)
  switch (answer) {
    case null:
      return { answersMs, outcome: null, carriedOutMs: soon }
    case 'slow':
      return { answersMs: 9000, outcome: null, carriedOutMs: 8999 }
    case 'throttled':
      return { answersMs, outcome: { type: 'throttled', retryAfterMs: null }, carriedOutMs: null }
    case 'throttled for 3 s':
      return { answersMs, outcome: { type: 'throttled', retryAfterMs: 3000 }, carriedOutMs: null }
    case 'unreachable':
      return { answersMs, outcome: { type: 'unreachable', reason: 'refused' }, carriedOutMs: null }
    case 'unauthorised':
      return {
        answersMs,
        outcome: { type: 'unauthorised', status: 401, code: 'unauthorized' },
        carriedOutMs: null,
      }
    case 'ambiguous, never carried out':
      return { answersMs, outcome: lostAnswer, carriedOutMs: null }
    case 'unanswered':
      return { answersMs: deadlineMs, outcome: lostAnswer, carriedOutMs: null }
    case 'ambiguous, carried out':
      return { answersMs, outcome: lostAnswer, carriedOutMs: soon }
    case 'ambiguous, carried out later':
      return { answersMs, outcome: lostAnswer, carriedOutMs: dice.int(500, 14_000) }
  }
}
