import { describe, expect, it } from '@jest/globals'

import type { ExclusionReason } from '../../../src/domain/contact.ts'
import { byUrgency, urgencies } from '../../../src/domain/urgency.ts'
import { exampleMetrics, parseExposition, scrapeOf } from './exposition.ts'

const excluded = (counts: Partial<Record<ExclusionReason, number>>) => ({
  'reason=no_profile': counts.no_profile ?? 0,
  'reason=no_email': counts.no_email ?? 0,
  'reason=no_last_name': counts.no_last_name ?? 0,
})

describe('identities excluded', () => {
  it('are the persons excluded now, over the partitions of this process', async () => {
    const metrics = exampleMetrics()
    for (const partition of [0, 1]) metrics.stage.taskState('assemble', partition, 'running')
    metrics.assemble.exclusionChanged(0, null, 'no_email')
    metrics.assemble.exclusionChanged(0, null, 'no_email')
    metrics.assemble.exclusionChanged(1, null, 'no_email')
    metrics.assemble.exclusionChanged(1, null, 'no_profile')
    metrics.assemble.exclusionChanged(1, 'no_profile', 'no_last_name')
    metrics.assemble.exclusionChanged(0, 'no_email', null)
    expect(await scrapeOf(metrics, 'identities_excluded')).toEqual(excluded({ no_email: 2, no_last_name: 1 }))
    expect(await scrapeOf(metrics, 'exclusions_total')).toEqual(
      excluded({ no_email: 3, no_profile: 1, no_last_name: 1 }),
    )
  })

  it('leave with their partition, of which late news change nothing', async () => {
    const metrics = exampleMetrics()
    for (const partition of [0, 1]) metrics.stage.taskState('assemble', partition, 'running')
    metrics.assemble.exclusionChanged(0, null, 'no_email')
    metrics.assemble.exclusionChanged(1, null, 'no_email')
    metrics.stage.taskState('deliver', 1, null)
    expect(await scrapeOf(metrics, 'identities_excluded')).toEqual(excluded({ no_email: 2 }))
    metrics.stage.taskState('assemble', 0, null)
    metrics.assemble.exclusionChanged(0, null, 'no_email')
    expect(await scrapeOf(metrics, 'identities_excluded')).toEqual(excluded({ no_email: 1 }))
  })

  it('of a restored partition are excluded, but did not become so', async () => {
    const metrics = exampleMetrics()
    metrics.stage.taskState('assemble', 0, 'restoring')
    metrics.assemble.exclusionsRestored(0, 'no_last_name', 3)
    metrics.stage.taskState('assemble', 0, 'running')
    expect(await scrapeOf(metrics, 'identities_excluded')).toEqual(excluded({ no_last_name: 3 }))
    expect(await scrapeOf(metrics, 'exclusions_total')).toEqual(excluded({}))
  })

  it('are never fewer than none', async () => {
    const metrics = exampleMetrics()
    metrics.stage.taskState('assemble', 0, 'running')
    metrics.assemble.exclusionChanged(0, 'no_email', null)
    metrics.assemble.exclusionChanged(0, null, 'no_email')
    expect(await scrapeOf(metrics, 'identities_excluded')).toEqual(excluded({ no_email: 1 }))
  })
})

describe('what a stage reports', () => {
  it('is counted under its own words', async () => {
    const metrics = exampleMetrics()
    metrics.assemble.profileReceived('profiles', 'dead_letter')
    metrics.assemble.contactEmitted('released')
    metrics.assemble.fieldUnusable('custom_fields.Size; v.2', 'no_number')
    metrics.deliver.contactReceived('unchanged')
    metrics.deliver.requestAvoided('coalesced')
    metrics.deliver.outcome('throttled')
    metrics.deliver.identityFailed('blank')
    metrics.output.produced('za.ledger', 5)
    metrics.output.deadLettered({ disposition: 'poison', errorClass: 'corrupt' })
    for (const [name, labels, value] of [
      ['profiles_received_total', 'outcome=dead_letter,topic=profiles', 1],
      ['contacts_emitted_total', 'state=released', 1],
      ['fields_unusable_total', 'reason=no_number,target=custom_fields.Size; v.2', 1],
      ['contacts_received_total', 'outcome=unchanged', 1],
      ['requests_avoided_total', 'reason=coalesced', 1],
      ['write_outcomes_total', 'type=throttled', 1],
      ['identities_failed_total', 'error_class=blank', 1],
      ['records_produced_total', 'topic=za.ledger', 5],
      ['dead_letters_total', 'disposition=poison,error_class=corrupt', 1],
    ] as const) {
      const counted = Object.entries(await scrapeOf(metrics, name)).filter(([, count]) => count !== 0)
      expect([name, counted]).toEqual([name, [[labels, value]]])
    }
  })

  it('of an activated identity is also its freshness, in seconds, by how urgent it was', async () => {
    const metrics = exampleMetrics()
    metrics.deliver.identityActivated('update', 'exit', 59_000)
    metrics.deliver.identityActivated('update', 'exit', 86_400_001)
    metrics.deliver.identityActivated('update', 'backfill', 1)
    expect(await scrapeOf(metrics, 'identities_activated_total')).toEqual({
      'operation=update': 3,
      'operation=upsert': 0,
    })
    const buckets = await scrapeOf(metrics, 'freshness_seconds_bucket')
    expect(buckets).toMatchObject({
      'class=exit,le=30,operation=update': 0,
      'class=exit,le=60,operation=update': 1,
      'class=exit,le=86400,operation=update': 1,
      'class=exit,le=+Inf,operation=update': 2,
      'class=backfill,le=+Inf,operation=update': 1,
      'class=entry,le=0.1,operation=upsert': 0,
    })
  })

  it('without a number for freshness still counts, and stops nothing', async () => {
    const metrics = exampleMetrics()
    metrics.deliver.identityActivated('upsert', 'entry', Infinity)
    metrics.deliver.identityActivated('upsert', 'entry', NaN)
    expect(await scrapeOf(metrics, 'identities_activated_total')).toMatchObject({ 'operation=upsert': 2 })
    expect(await scrapeOf(metrics, 'freshness_seconds_count')).toMatchObject({
      'class=entry,operation=upsert': 0,
    })
  })
})

describe('requests to Zendesk', () => {
  it.each([
    [200, '2xx'],
    [302, '3xx'],
    [429, '4xx'],
    [503, '5xx'],
    [null, 'none'],
    [700, 'other'],
  ])('with status %s are of class %s', async (status, codeClass) => {
    const metrics = exampleMetrics()
    metrics.requestTried({ operation: 'upsert', status, durationMs: 250 })
    const labels = `code_class=${codeClass},operation=upsert`
    expect(await scrapeOf(metrics, 'requests_total')).toMatchObject({ [labels]: 1 })
    expect(await scrapeOf(metrics, 'request_duration_seconds_sum')).toEqual({ [labels]: 0.25 })
    expect(await scrapeOf(metrics, 'request_duration_seconds_bucket')).toMatchObject({
      [`code_class=${codeClass},le=0.2,operation=upsert`]: 0,
      [`code_class=${codeClass},le=0.5,operation=upsert`]: 1,
    })
  })
})

describe('a gauge that is read when it is scraped', () => {
  it('has no series before its source is known: another process may have it', async () => {
    const { samples } = parseExposition(await exampleMetrics().scrape())
    const names = samples.map(({ name }) => name.replace('zendesk_activation_', ''))
    expect(names).not.toContain('dirty_contacts')
    expect(names).not.toContain('ready')
  })

  it('follows its source, in seconds and 0 or 1', async () => {
    const metrics = exampleMetrics()
    const dirty = { ...byUrgency(() => 0), exit: 7 }
    metrics.observe({
      dirtyContacts: (urgency = 'exit') => dirty[urgency],
      oldestDirtyAgeMs: (urgency) => (urgency === 'backfill' ? 90_500 : 0),
      authorised: () => false,
      requestsPerSecondShare: () => 4.75,
    })
    metrics.observe({ ready: () => true, tokenFileAgeMs: () => 60_000 })
    const read = async (name: string) => (await scrapeOf(metrics, name))['']
    const byClass = async (name: string) => scrapeOf(metrics, name)
    const none = Object.fromEntries(urgencies.map((urgency) => [`class=${urgency}`, 0]))
    expect(await byClass('dirty_contacts')).toEqual({ ...none, 'class=exit': 7 })
    dirty.exit = 0
    expect(await byClass('dirty_contacts')).toEqual(none)
    expect(await byClass('oldest_dirty_age_seconds')).toEqual({ ...none, 'class=backfill': 90.5 })
    expect(await read('authorised')).toBe(0)
    expect(await read('ready')).toBe(1)
    expect(await read('requests_per_second_share')).toBe(4.75)
    expect(await read('token_file_age_seconds')).toBe(60)
  })

  it.each<[string, () => number | null]>([
    ['does not know', () => null],
    [
      'fails',
      () => {
        throw new Error('closed')
      },
    ],
    ['gives no number', () => NaN],
  ])('has no series while its source %s, and the others are scraped', async (_case, tokenFileAgeMs) => {
    const metrics = exampleMetrics()
    metrics.observe({ tokenFileAgeMs: () => 1000, ready: () => true })
    expect(await scrapeOf(metrics, 'token_file_age_seconds')).toEqual({ '': 1 })
    metrics.observe({ tokenFileAgeMs })
    expect(await scrapeOf(metrics, 'token_file_age_seconds')).toEqual({})
    expect(await scrapeOf(metrics, 'ready')).toEqual({ '': 1 })
  })
})

describe('the time to drain', () => {
  it.each<[string, number, number, object]>([
    ['is what is dirty over the share of the rate', 190, 9.5, { '': 20 }],
    ['is none where nothing is dirty', 0, 4.75, { '': 0 }],
    ['is none where nothing is dirty, whatever may be sent', 0, 0, { '': 0 }],
    ['is not known while something is dirty and nothing may be sent', 3, 0, {}],
  ])('%s', async (_claim, dirty, perSecond, series) => {
    const metrics = exampleMetrics()
    metrics.observe({ dirtyContacts: () => dirty, requestsPerSecondShare: () => perSecond })
    expect(await scrapeOf(metrics, 'drain_eta_seconds')).toEqual(series)
  })

  it('has no series in a process that delivers nothing', async () => {
    expect(await scrapeOf(exampleMetrics(), 'drain_eta_seconds')).toEqual({})
  })
})
