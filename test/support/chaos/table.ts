/** Rows that are shown one by one, as they come. */
export interface Table {
  row(cells: readonly (string | number)[]): void
}

/** A table with these columns and their widths; prints its head with the first row. */
export function createTable(
  columns: readonly (readonly [name: string, width: number])[],
  print: (line: string) => void,
): Table {
  let isHeadPrinted = false
  const line = (cells: readonly (string | number)[]): string =>
    cells
      .map((cell, at) => {
        const width = columns[at]?.[1] ?? 0
        return typeof cell === 'number' ? String(cell).padStart(width) : cell.padEnd(width)
      })
      .join('  ')
      .trimEnd()

  return {
    row(cells) {
      if (!isHeadPrinted) {
        print(line(columns.map(([name]) => name)))
        print(columns.map(([, width]) => '-'.repeat(width)).join('  '))
        isHeadPrinted = true
      }
      print(line(cells))
    },
  }
}

/** Seconds with one decimal. */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
