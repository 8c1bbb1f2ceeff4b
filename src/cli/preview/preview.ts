import { readFile } from 'node:fs/promises'
import { noStoredPerson } from '../../assemble/stored-person.ts'
import type { Decoded } from '../../assemble/ports.ts'
import { type ReadRecord, readRecord } from '../../assemble/read-record.ts'
import { createAvroDecoder } from '../../avro/decoder.ts'
import type { Config } from '../../config/config.ts'
import { internalTopics } from '../../config/topics.ts'
import { normaliseEmail } from '../../domain/identity.ts'
import { fold } from '../../domain/person.ts'
import { planWrite } from '../../domain/plan.ts'
import type { SourceRecord } from '../../domain/record.ts'
import { digest, inputRules } from '../assemble-stage.ts'
import { createReadingCodecs } from '../codecs.ts'
import { connectForCommand } from '../command-kafka.ts'
import { CommandFailed, type ExitCode, exitCodes, runCommand } from '../command.ts'
import { realOutside } from '../outside.ts'
import { systemClock } from '../system-clock.ts'
import { createProgress } from '../progress.ts'
import { describePlan, explainContact } from './explain.ts'
import { findRecord, type RecordSource } from './find-records.ts'
import { createKnownState, type KnownState } from './known-state.ts'
import { previewPerson } from './preview-person.ts'
import { type Preview, previewJson, previewText } from './result.ts'

/** What is to be previewed. */
export type PreviewSubject =
  | { readonly type: 'record'; readonly topic: string; readonly partition: number; readonly offset: number }
  | {
      readonly type: 'file'
      readonly file: string
      readonly kind: 'profile' | 'memberships'
      /** Key of the record. */
      readonly key: string | null
      /** The stored person to fold the record into; `null` for one of whom nothing is known. */
      readonly personKey: string | null
    }
  | { readonly type: 'email'; readonly email: string }
  | { readonly type: 'person'; readonly personKey: string }

/** What `preview` is called with. */
export interface PreviewOptions {
  readonly configFile: string
  readonly subject: PreviewSubject
  readonly json: boolean
}

interface Sources {
  readonly config: Config
  readonly source: RecordSource
  readonly known: KnownState
  readonly decode: (bytes: Uint8Array) => Promise<Decoded>
}

/**
 * Shows what the program makes of a record, a person or an e-mail, and what it would send. Writes nothing anywhere. Resolves
 * with the exit code: 0 where it is shown, 1 where there is no such thing or it cannot be read, 2 where the call or the
 * configuration is wrong.
 */
export async function preview({ configFile, subject, json }: PreviewOptions): Promise<ExitCode> {
  return runCommand(configFile, async ({ config, logger, signal }) => {
    const progress = createProgress(process.stderr, () => systemClock.monotonicMs())
    const kafka = await connectForCommand(config, logger)
    try {
      const registry = realOutside.createRegistry(config)
      const decoder = createAvroDecoder({ registry, maxBytes: config.inputs.maxRecordBytes })
      const source: RecordSource = {
        ...kafka,
        signal,
        progress: (topic, records) => progress.show(`read ${records} records of ${topic}`),
      }
      const codecs = await createReadingCodecs(config, registry)
      const known = createKnownState(source, internalTopics(config.applicationId), codecs)
      const decode = async (bytes: Uint8Array) => decoder.decode(bytes)
      const shown = await show(subject, { config, source, known, decode })
      progress.end()
      process.stdout.write(json ? `${previewJson(shown)}\n` : previewText(shown))
      return exitCodes.ok
    } finally {
      progress.end()
      await kafka.close()
    }
  })
}

async function show(subject: PreviewSubject, sources: Sources): Promise<Preview> {
  switch (subject.type) {
    case 'record':
      return showRecord(subject, sources)
    case 'file':
      return showFile(subject, sources)
    case 'email':
      return showEmail(subject.email, sources)
    case 'person': {
      const before = await sources.known.person(subject.personKey)
      if (before === null) throw new CommandFailed('there is no such person in the topic of persons')
      const { personKey } = subject
      return previewPerson(
        sources.config,
        sources.known,
        { personKey, person: before.person, before },
        systemClock.nowMs(),
      )
    }
  }
}

async function showRecord(
  { topic, partition, offset }: Extract<PreviewSubject, { type: 'record' }>,
  sources: Sources,
): Promise<Preview> {
  const rules = inputRules(sources.config).get(topic)
  if (rules === undefined)
    throw new CommandFailed(
      `${topic} is no input: name one of ${inputNames(sources.config)}`,
      exitCodes.badCall,
    )
  const record = await findRecord(sources.source, topic, partition, offset)
  if (typeof record === 'string') throw new CommandFailed(record)
  const read = await readRecord(record, rules, sources.decode)
  // A person lies where the records of the person do.
  return showRead(read, sources, async (key) => sources.known.person(key, partition))
}

function inputNames(config: Config): string {
  return [...inputRules(config).keys()].join(', ')
}

async function showFile(
  { file, kind, key, personKey }: Extract<PreviewSubject, { type: 'file' }>,
  sources: Sources,
): Promise<Preview> {
  const { profiles, segmentMemberships } = sources.config.inputs
  const { topic } = kind === 'profile' ? profiles : segmentMemberships
  const rules = inputRules(sources.config).get(topic)
  if (rules === undefined) throw new Error(`${topic} is no input`)
  const recordKey = personKey ?? key
  if (recordKey === null && rules.personKey === null)
    throw new CommandFailed(
      '--key is missing: it is the key of the record, and so of the person',
      exitCodes.badCall,
    )
  const value = await readJsonFile(file)
  const record: SourceRecord = {
    topic,
    partition: 0,
    // Newer than any record of the same time.
    offset: Number.MAX_SAFE_INTEGER,
    timestampMs: systemClock.nowMs(),
    key: recordKey === null ? null : Buffer.from(recordKey),
    value: value === null ? null : Buffer.from(JSON.stringify(value)),
    headers: {},
  }
  const read = await readRecord(record, rules, async () => Promise.resolve({ type: 'decoded', value }))
  return showRead({ ...read, personKey: personKey ?? read.personKey }, sources, async () => {
    if (personKey === null) return null
    const before = await sources.known.person(personKey)
    if (before === null) throw new CommandFailed('there is no such person in the topic of persons')
    return before
  })
}

async function readJsonFile(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as unknown
  } catch (error) {
    const problem = error instanceof SyntaxError ? 'is no JSON' : 'cannot be read'
    throw new CommandFailed(`${file} ${problem}`, exitCodes.badCall)
  }
}

async function showRead(
  { personKey, event, deadLetter }: ReadRecord,
  { config, known }: Sources,
  personOf: (personKey: string) => ReturnType<KnownState['person']>,
): Promise<Preview> {
  const bad =
    deadLetter === null ? '' : `to the dead-letter topic: ${deadLetter.errorClass} (${deadLetter.detail})`
  if (personKey === null || event === null)
    return { record: bad === '' ? 'says nothing' : bad, contacts: [], fields: [] }
  const before = (await personOf(personKey)) ?? noStoredPerson
  const person = fold(before.person, event)
  const said =
    person === before.person ? `${event.type}: changes nothing, known already or older` : event.type
  const shown = await previewPerson(config, known, { personKey, person, before }, systemClock.nowMs())
  return { record: bad === '' ? said : `${said}; the rest goes ${bad}`, ...shown }
}

async function showEmail(text: string, { known }: Sources): Promise<Preview> {
  const email = normaliseEmail(text)
  if (email === undefined) throw new CommandFailed('--email is no e-mail address', exitCodes.badCall)
  const { desired, ledger } = await known.contact(email)
  if (desired === null) throw new CommandFailed('there is no contact of this e-mail in the topic of contacts')
  const send = describePlan(planWrite(desired, ledger, digest), desired)
  return {
    contacts: [{ email, state: desired.state, contactId: ledger?.contactId ?? null, send }],
    fields: explainContact(desired, ledger, digest),
    ledger,
  }
}
