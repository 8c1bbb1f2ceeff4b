/** 0: it has slots enough. 1: more are welcome. 2: it has none and something to send. */
export type Hunger = 0 | 1 | 2

/** What the owner of a partition says of its share; stands beside the partition's offset in the group. */
export interface PartitionClaim {
  /** Name of the process, of this life alone. */
  readonly owner: string
  readonly hunger: Hunger
  /** Slots of its partitions that it leaves to others. */
  readonly lent: readonly number[]
}

/** `claim` in the few characters that fit beside an offset: `owner hunger lent,lent`. */
export function encodeClaim({ owner, hunger, lent }: PartitionClaim): string {
  return `${owner} ${hunger} ${lent.join()}`.trimEnd()
}

/** The claim in `text`, `null` where there is none: of an older release, or of no release. */
export function parseClaim(text: string): PartitionClaim | null {
  const match = /^([\w-]{1,64}) ([012])(?: (\d(?:,\d)*))?$/.exec(text)
  if (match === null) return null
  const [, owner = '', hunger, lent] = match
  return {
    owner,
    hunger: Number(hunger) as Hunger,
    lent: lent === undefined ? [] : lent.split(',').map(Number),
  }
}
