import { createRandom } from '../topology/random.ts'

/** Choices of a run, all of them from its seed. */
export interface Dice {
  /** At least 0, below 1. */
  fraction(): number
  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number
  /** True with this probability. */
  chance(probability: number): boolean
  pick<T>(items: readonly T[]): T
}

/** Dice of one purpose: what is thrown for one purpose moves no other's. */
export function createDice(seed: number, purpose: string): Dice {
  let mixed = seed
  for (const char of purpose) mixed = (Math.imul(mixed, 31) + (char.codePointAt(0) ?? 0)) | 0
  return diceOf(createRandom(mixed))
}

/** Dice over any source of numbers of at least 0 and below 1. */
export function diceOf(random: () => number): Dice {
  const int = (min: number, max: number): number => min + Math.floor(random() * (max - min + 1))
  return {
    fraction: random,
    int,
    chance: (probability) => random() < probability,
    pick(items) {
      const item = items[int(0, items.length - 1)]
      if (item === undefined) throw new Error('nothing to pick from')
      return item
    },
  }
}
