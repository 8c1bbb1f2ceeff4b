import type { Dice } from '../simulation/dice.ts'

/** One event: something of a person changes, `atMs` after the start of the traffic. */
export interface Event {
  readonly atMs: number
  readonly person: string
}

/** Events of `persons`, as they come where many act without knowing of each other: `perSecond` on average, any of them. */
export function makeTraffic(
  dice: Dice,
  options: {
    readonly perSecond: number
    readonly forMs: number
    readonly persons: number
    readonly prefix: string
  },
): readonly Event[] {
  const events: Event[] = []
  for (
    let atMs = gapMs(dice, options.perSecond);
    atMs < options.forMs;
    atMs += gapMs(dice, options.perSecond)
  )
    events.push({ atMs: Math.floor(atMs), person: `${options.prefix}${dice.int(1, options.persons)}` })
  return events
}

/** Exponentially distributed. */
function gapMs(dice: Dice, perSecond: number): number {
  return (-Math.log(1 - dice.fraction()) * 1000) / perSecond
}
