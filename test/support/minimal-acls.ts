import kafkajs, { type AclEntry, type AclOperationTypes, type AclResourceTypes } from 'kafkajs'
import type { Application } from './application.ts'

const { AclOperationTypes: operation, AclResourceTypes: resource, ResourcePatternTypes: pattern } = kafkajs

/** A right, by the name that `docs/kafka-security.md` has for it. */
export interface Right {
  readonly name: string
  readonly entry: AclEntry
}

/** What `run` needs of a Kafka that allows nothing else, for the user of that name: the set of `docs/kafka-security.md`. */
export function minimalRights({ id, topics }: Pick<Application, 'id' | 'topics'>, user: string): Right[] {
  const common = {
    principal: `User:${user}`,
    host: '*',
    permissionType: kafkajs.AclPermissionTypes.ALLOW,
  }
  const inputs = (['profiles', 'memberships'] as const).map((input) => ({
    name: `READ ${input}`,
    entry: {
      ...common,
      resourceType: resource.TOPIC,
      resourceName: topics[input],
      resourcePatternType: pattern.LITERAL,
      operation: operation.READ,
    },
  }))
  const own = (name: string, resourceType: AclResourceTypes, kind: AclOperationTypes): Right => ({
    name,
    entry: {
      ...common,
      resourceType,
      resourceName: `${id}.`,
      resourcePatternType: pattern.PREFIXED,
      operation: kind,
    },
  })
  return [
    ...inputs,
    own('READ internal topics', resource.TOPIC, operation.READ),
    own('WRITE internal topics', resource.TOPIC, operation.WRITE),
    own('CREATE internal topics', resource.TOPIC, operation.CREATE),
    own('DESCRIBE_CONFIGS internal topics', resource.TOPIC, operation.DESCRIBE_CONFIGS),
    own('READ groups', resource.GROUP, operation.READ),
  ]
}
