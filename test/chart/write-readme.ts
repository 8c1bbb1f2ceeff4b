// `npm run chart:docs`: brings the table of values in the chart's README up to date.
import { readFileSync, writeFileSync } from 'node:fs'
import { format, resolveConfig } from 'prettier'

import { withValuesTable } from './values-table.ts'

const chart = new URL('../../helm/zendesk-activation/', import.meta.url)
const file = new URL('README.md', chart)
const readme = withValuesTable(
  readFileSync(file, 'utf8'),
  readFileSync(new URL('values.yaml', chart), 'utf8'),
)
writeFileSync(file, await format(readme, { ...(await resolveConfig(file)), filepath: file.pathname }))
