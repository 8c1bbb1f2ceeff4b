// `npm test [-- jest arguments]`: installs what is missing, builds, runs every layer and ends with one line of counts.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureInstalled } from '../sandbox/install.mjs'
import { prepareChartTools } from './chart/tools.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
await ensureInstalled()

const run = (args, env = {}, stdio = 'inherit') =>
  spawnSync(process.execPath, args, { cwd: root, stdio, env: { ...process.env, ...env } }).status ?? 1

// The smoke tests run what is built, with plain node: Jest hides import errors that node has.
if (run(['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json']) !== 0) process.exit(1)

const folder = mkdtempSync(path.join(tmpdir(), 'zendesk-activation-test-'))
const jest = [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  'node_modules/jest/bin/jest.js',
]

/** Runs jest; undefined where it ended without a report, as it does when the shared servers cannot be started. */
function runJest(name, words, env, stdio) {
  const report = path.join(folder, `${name}.json`)
  const status = run([...jest, '--json', `--outputFile=${report}`, ...words], env, stdio)
  return existsSync(report) ? { status, ...JSON.parse(readFileSync(report)) } : undefined
}

/** The layers that need what not every machine has: why one cannot run here, or undefined where it can. */
const layersWithNeeds = [
  {
    name: 'integration',
    tests: 'tests on a real broker',
    async whyNot() {
      const { tsImport } = await import('tsx/esm/api')
      const { missingProviders } = await tsImport('../sandbox/stack.ts', import.meta.url)
      return missingProviders()
    },
  },
  { name: 'chart', tests: 'tests of the Helm chart', whyNot: prepareChartTools },
  {
    name: 'alerts',
    tests: 'tests of the alerts with promtool',
    async whyNot() {
      const { tsImport } = await import('tsx/esm/api')
      const { findPrometheus } = await tsImport('./support/prometheus.ts', import.meta.url)
      const found = await findPrometheus(process.env)
      return found.type === 'missing' ? found.why : undefined
    },
  },
]

/** How many tests a layer has that cannot run. */
function countOf(name) {
  // No name is that of a test: all are found and none runs.
  const none = ['--selectProjects', name, '--testNamePattern', '^no test$']
  return runJest(`left-out-${name}`, none, { TEST_WITHOUT_STACK: '1' }, 'ignore')?.numPendingTests ?? 0
}

try {
  const words = process.argv.slice(2)
  const leftOut = []
  // Who asks for a layer by name gets it, or its own words why not.
  for (const layer of words.length > 0 ? [] : layersWithNeeds) {
    const reason = await layer.whyNot()
    if (reason !== undefined) leftOut.push({ ...layer, reason })
  }
  const layers = ['unit', 'topology', 'simulation', 'smoke', ...layersWithNeeds.map(({ name }) => name)]
  const here = layers.filter((name) => !leftOut.some((layer) => layer.name === name))
  const result = runJest('report', leftOut.length === 0 ? words : ['--selectProjects', ...here])
  const {
    numPassedTests = 0,
    numFailedTests = 1,
    numPendingTests = 0,
    numRuntimeErrorTestSuites = 0,
  } = result ?? {}
  let failed = numFailedTests + numRuntimeErrorTestSuites
  let skipped = numPendingTests
  for (const { name, tests, reason } of leftOut) {
    const count = countOf(name)
    console.log(`\n${reason}\n${count} ${tests} were left out (test/${name}).`)
    skipped += count
    if (process.env.CI) {
      console.log('In CI that is a failure.')
      failed += 1
    }
  }
  console.log(`${numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
  process.exitCode = result?.status === 0 && failed === 0 && numPassedTests > 0 ? 0 : 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
