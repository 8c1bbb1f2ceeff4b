import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import { createTokenFile, readTokenFile, type TokenSource } from '../../../src/zendesk/token-file.ts'

let directory: string
let path: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'token-file-'))
  path = join(directory, 'token')
})

afterEach(async () => {
  await rm(directory, { recursive: true })
})

interface Watched {
  readonly source: TokenSource
  readonly problems: (string | null)[]
  readonly advance: (ms: number) => void
}

function watch(): Watched {
  let nowMs = 1_000
  const problems: (string | null)[] = []
  const source = createTokenFile({ path, nowMs: () => nowMs, onProblem: (text) => problems.push(text) })
  return { source, problems, advance: (ms) => (nowMs += ms) }
}

const token = (text: string) => ({ type: 'token', token: text })

describe('the content of a token file', () => {
  it.each([
    ['as it is', 'abc123'],
    ['without a newline at its end', 'abc123\n'],
    ['without a Windows newline at its end', 'abc123\r\n'],
    ['without several newlines at its end', 'abc123\n\n'],
  ])('is taken %s', async (_case, content) => {
    await writeFile(path, content)
    expect(await readTokenFile(path)).toEqual(token('abc123'))
  })

  it('may be 4 KiB long', async () => {
    await writeFile(path, 'x'.repeat(4096))
    expect(await readTokenFile(path)).toEqual(token('x'.repeat(4096)))
  })

  it.each([
    ['nothing', '', /is empty; put the Sell access token into it/],
    ['newlines alone', '\n\n', /is empty/],
    ['a header value', 'Bearer s3cret', /white space.*without 'Bearer'/],
    ['a space at its end', 's3cret ', /white space/],
    ['two lines', 's3cret\ns3cret', /white space/],
    ['a byte order mark', '\ufeffs3cret', /other than ASCII/],
    ['a zero byte', 's3cret\0', /other than ASCII/],
    ['more than 4 KiB', 's3cret'.repeat(1000), /longer than 4096 bytes/],
  ])(
    'is refused when it is %s, in words that hold the path but not the content',
    async (_case, content, words) => {
      await writeFile(path, content)
      const reading = await readTokenFile(path)
      expect(reading).toEqual({ type: 'unavailable', problem: expect.stringMatching(words) })
      expect(JSON.stringify(reading)).toContain(path)
      expect(JSON.stringify(reading)).not.toContain('s3cret')
    },
  )

  it('is refused where the path is missing or a directory', async () => {
    expect(await readTokenFile(path)).toEqual({
      type: 'unavailable',
      problem: `the token file ${path} does not exist; create it or mount the secret that holds it`,
    })
    expect(await readTokenFile(directory)).toEqual({
      type: 'unavailable',
      problem: `the token file ${directory} is not a regular file; name the file that holds the token`,
    })
    await symlink(path, path)
    expect(await readTokenFile(path)).toMatchObject({ problem: expect.stringMatching(/\(ELOOP\)/) })
  })
})

describe('a token file', () => {
  it('is looked at again once the interval is over, not before', async () => {
    await writeFile(path, 'old')
    const { source, advance } = watch()
    expect(await source.read()).toEqual(token('old'))
    await writeFile(path, 'new')
    advance(4_999)
    expect(await source.read()).toEqual(token('old'))
    advance(1)
    expect(await source.read()).toEqual(token('new'))
  })

  it('is looked at again at once on demand', async () => {
    await writeFile(path, 'old')
    const { source } = watch()
    await source.read()
    await writeFile(path, 'new')
    expect(await source.reload()).toEqual(token('new'))
    expect(await source.read()).toEqual(token('new'))
  })

  it('is looked at again by a reload although a look is under way, which may have seen the old token', async () => {
    await writeFile(path, 'good')
    let looks = 0
    // The clock is read once per look, and by nothing else before the first look is over.
    const source = createTokenFile({ path, nowMs: () => (looks += 1) })
    const readings = await Promise.all([source.read(), source.reload(), source.reload()])
    expect(readings).toEqual([token('good'), token('good'), token('good')])
    expect(looks).toBe(2)
  })

  it('is followed through the swap of a directory symlink, as the kubelet replaces a secret', async () => {
    for (const [version, content] of [
      ['..1', 'first'],
      ['..2', 'second'],
    ] as const) {
      await mkdir(join(directory, version))
      // Same length and same file name: only what the symlink points at differs.
      await writeFile(join(directory, version, 'token'), content.padEnd(6, 'x'))
    }
    await symlink('..1', join(directory, '..data'))
    await symlink(join('..data', 'token'), path)
    const { source, problems, advance } = watch()
    expect(await source.read()).toEqual(token('firstx'))

    await symlink('..2', join(directory, '..data_tmp'))
    await rename(join(directory, '..data_tmp'), join(directory, '..data'))
    await rm(join(directory, '..1'), { recursive: true })
    advance(5_000)
    expect(await source.read()).toEqual(token('second'))
    expect(problems).toEqual([])
  })

  it('is unavailable before the first good content and used from then on', async () => {
    const { source, problems, advance } = watch()
    expect(await source.read()).toMatchObject({ type: 'unavailable' })
    await writeFile(path, 'good')
    advance(5_000)
    expect(await source.read()).toEqual(token('good'))
    expect(problems).toEqual([expect.stringMatching(/does not exist/), null])
  })

  it('keeps the last good token while it is missing or unusable, and says so once per problem', async () => {
    await writeFile(path, 'good')
    const { source, problems, advance } = watch()
    await source.read()
    await rm(path)
    for (let look = 0; look < 3; look += 1) {
      advance(5_000)
      expect(await source.read()).toEqual(token('good'))
    }
    await writeFile(path, '')
    expect(await source.reload()).toEqual(token('good'))
    await writeFile(path, 'better')
    expect(await source.reload()).toEqual(token('better'))
    expect(problems).toEqual([
      expect.stringMatching(/does not exist/),
      expect.stringMatching(/is empty/),
      null,
    ])
  })

  it('is read once for many requests at the same time', async () => {
    await writeFile(path, 'good')
    let looks = 0
    const source = createTokenFile({
      path,
      nowMs: () => 0,
      onProblem: () => (looks += 1),
    })
    await rm(path)
    await Promise.all(Array.from({ length: 50 }, async () => source.read()))
    expect(looks).toBe(1)
  })
})
