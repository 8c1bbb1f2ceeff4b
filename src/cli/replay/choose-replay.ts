import type { Config } from '../../config/config.ts'
import { internalTopics } from '../../config/topics.ts'
import type { KafkaTools } from '../outside.ts'
import type { ReplayTask } from './progress-note.ts'
import { type ChosenReplay, findReplay, startReplay } from './replay-state.ts'
import type { ReplayRequest } from './request.ts'

/** The replay that a request means: the one with its id that was begun before, or else a new one, with `newId` for want of an id. */
export async function chooseReplay(
  config: Config,
  kafka: KafkaTools,
  request: ReplayRequest,
  newId: () => string,
): Promise<ChosenReplay> {
  const { topic, audience, force, from, to } = request
  if (audience !== null && !config.audiences.some(({ mappingId }) => mappingId === audience)) {
    const known = config.audiences.map(({ mappingId }) => `"${mappingId}"`).join(', ')
    return failed(`no audience has the mappingId "${audience}". There is ${known || 'none'}.`)
  }
  const task = topic === null ? null : { ...topicsOf(config, topic), audience, force }
  const id = request.id ?? newId()
  const known = request.id === null ? null : await findReplay(config, kafka, id)
  if (known?.type === 'replay' && task !== null && !isSame(task, known.replay.task))
    return failed(`the replay "${id}" exists, and replays something else. Choose another --id.`)
  if (known !== null) return known
  if (task === null) return failed(`there is no replay "${id}" to go on with. Begin one with --topic.`)
  return startReplay(config, kafka, id, task, { from, to })
}

function failed(problem: string): ChosenReplay {
  return { type: 'failed', problem }
}

function isSame(a: ReplayTask, b: ReplayTask): boolean {
  return a.source === b.source && a.audience === b.audience && a.force === b.force
}

/** The topic of that name and the one for its copies. */
function topicsOf(
  config: Config,
  topic: NonNullable<ReplayRequest['topic']>,
): Pick<ReplayTask, 'source' | 'target'> {
  const { contacts, assembleReplay, deliverReplay } = internalTopics(config.applicationId)
  switch (topic) {
    case 'profiles':
      return { source: config.inputs.profiles.topic, target: assembleReplay }
    case 'segment-memberships':
      return { source: config.inputs.segmentMemberships.topic, target: assembleReplay }
    case 'contacts':
      return { source: contacts, target: deliverReplay }
  }
}
