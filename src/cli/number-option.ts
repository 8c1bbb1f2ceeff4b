import { InvalidArgumentError } from 'commander'

/** Reads an option's value as a number; refuses with `problem` what is none or does not fit. */
export function numberOption(fits: (value: number) => boolean, problem: string): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? NaN : Number(text)
    if (!fits(value)) throw new InvalidArgumentError(problem)
    return value
  }
}
