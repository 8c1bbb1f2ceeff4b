import type { RequiredTopic, TopicFacts } from '../kafka/topics.ts'

/** One thing in which a topic is not as it should be. */
export interface TopicDifference {
  /** `partitions`, `replication factor`, or the name of a setting. */
  readonly what: string
  /** `null` where the broker does not tell. */
  readonly found: string | null
  readonly wanted: string
}

/** In what `found` differs from what the program would create: partitions, copies, and each setting, in this order. */
export function compareTopic(
  { partitions, config }: RequiredTopic,
  found: TopicFacts,
  replicationFactor: number,
): readonly TopicDifference[] {
  const pairs: readonly TopicDifference[] = [
    { what: 'partitions', found: String(found.partitions), wanted: String(partitions) },
    {
      what: 'replication factor',
      found: String(found.replicationFactor),
      wanted: String(replicationFactor),
    },
    ...Object.entries(config).map(([what, wanted]) => ({
      what,
      found: found.settings[what] ?? null,
      wanted,
    })),
  ]
  return pairs.filter(({ what, found: is, wanted }) => !isEqual(what, is, wanted))
}

/** Brokers write `0.20` or `0.2`, and policies in any order. */
function isEqual(what: string, found: string | null, wanted: string): boolean {
  if (found === null || found === wanted) return found === wanted
  if (what === policy) return policiesOf(found).join() === policiesOf(wanted).join()
  return found !== '' && Number(found) === Number(wanted)
}

const policy = 'cleanup.policy'

function policiesOf(value: string): readonly string[] {
  return value
    .split(',')
    .map((word) => word.trim())
    .sort()
}

/** A difference that matters: a `problem` loses data or stops the program, a `warning` may do harm later. */
export interface SettingFault {
  readonly level: 'warning' | 'problem'
  /** What is wrong, what comes of it and what to do: sentences. */
  readonly message: string
}

/** In which direction a difference does harm, and what it does. */
interface Harm {
  readonly whenSmaller: boolean
  readonly why: string
}

/**
 * None of these loses anything by itself, so none refuses a start: a setting may have been chosen. The policy alone decides
 * what the topic keeps.
 */
const harms: Readonly<Record<string, Harm>> = {
  'delete.retention.ms': {
    whenSmaller: true,
    why: 'A process that was away for longer cannot use its stores and reads the whole topic again',
  },
  'max.message.bytes': {
    whenSmaller: true,
    why: 'A larger record stops the program until the topic takes it; a larger dead letter comes in parts',
  },
  'retention.ms': {
    whenSmaller: true,
    why: 'What is in it is gone sooner than the documentation says',
  },
  'max.compaction.lag.ms': {
    whenSmaller: false,
    why: 'What was erased stays in the log for longer',
  },
}

/** What of the differences of a topic that exists does harm. Partitions and replication are judged elsewhere. */
export function findSettingFaults(
  required: RequiredTopic,
  differences: readonly TopicDifference[],
): readonly SettingFault[] {
  return differences.flatMap((difference): readonly SettingFault[] => {
    const { what, found, wanted } = difference
    if (what === policy && found !== null) return [describePolicy(required, found, wanted)]
    const harm = harms[what]
    if (harm === undefined || found === null || !isHarmful(harm, found, wanted)) return []
    return [
      {
        level: 'warning',
        message: `${what} is ${found}, and should be ${wanted}. ${harm.why}. ${alter(required, what, wanted)}`,
      },
    ]
  })
}

function isHarmful({ whenSmaller }: Harm, found: string, wanted: string): boolean {
  // -1 means for ever.
  const size = (text: string): number => (Number(text) < 0 ? Infinity : Number(text))
  return whenSmaller ? size(found) < size(wanted) : size(found) > size(wanted)
}

function describePolicy(required: RequiredTopic, found: string, wanted: string): SettingFault {
  const why = policiesOf(wanted).includes('compact')
    ? 'Records would be deleted by age, and with them state that nothing else has'
    : 'Compaction keeps the last record of each key alone, and refuses those without a key'
  return {
    level: 'problem',
    message:
      `the internal topic "${required.name}" has ${policy}=${found}, and needs ${wanted}. ${why}. ` +
      alter(required, policy, wanted),
  }
}

function alter({ name }: RequiredTopic, setting: string, value: string): string {
  return `Set it with kafka-configs --alter --entity-type topics --entity-name ${name} --add-config ${setting}=${value}.`
}
