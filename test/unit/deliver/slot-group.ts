import { createSlotSharing, type SlotSharing } from '../../../src/deliver/slot-sharing.ts'
import { type PartitionClaim, parseClaim } from '../../../src/deliver/slot-claim.ts'
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts'

/** One process of a group whose members share the slots. */
export interface Member {
  readonly name: string
  readonly sharing: SlotSharing
  slots: number
  waiting: number
  sent: number
}

/** A group of processes over the claims beside its partitions, whose coordinator is as slow as the test says. */
export interface SlotGroup {
  readonly clock: ManualClock
  readonly members: readonly Member[]
  readonly claims: Map<number, string>
  /** How long the group takes to answer a member, for each question; `null` for no answer. */
  latencyMs: (member: number) => number | null
  /** Deals the partitions anew: `owners[partition]` is the number of a member. */
  deal(owners: readonly number[]): void
  /** Slots in use by all members now. */
  inUse(): number
  /** Every number of slots in use that there was. */
  readonly most: () => number
}

const stepMs = 1000

/** A group of `count` members that own nothing yet. */
export function createSlotGroup(count: number, partitions: number): SlotGroup {
  const clock = createManualClock()
  const claims = new Map<number, string>()
  let owners: readonly number[] = []
  let generation = 0
  let most = 0

  const group: SlotGroup = {
    clock,
    claims,
    latencyMs: () => 5,
    members: Array.from({ length: count }, (_, number) => createMember(number)),
    deal(dealt) {
      generation += 1
      owners = dealt
      for (const member of group.members) {
        member.sharing.suspend()
        member.slots = 0
      }
      for (const [number, { sharing }] of group.members.entries()) {
        sharing.assign(dealt.flatMap((owner, partition) => (owner === number ? [partition] : [])))
        void sharing.step()
      }
    },
    inUse: () => group.members.reduce((sum, { slots }) => sum + slots, 0),
    most: () => most,
  }

  /** The answer comes after a while, and so does what was asked for. */
  async function ask<T>(member: number, answer: () => T): Promise<T | null> {
    const latencyMs = group.latencyMs(member)
    await new Promise<void>((resolve) => clock.setTimer((latencyMs ?? 60) / 2, resolve))
    const answered = answer()
    await new Promise<void>((resolve) => clock.setTimer((latencyMs ?? 60) / 2, resolve))
    return latencyMs === null ? null : answered
  }

  function createMember(number: number): Member {
    const name = `m${number}`
    const member: Member = {
      name,
      slots: 0,
      waiting: 0,
      sent: 0,
      sharing: createSlotSharing({
        owner: name,
        partitions,
        slotPerSecond: 0.95,
        monotonicMs: () => clock.monotonicMs(),
        setTimer: (delayMs, then) => clock.setTimer(delayMs, then),
        claims: async () => ask(number, readAll),
        async publish() {
          const claim = member.sharing.claim()
          const asked = generation
          return (
            (await ask(number, () => {
              if (asked !== generation) return false
              for (const [partition, owner] of owners.entries())
                if (owner === number) claims.set(partition, claim)
              return true
            })) === true
          )
        },
        demand: () => ({ waiting: member.waiting, sent: member.sent }),
        changed(slots) {
          member.slots = slots
          most = Math.max(most, group.inUse())
        },
      }),
    }
    repeat(member)
    return member
  }

  function repeat(member: Member): void {
    clock.setTimer(stepMs, () => void member.sharing.step().then(() => repeat(member)))
  }

  function readAll(): ReadonlyMap<number, PartitionClaim> {
    return new Map(
      [...claims].flatMap(([partition, text]) => {
        const claim = parseClaim(text)
        return claim === null ? [] : [[partition, claim] as const]
      }),
    )
  }

  return group
}
