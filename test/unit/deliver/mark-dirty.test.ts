import { describe, expect, it } from '@jest/globals'
import type { DesiredContact } from '../../../src/domain/contact.ts'
import { urgencies, type Urgency } from '../../../src/domain/urgency.ts'
import { settle } from '../../support/manual-clock.ts'
import { contactRecord, createDeliverWorld, type DeliverWorld } from './deliver-world.ts'

/** A contact with this last name and status, said at revision and time `at`. */
function contact(
  at: number,
  name: string,
  status: string,
  more: Partial<DesiredContact> = {},
): DesiredContact {
  const fields = {
    last_name: { value: name, timeMs: at },
    'custom_fields.VIP': { value: status, timeMs: at },
  }
  return { email: 'a@x.com', personKey: 'p', revision: at, cause: 'change', state: 'active', fields, ...more }
}

const receive = async (world: DeliverWorld, ...contacts: readonly DesiredContact[]): Promise<void> =>
  world.task.process(contacts.map(contactRecord), [])

/** Takes the next contact; its request waits for the ledger, then for Zendesk. */
function send({ task, nowMs }: DeliverWorld): void {
  const taken = task.dirty.take(nowMs)
  if (taken === undefined) throw new Error('nothing is due')
  void task.send(taken, async () => Promise.resolve(true))
}

/** Everything that is asked is answered with yes, until nothing is asked any more. */
async function answerAll({ waiting }: DeliverWorld): Promise<void> {
  await settle()
  while (waiting.length > 0) {
    waiting.shift()?.answer('written', true)
    await settle()
  }
}

/** A world in which this contact is written. */
async function createWritten(known: DesiredContact): Promise<DeliverWorld> {
  const world = await createDeliverWorld()
  await receive(world, known)
  send(world)
  await answerAll(world)
  return world
}

function urgenciesOf({ task }: DeliverWorld): readonly Urgency[] {
  return urgencies.filter((urgency) => task.dirty.size(urgency) > 0)
}

describe('a contact that is received', () => {
  it.each<[string, readonly DesiredContact[], readonly Urgency[]]>([
    ['another name', [contact(2, 'Roe', 'in')], ['attribute']],
    ['an exit', [contact(2, 'Roe', 'out')], ['exit']],
    ['an exit that is taken back', [contact(2, 'Roe', 'out'), contact(3, 'Roe', 'in')], ['attribute']],
    ['a release', [contact(2, 'Doe', 'out', { state: 'released' })], ['exit']],
    ['an erasure', [contact(2, 'Doe', 'out', { state: 'released', cause: 'erasure' })], ['erasure']],
    ['a backfill', [contact(2, 'Roe', 'out', { cause: 'backfill' })], ['backfill']],
    ['a backfill and a change', [contact(2, 'ROE', 'in', { cause: 'backfill' }), contact(3, 'Roe', 'in')], ['attribute']],
    ['a change and a backfill', [contact(2, 'Roe', 'out'), contact(3, 'ROE', 'out', { cause: 'backfill' })], ['exit']],
    ['a change that is taken back, and a backfill', [contact(2, 'Roe', 'in'), contact(3, 'Doe', 'in'), contact(4, 'DOE', 'in', { cause: 'backfill' })], ['backfill']],
  ])('is as urgent as what differs, with %s, and so it is for the next task', async (_claim, contacts, expected) => {
    for (const isOneBatch of [true, false]) {
      const world = await createWritten(contact(1, 'Doe', 'in'))
      if (isOneBatch) await receive(world, ...contacts)
      else for (const each of contacts) await receive(world, each)
      expect(urgenciesOf(world)).toEqual(expected)
      await world.crash(false)
      expect(urgenciesOf(world)).toEqual(expected)
    }
  }) // prettier-ignore

  it('and takes back an entry that is being sent is an exit, though it is what was written last', async () => {
    const world = await createWritten(contact(1, 'Doe', 'out'))
    await receive(world, contact(2, 'Doe', 'in'))
    send(world)
    await settle()
    await receive(world, contact(3, 'Doe', 'out'))
    await answerAll(world)
    expect(urgenciesOf(world)).toEqual(['exit'])
    expect(world.zendesk.get('a@x.com')?.['custom_fields.VIP']).toBe('in')
    send(world)
    await answerAll(world)
    expect(world.zendesk.get('a@x.com')?.['custom_fields.VIP']).toBe('out')
    expect(urgenciesOf(world)).toEqual([])
  })

  it('while a change waits that was sent in vain is as urgent as both', async () => {
    const world = await createWritten(contact(1, 'Doe', 'in'))
    await receive(world, contact(2, 'Doe', 'out'))
    const taken = world.task.dirty.take(world.nowMs)
    if (taken === undefined) throw new Error('nothing is due')
    world.task.dirty.hold(taken, world.nowMs, true)
    await receive(world, contact(3, 'DOE', 'out', { cause: 'backfill' }))
    expect(urgenciesOf(world)).toEqual(['exit'])
  })
})
