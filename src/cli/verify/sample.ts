import type { KnownContact } from '../../deliver/contact-state.ts'
import type { KnownContacts } from './known-contacts.ts'
import { perRequest } from './compare-contacts.ts'

/** The contacts with these e-mails, or all; in chunks. */
export async function* chunksOf(
  known: Pick<KnownContacts, 'allChunks' | 'readMany'>,
  emails: readonly string[] | null,
): AsyncIterable<readonly KnownContact[]> {
  if (emails === null) {
    yield* known.allChunks(perRequest)
    return
  }
  for (let at = 0; at < emails.length; at += perRequest) {
    const chunk = emails.slice(at, at + perRequest)
    const states = await known.readMany(chunk)
    yield states.map((state, index) => ({ ...state, email: chunk[index] ?? '' }))
  }
}

/**
 * The e-mails of `size` contacts, each as likely as any other; all of them where there are fewer. `random` gives numbers from 0
 * to below 1.
 */
export async function chooseContacts(
  known: Pick<KnownContacts, 'allChunks'>,
  size: number,
  random: () => number = Math.random,
): Promise<readonly string[]> {
  const chosen: string[] = []
  let seen = 0
  for await (const contacts of known.allChunks(perRequest)) {
    for (const { email } of contacts) {
      seen += 1
      const place = chosen.length < size ? chosen.length : Math.floor(random() * seen)
      if (place < size) chosen[place] = email
    }
  }
  return chosen
}

/** How many of these contacts Zendesk is to be asked for. */
export async function contactsToAsk(
  known: Pick<KnownContacts, 'allChunks' | 'readMany'>,
  emails: readonly string[] | null,
): Promise<number> {
  let count = 0
  for await (const contacts of chunksOf(known, emails))
    count += contacts.filter(
      ({ desired, ledger }) => desired !== null && (ledger?.contactId ?? null) !== null,
    ).length
  return count
}
