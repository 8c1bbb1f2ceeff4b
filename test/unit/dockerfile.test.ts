import { describe, expect, it } from '@jest/globals'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { copiesOf, parseDockerfile, readDockerfile, repository } from '../support/dockerfile.ts'

const stages = readDockerfile()
const image = stages.at(-1)
const all = stages.flatMap(({ instructions }) => instructions)
const wordsOf = (name: string): readonly string[] =>
  (image?.instructions ?? []).filter((instruction) => instruction.name === name).map(({ words }) => words)
const read = (file: string): string => readFileSync(new URL(file, repository), 'utf8')

const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: fileURLToPath(repository),
  encoding: 'utf8',
}).split('\n')
const isTracked = (source: string): boolean =>
  tracked.some((file) => file === source || file.startsWith(`${source}/`))
const fromContext = stages.flatMap(copiesOf).filter(({ from }) => from === null)
const contextSources = fromContext.flatMap(({ sources }) => sources)

describe('Dockerfile', () => {
  it('is read with its stages, copies and continued lines', () => {
    const [first, second] = parseDockerfile(
      '# x\nFROM a:1 AS build\nRUN one \\\n  && two\nFROM b\nCOPY --from=build /x y ./z/\n',
    )
    expect(first).toEqual({
      base: 'a:1',
      name: 'build',
      instructions: [{ name: 'RUN', words: 'one    && two' }],
    })
    expect(second && copiesOf(second)).toEqual([{ sources: ['/x', 'y'], target: './z/', from: 'build' }])
  })

  it('starts every stage from one pinned, slim image of Node 20 or later', () => {
    expect(stages.length).toBeGreaterThan(1)
    expect(new Set(stages.map(({ base }) => base)).size).toBe(1)
    const [, major = ''] = /^node:(\d+)\.\d+\.\d+-[a-z]+-slim$/.exec(image?.base ?? '') ?? []
    expect(Number(major)).toBeGreaterThanOrEqual(20)
  })

  it('copies from the context only what is in the repository, and .dockerignore lets exactly that through', () => {
    expect(contextSources.filter((source) => !isTracked(source.replace(/^\.\//, '')))).toEqual([])
    const lines = read('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
    expect(lines[0]).toBe('*')
    const allowed = lines.slice(1).map((line) => line.replace(/^!/, ''))
    expect(lines.slice(1).every((line) => line.startsWith('!'))).toBe(true)
    const wanted = new Set(contextSources.map((source) => source.replace(/^\.\//, '')))
    expect(allowed.sort()).toEqual([...wanted].sort())
  })

  it('copies from other stages only what is under their working directory', () => {
    const copies = stages.flatMap(copiesOf).filter(({ from }) => from !== null)
    const named = new Map(stages.map((stage) => [stage.name, stage]))
    expect(copies.length).toBeGreaterThan(0)
    for (const { from, sources } of copies) {
      const folder = named.get(from)?.instructions.find(({ name }) => name === 'WORKDIR')?.words
      expect(folder).toBeDefined()
      expect(sources.filter((source) => !source.startsWith(`${String(folder)}/`))).toEqual([])
    }
  })

  it('runs no install script', () => {
    const npm = all
      .filter(({ name }) => name === 'RUN')
      .flatMap(({ words }) => words.split('&&'))
      .filter((command) => /\bnpm (ci|install|i|prune|rebuild)\b/.test(command))
    expect(npm.length).toBeGreaterThan(1)
    expect(npm.filter((command) => !command.includes('--ignore-scripts'))).toEqual([])
    expect(npm.some((command) => /\bnpm ci\b/.test(command))).toBe(true)
    expect(npm.some((command) => /\bnpm prune --omit=dev\b/.test(command))).toBe(true)
  })

  it('runs as a user who is not root, by number', () => {
    const [user, ...more] = wordsOf('USER')
    expect(more).toEqual([])
    const [, uid, gid] = /^(\d+):(\d+)$/.exec(user ?? '') ?? []
    expect(Number(uid)).toBeGreaterThan(0)
    expect(Number(gid)).toBeGreaterThan(0)
  })

  it('holds no secret: neither copied, nor as argument, nor in the environment', () => {
    const secret = /secret|token|passw|credential|api[-_]?key|\.env\b|\.pem\b|\.key\b/i
    expect(contextSources.filter((source) => secret.test(source) || source === '.')).toEqual([])
    const set = all.filter(({ name }) => ['ARG', 'ENV', 'LABEL'].includes(name)).map(({ words }) => words)
    expect(set.filter((words) => secret.test(words))).toEqual([])
    expect(all.filter(({ name }) => name === 'ADD')).toEqual([])
    expect(read('.npmrc')).not.toMatch(/_auth|:\/\//)
  })

  it('starts the program itself, without a shell that would keep SIGTERM from it', () => {
    const { bin } = JSON.parse(read('package.json')) as { bin: Readonly<Record<string, string>> }
    const folder = wordsOf('WORKDIR').at(-1)
    expect(JSON.parse(wordsOf('ENTRYPOINT')[0] ?? '')).toEqual([
      'node',
      `${String(folder)}/${String(bin['zendesk-activation'])}`,
    ])
    expect(JSON.parse(wordsOf('CMD')[0] ?? '')).toEqual([
      'run',
      '--config',
      expect.stringMatching(/^\/etc\//),
    ])
  })
})
