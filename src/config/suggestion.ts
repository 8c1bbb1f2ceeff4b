/**
 * The candidate that `word` was most likely meant to be, or `undefined` where none is near. Case, `_`, `-`, `.` and
 * spaces do not count; a beginning counts as near (`token` -> `tokenFile`).
 */
export function closest(word: string, candidates: readonly string[]): string | undefined {
  const plain = simplify(word)
  if (plain === '' || plain.length > 100) return undefined
  let best: string | undefined
  let bestDistance = Infinity
  for (const candidate of candidates) {
    const distance = nearness(plain, simplify(candidate))
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance]
  }
  return best
}

/** ` Did you mean "x"?` for the closest candidate, or nothing: the end of a sentence. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const candidate = closest(word, candidates)
  return candidate === undefined ? '' : ` Did you mean "${candidate}"?`
}

function simplify(word: string): string {
  return word.toLowerCase().replace(/[_\-.\s]/g, '')
}

/** Edits apart, `Infinity` where that is more than a third of the word. */
function nearness(word: string, candidate: string): number {
  const shorter = Math.min(word.length, candidate.length)
  const edits = editDistance(word, candidate)
  if (edits <= Math.max(1, Math.floor(shorter / 3))) return edits
  const begins = candidate.startsWith(word) || word.startsWith(candidate)
  return begins && shorter >= 3 ? shorter : Infinity
}

/** Levenshtein's distance, where two neighbours swapped are one edit. */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)]
  const at = (row: number, column: number): number => rows[row]?.[column] ?? Infinity
  for (let row = 1; row <= a.length; row++) {
    rows[row] = [row]
    for (let column = 1; column <= b.length; column++) {
      const change = a[row - 1] === b[column - 1] ? 0 : 1
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      const edits = [at(row - 1, column) + 1, at(row, column - 1) + 1, at(row - 1, column - 1) + change]
      if (swapped) edits.push(at(row - 2, column - 2) + 1)
      rows[row]?.push(Math.min(...edits))
    }
  }
  return at(a.length, b.length)
}
