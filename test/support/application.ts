import kafkajs, { type Admin, type Kafka, type Message, type Producer } from 'kafkajs'
import { randomBytes, randomInt } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expectContacts } from '../../sandbox/demo/expectation.ts'
import { customFields } from '../../sandbox/demo/setup.ts'
import { differences } from '../../sandbox/demo/zendesk-view.ts'
import { load } from '../../sandbox/load.ts'
import { maxMessageBytes } from '../../sandbox/load/topics.ts'
import { isFree } from '../../sandbox/process/ports.ts'
import type { ZendeskSellOptions } from '../../sandbox/zendesk-sell/server.ts'
import type { InternalTopics } from '../../src/config/topics.ts'
import { createTopicAdmin } from '../../src/kafka/topics.ts'
import { type Changes, configurationText } from './configuration.ts'
import { type Emulator, startEmulator } from './emulator.ts'
import { ndjson } from './people.ts'
import { type Program, startProgram } from './program.ts'
import { followTopic, type TopicFollower } from './topic-follower.ts'

/** How an application is made; everything has a default. */
export interface ApplicationOptions {
  /** Of both input topics: default 2, or one number each, `null` for a topic that is not made. */
  readonly partitions?: number | { readonly profiles: number | null; readonly memberships: number | null }
  /** Settings of both input topics. */
  readonly topicConfig?: Readonly<Record<string, string>>
  readonly sell?: ZendeskSellOptions
  /** A Kafka of the test's own, to disturb; that which all suites share when absent. */
  readonly brokers?: readonly string[]
  /** Changes to the configuration of every program that does not bring its own. */
  readonly changes?: Changes
}

/** How one program of an application is started. */
export interface StartOptions {
  readonly stage?: 'assemble' | 'deliver'
  readonly changes?: Changes
  /** That of a program that is gone, to go on with its stores; a new one when absent. */
  readonly stateDirectory?: string
  /** For health and metrics: that of a program that is gone, to come back at its address; a free one when absent. */
  readonly port?: number
  /** On top of the environment that a user has. */
  readonly env?: Readonly<Record<string, string>>
}

/** A program, and where its stores are. */
export interface ApplicationProgram extends Program {
  readonly stateDirectory: string
}

/** A configuration file and what was chosen for it. */
export interface WrittenConfiguration {
  readonly file: string
  /** Where a program that runs by it serves health and metrics. */
  readonly url: string
  readonly stateDirectory: string
}

/** An application id with topics, an emulator and files of its own, on the Kafka and registry that all suites share. */
export interface Application {
  readonly id: string
  readonly topics: Readonly<Record<'profiles' | 'memberships' | keyof InternalTopics, string>>
  readonly sell: Emulator
  readonly kafka: Kafka
  readonly admin: Admin
  readonly tokenFile: string
  /** Writes a configuration file; a free port for health and metrics comes with each, and a directory for stores, unless given. */
  writeConfiguration(changes?: Changes, stateDirectory?: string, port?: number): Promise<WrittenConfiguration>
  start(options?: StartOptions): Promise<ApplicationProgram>
  /** Loads lines into the input topics, as `npm run sandbox -- load` does. */
  load(lines: readonly object[]): Promise<void>
  loadFile(file: string): Promise<void>
  produce(topic: string, messages: readonly Message[]): Promise<void>
  follow(topic: string): Promise<TopicFollower>
  /** How Zendesk differs from what the lines say, worked out without the program's code; empty where it does not. */
  differencesFrom(lines: readonly object[] | string): Promise<readonly string[]>
  /** Ends and removes everything. */
  dispose(): Promise<void>
}

/** The addresses that `stack-setup.mjs` hands over. */
export function sharedStack(): { readonly brokers: readonly string[]; readonly registryUrl: string } {
  const { TEST_KAFKA_BROKERS: brokers, TEST_REGISTRY_URL: registryUrl } = process.env
  if (brokers === undefined || registryUrl === undefined)
    throw new Error('there is no shared Kafka: this suite needs the globalSetup of its jest project')
  return { brokers: brokers.split(','), registryUrl }
}

/** Makes an application. Nothing of it runs but its emulator. */
export async function createApplication(options: ApplicationOptions = {}): Promise<Application> {
  const { registryUrl, ...shared } = sharedStack()
  const brokers = options.brokers ?? shared.brokers
  const id = `test-${randomBytes(5).toString('hex')}`
  const topics = topicsOf(id)
  const kafka = new kafkajs.Kafka({ clientId: id, brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING })
  const [admin, producer] = [kafka.admin(), createProducer(kafka)]
  await Promise.all([admin.connect(), producer.connect()])
  await createInputs(admin, topics, options)
  const sell = await startEmulator({ customFields, ...options.sell })
  const folder = await mkdtemp(path.join(tmpdir(), 'zendesk-activation-test-'))
  const tokenFile = path.join(folder, 'token')
  await writeFile(tokenFile, sell.token, { mode: 0o600 })
  const programs: Program[] = []
  const followers: TopicFollower[] = []
  let files = 0

  const writeConfiguration: Application['writeConfiguration'] = async (changes, givenDirectory, port) => {
    const httpPort = port ?? (await freePort())
    const number = ++files
    const file = path.join(folder, `config-${number}.yaml`)
    const stateDirectory = givenDirectory ?? path.join(folder, `state-${number}`)
    const { profiles: profilesTopic, memberships: membershipsTopic } = topics
    const places = { brokers, registryUrl, profilesTopic, membershipsTopic, sellUrl: sell.url, tokenFile }
    const input = { applicationId: id, httpPort, stateDirectory, ...places }
    await writeFile(file, configurationText(input, changes ?? options.changes))
    return { file, url: `http://127.0.0.1:${httpPort}`, stateDirectory }
  }
  const loadFile = async (file: string): Promise<void> => {
    const { profiles: profilesTopic, memberships: membershipsTopic } = topics
    const report = (): void => undefined
    const loaded = await load({ files: [file], kafkaBrokers: brokers, registryUrl, profilesTopic, membershipsTopic, report }) // prettier-ignore
    if (loaded.rejected.length > 0) throw new Error(`not loaded: ${JSON.stringify(loaded.rejected)}`)
  }

  return {
    id,
    topics,
    sell,
    kafka,
    admin,
    tokenFile,
    writeConfiguration,
    async start({ stage, changes, stateDirectory, port, env } = {}) {
      const written = await writeConfiguration(changes, stateDirectory, port)
      const words = stage === undefined ? [] : ['--stage', stage]
      const program = await startProgram(written.file, written.url, words, env)
      programs.push(program)
      return { ...program, stateDirectory: written.stateDirectory }
    },
    async load(lines) {
      const file = path.join(folder, `people-${++files}.ndjson`)
      await writeFile(file, ndjson(lines))
      await loadFile(file)
    },
    loadFile,
    async produce(topic, messages) {
      await producer.send({ topic, messages: [...messages] })
    },
    async follow(topic) {
      const follower = await followTopic(kafka, topic)
      followers.push(follower)
      return follower
    },
    async differencesFrom(lines) {
      const text = typeof lines === 'string' ? lines : ndjson(lines)
      return differences(expectContacts(text, Date.now()), await sell.contacts())
    },
    async dispose() {
      await Promise.all([...programs, ...followers].map(async (part) => endOf(part)))
      await removeTopics(admin, topics)
      await Promise.all([admin.disconnect(), producer.disconnect(), sell.stop()])
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function endOf(part: Program | TopicFollower): Promise<void> {
  await ('dispose' in part ? part.dispose() : part.stop())
}

function topicsOf(id: string): Application['topics'] {
  return {
    profiles: `${id}-profiles`,
    memberships: `${id}-memberships`,
    persons: `${id}.persons`,
    contacts: `${id}.contacts`,
    ledger: `${id}.ledger`,
    retry: `${id}.retry`,
    deadLetter: `${id}.dead-letter`,
    assembleReplay: `${id}.assemble-replay`,
    deliverReplay: `${id}.deliver-replay`,
  }
}

function createProducer(kafka: Kafka): Producer {
  return kafka.producer({
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    allowAutoTopicCreation: false,
    maxInFlightRequests: 1,
  })
}

async function createInputs(
  admin: Admin,
  topics: Application['topics'],
  { partitions = 2, topicConfig }: ApplicationOptions,
): Promise<void> {
  const counts =
    typeof partitions === 'number' ? { profiles: partitions, memberships: partitions } : partitions
  const config = { 'max.message.bytes': String(maxMessageBytes), ...topicConfig }
  const wanted = (['profiles', 'memberships'] as const).flatMap((name) => {
    const count = counts[name]
    return count === null ? [] : [{ name: topics[name], partitions: count, config }]
  })
  await createTopicAdmin(admin).create(wanted, 1)
}

/** The broker may be one that stays, and so many topics slow down any. */
async function removeTopics(admin: Admin, topics: Application['topics']): Promise<void> {
  const existing = await admin.listTopics()
  const ours = Object.values(topics).filter((topic) => existing.includes(topic))
  if (ours.length > 0) await admin.deleteTopics({ topics: ours })
}

/** Outside the range from which the system gives ports to connections, so that none of these takes it meanwhile. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 30_000)
    if (await isFree(port)) return port
  }
}
