import type { StageTask, TaskPorts } from './ports.ts'

/** A stage: a consumer group whose tasks own one partition number across all its topics. */
export interface StageDefinition {
  readonly name: 'assemble' | 'deliver'
  readonly groupId: string
  /** Topics whose records are processed and whose offsets are committed. */
  readonly inputs: readonly string[]
  /** The topic that mirrors the tasks' stores: restored to its end, then left alone. */
  readonly changelog: string
  /** Inputs whose past is state too: restored up to the committed offset, then processed. */
  readonly restoredInputs: readonly string[]
  createTask(partition: number, ports: TaskPorts): StageTask
  /** A new assignment; its tasks are not restored yet. */
  assigned(partitions: readonly number[]): void
  /** What is to stand beside the offsets that are committed; read beside those of the first input. */
  note(): string
  /** The partitions that are owned, restored and up to date, after a change of either. */
  runningChanged(partitions: readonly number[]): void
  /** Nothing of the assignment may be acted upon until the next `runningChanged`. */
  suspended(): void
  /** The lease was renewed. */
  alive(): void
}
