import { stringify } from 'yaml'
import { audiences, mapping } from '../../sandbox/demo/setup.ts'

/** What one application of a test is configured with. */
export interface ConfigurationInput {
  readonly applicationId: string
  readonly brokers: readonly string[]
  readonly registryUrl: string
  readonly profilesTopic: string
  readonly membershipsTopic: string
  readonly sellUrl: string
  readonly tokenFile: string
  readonly httpPort: number
  readonly stateDirectory: string
}

/** Sections of the configuration that a test changes: members of a section replace those of the same name. */
export type Changes = Readonly<Record<string, unknown>>

/**
 * The text of a configuration with the demo's mapping and audiences, and with short waits: a dead member's partitions
 * are free after 6 s, the least that a broker takes, and a failed attempt is repeated soon.
 */
export function configurationText(input: ConfigurationInput, changes: Changes = {}): string {
  const base: Readonly<Record<string, unknown>> = {
    applicationId: input.applicationId,
    kafka: {
      brokers: input.brokers,
      maxWaitTimeMs: 50,
      sessionTimeoutMs: 6000,
      rebalanceTimeoutMs: 6000,
      heartbeatIntervalMs: 500,
      commitIntervalMs: 200,
    },
    topics: { replicationFactor: 1 },
    schemaRegistry: { url: input.registryUrl, timeoutMs: 2000 },
    inputs: {
      profiles: { topic: input.profilesTopic, eventTimePath: '_repo.modifyDate' },
      segmentMemberships: { topic: input.membershipsTopic },
    },
    mapping,
    audiences,
    zendesk: {
      origin: input.sellUrl,
      tokenFile: input.tokenFile,
      allowInsecureHttp: true,
      requestDeadlineMs: 2000,
      ambiguousHoldMs: 300,
    },
    deliver: { retry: { initialMs: 100, maxMs: 1000 } },
    state: { directory: input.stateDirectory },
    http: { host: '127.0.0.1', port: input.httpPort },
  }
  const sections = new Set([...Object.keys(base), ...Object.keys(changes)])
  return stringify(
    Object.fromEntries([...sections].map((name) => [name, merged(base[name], changes[name])])),
    { aliasDuplicateObjects: false },
  )
}

function merged(base: unknown, change: unknown): unknown {
  if (change === undefined) return base
  return isSection(base) && isSection(change) ? { ...base, ...change } : change
}

function isSection(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
