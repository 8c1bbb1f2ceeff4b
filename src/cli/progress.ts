/** Where progress is shown. */
export interface ProgressOutput {
  readonly isTTY?: boolean
  write(text: string): unknown
}

/** Shows how far a command is: one line that is overwritten on a terminal, a line every few seconds anywhere else. */
export interface Progress {
  /**
   * `text` is a line without its end; not every one of them is shown. `share`, from 0 to 1, is how much is done: a bar before it,
   * on a terminal.
   */
  readonly show: (text: string, share?: number) => void
  /** A line that is always shown, and stays. */
  readonly say: (text: string) => void
  /** Leaves a terminal's line, so that what follows begins on its own. */
  readonly end: () => void
}

const everyMs = { terminal: 200, log: 5000 }

/** Progress on `output`; `monotonicMs` is a clock that only ever grows. */
export function createProgress(output: ProgressOutput, monotonicMs: () => number): Progress {
  const isTerminal = output.isTTY === true
  // In a log, what is over within seconds needs no line.
  let shownAtMs = isTerminal ? -Infinity : monotonicMs()
  let isOpen = false

  function close(): void {
    if (isOpen) output.write('\r\u001b[K')
    isOpen = false
  }

  return {
    show(text, share) {
      const nowMs = monotonicMs()
      if (nowMs - shownAtMs < (isTerminal ? everyMs.terminal : everyMs.log)) return
      shownAtMs = nowMs
      output.write(isTerminal ? `\r\u001b[K${bar(share)}${text}` : `${text}\n`)
      isOpen = isTerminal
    },
    say(text) {
      close()
      output.write(`${text}\n`)
    },
    end: close,
  }
}

const barWidth = 24

function bar(share: number | undefined): string {
  if (share === undefined) return ''
  const filled = Math.round(Math.max(0, Math.min(1, share)) * barWidth)
  return `[${'#'.repeat(filled)}${'.'.repeat(barWidth - filled)}] `
}

/** A number of things: `1 request`, `2,000 requests`. */
export function counted(count: number, thing: string): string {
  return `${count.toLocaleString('en')} ${thing}${count === 1 ? '' : 's'}`
}

/** A duration in words: `45 s`, `3 min 20 s`, `2 h 5 min`. */
export function inWords(ms: number): string {
  const seconds = Math.ceil(ms / 1000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
