/** What has been read of Maven's output so far; sizes in bytes. */
export interface MavenState {
  readonly files: number
  readonly bytes: number
  /** Bytes received of the files that are still being loaded. */
  readonly inFlightBytes: number
  /** The last lines that are no transfers, for when it fails. */
  readonly tail: readonly string[]
  /** A line whose end has not come yet. */
  readonly rest: string
}

/** Before any output. */
export const mavenStart: MavenState = { files: 0, bytes: 0, inFlightBytes: 0, tail: [], rest: '' }

const units: Readonly<Record<string, number>> = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9 }
const tailLines = 20

/** Reads on: complete lines count (Maven redraws its progress line with carriage returns), the rest is kept. */
export function readMavenOutput(state: MavenState, text: string): MavenState {
  const lines = (state.rest + text).split(/[\r\n]/)
  const rest = lines.pop() ?? ''
  return lines.reduce(readLine, { ...state, rest })
}

function readLine(state: MavenState, line: string): MavenState {
  const progress = /^Progress \(\d+\): (.*)$/.exec(line.trim())
  if (progress !== null) return { ...state, inFlightBytes: sumInFlight(progress[1] ?? '') }
  const loaded = /Downloaded from .* \(([\d.]+) ([kMG]?B)(?: at .*)?\)/.exec(line)
  if (loaded !== null) {
    return {
      ...state,
      files: state.files + 1,
      bytes: state.bytes + sizeOf(loaded[1], loaded[2]),
      inFlightBytes: 0,
    }
  }
  if (line.includes('Downloading from ') || line.trim() === '') return state
  return { ...state, tail: [...state.tail, line.trimEnd()].slice(-tailLines) }
}

/** `0.8/1.6 MB | 390 kB`: the first number of each is what came, in the unit that ends it. */
function sumInFlight(text: string): number {
  return text
    .split('|')
    .map((file) => /([\d.]+)(?:\/[\d.]+)? ([kMG]?B)/.exec(file))
    .reduce((sum, found) => sum + (found === null ? 0 : sizeOf(found[1], found[2])), 0)
}

function sizeOf(amount = '0', unit = 'B'): number {
  return Math.round(Number(amount) * (units[unit] ?? 1))
}

/** The state in words: `45 files, 30.1 MB`. */
export function describeMaven({ files, bytes, inFlightBytes }: MavenState): string {
  return `${files} files, ${((bytes + inFlightBytes) / 1e6).toFixed(1)} MB`
}
