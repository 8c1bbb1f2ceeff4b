/** What the checks are about, in the order in which they are told. */
export const areas = ['configuration', 'schemas', 'topics', 'groups', 'zendesk'] as const

/** One of {@link areas}. */
export type Area = (typeof areas)[number]

/** Something that keeps the program from starting, or from doing what it is configured to. */
export interface Problem {
  /** Where it is: an option, a topic, a file. */
  readonly subject: string
  /** What was found and what to do. Reads on after `subject: `. Quotes no secret and no personal data. */
  readonly message: string
}

/** One thing that a check found. A `warning` may do harm, or could not be checked; a `problem` has to be mended. */
export interface Finding extends Problem {
  readonly area: Area
  readonly level: 'ok' | 'warning' | 'problem'
}

/** A problem as a sentence of its own: with its subject in front, unless the message quotes that itself. */
export function sentenceOf({ subject, message }: Problem): string {
  return message.includes(`"${subject}"`) ? message : `${subject}: ${message}`
}

/** Those of `findings` that have to be mended. */
export function problemsOf(findings: readonly Finding[]): readonly Finding[] {
  return findings.filter(({ level }) => level === 'problem')
}

/** `problems` as findings of an area. */
export function asFindings(area: Area, problems: readonly Problem[]): readonly Finding[] {
  return problems.map(({ subject, message }) => ({ area, level: 'problem', subject, message }))
}
