/** Lines of a table with aligned columns: the head underlined, if there is one. None where there are no rows. */
export function formatTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  if (rows.length === 0) return []
  const all = head.length === 0 ? rows : [head, ...rows]
  const columns = Math.max(...all.map((row) => row.length))
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...all.map((row) => Array.from(row[column] ?? '').length)),
  )
  const lines = all.map((row) => formatRow(row, widths))
  if (head.length > 0) lines.splice(1, 0, widths.map((width) => '-'.repeat(width)).join('  '))
  return lines
}

function formatRow(row: readonly string[], widths: readonly number[]): string {
  return widths
    .map((width, column) => {
      const cell = row[column] ?? ''
      return cell + ' '.repeat(width - Array.from(cell).length)
    })
    .join('  ')
    .trimEnd()
}
