const FIRST_SURROGATE = 0xd800

/**
 * Compares two well-formed strings as their UTF-8 bytes compare: negative, zero or positive. `<` compares UTF-16 units, and
 * puts what takes two of them before the units from U+E000 on.
 */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let index = 0; index < length; index += 1) {
    const left = a.charCodeAt(index)
    const right = b.charCodeAt(index)
    if (left !== right) return rank(left) - rank(right)
  }
  return a.length - b.length
}

// Turns the units round so that surrogates come last.
function rank(unit: number): number {
  if (unit < FIRST_SURROGATE) return unit
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800
}

/** Sorts well-formed strings in place, in the order of {@link compareUtf8}. */
export function sortUtf8(strings: string[]): string[] {
  // Several times as fast as with a function, and the same as long as no unit is there that only UTF-8 puts in its place.
  return strings.some((text) => /[\ud800-\uffff]/.test(text)) ? strings.sort(compareUtf8) : strings.sort()
}
