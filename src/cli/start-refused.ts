/** The program does not start, for reasons outside it that a person can mend. The message tells all of them, a line each. */
export class StartRefused extends Error {
  override readonly name = 'StartRefused'

  constructor(headline: string, problems: readonly string[]) {
    super([`${headline}:`, ...problems.map((problem) => `  ${problem}`)].join('\n'))
  }
}
