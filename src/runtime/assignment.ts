/**
 * The partition numbers of an assignment, sorted, if every one of them came with all of `topics`; `null` where the topics
 * of a partition went to different members, which a join cannot survive.
 */
export function coLocated(
  assignment: ReadonlyMap<string, readonly number[]>,
  topics: readonly string[],
): readonly number[] | null {
  const [first = [], ...others] = topics.map((topic) =>
    [...(assignment.get(topic) ?? [])].sort((a, b) => a - b),
  )
  return others.every((partitions) => partitions.join() === first.join()) ? first : null
}
