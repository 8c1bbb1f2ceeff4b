import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

const root = fileURLToPath(new URL('../..', import.meta.url))

describe('the dependency rule', () => {
  let tree: string

  beforeEach(async () => {
    tree = await mkdtemp(path.join(tmpdir(), 'layers-'))
    for (const file of ['.dependency-cruiser.cjs', 'tsconfig.json', 'package.json']) {
      await cp(path.join(root, file), path.join(tree, file))
    }
    await symlink(path.join(root, 'node_modules'), path.join(tree, 'node_modules'))
  })

  afterEach(async () => {
    await rm(tree, { recursive: true, force: true })
  })

  /** The names of the rules that a source tree of these files breaks. */
  async function brokenRules(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(tree, name)), { recursive: true })
      await writeFile(path.join(tree, name), text)
    }
    const cruise = path.join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs')
    const { stdout } = await promisify(execFile)(process.execPath, [cruise, '--output-type', 'json', 'src'], {
      cwd: tree,
      env: { ...process.env, NODE_OPTIONS: '' },
    }).catch((error: unknown) => error as { stdout: string })
    const { summary } = JSON.parse(stdout) as { summary: { violations: { rule: { name: string } }[] } }
    return [...new Set(summary.violations.map(({ rule }) => rule.name))].sort()
  }

  const kafka = { 'src/kafka/client.ts': "import kafkajs from 'kafkajs'\nexport const client = kafkajs\n" }

  it('holds for a tree that keeps it', async () => {
    const domain = "import { b } from './b.ts'\nexport const a = b\n"
    expect(
      await brokenRules({ ...kafka, 'src/domain/a.ts': domain, 'src/domain/b.ts': 'export const b = 1\n' }),
    ).toEqual([])
  })

  it.each([
    ['the domain imports an adapter', 'src/domain/bad.ts', '../kafka/client.ts', ['domain-is-pure']],
    [
      'the domain imports a package',
      'src/domain/bad.ts',
      'kafkajs',
      ['domain-is-pure', 'kafkajs-stays-home'],
    ],
    [
      'a stage imports an adapter',
      'src/deliver/bad.ts',
      '../kafka/client.ts',
      ['stages-know-the-domain-alone'],
    ],
    [
      'the topology imports an adapter',
      'src/topology.ts',
      './kafka/client.ts',
      ['topology-knows-stages-and-domain'],
    ],
    [
      'the runtime imports an adapter',
      'src/runtime/bad.ts',
      '../kafka/client.ts',
      ['runtime-knows-no-adapter'],
    ],
    [
      'an adapter imports another',
      'src/zendesk/bad.ts',
      '../kafka/client.ts',
      ['zendesk-knows-no-other-adapter'],
    ],
    ['kafkajs leaves its folder', 'src/cli/bad.ts', 'kafkajs', ['kafkajs-stays-home']],
  ])('is broken where %s', async (_case, file, specifier, rules) => {
    expect(
      await brokenRules({ ...kafka, [file]: `import * as it from '${specifier}'\nexport const bad = it\n` }),
    ).toEqual(rules)
  })
})
