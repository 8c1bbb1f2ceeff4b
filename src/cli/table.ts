/** Rows as lines of columns that are as wide as their widest cell. Numbers stand to the right; the first row is the head. */
export function formatTable(rows: readonly (readonly (string | number)[])[]): string {
  const [head = []] = rows
  const widths = head.map((_, column) => Math.max(...rows.map((row) => String(row[column] ?? '').length)))
  const rule = widths.map((width) => '-'.repeat(width))
  const [first, ...rest] = rows.map((row) =>
    widths
      .map((width, column) => pad(row[column] ?? '', width))
      .join('  ')
      .trimEnd(),
  )
  return [first ?? '', rule.join('  '), ...rest].join('\n')
}

function pad(cell: string | number, width: number): string {
  return typeof cell === 'number' ? String(cell).padStart(width) : cell.padEnd(width)
}
