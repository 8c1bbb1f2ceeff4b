import { createDice, type Dice } from '../simulation/dice.ts'

/** How long requests take that nothing is wrong with. */
export interface Latencies {
  /** For the next request to a contact, in whole milliseconds. The same for its first, second and so on in every run. */
  next(email: string): number
}

const medianMs = 200
const spread = 1
const shortestMs = 40
const longestMs = 5000

/**
 * Latencies as services on the internet have them: half of the requests are answered within 0.2 s, one of twenty takes longer
 * than a second and one of a hundred longer than two (a log-normal distribution). How those of Sell are is not documented.
 */
export function createLatencies(): Latencies {
  const requests = new Map<string, number>()
  return {
    next(email) {
      const number = (requests.get(email) ?? 0) + 1
      requests.set(email, number)
      return latencyMs(createDice(number, email))
    },
  }
}

/** One latency of all. */
export function latencyMs(dice: Dice): number {
  const factor = Math.exp(spread * normal(dice))
  return Math.round(Math.min(longestMs, Math.max(shortestMs, medianMs * factor)))
}

/** Normally distributed, by Box and Muller. */
function normal(dice: Dice): number {
  const radius = Math.sqrt(-2 * Math.log(1 - dice.fraction()))
  return radius * Math.cos(2 * Math.PI * dice.fraction())
}
