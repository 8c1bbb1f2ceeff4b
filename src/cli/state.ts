import path from 'node:path'
import type { Config } from '../config/config.ts'
import type { StageDefinition } from '../runtime/stage-definition.ts'
import type { StateStores } from '../runtime/state-store.ts'
import { createLevelStores } from '../state/level-stores.ts'
import { createMemoryStores } from '../state/memory-store.ts'
import { systemClock } from './system-clock.ts'

/** The stores of each stage as configured. Those of another application id are others. */
export function createStores({
  applicationId,
  state,
}: Config): (stage: StageDefinition['name']) => StateStores {
  if (state.store === 'memory') return () => createMemoryStores(() => systemClock.nowMs())
  return (stage) =>
    createLevelStores({
      directory: path.join(state.directory, applicationId, stage),
      nowMs: () => systemClock.nowMs(),
    })
}
