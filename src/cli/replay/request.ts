import { parsePlace, type Place, placeForms } from './range.ts'

/** The options of a call, as they were written; those that are numbers were read. */
export interface ReplayWords {
  readonly topic?: (typeof replayTopics)[number]
  readonly from: string
  readonly to: string
  readonly audience?: string
  readonly id?: string
  readonly rate: number
  readonly force: boolean
  readonly dryRun: boolean
}

/** The values of `--topic`. */
export const replayTopics = ['profiles', 'segment-memberships', 'contacts'] as const

/** A call that makes sense. */
export interface ReplayRequest {
  /** `null`: goes on with the replay of `id`. */
  readonly topic: (typeof replayTopics)[number] | null
  readonly id: string | null
  readonly from: Place
  readonly to: Place
  /** Mapping id. */
  readonly audience: string | null
  readonly force: boolean
  /** Records per second. */
  readonly rate: number
}

/** The request of a call, or what is wrong with the call, in words for people. */
export function parseRequest(words: ReplayWords): ReplayRequest | string {
  const { topic = null, id = null, audience = null, force, dryRun, rate } = words
  const [from, to] = [parsePlace(words.from), parsePlace(words.to)]
  if (from === null) return `--from takes ${placeForms}; found "${words.from}"`
  if (to === null) return `--to takes ${placeForms}; found "${words.to}"`
  if (id !== null && !/^[A-Za-z0-9][\w.-]{0,99}$/.test(id))
    return '--id takes letters, digits, ".", "_" and "-", up to 100 of them'
  const request = { topic, id, from, to, audience, force, rate }
  return misuseOf(request, dryRun) ?? request
}

function misuseOf({ topic, id, audience, force }: ReplayRequest, dryRun: boolean): string | null {
  const topics = `--topic ${replayTopics.join('|')}`
  if (topic === null && dryRun) return `say what to count, with ${topics}`
  if (topic === null && id === null)
    return `say what to replay, with ${topics}, or what to go on with, with --id`
  if (force && topic !== 'contacts' && topic !== null)
    return (
      '--force writes contacts again though nothing changed, so it goes with --topic contacts. ' +
      'What the inputs say is read again in any case.'
    )
  if (audience !== null && topic === 'profiles')
    return '--audience goes with --topic segment-memberships or contacts: profiles name no audience'
  return null
}
