import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseAllDocuments } from 'yaml'

import type { Manifest } from './manifests.ts'
import { helmProgram, kubernetesVersions } from './tools.mjs'

/** The chart's folder. */
export const chartFolder = fileURLToPath(new URL('../../helm/zendesk-activation', import.meta.url))

const valuesFolder = fileURLToPath(new URL('values', import.meta.url))

/** The names of the files in `values/`: each is a complete example. */
export const examples = readdirSync(valuesFolder)
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => file.slice(0, -'.yaml'.length))

/** What is rendered: an example, values that are laid over it, and the chart where it is not the repository's. */
export interface Rendering {
  readonly example?: string
  readonly values?: Readonly<Record<string, unknown>>
  readonly chart?: string
  readonly release?: string
}

/** The manifests that helm renders; throws with helm's words where it refuses. */
export function render(rendering: Rendering): readonly Manifest[] {
  const { status, stdout, stderr } = runHelm('template', rendering)
  if (status !== 0) throw new Error(`helm template failed:\n${stderr}`)
  return parseAllDocuments(stdout)
    .map((document) => {
      if (document.errors[0] !== undefined) throw document.errors[0]
      return document.toJS() as Manifest | null
    })
    .filter((manifest) => manifest !== null)
}

/** What helm says where it refuses to render; empty where it does not. */
export function refusal(rendering: Rendering): string {
  const { status, stderr } = runHelm('template', rendering)
  return status === 0 ? '' : stderr
}

/** What `helm lint --strict` finds fault with; empty where it does not. */
export function lint(rendering: Rendering): string {
  const { status, stdout, stderr } = runHelm('lint', rendering)
  return status === 0 ? '' : stdout + stderr
}

function runHelm(
  action: 'template' | 'lint',
  { example, values = {}, chart = chartFolder, release = 'activation' }: Rendering,
): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  const folder = mkdtempSync(path.join(tmpdir(), 'zendesk-activation-chart-'))
  try {
    const own = path.join(folder, 'values.json')
    writeFileSync(own, JSON.stringify(values))
    const files = [...(example === undefined ? [] : [path.join(valuesFolder, `${example}.yaml`)]), own]
    const version = ['--namespace', 'crm', '--kube-version', kubernetesVersions.at(-1) ?? '']
    const words =
      action === 'lint' ? ['lint', '--strict', chart, ...version] : ['template', release, chart, ...version]
    // No plugin, registry or cluster of whoever runs this.
    const env = { PATH: process.env['PATH'] ?? '', HOME: folder, KUBECONFIG: path.join(folder, 'none') }
    const run = spawnSync(helmProgram, [...words, ...files.flatMap((file) => ['--values', file])], {
      encoding: 'utf8',
      env,
      timeout: 60_000,
    })
    if (run.error !== undefined) throw run.error
    return run
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
