// What the chart's tests need and npm does not have: helm itself, and the schemas of Kubernetes, Prometheus Operator and
// KEDA. All of it comes as Go modules, whose checksums Go compares with its public log, in versions that stand here.
import { spawn, spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { setPriority } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const helmVersion = '3.22.0'

/** The oldest Kubernetes that the chart takes (kubeVersion in Chart.yaml), and a new one. */
export const kubernetesVersions = ['1.27.16', '1.36.3']

const monitoringVersion = '0.85.0'
const kedaVersion = '2.20.2'

const openApi = (group) => `api/openapi-spec/v3/${group}_openapi.json`
const monitoringCrd = (kind) => `example/prometheus-operator-crd/monitoring.coreos.com_${kind}.yaml`

/** The files that each module is downloaded for. */
const schemaModules = [
  ...kubernetesVersions.map((version) => ({
    module: `k8s.io/kubernetes@v${version}`,
    folder: `kubernetes-${version}`,
    files: [
      'api__v1',
      'apis__apps__v1',
      'apis__batch__v1',
      'apis__policy__v1',
      'apis__networking.k8s.io__v1',
    ].map(openApi),
  })),
  {
    module: `github.com/prometheus-operator/prometheus-operator@v${monitoringVersion}`,
    folder: `custom-resources-prometheus-operator-${monitoringVersion}`,
    files: ['servicemonitors', 'podmonitors', 'prometheusrules'].map(monitoringCrd),
  },
  {
    module: `github.com/kedacore/keda/v2@v${kedaVersion}`,
    folder: `custom-resources-keda-${kedaVersion}`,
    files: ['config/crd/bases/keda.sh_scaledobjects.yaml'],
  },
]

/** Where everything is kept, and where Go is looked for: the path, or else where its own installer puts it. */
const here = {
  cache: fileURLToPath(new URL('../../.cache/chart', import.meta.url)),
  goPrograms: ['go', '/usr/local/go/bin/go'],
}

const helmAt = (cache) => path.join(cache, `helm-${helmVersion}`, 'helm')
const schemasAt = (cache) => schemaModules.map(({ folder }) => path.join(cache, folder))

/** Helm's program. */
export const helmProgram = helmAt(here.cache)

/** The folders of schemas, one for each module. */
export const schemaFolders = schemasAt(here.cache)

/** A folder of an earlier release may lack a file that is needed since. */
const hasSchemas = (cache, { folder, files }) =>
  files.every((file) => existsSync(path.join(cache, folder, path.basename(file))))

const isComplete = (cache) =>
  existsSync(helmAt(cache)) && schemaModules.every((schemas) => hasSchemas(cache, schemas))

/** Builds and downloads what is missing, and returns why the chart cannot be tested here; undefined where it can. */
export async function prepareChartTools(where = here) {
  try {
    await ensureChartTools(where)
    return undefined
  } catch (error) {
    return `The Helm chart is not tested: ${error.message}`
  }
}

/**
 * Builds and downloads what is missing: minutes at the first time, nothing afterwards. Throws, with what to do, where
 * there is no Go or it fails.
 */
export async function ensureChartTools({ cache, goPrograms } = here) {
  if (isComplete(cache)) return
  const go = goPrograms.find((program) => spawnSync(program, ['version'], { stdio: 'ignore' }).status === 0)
  if (go === undefined) {
    throw new Error('helm is built from its Go module, and there is no Go. Install Go 1.26 or later.')
  }
  for (const { module, folder, files } of schemaModules) {
    if (!hasSchemas(cache, { folder, files }))
      rmSync(path.join(cache, folder), { recursive: true, force: true })
    await onceAt(path.join(cache, folder), async (place) => {
      const { Dir: from } = JSON.parse(await runGo(go, cache, ['mod', 'download', '-json', module]))
      for (const file of files) copyFileSync(path.join(from, file), path.join(place, path.basename(file)))
    })
  }
  await onceAt(path.dirname(helmAt(cache)), async (place) => {
    process.stderr.write(`chart: building helm ${helmVersion}, this once; it takes some minutes\n`)
    const module = `helm.sh/helm/v3/cmd/helm@v${helmVersion}`
    await runGo(go, cache, ['install', '-trimpath', '-ldflags=-s -w', module], {
      GOBIN: place,
      CGO_ENABLED: '0',
    })
  })
}

/** Lets `make` fill a folder that gets its name only when it is complete, so that an interrupted run leaves no half. */
async function onceAt(place, make) {
  if (existsSync(place)) return
  const part = `${place}.part-${process.pid}`
  mkdirSync(part, { recursive: true })
  try {
    await make(part)
    // Another run may have been faster; theirs is the same.
    if (!existsSync(place)) renameSync(part, place)
  } finally {
    rmSync(part, { recursive: true, force: true })
  }
}

/** What Go prints on stdout. Its module mode must not depend on where it is called, or on the caller's settings. */
async function runGo(go, cache, words, env = {}) {
  const settings = { ...process.env, GOFLAGS: '-mod=mod', GOWORK: 'off', ...env }
  return new Promise((resolve, reject) => {
    const child = spawn(go, words, { cwd: cache, env: settings, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    let problems = ''
    child.stdout.on('data', (chunk) => (output += chunk))
    child.stderr.on('data', (chunk) => (problems += chunk))
    child.once('error', reject)
    // Other tests run beside it.
    if (child.pid !== undefined) setPriority(child.pid, 10)
    child.once('close', (code) => {
      if (code === 0) resolve(output)
      else reject(new Error(`go ${words.join(' ')} failed (${code}):\n${(problems + output).slice(-2000)}`))
    })
  })
}
