import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { prepareChartTools } from '../../chart/tools.mjs'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'zendesk-activation-tools-'))
})
afterEach(async () => rm(folder, { recursive: true, force: true }))

const cache = (): string => path.join(folder, 'cache')

/** A Go whose modules hold every file that is asked for, and that notes its calls; `install` is what it does then. */
async function goThat(install: string): Promise<string> {
  const program = path.join(folder, 'go')
  const script = `#!/bin/sh
echo "$@" >> ${folder}/calls
case "$1" in
  version) exit 0 ;;
  mod)
    for kind in servicemonitors podmonitors prometheusrules; do
      place=${folder}/module/example/prometheus-operator-crd; mkdir -p $place
      : > $place/monitoring.coreos.com_$kind.yaml
    done
    mkdir -p ${folder}/module/config/crd/bases ${folder}/module/api/openapi-spec/v3
    : > ${folder}/module/config/crd/bases/keda.sh_scaledobjects.yaml
    for group in api__v1 apis__apps__v1 apis__batch__v1 apis__policy__v1 apis__networking.k8s.io__v1; do
      : > ${folder}/module/api/openapi-spec/v3/$group"_openapi.json"
    done
    echo '{ "Dir": "${folder}/module" }' ;;
  install) ${install} ;;
esac
`
  await writeFile(program, script)
  await chmod(program, 0o755)
  return program
}

describe("the tools of the chart's tests", () => {
  it('are said to be missing where there is no Go to make them', async () => {
    const goPrograms = [path.join(folder, 'nowhere')]
    expect(await prepareChartTools({ cache: cache(), goPrograms })).toBe(
      'The Helm chart is not tested: helm is built from its Go module, and there is no Go. Install Go 1.26 or later.',
    )
  })

  it('are made once, in pinned versions, and need no Go from then on', async () => {
    const go = await goThat('echo helm > "$GOBIN/helm"')
    expect(await prepareChartTools({ cache: cache(), goPrograms: [go] })).toBeUndefined()
    const calls = (await readFile(path.join(folder, 'calls'), 'utf8')).split('\n')
    const modules = calls.flatMap((call) => /\S+@\S+$/.exec(call) ?? [])
    expect(modules).toHaveLength(5)
    for (const module of modules) expect(module).toMatch(/@v\d+\.\d+\.\d+$/)
    expect(await prepareChartTools({ cache: cache(), goPrograms: [] })).toBeUndefined()
  })

  it('leave nothing half made where Go fails, whose words are passed on', async () => {
    const failing = await goThat('echo half > "$GOBIN/helm"; echo no space left >&2; exit 1')
    const problem = await prepareChartTools({ cache: cache(), goPrograms: [failing] })
    expect(problem).toMatch(
      /^The Helm chart is not tested: go install .*helm@v.* failed \(1\):\nno space left/,
    )
    expect((await readdir(cache())).filter((name) => name.includes('helm'))).toEqual([])
    const working = await goThat('echo helm > "$GOBIN/helm"')
    expect(await prepareChartTools({ cache: cache(), goPrograms: [working] })).toBeUndefined()
  })
})
