import { afterEach, describe, expect, it } from '@jest/globals'
import kafkajs from 'kafkajs'
import { readAllCompressions } from '../../src/kafka/compression.ts'
import { type Application, type ApplicationOptions, createApplication } from '../support/application.ts'
import { reportMeasurement } from '../support/measurement.ts'
import { peopleOf } from '../support/people.ts'
import { until } from '../support/until.ts'

type Codec = Readonly<Record<'compress' | 'decompress', (given: unknown) => Promise<Buffer>>>

const numbers = { gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const
let app: Application | null = null
afterEach(async () => app?.dispose())

async function start(options: ApplicationOptions): Promise<Application> {
  app = await createApplication(options)
  return app
}

/** Makes this process read all compressions, and gives the names of those that it met so far. */
function watchCompressions(): ReadonlySet<string> {
  readAllCompressions()
  const codecs = kafkajs.CompressionCodecs as Record<number, () => Codec>
  const met = new Set<string>()
  for (const [name, number] of Object.entries(numbers)) {
    const codec = codecs[number]?.()
    if (codec === undefined) throw new Error(`kafkajs has no codec for ${name}`)
    const decompress: Codec['decompress'] = async (compressed) => {
      met.add(name)
      return codec.decompress(compressed)
    }
    codecs[number] = () => ({ ...codec, decompress })
  }
  return met
}

describe('records that lie in Kafka', () => {
  it.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)(
    'compressed with %s arrive in Zendesk',
    async (name) => {
      const people = peopleOf(name, 40)
      const made = await start({
        topicConfig: { 'compression.type': name },
      })
      await made.load(people)
      const met = watchCompressions()
      const profiles = await made.follow(made.topics.profiles)
      await until('all lie in Kafka', () => profiles.records().length === people.length)
      expect([...met]).toEqual([name])

      const program = await made.start()
      await program.until('all arrive', async () => (await made.differencesFrom(people)).length === 0)
    },
  )

  it('as a small batch that expands to 200 MiB end the program with the reason, not with the memory', async () => {
    const made = await start({})
    const producer = made.kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
    await producer.connect()
    const value = Buffer.alloc(200 * 1024 * 1024)
    const compression = kafkajs.CompressionTypes.GZIP
    await producer.send({ topic: made.topics.profiles, compression, messages: [{ key: 'bomb', value }] })
    await producer.disconnect()

    const startedAtMs = performance.now()
    const program = await made.start()
    expect(await program.exited).toBe(1)
    reportMeasurement('from the start to the end by a bomb', { ms: performance.now() - startedAtMs })
    expect(program.output()).toContain('a batch cannot be decompressed with gzip: it may expand to more than')
  })
})
