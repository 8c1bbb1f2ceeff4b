import { describe, expect, it } from '@jest/globals'
import {
  createFailpoints,
  describeFailpoint,
  effects,
  type Failpoint,
  moments,
  parseFailpoints,
} from '../../../src/cli/failpoints.ts'

/** What happened, in order: deaths and pauses by name, and what the effects themselves add. */
let journal: string[]

function arm(text: string) {
  journal = []
  const parsed = parseFailpoints(text)
  if (parsed.type === 'invalid') throw new Error(parsed.problem)
  return createFailpoints(parsed.failpoints, {
    async die(point: Failpoint) {
      journal.push(`died ${describeFailpoint(point)}`)
      return Promise.reject(new Error('dead'))
    },
    async pause() {
      journal.push('pause')
      return Promise.resolve()
    },
  })
}

const act = (name: string) => async (): Promise<string> => {
  journal.push(`${name} begins`)
  await Promise.resolve()
  journal.push(`${name} ends`)
  return name
}

describe('the text of failpoints', () => {
  it('names every moment and every effect', () => {
    const all = moments.flatMap((moment) => effects.map((effect) => `${moment} ${effect} 7`))
    const parsed = parseFailpoints(all.join(', '))
    expect(parsed.type === 'failpoints' && parsed.failpoints.map(describeFailpoint)).toEqual(all)
  })

  it('may have blanks around and between the words', () => {
    expect(parseFailpoints(' after   ledger 3 ,before commit 12')).toEqual({
      type: 'failpoints',
      failpoints: [
        { moment: 'after', effect: 'ledger', nth: 3 },
        { moment: 'before', effect: 'commit', nth: 12 },
      ],
    })
  })

  it.each([
    ['after legder 3', '"after legder 3"'],
    ['midway ledger 3', '"midway ledger 3"'],
    ['after ledger', '"after ledger"'],
    ['after ledger 0', '"after ledger 0"'],
    ['after ledger 3.5', '"after ledger 3.5"'],
    ['after ledger 3 times', '"after ledger 3 times"'],
    ['after ledger 3,', '""'],
    ['after ledger 3, before nothing 1', '"before nothing 1"'],
  ])('is refused where it is not known, with all that is: %s', (text, quoted) => {
    const parsed = parseFailpoints(text)
    const problem = parsed.type === 'invalid' ? parsed.problem : ''
    expect(problem).toContain(`${quoted} is no failpoint`)
    for (const word of [...moments, ...effects]) expect(problem).toContain(word)
  })

  it('tells every problem at once', () => {
    const parsed = parseFailpoints('a b 1, after ledger 1, c d 2')
    const problem = parsed.type === 'invalid' ? parsed.problem : ''
    expect(problem).toMatch(/^"a b 1" is no failpoint; "c d 2" is no failpoint: /)
  })
})

describe('a failpoint', () => {
  it('lets everything through until its time, and counts its own effect alone', async () => {
    const failpoints = arm('before ledger 2')
    expect(await failpoints.around('ledger', act('ledger'))).toBe('ledger')
    expect(await failpoints.around('persons', act('persons'))).toBe('persons')
    expect(await failpoints.around('contacts', act('contacts'))).toBe('contacts')
    await expect(failpoints.around('ledger', act('second'))).rejects.toThrow('dead')
    expect(journal).not.toContain('second begins')
    expect(journal.at(-1)).toBe('died before ledger 2')
  })

  it('before an effect: the effect does not begin', async () => {
    await expect(arm('before request 1').around('request', act('request'))).rejects.toThrow('dead')
    expect(journal).toEqual(['died before request 1'])
  })

  it('during an effect: it begins, and the caller never hears how it ended', async () => {
    await expect(arm('during request 1').around('request', act('request'))).rejects.toThrow('dead')
    expect(journal.slice(0, 2)).toEqual(['request begins', 'pause'])
    expect(journal.at(-1)).toBe('died during request 1')
  })

  it('during an effect that fails: dies all the same', async () => {
    const fail = async (): Promise<void> => Promise.reject(new Error('no broker'))
    await expect(arm('during commit 1').around('commit', fail)).rejects.toThrow('dead')
  })

  it('after an effect: it has ended, and the caller does not know', async () => {
    await expect(arm('after request 1').around('request', act('request'))).rejects.toThrow('dead')
    expect(journal).toEqual(['request begins', 'request ends', 'died after request 1'])
  })

  it('after an effect: what failed does not count', async () => {
    const failpoints = arm('after commit 1')
    const fail = async (): Promise<string> => Promise.reject(new Error('no broker'))
    await expect(failpoints.around('commit', fail)).rejects.toThrow('no broker')
    await expect(failpoints.around('commit', act('commit'))).rejects.toThrow('dead')
  })

  it('counts effects that overlap as they begin, or as they end', async () => {
    const failpoints = arm('after ledger 2')
    let end: (value: string) => void = () => undefined
    const slow = failpoints.around('ledger', async () => new Promise<string>((resolve) => (end = resolve)))
    expect(await failpoints.around('ledger', act('fast'))).toBe('fast')
    end('slow')
    await expect(slow).rejects.toThrow('dead')
  })

  it('of several, the first that is reached is the one', async () => {
    const failpoints = arm('after ledger 3, before commit 2, during commit 2')
    await failpoints.around('commit', act('commit'))
    await failpoints.around('ledger', act('ledger'))
    await expect(failpoints.around('commit', act('commit'))).rejects.toThrow('dead')
    expect(journal.at(-1)).toBe('died before commit 2')
  })
})
