import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** A process of its own that does something with a store. */
export interface StoreProcess {
  /** The next line that it prints; rejects with what it said when it ended. */
  next(): Promise<string>
  /** Ends it as `kill -9` does, and gives the lines that it printed and nobody read. */
  kill(): Promise<readonly string[]>
  /** Lets it end by itself. */
  end(): Promise<void>
}

const prelude = `
  const { openLevelStore } = await import('./src/state/level-store.ts')
  const [, directory, ...rest] = process.argv
  const bytes = (text) => new TextEncoder().encode(text)
  const row = (n) => 'row/' + String(n).padStart(8, '0')
  // Said twice: a table is smaller than the log that it is made from, and has room where the log had.
  const noise = () => new Uint8Array(Array(2).fill([...crypto.getRandomValues(new Uint8Array(1000))]).flat())
  // Two keys that say the same, and a row to count: a batch that is there in part shows.
  const pair = (n) => [
    { key: 'a', value: bytes(String(n)) },
    { key: row(n), value: noise() },
    { key: 'b', value: bytes(String(n)) },
  ]
`

/** Has a store open until it is told to end; prints `open`, and `written` at its end, when it could still write. */
export const holding = `${prelude}
  const store = await openLevelStore(directory)
  console.log('open')
  for await (const _ of process.stdin);
  await store.batch(pair(0))
  console.log('written')
  await store.close()
`

/** Writes pairs for ever; prints the number of each when the store has acknowledged it. */
export const writing = `${prelude}
  const store = await openLevelStore(directory, { writeBufferBytes: 65536 })
  for (let n = 0; ; n += 1) {
    await store.batch(pair(n))
    console.log(n)
  }
`

/** Writes pairs until it cannot, makes room, tries again, reopens the store and looks; prints a {@link Filled}. */
export const filling = `${prelude}
  const { rmSync } = await import('node:fs')
  const nameOf = async (call) => call.then(() => 'none', (error) => error.name)
  let store = await openLevelStore(directory, { writeBufferBytes: Number(rest[0]) })
  let acknowledged = 0
  let error
  while (error === undefined) {
    await store.batch(pair(acknowledged)).then(() => (acknowledged += 1), (caught) => (error = caught))
  }
  if (rest[1] !== undefined) rmSync(rest[1])
  const again = await nameOf(store.batch([{ key: 'c', value: bytes('small') }]))
  const read = await nameOf(store.getMany(['a', 'b']))
  await store.close()
  store = await openLevelStore(directory)
  const [a, b] = (await store.getMany(['a', 'b'])).map((value) => Number(new TextDecoder().decode(value)))
  const rows = []
  for await (const [key] of store.range({ gte: 'row/', lt: 'row0' })) rows.push(key)
  const inOrder = rows.every((key, index) => key === row(index))
  const reopened = await nameOf(store.batch(pair(rows.length)))
  await store.close()
  console.log(JSON.stringify({
    acknowledged, error: error.name + ': ' + error.message, again, read, a, b, rows: rows.length, inOrder, reopened,
  }))
`

/** What {@link filling} found. */
export interface Filled {
  readonly acknowledged: number
  /** The first error. */
  readonly error: string
  /** The names of the errors of a later batch and a later read, and of a batch after reopening; `none` where it worked. */
  readonly again: string
  readonly read: string
  readonly reopened: string
  /** What the last pair says after reopening, and how many rows there are, without a gap or not. */
  readonly a: number
  readonly b: number
  readonly rows: number
  readonly inOrder: boolean
}

/**
 * Runs one of the programs above. `shell` is run before it, in the same process: for limits and mounts; `"$@"` is the
 * program there.
 */
export function startStoreProcess(
  program: string,
  parameters: readonly string[],
  shell: readonly string[] = ['sh', '-c', 'exec "$@"', 'sh'],
): StoreProcess {
  const [command = 'sh', ...before] = shell
  const node = [process.execPath, '--import', 'tsx', '--input-type=module', '-e', program, ...parameters]
  const child = spawn(command, [...before, ...node], {
    cwd: new URL('../../..', import.meta.url),
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const closed = once(child, 'close')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  let errors = ''
  child.stderr.on('data', (chunk) => (errors += String(chunk)))
  return {
    async next() {
      const line = await lines.next()
      if (line.done === true) throw new Error(`the process ended: ${errors}`)
      return line.value
    },
    async kill() {
      child.kill('SIGKILL')
      await closed
      const unread: string[] = []
      for (let line = await lines.next(); line.done !== true; line = await lines.next())
        unread.push(line.value)
      return unread
    },
    async end() {
      child.stdin.end()
      await closed
    },
  }
}
