// `npm run alerts:check`: whether Prometheus takes the rules, and whether each alert fires when it should and not else.
import { fileURLToPath } from 'node:url'

import { findPrometheus, run } from '../support/prometheus.ts'

const rules = fileURLToPath(new URL('../../helm/zendesk-activation/files/alerts.yaml', import.meta.url))
const cases = fileURLToPath(new URL('rules.test.yaml', import.meta.url))

const prometheus = await findPrometheus(process.env)
if (prometheus.type === 'missing') {
  console.error(prometheus.why)
  process.exitCode = 1
} else {
  for (const words of [
    ['check', 'rules', rules],
    ['test', 'rules', cases],
  ]) {
    const { ok, text } = await run(prometheus.promtool, words)
    console.log(text.trim())
    if (!ok) process.exitCode = 1
  }
}
