import { areas, type Finding } from './finding.ts'

/** Findings for a person: by area, a line each, and one line that sums up. */
export function formatFindings(findings: readonly Finding[]): string {
  const groups = areas.flatMap((area) => {
    const lines = findings.filter((finding) => finding.area === area).map(formatLine)
    return lines.length === 0 ? [] : [[area, ...lines].join('\n')]
  })
  return [...groups, summarise(findings)].join('\n\n') + '\n'
}

/** Findings for a program: one JSON document. */
export function findingsAsJson(findings: readonly Finding[]): string {
  const told = findings.map(({ area, level, subject, message }) => ({ area, level, subject, message }))
  const ok = !findings.some(({ level }) => level === 'problem')
  return `${JSON.stringify({ ok, findings: told }, null, 2)}\n`
}

function formatLine({ level, subject, message }: Finding): string {
  return `  ${level.padEnd('problem'.length)}  ${subject}: ${message}`
}

function summarise(findings: readonly Finding[]): string {
  const count = (level: Finding['level'], noun: string): string => {
    const number = findings.filter((finding) => finding.level === level).length
    return `${number === 0 ? 'no' : number} ${noun}${number === 1 ? '' : 's'}`
  }
  const text = `${count('problem', 'problem')}, ${count('warning', 'warning')}.`
  return text.charAt(0).toUpperCase() + text.slice(1)
}
