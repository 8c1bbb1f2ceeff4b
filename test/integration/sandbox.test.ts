import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry'
import kafkajs, { type Kafka } from 'kafkajs'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sandboxFile } from '../../sandbox/paths.ts'
import type { StackLine } from '../../sandbox/running.ts'
import { startKafka, type RunningKafka } from '../../sandbox/stack.ts'
import { isAlive, until } from './sandbox-programs.ts'
import {
  descendantsOf,
  endSandboxes,
  leftIn,
  noteOf,
  runProgram,
  runSandbox,
  startWithinMs,
  untilAnnounced,
  type Sandbox,
} from './sandbox-runs.ts'

// The real parts, started as people start them.

function clientOf(brokers: readonly string[]): Kafka {
  return new kafkajs.Kafka({ clientId: 'test', brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING })
}

async function createTopic(kafka: Kafka, topic: string): Promise<void> {
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions: 2 }], waitForLeaders: true })
  await admin.disconnect()
}

async function produce(kafka: Kafka, topic: string, values: readonly Buffer[]): Promise<void> {
  const producer = kafka.producer()
  await producer.connect()
  for (const value of values) await producer.send({ topic, acks: -1, messages: [{ key: 'key', value }] })
  await producer.disconnect()
}

/** The first `count` values of a topic, through a consumer group as the product reads it. */
async function consume(kafka: Kafka, topic: string, count: number): Promise<Buffer[]> {
  const consumer = kafka.consumer({ groupId: `group-of-${topic}`, maxWaitTimeInMs: 100 })
  const values: Buffer[] = []
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({
    eachMessage: async ({ message }) => {
      values.push(message.value ?? Buffer.alloc(0))
      await Promise.resolve()
    },
  })
  await until(() => values.length >= count, 20_000)
  await consumer.disconnect()
  return values
}

let first: Sandbox
let second: Sandbox
let firstLine: StackLine
let secondLine: StackLine

beforeAll(async () => {
  first = runSandbox('all')
  second = runSandbox('all', '--rate', '50', '--switch', 'rateLimitBody=json')
  ;[firstLine, secondLine] = await Promise.all([untilAnnounced(first), untilAnnounced(second)])
}, startWithinMs)

afterAll(async () => {
  await endSandboxes()
})

describe('two sandboxes at the same time', () => {
  it('announce themselves with one line each, and share no port', () => {
    for (const line of [firstLine, secondLine]) {
      expect(line).toEqual({
        part: 'all',
        kafka: { brokers: [expect.stringMatching(/^127\.0\.0\.1:\d+$/)] },
        registry: { url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/apis\/ccompat\/v7$/) },
        sell: {
          url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
          token: expect.stringMatching(/^\S{64}$/),
        },
      })
    }
    const ports = JSON.stringify([firstLine, secondLine]).match(/127\.0\.0\.1:\d+/g)
    expect(new Set(ports).size).toBe(6)
    expect([existsSync(noteOf(first)), existsSync(noteOf(second))]).toEqual([true, true])
  })

  it('take records up to 8 MiB and hand them out again, each its own', async () => {
    const values = [Buffer.from('small'), Buffer.alloc(8 * 1024 * 1024, 'x')]
    const [one, other] = [clientOf(firstLine.kafka.brokers), clientOf(secondLine.kafka.brokers)]
    await Promise.all([createTopic(one, 'records'), createTopic(other, 'records')])
    await produce(one, 'records', values)
    await produce(other, 'records', [Buffer.from('other')])
    const [ofOne, ofOther] = await Promise.all([consume(one, 'records', 2), consume(other, 'records', 1)])
    expect(ofOne.map((value) => value.length)).toEqual([5, 8 * 1024 * 1024])
    expect(ofOther.map(String)).toEqual(['other'])
  })

  it('make no topic by mere use', async () => {
    const kafka = new kafkajs.Kafka({
      brokers: [...firstLine.kafka.brokers],
      logLevel: kafkajs.logLevel.NOTHING,
      retry: { retries: 1, initialRetryTime: 10 },
    })
    await expect(produce(kafka, 'never-made', [Buffer.from('x')])).rejects.toThrow(
      /does not host this topic-partition/,
    )
  })

  it('register schemas, decode with them and refuse incompatible ones', async () => {
    const registry = new SchemaRegistry({ host: firstLine.registry.url })
    const register = async (fields: object[]) =>
      await registry.register(
        {
          type: SchemaType.AVRO,
          schema: JSON.stringify({ type: 'record', name: 'Profile', namespace: 'test', fields }),
        },
        { subject: 'profiles-value' },
      )
    const { id } = await register([{ name: 'email', type: 'string' }])
    const encoded = await registry.encode(id, { email: 'a@example.com' })
    expect(await new SchemaRegistry({ host: firstLine.registry.url }).decode(encoded)).toEqual({
      email: 'a@example.com',
    })
    await expect(register([{ name: 'age', type: 'int' }])).rejects.toThrow(/[Ii]ncompatible/)
  })

  it('serve an emulator that wants the announced token', async () => {
    const contacts = `${firstLine.sell.url}/v2/contacts`
    const statusWith = async (token: string) =>
      (await fetch(contacts, { headers: { Authorization: `Bearer ${token}`, Accept: 'application/json' } }))
        .status
    expect(await statusWith(firstLine.sell.token)).toBe(200)
    expect(await statusWith(secondLine.sell.token)).toBe(401)
  })

  it('can be used by their addresses, which starts nothing', async () => {
    const before = descendantsOf(process.pid).length
    const kafka = await startKafka({ env: { SANDBOX_KAFKA_BROKERS: firstLine.kafka.brokers.join(',') } })
    expect(kafka).toMatchObject({ provider: 'address', brokers: firstLine.kafka.brokers, pid: undefined })
    expect(descendantsOf(process.pid)).toHaveLength(before)
  })

  it('end with kill -9 too: no process, no file stays', async () => {
    const started = descendantsOf(second.pid)
    // A guard and a server each.
    expect(started.length).toBeGreaterThanOrEqual(4)
    expect(leftIn(second)).toHaveLength(2)
    process.kill(second.pid, 'SIGKILL')
    await until(() => !started.some(isAlive), 15_000)
    expect(leftIn(second)).toEqual([])
  })

  it("end with a terminal's Ctrl-C, which its whole group gets, and exit with 0 within 10 s", async () => {
    const started = descendantsOf(first.pid)
    const begun = Date.now()
    process.kill(-first.pid, 'SIGINT')
    expect(await first.exited).toBe(0)
    expect(Date.now() - begun).toBeLessThan(10_000)
    // What init has not reaped yet counts as alive.
    await until(() => !started.some(isAlive))
    expect(leftIn(first)).toEqual([])
    expect(existsSync(noteOf(first))).toBe(false)
    expect(first.lines).toHaveLength(1)
  })
})

describe('a single part', () => {
  it('ends when the holder of its stdin is gone, and when it is interrupted while it starts', async () => {
    const [registry, kafka] = [runSandbox('registry'), runSandbox('kafka')]
    await until(() => leftIn(kafka).length > 0)
    const interrupted = descendantsOf(kafka.pid)
    kafka.process.kill('SIGTERM')
    expect(await kafka.exited).toBe(0)
    expect([kafka.lines, leftIn(kafka)]).toEqual([[], []])
    await until(() => !interrupted.some(isAlive))
    await until(() => registry.lines.length > 0, startWithinMs)
    registry.process.stdin?.end()
    expect(await registry.exited).toBe(0)
    expect(leftIn(registry)).toEqual([])
  })

  it('ends with the npm that runs it, which takes only its shell along', async () => {
    const script = `"${process.execPath}" "${sandboxFile('start.mjs')}" kafka; true`
    const shell = runProgram('sh', ['-c', script], { npm_lifecycle_event: 'sandbox' })
    await until(() => leftIn(shell).length > 0)
    const started = descendantsOf(shell.pid)
    shell.process.kill('SIGTERM')
    await until(() => !started.some(isAlive), 15_000)
    expect(leftIn(shell)).toEqual([])
  })

  it.each([
    { words: ['kafka', '--colour'], problem: "error: unknown option '--colour'" },
    { words: ['everything'], problem: "error: unknown command 'everything'" },
    { words: ['sell', '--switch', 'speed=9'], problem: "error: unknown switch 'speed'" },
    { words: ['kafka', '--port', '70000'], problem: 'A port is 1 to 65535.' },
  ])('called wrongly ($words) exits with 2 and says why', async ({ words, problem }) => {
    const sandbox = runSandbox(...words)
    let said = ''
    sandbox.process.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()))
    expect(await sandbox.exited).toBe(2)
    expect(said).toContain(problem)
    expect(sandbox.lines).toEqual([])
  })
})

describe('a broker under a fault', () => {
  it('is killed by its pid, says so, and finds its records again on the same directory and port', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'sandbox-data-'))
    const start = async (port?: number): Promise<RunningKafka> =>
      await startKafka({
        port,
        dataDir,
        env: { ...process.env, SANDBOX_KAFKA_BROKERS: '', SANDBOX_PROVIDER: 'java' },
      })
    const broker = await start()
    const kafka = clientOf(broker.brokers)
    await createTopic(kafka, 'kept')
    await produce(kafka, 'kept', [Buffer.from('before the crash')])
    process.kill(broker.pid ?? 0, 'SIGKILL')
    expect(await broker.died).toBe('was ended by SIGKILL')
    await broker.stop()
    const again = await start(Number(broker.brokers[0]?.split(':')[1]))
    expect(again.brokers).toEqual(broker.brokers)
    expect((await consume(kafka, 'kept', 1)).map(String)).toEqual(['before the crash'])
    await again.stop()
    rmSync(dataDir, { recursive: true })
  })
})
