import type { KnownContact } from '../../deliver/contact-state.ts'
import type { Digest } from '../../domain/ledger.ts'
import {
  type Candidate,
  candidateOf,
  compareCandidate,
  isDifferent,
  isUntouched,
  type Suspect,
} from './candidate.ts'
import type { KnownContacts } from './known-contacts.ts'
import type { Questions } from './questions.ts'
import type { ComparedContact } from './tally.ts'

/** What the comparison asks and tells. */
export interface ComparePorts {
  readonly known: Pick<KnownContacts, 'readMany' | 'catchUp'>
  readonly questions: Questions
  readonly digest: Digest
  /** Epoch milliseconds. */
  readonly nowMs: () => number
  /** Told of every contact once it is certain what it is. */
  readonly compared: (contact: ComparedContact) => void
}

/** Whether all contacts were compared, or what ended it. */
export type CompareEnd = { readonly type: 'done' } | { readonly type: 'ended'; readonly reason: string }

/** Contacts that one request asks for: Sell's longest page. */
export const perRequest = 100
/** Requests between two catch-ups: what looks different waits for the next, and is held in memory until then. */
const requestsPerRound = 50
/** A contact that changes all the time is left alone after so many looks. */
const mostLooks = 3
/** Sell's lists may be behind a write for so long; a read by id is not (facts: read-after-write lag). */
const listLagMs = 10 * 60_000

/** Compares contacts, some at a time. */
export interface Comparison {
  /** Takes contacts in; asks Zendesk when there are enough of them for a request. */
  add(contacts: readonly KnownContact[]): Promise<CompareEnd>
  /** Compares what is left. */
  finish(): Promise<CompareEnd>
}

/**
 * Compares contacts with what Zendesk holds, in rounds. The program that runs meanwhile changes both, so that a contact which
 * looks different may merely have been written since its state was read. It counts as different only if its state is the same
 * afterwards: whatever the program sends, it says so in the ledger first.
 */
export function createComparison({ known, questions, digest, nowMs, compared }: ComparePorts): Comparison {
  const waiting: Candidate[] = []
  const suspects: Suspect[] = []
  let requestsInRound = 0
  const looks = new Map<string, number>()

  async function compareBatch(batch: readonly Candidate[]): Promise<CompareEnd> {
    requestsInRound += 1
    const answers = await questions.list(batch)
    if (answers.type === 'ended') return answers
    suspects.push(...differing(batch, answers.contacts))
    return done
  }

  /** Tells of those that are as they should be; gives the others. */
  function differing(
    candidates: readonly Candidate[],
    contacts: readonly ComparedContact[],
  ): readonly Suspect[] {
    return contacts.flatMap((contact, index) => {
      const candidate = candidates[index]
      if (candidate !== undefined && isDifferent(contact)) return [{ ...candidate, compared: contact }]
      tell(contact)
      return []
    })
  }

  function tell(contact: ComparedContact): void {
    looks.delete(contact.email)
    compared(contact)
  }

  /** Ends a round: what looks different and was not touched since, is; what was touched is looked at again. */
  async function settleSuspects(): Promise<CompareEnd> {
    requestsInRound = 0
    const late = await settleListed()
    const answers = await questions.look(late)
    if (answers.type === 'ended') return answers
    for (const suspect of await untouched(differing(late, answers.contacts))) tell(suspect.compared)
    return done
  }

  /** Tells of those of which the list is proof enough; gives the others. */
  async function settleListed(): Promise<readonly Suspect[]> {
    const round = await untouched(suspects.splice(0))
    for (const suspect of round.filter(isListed)) tell(suspect.compared)
    return round.filter((suspect) => !isListed(suspect))
  }

  /** False where the list that made it a suspect can be behind what was written last. */
  function isListed({ ledger }: Suspect): boolean {
    return nowMs() - (ledger?.writtenAtMs ?? 0) > listLagMs
  }

  async function untouched(round: readonly Suspect[]): Promise<readonly Suspect[]> {
    if (round.length === 0) return []
    await known.catchUp()
    const states = await known.readMany(round.map(({ email }) => email))
    return round.filter((suspect, index) => {
      const { desired, ledger } = states[index] ?? { desired: null, ledger: null }
      if (isUntouched(suspect, { desired, ledger })) return true
      if (desired !== null) again(candidateOf({ email: suspect.email, desired, ledger }, digest))
      return false
    })
  }

  function again(candidate: Candidate): void {
    const seen = (looks.get(candidate.email) ?? 1) + 1
    looks.set(candidate.email, seen)
    if (candidate.standing.contactId !== null && seen <= mostLooks) waiting.push(candidate)
    else tell({ ...compareCandidate(candidate, null), verdict: { state: 'pending', drifted: [] } })
  }

  /** Asks for as many as wait, in full requests; with `rest` also for the last, which is not full. */
  async function work(rest: boolean): Promise<CompareEnd> {
    for (;;) {
      while (requestsInRound < requestsPerRound && waiting.length >= (rest ? 1 : perRequest)) {
        const end = await compareBatch(waiting.splice(0, perRequest))
        if (end.type === 'done') continue
        // What was found so far is to be told.
        await settleListed()
        return end
      }
      if (!rest && requestsInRound < requestsPerRound) return done
      const end = await settleSuspects()
      if (end.type === 'ended' || waiting.length === 0) return end
    }
  }

  return {
    async add(contacts) {
      for (const { email, desired, ledger } of contacts) {
        if (desired === null) continue
        const candidate = candidateOf({ email, desired, ledger }, digest)
        if (candidate.standing.contactId === null) tell(compareCandidate(candidate, null))
        else waiting.push(candidate)
      }
      return work(false)
    },
    finish: async () => work(true),
  }
}

const done = { type: 'done' } as const
