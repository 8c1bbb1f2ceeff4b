/** What people are told while they wait; it goes to stderr, so that stdout stays one line of JSON. */
export interface Progress {
  /** One lasting line. */
  say: (text: string) => void
  /** The newest state of one part: a redrawn line on a terminal, elsewhere a line every 5 s at most. */
  update: (part: string, text: string) => void
  /** The part needs no more updates. */
  done: (part: string) => void
}

/** The little that is needed of `process.stderr`. */
export interface ProgressStream {
  readonly isTTY?: boolean
  readonly columns?: number
  write: (text: string) => unknown
}

/** For callers that show nothing. */
export const silent: Progress = { say: () => undefined, update: () => undefined, done: () => undefined }

const quietMs = 5_000
const clearLine = '\r\u001b[2K'

/** Progress for a terminal or a plain stream; `now` in milliseconds, for the pace of a plain stream. */
export function createProgress(stream: ProgressStream, now: () => number): Progress {
  return stream.isTTY === true ? createTerminalProgress(stream) : createPlainProgress(stream, now)
}

function createTerminalProgress(stream: ProgressStream): Progress {
  const states = new Map<string, string>()
  // Some terminals say 0. A longer line would wrap, and could not be redrawn.
  const width = (): number => (stream.columns === undefined || stream.columns < 20 ? 80 : stream.columns)
  const draw = (): void => {
    const text = [...states].map(([part, state]) => `${part}: ${state}`).join(' | ')
    stream.write(clearLine + (text === '' ? '' : `sandbox: ${text}`.slice(0, width() - 1)))
  }
  return {
    say: (text) => {
      stream.write(`${clearLine}sandbox: ${text}\n`)
      if (states.size > 0) draw()
    },
    update: (part, text) => {
      states.set(part, text)
      draw()
    },
    done: (part) => {
      if (states.delete(part)) draw()
    },
  }
}

function createPlainProgress(stream: ProgressStream, now: () => number): Progress {
  const said = new Map<string, number>()
  return {
    say: (text) => stream.write(`sandbox: ${text}\n`),
    update: (part, text) => {
      // The first update only starts the clock: what is done within the pace needs no line.
      const last = said.get(part)
      if (last !== undefined && now() - last < quietMs) return
      said.set(part, now())
      if (last !== undefined) stream.write(`sandbox: ${part}: ${text}\n`)
    },
    done: (part) => said.delete(part),
  }
}
