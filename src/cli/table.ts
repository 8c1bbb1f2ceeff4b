/** A cell of a table. Numbers stand to the right. */
export type Cell = string | number

/** Lines of a table with aligned columns: the head underlined, if there is one. None where there are no rows. */
export function formatTable(head: readonly string[], rows: readonly (readonly Cell[])[]): readonly string[] {
  if (rows.length === 0) return []
  const all = head.length === 0 ? rows : [head, ...rows]
  const columns = Math.max(...all.map((row) => row.length))
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...all.map((row) => lengthOf(row[column] ?? ''))),
  )
  const lines = all.map((row) => formatRow(row, widths))
  if (head.length > 0) lines.splice(1, 0, widths.map((width) => '-'.repeat(width)).join('  '))
  return lines
}

function formatRow(row: readonly Cell[], widths: readonly number[]): string {
  return widths
    .map((width, column) => {
      const cell = row[column] ?? ''
      const blank = ' '.repeat(width - lengthOf(cell))
      return typeof cell === 'number' ? blank + String(cell) : cell + blank
    })
    .join('  ')
    .trimEnd()
}

/** In characters as they are seen, not in UTF-16 units. */
function lengthOf(cell: Cell): number {
  return Array.from(String(cell)).length
}
