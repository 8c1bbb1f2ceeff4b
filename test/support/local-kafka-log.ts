import kafkajs from 'kafkajs'

/** A record as kafkajs decodes it, or a marker that it keeps to itself. */
interface LoggedMessage {
  readonly offset: string
  readonly timestamp: string
  readonly key: Buffer
  readonly value: Buffer
  readonly headers: Record<string, Buffer>
  readonly isControlRecord: boolean
}

/** What a fetch of one partition answers. */
interface FetchedPartition {
  readonly partition: number
  readonly highWatermark: string
  readonly abortedTransactions: []
  readonly messages: readonly LoggedMessage[]
}

/** Partitions with records, gaps and transaction markers. Offsets start at 0. */
export interface LocalLog {
  /** Appends a record whose value is `text`, and returns its offset. */
  append(topic: string, partition: number, text: string): number
  /** Appends the marker that ends a transaction: kafkajs steps over it. */
  appendMarker(topic: string, partition: number): void
  /** Leaves out offsets, as compaction does. */
  skip(topic: string, partition: number, offsets: number): void
  /** Removes what lies before `offset`, as retention does. */
  truncateBefore(topic: string, partition: number, offset: number): void
  read(topic: string, partition: number, fromOffset: number): FetchedPartition
  start(topic: string, partition: number): number
  end(topic: string, partition: number): number
}

interface Partition {
  startOffset: number
  endOffset: number
  messages: LoggedMessage[]
}

const maxMessages = 3

/** A log without records. */
export function createLocalLog(): LocalLog {
  const partitions = new Map<string, Partition>()

  function open(topic: string, partition: number): Partition {
    const key = `${topic}/${partition}`
    const found = partitions.get(key) ?? { startOffset: 0, endOffset: 0, messages: [] }
    partitions.set(key, found)
    return found
  }

  function add(log: Partition, text: string, isControlRecord: boolean): number {
    const offset = log.endOffset
    const value = Buffer.from(text)
    const key = Buffer.from(`key-${offset}`)
    log.messages.push({ offset: String(offset), timestamp: '0', key, value, headers: {}, isControlRecord })
    log.endOffset += 1
    return offset
  }

  return {
    append: (topic, partition, text) => add(open(topic, partition), text, false),
    appendMarker(topic, partition) {
      add(open(topic, partition), '', true)
    },
    skip(topic, partition, offsets) {
      open(topic, partition).endOffset += offsets
    },
    truncateBefore(topic, partition, offset) {
      const log = open(topic, partition)
      log.startOffset = offset
      log.messages = log.messages.filter((message) => Number(message.offset) >= offset)
    },
    read(topic, partition, fromOffset) {
      const log = open(topic, partition)
      if (fromOffset < log.startOffset || fromOffset > log.endOffset) {
        const error = Object.assign(new Error('out of range'), {
          type: 'OFFSET_OUT_OF_RANGE',
          retriable: true,
        })
        throw new kafkajs.KafkaJSOffsetOutOfRange(error, { topic, partition })
      }
      const messages = log.messages.filter(({ offset }) => Number(offset) >= fromOffset).slice(0, maxMessages)
      return { partition, highWatermark: String(log.endOffset), abortedTransactions: [], messages }
    },
    start: (topic, partition) => open(topic, partition).startOffset,
    end: (topic, partition) => open(topic, partition).endOffset,
  }
}
