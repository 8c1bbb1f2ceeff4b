import { createMemoryStore } from '../../../src/state/memory-store.ts'
import { describeStateStore } from '../../support/state-store-conformance.ts'

describeStateStore('in memory', async () => Promise.resolve(createMemoryStore()))
