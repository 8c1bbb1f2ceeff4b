import { setTimeout as pause } from 'node:timers/promises'
import type { Application } from '../application.ts'
import type { Change, Changes } from './changes.ts'
import type { Dice } from '../simulation/dice.ts'

/** Changes that go into the input topics for as long as it is not stopped. */
export interface Stream {
  /** Everything that has gone in. */
  sent(): readonly Change[]
  /** Resolves when nothing more comes. Rejects where something could not be loaded. */
  stop(): Promise<void>
}

/** Starts with everybody's first profile; then some eight changes a second, most of them in bursts. */
export async function startStream(app: Application, changes: Changes, dice: Dice): Promise<Stream> {
  const stopping = new AbortController()
  await app.load(changes.everybody())

  async function goOn(): Promise<void> {
    while (!stopping.signal.aborted) {
      await app.load(changes.next(dice.int(1, 8)))
      await pause(dice.int(200, 800), undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  }

  const done = goOn()
  // Told by stop; until then it is nobody's unhandled rejection.
  done.catch(() => undefined)
  return {
    sent: () => changes.all(),
    async stop() {
      stopping.abort()
      await done
    },
  }
}
