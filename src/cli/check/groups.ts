import type { Config } from '../../config/config.ts'
import type { GroupFacts } from '../../kafka/groups.ts'
import type { Finding } from './finding.ts'

/** The consumer groups of the stages. */
export function groupIds({ applicationId }: Config): readonly string[] {
  return [`${applicationId}.assemble`, `${applicationId}.deliver`]
}

/** What is to be told of the stages' groups. Whatever state they are in is none of a check's to judge. */
export function describeGroups(config: Config, groups: readonly GroupFacts[]): readonly Finding[] {
  return groupIds(config).map((id) => {
    const group = groups.find(({ groupId }) => groupId === id)
    return {
      area: 'groups',
      level: 'ok',
      subject: id,
      message:
        group === undefined ? 'does not exist yet; run reads from the start of the topics.' : describe(group),
    }
  })
}

function describe({ state, members, lag }: GroupFacts): string {
  const lags = [...lag]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([topic, records]) => `${records} of ${topic}`)
  const read = lags.length === 0 ? 'nothing committed yet' : `records still to read: ${lags.join(', ')}`
  return `${state}, ${members} ${members === 1 ? 'member' : 'members'}; ${read}.`
}
