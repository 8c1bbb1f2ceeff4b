/** Where progress is shown: standard error, or what stands for it in a test. */
export interface ProgressStream {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

/** How far something long is. */
export interface Progress {
  /** Shows, if it is time to, that so many are done; `note` is what is worth saying beside it. */
  update(done: number, note?: string): void
  /** Shows the last state for good. */
  end(done: number): void
}

const terminalEveryMs = 200
const logEveryMs = 10_000
const barWidth = 24

/**
 * Progress towards `total` of `unit`: on a terminal one line with a bar that is written over, else a line every ten seconds. The
 * time that is left goes by the pace since the beginning, of what is not done yet.
 */
export function createProgress(
  stream: ProgressStream,
  { total, unit }: { readonly total: number; readonly unit: string },
  nowMs: () => number,
): Progress {
  const startedMs = nowMs()
  const isTerminal = stream.isTTY === true
  let shownMs = isTerminal ? -Infinity : startedMs

  function line(done: number, note: string): string {
    const share = total === 0 ? 1 : Math.min(1, done / total)
    const elapsedMs = nowMs() - startedMs
    const left =
      done > 0 && done < total ? `, ${formatDuration((elapsedMs / done) * (total - done))} left` : ''
    const filled = Math.round(share * barWidth)
    const bar = isTerminal ? `[${'#'.repeat(filled)}${'.'.repeat(barWidth - filled)}] ` : ''
    const counts = `${done.toLocaleString('en')} of ${total.toLocaleString('en')} ${unit}`
    return `${bar}${Math.floor(share * 100)} %, ${counts}${left}${note === '' ? '' : `, ${note}`}`
  }

  function show(text: string): void {
    stream.write(isTerminal ? `\r${text.slice(0, (stream.columns ?? 80) - 1)}\u001b[K` : `${text}\n`)
  }

  return {
    update(done, note = '') {
      if (nowMs() - shownMs < (isTerminal ? terminalEveryMs : logEveryMs)) return
      shownMs = nowMs()
      show(line(done, note))
    },
    end(done) {
      show(line(done, ''))
      if (isTerminal) stream.write('\n')
    },
  }
}

/** A time span for people: `4 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. */
export function formatDuration(ms: number): string {
  const seconds = Math.round(ms / 1000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return withRest(minutes, 'min', seconds % 60, 's')
  const hours = Math.floor(minutes / 60)
  return hours < 48
    ? withRest(hours, 'h', minutes % 60, 'min')
    : withRest(Math.floor(hours / 24), 'd', hours % 24, 'h')
}

function withRest(count: number, unit: string, rest: number, restUnit: string): string {
  return rest === 0 ? `${count} ${unit}` : `${count} ${unit} ${rest} ${restUnit}`
}
