import { createReadStream } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from '@jest/globals'
import { loadFiles, type LoadResult } from '../../../sandbox/load/load-files.ts'
import { prepare, type PreparedRecord } from '../../../sandbox/load/prepare.ts'
import { rules } from './prepared.ts'

interface Loaded {
  readonly result: LoadResult
  readonly sent: readonly (PreparedRecord & { readonly personKey: string })[]
  readonly reported: readonly string[]
}

async function loadExample(name: string): Promise<Loaded> {
  const file = fileURLToPath(new URL(`xdm/${name}`, import.meta.url))
  const sent: Loaded['sent'][number][] = []
  const reported: string[] = []
  const result = await loadFiles([file], {
    read: createReadStream,
    prepare: (document, place) => prepare(document, place, rules),
    send: async (personKey, record) => {
      sent.push({ personKey, ...record })
      return await Promise.resolve(null)
    },
    report: (line) => reported.push(line.replace(file, name)),
  })
  return { result, sent, reported }
}

describe('the examples of the XDM schemas', () => {
  it('loads the profile as it is, and leaves out the list of segments alone', async () => {
    const { result, sent, reported } = await loadExample('profile.example.1.json')
    expect(result).toMatchObject({ lines: 1, profiles: 1, memberships: 0, rejected: [] })
    expect(sent[0]).toMatchObject({
      personKey: '92312748749128',
      value: {
        identityMap: { ECID: [{ id: '92312748749128' }], EMAIL: [{ id: 'jane@doe.com' }] },
        person: { name: { firstName: 'Jane', lastName: 'Doe' }, birthDayAndMonth: '01-03' },
        workAddress: { _id: 'https://data.adobe.io/entities/address/123', _schema: { latitude: 37.3382 } },
        optInOut: { _channels: { email: 'pending', 'direct-mail': 'not_provided' }, globalOptout: false },
        orgUnit: { _id: 'https://data.adobe.io/org-apparals-men' },
      },
    })
    expect(reported[0]).toBe('profile.example.1.json: left out, not in the schema: segments (1 line)')
  })

  it('loads the memberships as they are, keyed by the file since they name nobody', async () => {
    const { result, sent } = await loadExample('segmentation.example.1.json')
    expect(result).toMatchObject({ lines: 1, profiles: 0, memberships: 1, rejected: [] })
    expect(sent).toEqual([
      {
        personKey: 'segmentation.example.1.json',
        topic: 'memberships',
        value: {
          segmentMembership: {
            AAM: {
              '04a81716-43d6-4e7a-a49c-f1d8b3129ba9': {
                status: 'existing',
                version: '15',
                timestamp: '2018-04-26T15:52:25+00:00',
                validUntil: '2019-04-26T15:52:25+00:00',
              },
              '53cba6b2-a23b-454a-8069-fc41308f1c0f': {
                status: 'realized',
                version: '3',
                lastQualificationTime: '2018-04-26T15:52:25+00:00',
                validUntil: '2018-04-27T15:52:25+00:00',
              },
            },
            Email: {
              'abcd@adobe.com': {
                status: 'exited',
                version: '1',
                lastQualificationTime: '2017-09-26T15:52:25+00:00',
                validUntil: '2017-12-26T15:52:25+00:00',
              },
            },
          },
        },
      },
    ])
  })
})
