import type { LatestSchema, SubjectReader } from '../../avro/latest-schema.ts'
import { RegistryUnavailable } from '../../avro/registry-transport.ts'
import type { Config } from '../../config/config.ts'
import type { Finding } from './finding.ts'
import { checkMembershipPaths, checkProfilePaths, type PathFault } from './paths.ts'

/** What the schemas of the inputs say of the mapped paths, or that the registry could not be asked. */
export type SchemaCheck =
  | { readonly type: 'checked'; readonly findings: readonly Finding[] }
  | { readonly type: 'unavailable'; readonly reason: string }

/** Checks every path that is read in the inputs against the newest schema of their subjects. Registers nothing. */
export async function checkSchemas(config: Config, subjects: SubjectReader): Promise<SchemaCheck> {
  const { profiles, segmentMemberships } = config.inputs
  try {
    const [ofProfiles, ofMemberships] = await Promise.all([
      subjects.latest(subjectOf(profiles.topic)),
      subjects.latest(subjectOf(segmentMemberships.topic)),
    ])
    const findings = [
      ...judgeSchema(profiles.topic, ofProfiles, (shapes) => checkProfilePaths(config, shapes)),
      ...judgeSchema(segmentMemberships.topic, ofMemberships, (shapes) =>
        checkMembershipPaths(config, shapes),
      ),
    ]
    return { type: 'checked', findings }
  } catch (error) {
    if (!(error instanceof RegistryUnavailable)) throw error
    return { type: 'unavailable', reason: error.message.replace(/^schema registry: /, '') }
  }
}

/** The subject that the serialisers of Confluent register a topic's values under. */
function subjectOf(topic: string): string {
  return `${topic}-value`
}

/** What a subject's newest schema says, given what of the paths is wrong by it. */
export function judgeSchema(
  topic: string,
  latest: LatestSchema,
  check: (shapes: Extract<LatestSchema, { type: 'schema' }>['shapes']) => readonly PathFault[],
): readonly Finding[] {
  const subject = subjectOf(topic)
  switch (latest.type) {
    case 'unregistered': {
      const message =
        'is not in the registry, so the mapped paths could not be checked. ' +
        'It appears with the first record, unless the producer names its subjects in another way.'
      return [{ area: 'schemas', level: 'warning', subject, message }]
    }
    case 'unusable': {
      const message =
        `no record of version ${latest.version} can be read: ${latest.detail}. ` +
        'Each would become a dead letter. Register an Avro schema.'
      return [{ area: 'schemas', level: 'problem', subject, message }]
    }
    case 'schema': {
      const faults = check(latest.shapes)
      if (faults.length > 0) return faults.map((fault) => ({ area: 'schemas', ...fault }))
      const message = `version ${latest.version} has every path that is read.`
      return [{ area: 'schemas', level: 'ok', subject, message }]
    }
  }
}
