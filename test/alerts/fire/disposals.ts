import { messageOf } from '../../../sandbox/errors.ts'

/** What is to be disposed of in the end: last made, first gone. */
export interface Disposals {
  add(dispose: () => Promise<unknown>): void
  /** Disposes of everything, each thing once, whoever asks; resolves with what went wrong. */
  run(): Promise<readonly string[]>
}

/** Nothing to dispose of. */
export function createDisposals(): Disposals {
  const waiting: (() => Promise<unknown>)[] = []
  return {
    add: (dispose) => void waiting.push(dispose),
    async run() {
      const problems: string[] = []
      for (let dispose = waiting.pop(); dispose !== undefined; dispose = waiting.pop())
        await dispose().catch((error: unknown) => problems.push(`while cleaning up: ${messageOf(error)}`))
      return problems
    },
  }
}
