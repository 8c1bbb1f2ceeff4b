import { describe, expect, it } from '@jest/globals'

import { keyOf, readAlerts, readRules, textProblems } from '../../alerts/fire/answers.ts'
import { keysOf, objections, type Shown } from '../../alerts/fire/verdict.ts'
import { readYaml, type Rules, rulesFile } from '../../support/promql/rules.ts'

const alert = {
  labels: { alertname: 'ZendeskActivationDown', severity: 'critical', namespace: 'crm' },
  annotations: { summary: 'No process answers', description: '0 processes', runbook_url: 'docs/down.md' },
  state: 'firing',
  activeAt: '2026-01-01T00:00:00Z',
  value: '0e+00',
}
const rule = { name: 'ZendeskActivationDown', health: 'ok', type: 'alerting', query: 'up == 0' }
const answerOf = (data: object) => ({ status: 'success', data })

describe('an answer of Prometheus', () => {
  it('gives alerts with labels, rendered texts and state', () => {
    const [seen, ...more] = readAlerts(answerOf({ alerts: [alert] }))
    expect(more).toEqual([])
    expect(seen).toEqual({ labels: alert.labels, annotations: alert.annotations, state: 'firing' })
    expect(keyOf(alert)).toBe('Down (critical)')
  })

  it('gives the rules of all groups with their health and last error', () => {
    const failed = { ...rule, name: 'x', health: 'err', lastError: 'many-to-many matching' }
    expect(readRules(answerOf({ groups: [{ rules: [rule] }, { rules: [failed] }] }))).toEqual([
      { name: 'ZendeskActivationDown', health: 'ok', lastError: '' },
      { name: 'x', health: 'err', lastError: 'many-to-many matching' },
    ])
  })

  it.each([
    ['an error', { status: 'error', error: 'not ready' }, 'not ready'],
    ['no list', answerOf({}), 'without a list of alerts'],
    ['another state', answerOf({ alerts: [{ ...alert, state: 'inactive' }] }), 'state "inactive"'],
    ['a label that is no text', answerOf({ alerts: [{ ...alert, labels: { a: 1 } }] }), 'without a text a'],
  ])('that is %s is refused', (_what, answer, message) => {
    expect(() => readAlerts(answer)).toThrow(message)
  })

  it('that is of another health is refused', () => {
    expect(() => readRules(answerOf({ groups: [{ rules: [{ ...rule, health: 'ill' }] }] }))).toThrow('ill')
  })
})

describe('the texts of an alert', () => {
  it('are well where all templates are rendered', () => {
    expect(textProblems(alert)).toEqual([])
  })

  it.each(['<no value> of x', '<error expanding template: x>', '{{ $value }}', 'NaN of x', ''])(
    'are not with the description %p',
    (description) => {
      expect(textProblems({ annotations: { ...alert.annotations, description } })).toHaveLength(1)
    },
  )
})

describe('the verdict', () => {
  const shown: Shown = { key: 'Down (critical)', cause: 'killed', firedAfterMs: 1, said: '0', problems: [] }

  it('has nothing against alerts that all fired', () => {
    expect(objections(['Down (critical)'], [shown])).toEqual([])
    expect(objections(['Down (critical)'], [{ ...shown, endedAfterMs: 5 }])).toEqual([])
  })

  it.each([
    ['nobody showed', [], 'Down (critical) was not shown'],
    ['did not fire', [{ ...shown, firedAfterMs: null }], 'Down (critical) did not fire'],
    ['did not end', [{ ...shown, endedAfterMs: null }], 'Down (critical) did not end'],
    ['fired early', [{ ...shown, problems: ['early'] }], 'Down (critical): early'],
    ['no rule has', [shown, { ...shown, key: 'Up (critical)' }], 'no rule is Up (critical)'],
  ])('has one objection to an alert that %s', (_what, list, objection) => {
    expect(objections(['Down (critical)'], list)).toEqual([objection])
  })

  it('tells apart all alerts of the rules, those of one name by their severity', () => {
    const keys = keysOf(readYaml(rulesFile) as Rules)
    expect(new Set(keys).size).toBe(keys.length)
    expect(keys).toEqual(expect.arrayContaining(['Down (critical)', 'Down (warning)']))
  })
})
