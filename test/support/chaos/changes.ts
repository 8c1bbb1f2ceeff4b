import { audiences } from '../../../sandbox/demo/setup.ts'
import { createDice, type Dice } from '../simulation/dice.ts'

/** A line for the loader: what happened to one person. Each becomes one record. */
export type Change = ProfileChange | MembershipChange

/** A profile: all that the demo's mapping takes, always, so that no field is left over from the one before. */
export interface ProfileChange {
  readonly personKey: string
  readonly person: { readonly name: { readonly firstName: string; readonly lastName: string } }
  readonly extendedWorkDetails: { readonly jobTitle: string }
  readonly homeAddress: { readonly city: string }
  readonly identityMap: { readonly Email: readonly { readonly id: string }[] }
  readonly _repo: { readonly modifyDate: string }
}

/** One membership. A status that does not exist makes the record a dead letter. */
export interface MembershipChange {
  readonly personKey: string
  readonly segmentMembership: Readonly<
    Record<
      string,
      Readonly<Record<string, { readonly status: string; readonly lastQualificationTime: string }>>
    >
  >
}

/** What happens to people, in an order that follows from a seed. */
export interface Changes {
  /** Everybody's first profile. */
  everybody(): readonly Change[]
  /** The next `count` things that happen. */
  next(count: number): readonly Change[]
  /** Everything handed out so far, in order. */
  all(): readonly Change[]
}

/** The status that no membership has. */
export const unknownStatus = 'no such status'

const startMs = Date.UTC(2025, 2, 1)
/** The e-mails of one person, who moves between them. Nobody else has them. */
const emailCount = 3

/** Changes of `people` persons. No two of one person have the same time, unless they are the same. */
export function createChanges(seed: number, people: number): Changes {
  const dice = createDice(seed, 'changes')
  const emails = new Map<string, number>()
  const handedOut: Change[] = []
  let sequence = 0

  /** Every seventh or so is older than what was said before. */
  function eventTime(): string {
    sequence += 1
    const ageSeconds = dice.chance(0.15) ? dice.int(1, 3000) : 0
    return new Date(startMs + (sequence - ageSeconds) * 1000 + (sequence % 997)).toISOString()
  }

  function profileOf(personKey: string): ProfileChange {
    const before = emails.get(personKey) ?? 0
    const email = dice.chance(0.25) ? dice.int(0, emailCount - 1) : before
    emails.set(personKey, email)
    return {
      personKey,
      person: { name: { firstName: dice.pick(['Ann', 'Bea', 'Cleo', 'Dora']), lastName: `Of-${personKey}` } },
      extendedWorkDetails: { jobTitle: `Title ${dice.int(1, 1000)}` },
      homeAddress: { city: dice.pick(['Basel', 'Bern', 'Chur', 'Zug']) },
      identityMap: { Email: [{ id: `${personKey}.${email}@example.com` }] },
      _repo: { modifyDate: eventTime() },
    }
  }

  function change(): Change {
    const personKey = `chaos-${dice.int(1, people)}`
    const which = dice.int(1, 100)
    if (which <= 8 && handedOut.length > 0) return dice.pick(handedOut)
    if (which <= 12) return membershipOf(dice, personKey, unknownStatus, eventTime())
    if (which <= 55) return profileOf(personKey)
    return membershipOf(dice, personKey, dice.pick(['realized', 'existing', 'exited', 'exited']), eventTime())
  }

  function handOut(count: number, make: (at: number) => Change): readonly Change[] {
    const made: Change[] = []
    for (let at = 1; at <= count; at += 1) {
      const made1 = make(at)
      made.push(made1)
      handedOut.push(made1)
    }
    return made
  }

  return {
    everybody: () => handOut(people, (at) => profileOf(`chaos-${at}`)),
    next: (count) => handOut(count, change),
    all: () => handedOut,
  }
}

function membershipOf(dice: Dice, personKey: string, status: string, time: string): MembershipChange {
  const { namespace, segmentId } = dice.pick(audiences)
  return {
    personKey,
    segmentMembership: { [namespace]: { [segmentId]: { status, lastQualificationTime: time } } },
  }
}

/** True for a change that has to become a dead letter, once for each time that it was handed out. */
export function isBad(change: Change): boolean {
  return (
    'segmentMembership' in change &&
    Object.values(change.segmentMembership).some((segments) =>
      Object.values(segments).some(({ status }) => status === unknownStatus),
    )
  )
}
