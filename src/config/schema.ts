import { z } from 'zod'

import { customFieldTypes } from '../domain/custom-field-value.ts'
import { transformOption } from './transform.ts'
import {
  address,
  bytes,
  choice,
  file,
  flag,
  list,
  milliseconds,
  number,
  recordPath,
  section,
  text,
  time,
  topicName,
  wholeNumber,
} from './options.ts'

const applicationName = 'zendesk-activation'

const brokerList = 'must be a list of host:port such as [localhost:9092]'

const kafka = section({
  brokers: z
    .array(text('must be host:port such as localhost:9092', isBroker), { error: brokerList })
    .min(1, { error: brokerList }),
  clientId: text().default(applicationName),
  tls: section({
    enabled: flag().default(false),
    caFile: file().nullable().default(null),
    certFile: file().nullable().default(null),
    keyFile: file().nullable().default(null),
  }),
  sasl: section({
    mechanism: choice(['none', 'plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer']).default('none'),
    usernameFile: file().nullable().default(null),
    passwordFile: file().nullable().default(null),
    tokenFile: file().nullable().default(null),
  }),
  sessionTimeoutMs: milliseconds(1000, 1_800_000).default(30_000),
  heartbeatIntervalMs: milliseconds(100, 600_000).default(3000),
  rebalanceTimeoutMs: milliseconds(1000, 3_600_000).default(60_000),
  maxWaitTimeMs: milliseconds(1, 60_000).default(1000),
  maxBytesPerPartition: bytes().default(1_048_576),
  requestTimeoutMs: milliseconds(1000, 600_000).default(30_000),
  connectionTimeoutMs: milliseconds(100, 600_000).default(10_000),
  commitIntervalMs: milliseconds(10, 600_000).default(2000),
})

const schemaRegistry = section({
  url: address('https://registry.example.com/apis/ccompat/v7', { path: true }),
  usernameFile: file().nullable().default(null),
  passwordFile: file().nullable().default(null),
  timeoutMs: milliseconds(100, 600_000).default(5000),
  compatibility: choice([
    'BACKWARD',
    'BACKWARD_TRANSITIVE',
    'FORWARD',
    'FORWARD_TRANSITIVE',
    'FULL',
    'FULL_TRANSITIVE',
    'NONE',
  ]).default('BACKWARD'),
  unknownSchemaCacheMs: milliseconds(0, 86_400_000).default(30_000),
})

const inputs = section({
  profiles: section({
    topic: topicName().default('profiles'),
    personKey: section({ path: recordPath().nullable().default(null) }),
    eventTimePath: recordPath().nullable().default(null),
  }),
  segmentMemberships: section({
    topic: topicName().default('segment-memberships'),
    personKey: section({ path: recordPath().nullable().default(null) }),
    membershipPath: recordPath().default('segmentMembership'),
  }),
  maxRecordBytes: bytes().default(1_048_576),
})

const mappingRow = section({
  source: recordPath({ many: true }).nullable().default(null),
  target: text('must be the name of a Sell contact attribute or custom_fields.<name>'),
  transforms: list(transformOption),
  type: choice(customFieldTypes).nullable().default(null),
  choices: list(text('must be the name of a choice, without space around it')),
  whenNull: choice(['keep', 'clear']).default('keep'),
})

const audience = section({
  namespace: text('must be the origin of the segment, such as ups'),
  segmentId: text('must be the id of the segment, without space around it'),
  mappingId: text('must be the name of a Sell custom field, without space around it'),
  name: text().nullable().default(null),
  description: text().nullable().default(null),
  kind: choice(
    ['people'],
    ': only people audiences can be activated, no account or prospect audiences and no datasets',
  ).default('people'),
  startDate: time().nullable().default(null),
  endDate: time().nullable().default(null),
  retired: flag().default(false),
})

const zendesk = section({
  origin: address('https://api.getbase.com', { path: false }).default('https://api.getbase.com'),
  tokenFile: file(),
  allowInsecureHttp: flag().default(false),
  requestsPerSecond: number(
    0,
    10,
    'must be a number above 0 and up to 10 (Zendesk takes no more)',
    (value) => value > 0,
  ).default(9.5),
  requestDeadlineMs: milliseconds(100, 600_000).default(15_000),
  maxConcurrentRequests: wholeNumber(1, 256).default(16),
  ambiguousHoldMs: milliseconds(0, 3_600_000).default(30_000),
  maxResponseBytes: bytes().default(1_048_576),
  contacts: section({
    severalMatches: choice(['any', 'oldest', 'newest', 'refuse']).default('any'),
    companyMatches: choice(['ignore', 'refuse']).default('ignore'),
    deletedContacts: choice(['create', 'leave']).default('create'),
  }),
})

/**
 * Every option with its type, range and default. `config/reference.yaml` explains them; a test keeps the two equal.
 * What spans several options, or needs the file system, is checked elsewhere in this folder.
 */
export const optionsSchema = section({
  applicationId: text(
    'must be 1 to 200 letters, digits, ".", "_" or "-", beginning with a letter or digit',
    (value) => /^[A-Za-z0-9][\w.-]{0,199}$/.test(value),
  ).default(applicationName),
  kafka,
  topics: section({
    createMissing: flag().default(true),
    replicationFactor: wholeNumber(1, 100).default(3),
  }),
  schemaRegistry,
  inputs,
  mapping: list(mappingRow),
  audiences: list(audience),
  statusWords: section({ realized: text().default('realized'), exited: text().default('exited') }),
  zendesk,
  deliver: section({
    retry: section({
      initialMs: milliseconds(1, 3_600_000).default(1000),
      maxMs: milliseconds(1, 86_400_000).default(300_000),
      localAttempts: wholeNumber(1, 1000).default(5),
      maxAttempts: wholeNumber(1, 100_000).default(400),
    }),
  }),
  state: section({
    store: choice(['disk', 'memory']).default('disk'),
    directory: file().default('state'),
    keepUnusedMs: milliseconds(0, 604_800_000).default(3_600_000),
  }),
  deadLetter: section({ maxMessageBytes: bytes().default(8_388_608) }),
  erasure: section({
    policy: choice(['exit'], ' (anonymise and delete are not supported yet)').default('exit'),
  }),
  http: section({ host: text().default('0.0.0.0'), port: wholeNumber(0, 65_535).default(9464) }),
  health: section({ maxStallMs: milliseconds(1000, 3_600_000).default(60_000) }),
  logging: section({
    level: choice(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  }),
  shutdownTimeoutMs: milliseconds(100, 600_000).default(10_000),
})

/** The options of a valid file, defaults filled in. */
export type Options = z.output<typeof optionsSchema>

function isBroker(value: string): boolean {
  const match = /^(?:[A-Za-z0-9][\w.-]*|\[[0-9a-fA-F:.]+\]):(\d{1,5})$/.exec(value)
  const port = Number(match?.[1])
  return port >= 1 && port <= 65_535
}
