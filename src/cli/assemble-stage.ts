import { hash } from 'node:crypto'
import type { AssembleMetrics, AssemblePorts } from '../assemble/ports.ts'
import type { AssembleRules } from '../assemble/publish.ts'
import type { InputRules } from '../assemble/read-record.ts'
import { createAssembleTask } from '../assemble/task.ts'
import type { Config } from '../config/config.ts'
import { internalTopics } from '../config/topics.ts'
import { type ContactRules, contactRulesVersion } from '../domain/contact.ts'
import { createMapper } from '../domain/mapping.ts'
import { compilePath, type Getter } from '../domain/path.ts'
import { formatE164 } from '../phone/e164.ts'
import type { StageDefinition } from '../runtime/stage-definition.ts'
import { createAssemble } from '../topology.ts'

/** What the assemble stage's tasks share. */
export type SharedAssemblePorts = Omit<AssemblePorts, 'store' | 'produce' | 'digest' | 'metrics'> & {
  readonly metrics: AssembleMetrics
}

/** A digest for comparing values: 128 bits of SHA-256. */
export function digest(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, 22)
}

/** The assemble stage as configured. */
export function defineAssembleStage(config: Config, ports: SharedAssemblePorts): StageDefinition {
  const topics = internalTopics(config.applicationId)
  const inputs = inputRules(config)
  const contact = contactRules(config)
  const rulesDigest = digestRules(config)
  return {
    name: 'assemble',
    groupId: `${config.applicationId}.assemble`,
    inputs: [...inputs.keys(), topics.assembleReplay],
    changelog: topics.persons,
    restoredInputs: [],
    createTask(partition, { state, produce }) {
      const taskPorts: AssemblePorts = {
        ...ports,
        store: state,
        produce,
        digest,
      }
      const rules: AssembleRules = {
        partition,
        contact,
        digest: rulesDigest,
        contactsTopic: topics.contacts,
        personsTopic: topics.persons,
        replayTopic: topics.assembleReplay,
        inputOf: (topic) => inputs.get(topic) ?? null,
      }
      return createAssembleTask(taskPorts, rules, createAssemble(taskPorts, rules))
    },
    assigned: () => undefined,
    note: () => '',
    runningChanged: () => undefined,
    suspended: () => undefined,
    alive: () => undefined,
  }
}

/** What turns a person into a contact, as configured. */
export function contactRules(config: Config): ContactRules {
  return {
    identityNamespace: config.identityNamespace,
    map: createMapper(config.fieldMappings, formatE164),
    audiences: config.audiences,
    statusWords: config.statusWords,
  }
}

/**
 * All of the configuration that decides what contact a person makes: where it differs from that of the last start, every
 * stored person is looked at again.
 */
export function digestRules({ identityNamespace, fieldMappings, audiences, statusWords }: Config): string {
  // Of an audience that is not retired as before there were such: an upgrade is no reason to look at every person.
  const active = audiences.map(({ namespace, segmentId, mappingId, startMs, endMs, retired }) => {
    return { namespace, segmentId, mappingId, startMs, endMs, ...(retired ? { retired } : {}) }
  })
  const rules = { contactRulesVersion, identityNamespace, fieldMappings, active, statusWords }
  return digest(JSON.stringify(rules))
}

/** How to read each input topic, by its name. */
export function inputRules({
  inputs: { profiles, segmentMemberships },
}: Config): ReadonlyMap<string, InputRules> {
  const memberships = getter(segmentMemberships.membershipPath)
  return new Map([
    [
      profiles.topic,
      {
        kind: 'profiles',
        personKey: optionalGetter(profiles.personKey.path),
        eventTime: optionalGetter(profiles.eventTimePath),
        memberships,
      },
    ],
    [
      segmentMemberships.topic,
      {
        kind: 'memberships',
        personKey: optionalGetter(segmentMemberships.personKey.path),
        eventTime: null,
        memberships,
      },
    ],
  ])
}

function optionalGetter(path: string | null): Getter | null {
  return path === null ? null : getter(path)
}

function getter(path: string): Getter {
  const compiled = compilePath(path)
  if (compiled.type === 'invalid')
    throw new Error(`the path "${path}" passed the configuration: ${compiled.problem}`)
  return compiled.get
}
