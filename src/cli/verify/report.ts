import { type Cell, formatTable } from '../table.ts'
import { counted, inWords } from '../progress.ts'
import type { Duplicates } from './duplicates.ts'
import type { RepairCounts } from './repairs.ts'
import type { AudienceCounts, Counts, Difference, StatusCounts } from './tally.ts'

/** What a verification found. */
export interface Report extends Counts {
  /** Why it ended before all was compared; `null` where it did not. */
  readonly endedBy: string | null
  /** How many contacts were chosen at random; `null` where all were compared. */
  readonly sample: number | null
  readonly requests: number
  readonly tookMs: number
  /** What the program was asked to write again; `null` where it was not to be asked. */
  readonly repair: RepairCounts | null
  /** `null` where nobody looked for them. */
  readonly duplicates: Duplicates | null
}

/** True where everything was compared, nothing differs but what is about to be written, or was refused, and no contact is there twice. */
export function isEqual({ endedBy, contacts, duplicates }: Report): boolean {
  return endedBy === null && contacts.drifted === 0 && contacts.missing === 0 && !hasAny(duplicates)
}

function hasAny(duplicates: Duplicates | null): boolean {
  return duplicates !== null && duplicates.found.length + duplicates.notListed > 0
}

/** The report as JSON. E-mails are personal data: they are in it only with `showEmails`. */
export function toJson({ differences, duplicates, ...report }: Report, showEmails: boolean): string {
  const shown = ({ email, ...rest }: { readonly email: string }): object =>
    showEmails ? { ...rest, email } : rest
  return JSON.stringify({
    equal: isEqual({ differences, duplicates, ...report }),
    ...report,
    differences: differences.map(shown),
    duplicates: duplicates === null ? null : { ...duplicates, found: duplicates.found.map(shown) },
  })
}

/** Most differences that the text lists; JSON lists more. */
const mostShown = 20

/** The report for a person, lines with their ends. */
export function toText(report: Report, showEmails: boolean): string {
  const { endedBy, contacts, sample, requests, tookMs } = report
  const what = sample === null ? `${contacts.total} contacts` : `${contacts.total} contacts, chosen at random`
  const head = `Compared ${what}, with ${counted(requests, 'request')} in ${inWords(tookMs)}.`
  const end = endedBy === null ? [] : [`Not all were compared: ${endedBy}.`]
  const sections = [
    [head, ...end],
    formatTable([], states(report)),
    fieldsTable(report),
    formatTable(
      ['audience', 'field', 'realized', 'exited', 'Zendesk: realized', 'exited', 'other'],
      report.audiences.map(audienceRow),
    ),
    differenceLines(report, showEmails),
    duplicateLines(report, showEmails),
    repairLines(report),
    [isEqual(report) ? 'Zendesk holds what it should.' : 'Zendesk does not hold what it should.'],
  ]
  // A verification that ended early knows no more than what it says.
  const shown = endedBy === null ? sections : sections.slice(0, -1)
  return shown
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n')
}

function duplicateLines({ duplicates }: Report, showEmails: boolean): readonly string[] {
  if (duplicates === null) return []
  const { looked, found, notListed } = duplicates
  const head = `Looked through ${counted(looked, 'contact')} of the account:`
  if (!hasAny(duplicates)) return [`${head} no e-mail of those compared is there twice.`]
  const shown = found.slice(0, mostShown)
  const left = found.length - shown.length + notListed
  return [
    `${head} these have the e-mail of another, which is the one that is written. Merge them in Sell.`,
    ...shown.map(
      ({ contactId, of, email }) =>
        `contact ${contactId}: of contact ${of}${showEmails ? ` (${email})` : ''}`,
    ),
    ...(left === 0 ? [] : [`and ${left} more${notListed < left ? ' (--json lists them)' : ''}`]),
  ]
}

function repairLines({ repair }: Report): readonly string[] {
  if (repair === null) return []
  const { asked, addressAlone } = repair
  const address =
    `${addressAlone} contacts differ in their e-mail address alone, which is not repaired: a contact is written by its id, and ` +
    'its address is left to whoever changed it.'
  return [
    `The program was asked to write ${asked} contacts again, behind all that is live.`,
    ...(addressAlone === 0 ? [] : [address]),
  ]
}

function states({ contacts }: Report): readonly (readonly Cell[])[] {
  return [
    ['equal', contacts.written, ''],
    ['drifted', contacts.drifted, 'a field holds something else than was written last'],
    ['missing', contacts.missing, 'Zendesk has no contact of the id: deleted, or merged into another'],
    ['pending', contacts.pending, 'not written yet, or its answer got lost'],
    ['rejected', contacts.rejected, 'Zendesk refused the rest; the reason is in the dead-letter topic'],
    ['none needed', contacts.without_contact, 'the person left the e-mail before there was a contact'],
  ]
}

function fieldsTable({ fields }: Report): readonly string[] {
  return formatTable(['field', 'contacts in which it drifted'], Object.entries(fields))
}

function audienceRow({ name, namespace, segmentId, field, expected, zendesk }: AudienceCounts) {
  const counts = [...wordsOf(expected).slice(0, 2), ...wordsOf(zendesk)]
  return [name ?? `${namespace} ${segmentId}`, field, ...counts]
}

function wordsOf({ realized, exited, other }: StatusCounts): readonly number[] {
  return [realized, exited, other]
}

function differenceLines({ differences, notListed }: Report, showEmails: boolean): readonly string[] {
  const shown = differences.slice(0, mostShown)
  const left = differences.length - shown.length + notListed
  return [
    ...shown.map((difference) => differenceLine(difference, showEmails)),
    ...(left === 0 ? [] : [`and ${left} more${notListed < left ? ' (--json lists them)' : ''}`]),
  ]
}

function differenceLine({ contactId, email, type, fields }: Difference, showEmails: boolean): string {
  const who = showEmails ? `contact ${contactId} (${email})` : `contact ${contactId}`
  return type === 'missing' ? `${who}: missing` : `${who}: ${fields.join(', ')}`
}
