import { expect, it } from '@jest/globals'
import { StartRefused } from '../../../src/cli/start-refused.ts'

it('a refused start tells every problem, a line each, and is told apart from a fault of the program', () => {
  const refused: unknown = new StartRefused('it does not start', ['one is missing', 'another is wrong'])
  expect(refused).toBeInstanceOf(StartRefused)
  expect((refused as StartRefused).name).toBe('StartRefused')
  expect((refused as StartRefused).message).toBe('it does not start:\n  one is missing\n  another is wrong')
})
