import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { describeMaven, mavenStart, readMavenOutput } from '../../../sandbox/parts/maven-output.ts'

const output = [
  '[INFO] Scanning for projects...',
  'Downloading from central: https://repository.example/a/a-1.pom',
  'Progress (1): 4.1/19 kB\rProgress (1): 19 kB   \r                   \r',
  'Downloaded from central: https://repository.example/a/a-1.pom (19 kB at 65 kB/s)',
  '[INFO] Downloading from mirror: https://repository.example/b/b-1.jar',
  '[INFO] Downloaded from mirror: https://repository.example/b/b-1.jar (5.3 MB at 9.9 MB/s)',
  'Downloaded from central: https://repository.example/c/c-1.pom (812 B at 2 kB/s)',
  'Progress (2): 1.5/10 MB | 500/977 kB',
  '[ERROR] something failed',
  '',
].join('\n')

describe('the reading of Maven output', () => {
  it('counts the loaded files and their bytes, whether Maven prefixes its lines or not', () => {
    const state = readMavenOutput(mavenStart, output)
    expect(state).toMatchObject({ files: 3, bytes: 19_000 + 5_300_000 + 812 })
  })

  it('adds what has come of the files that are still being loaded', () => {
    const state = readMavenOutput(mavenStart, output)
    expect(state.inFlightBytes).toBe(1_500_000 + 500_000)
    expect(describeMaven(state)).toBe('3 files, 7.3 MB')
  })

  it('keeps the last lines that are no transfers for an error message', () => {
    const { tail } = readMavenOutput(mavenStart, output)
    expect(tail).toEqual(['[INFO] Scanning for projects...', '[ERROR] something failed'])
    const many = Array.from({ length: 50 }, (_, index) => `line ${index}\n`).join('')
    expect(readMavenOutput(mavenStart, many).tail).toHaveLength(20)
    expect(readMavenOutput(mavenStart, many).tail.at(-1)).toBe('line 49')
  })

  it('does not depend on where the chunks are cut', () => {
    const whole = readMavenOutput(mavenStart, output)
    fc.assert(
      fc.property(fc.array(fc.nat(output.length), { maxLength: 8 }), (cuts) => {
        const ends = [...cuts, output.length].toSorted((a, b) => a - b)
        const chunks = ends.map((end, index) => output.slice(ends[index - 1] ?? 0, end))
        expect(chunks.reduce(readMavenOutput, mavenStart)).toEqual(whole)
      }),
    )
  })
})
