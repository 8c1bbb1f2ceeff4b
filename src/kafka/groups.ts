import type { Admin } from 'kafkajs'

/** A consumer group as the brokers see it. */
export interface GroupFacts {
  readonly groupId: string
  /** Kafka's word: `Stable`, `Empty`, `PreparingRebalance` and so on. */
  readonly state: string
  readonly members: number
  /** Records between what is committed and the end of the log, by topic; topics without any commit are not told. */
  readonly lag: ReadonlyMap<string, number>
}

/** Looks at groups, and joins none. */
export interface GroupReader {
  /** Those of `ids` that exist: that have members, or offsets that have not run out. */
  describe(ids: readonly string[]): Promise<readonly GroupFacts[]>
}

/** A {@link GroupReader} over an admin client that is connected already. */
export function createGroupReader(admin: Admin): GroupReader {
  return {
    async describe(ids) {
      const { groups } = await admin.describeGroups([...ids])
      const existing = groups.filter(({ state }) => state !== 'Dead')
      return Promise.all(
        existing.map(async ({ groupId, state, members }) => ({
          groupId,
          state,
          members: members.length,
          lag: await readLag(admin, groupId),
        })),
      )
    },
  }
}

/** A partition without a commit counts from the start of its log, where the group would begin. */
async function readLag(admin: Admin, groupId: string): Promise<ReadonlyMap<string, number>> {
  const existing = new Set(await admin.listTopics())
  const committed = (await admin.fetchOffsets({ groupId })).filter(({ topic }) => existing.has(topic))
  const lags = committed.map(async ({ topic, partitions }) => {
    const offsets = new Map(partitions.map(({ partition, offset }) => [partition, Number(offset)]))
    const ends = await admin.fetchTopicOffsets(topic)
    const lag = ends.reduce((sum, { partition, low, high }) => {
      const from = Math.max(offsets.get(partition) ?? -1, Number(low))
      return sum + Math.max(0, Number(high) - from)
    }, 0)
    return [topic, lag] as const
  })
  return new Map(await Promise.all(lags))
}
