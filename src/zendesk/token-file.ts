import { constants } from 'node:fs'
import { open } from 'node:fs/promises'

import { errorCode } from './error-code.ts'

/** The token to send, or why there is none yet. */
export type TokenReading =
  | { readonly type: 'token'; readonly token: string }
  | { readonly type: 'unavailable'; readonly problem: string }

/** Where the client takes its token from, request by request. */
export interface TokenSource {
  /** The token to use now. Looks at its origin from time to time by itself. */
  read(): Promise<TokenReading>
  /** The same, having looked at its origin right now: for use after a token was refused. */
  reload(): Promise<TokenReading>
}

/** Settings of {@link createTokenFile}. */
export interface TokenFileOptions {
  readonly path: string
  /** Monotonic clock, milliseconds. */
  readonly nowMs: () => number
  /** {@link TokenSource.read} looks at the file at most this often; default 5000. */
  readonly checkEveryMs?: number
  /** Told when the file becomes unusable (the problem in words, never its content) and when it is good again (`null`). */
  readonly onProblem?: (problem: string | null) => void
}

/** Far more than any token has; a longer file is something else, perhaps a private key. */
const maxTokenBytes = 4096

/**
 * A token in a file that may be replaced at any time: in place, by rename, or by the kubelet, which swaps the
 * directory symlink `..data` that the path runs through. The content itself is read again at every check instead of
 * comparing times or inodes: at this size it costs the same and misses no kind of replacement. While the file is
 * missing or unusable the last good token stays in use, since a replacement that is not atomic passes through that
 * state.
 */
export function createTokenFile(options: TokenFileOptions): TokenSource {
  const { path, nowMs, checkEveryMs = 5_000, onProblem } = options
  let reading: TokenReading | undefined
  let problem: string | null = null
  let checkedAtMs = -Infinity
  let checking: Promise<TokenReading> | undefined

  const check = async (): Promise<TokenReading> => {
    checkedAtMs = nowMs()
    const found = await readTokenFile(path)
    const foundProblem = found.type === 'unavailable' ? found.problem : null
    if (foundProblem !== problem) onProblem?.(foundProblem)
    problem = foundProblem
    reading = found.type === 'unavailable' && reading?.type === 'token' ? reading : found
    return reading
  }
  const checkOnce = async (): Promise<TokenReading> => {
    checking ??= check().finally(() => {
      checking = undefined
    })
    return checking
  }

  return {
    read: async () =>
      reading === undefined || nowMs() - checkedAtMs >= checkEveryMs ? checkOnce() : reading,
    reload: async () => {
      // A check under way may have read the file before it was replaced.
      await checking
      return checkOnce()
    },
  }
}

/** Reads and checks the file once. */
export async function readTokenFile(path: string): Promise<TokenReading> {
  const content = await readStart(path, maxTokenBytes + 1)
  if (content.type === 'unreadable') return unavailable(path, content.problem)
  if (content.bytes.length > maxTokenBytes) {
    return unavailable(path, `is longer than ${maxTokenBytes} bytes; put the Sell access token alone into it`)
  }
  const token = content.bytes.toString('latin1').replace(/[\r\n]+$/, '')
  if (token === '') return unavailable(path, 'is empty; put the Sell access token into it')
  if (/\s/.test(token)) {
    return unavailable(
      path,
      "contains white space; put the token alone into it, on one line and without 'Bearer'",
    )
  }
  if (!/^[\x21-\x7e]+$/.test(token)) {
    return unavailable(
      path,
      'contains characters other than ASCII; save the token as plain text without a mark',
    )
  }
  return { type: 'token', token }
}

type Content =
  | { readonly type: 'bytes'; readonly bytes: Buffer }
  | { readonly type: 'unreadable'; readonly problem: string }

async function readStart(path: string, length: number): Promise<Content> {
  try {
    // Opening a pipe would otherwise wait for a writer.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      if (!(await file.stat()).isFile())
        return unreadable('is not a regular file; name the file that holds the token')
      const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, 0)
      return { type: 'bytes', bytes: buffer.subarray(0, bytesRead) }
    } finally {
      await file.close()
    }
  } catch (error) {
    return unreadable(describeFileError(error))
  }
}

function describeFileError(error: unknown): string {
  const code = errorCode(error)
  if (code === '') throw error
  if (code === 'ENOENT') return 'does not exist; create it or mount the secret that holds it'
  if (code === 'EACCES') return 'may not be read by this process; give its user read permission'
  return `cannot be read (${code}); check the path and what is mounted there`
}

function unreadable(problem: string): Content {
  return { type: 'unreadable', problem }
}

function unavailable(path: string, problem: string): TokenReading {
  return { type: 'unavailable', problem: `the token file ${path} ${problem}` }
}
