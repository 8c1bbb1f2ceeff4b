import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { chartFolder } from './helm.ts'

/**
 * Calls `use` with a copy of the chart that has the given files, by their names in the chart, and no others in `files/`;
 * the copy is gone afterwards.
 */
export function withChart<T>(files: Readonly<Record<string, string>>, use: (chart: string) => T): T {
  const chart = mkdtempSync(path.join(tmpdir(), 'zendesk-activation-chart-copy-'))
  try {
    cpSync(chartFolder, chart, { recursive: true })
    rmSync(path.join(chart, 'files'), { recursive: true, force: true })
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(chart, name)), { recursive: true })
      writeFileSync(path.join(chart, name), text)
    }
    return use(chart)
  } finally {
    rmSync(chart, { recursive: true, force: true })
  }
}
