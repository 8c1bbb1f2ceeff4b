import kafkajs from 'kafkajs'

const choose = kafkajs.Partitioners.DefaultPartitioner()

/** The partition of `partitions` to which the program writes records with this key, as most producers do. */
export function partitionOfKey(topic: string, key: string, partitions: number): number {
  const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({
    // The partitioner counts the partitions and looks no further.
    partitionErrorCode: 0,
    partitionId,
    leader: 0,
    replicas: [],
    isr: [],
  }))
  return choose({ topic, partitionMetadata, message: { key: Buffer.from(key), value: null } })
}
