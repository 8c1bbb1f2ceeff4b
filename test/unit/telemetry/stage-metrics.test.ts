import { describe, expect, it } from '@jest/globals'

import { exampleMetrics, scrapeOf } from './exposition.ts'

const at = (topic: string, partition: number, offset: number) => ({ topic, partition, offset })

describe('the tasks of a process', () => {
  it('are counted by stage and state', async () => {
    const { stage, ...metrics } = exampleMetrics()
    stage.taskState('assemble', 0, 'restoring')
    stage.taskState('assemble', 1, 'restoring')
    stage.taskState('assemble', 1, 'running')
    stage.taskState('deliver', 0, 'running')
    stage.taskState('deliver', 0, null)
    expect(await scrapeOf({ stage, ...metrics }, 'tasks')).toEqual({
      'stage=assemble,state=restoring': 1,
      'stage=assemble,state=running': 1,
      'stage=deliver,state=restoring': 0,
      'stage=deliver,state=running': 0,
    })
  })

  it('report what is left to restore while they are here, 0 once they run', async () => {
    const metrics = exampleMetrics()
    metrics.stage.taskState('deliver', 3, 'restoring')
    metrics.stage.restoreRemaining('deliver', 3, 120)
    expect(await scrapeOf(metrics, 'restore_remaining_records')).toEqual({ 'partition=3,stage=deliver': 120 })
    metrics.stage.taskState('deliver', 3, 'running')
    expect(await scrapeOf(metrics, 'restore_remaining_records')).toEqual({ 'partition=3,stage=deliver': 0 })
    metrics.stage.taskState('deliver', 3, null)
    expect(await scrapeOf(metrics, 'restore_remaining_records')).toEqual({})
  })
})

describe('the lag of a partition', () => {
  it('is the end of its log less what is committed, in whichever order they are heard of', async () => {
    const metrics = exampleMetrics()
    metrics.stage.taskState('assemble', 0, 'running')
    metrics.stage.committed('assemble', at('profiles', 0, 40))
    expect(await scrapeOf(metrics, 'consumer_lag_records')).toEqual({})
    metrics.stage.logEnd('assemble', at('profiles', 0, 100))
    expect(await scrapeOf(metrics, 'consumer_lag_records')).toEqual({
      'partition=0,stage=assemble,topic=profiles': 60,
    })
    metrics.stage.committed('assemble', at('profiles', 0, 90))
    expect(await scrapeOf(metrics, 'consumer_lag_records')).toEqual({
      'partition=0,stage=assemble,topic=profiles': 10,
    })
    expect(await scrapeOf(metrics, 'committed_offset')).toEqual({
      'partition=0,stage=assemble,topic=profiles': 90,
    })
    expect(await scrapeOf(metrics, 'log_end_offset')).toEqual({
      'partition=0,stage=assemble,topic=profiles': 100,
    })
  })

  it('is never below 0, though the end may be the older of the two', async () => {
    const metrics = exampleMetrics()
    metrics.stage.taskState('assemble', 0, 'running')
    metrics.stage.logEnd('assemble', at('profiles', 0, 100))
    metrics.stage.committed('assemble', at('profiles', 0, 103))
    expect(Object.values(await scrapeOf(metrics, 'consumer_lag_records'))).toEqual([0])
  })

  it('leaves with the partition, and late news of it change nothing', async () => {
    const metrics = exampleMetrics()
    metrics.stage.taskState('assemble', 0, 'running')
    metrics.stage.taskState('deliver', 0, 'running')
    for (const stage of ['assemble', 'deliver']) {
      metrics.stage.committed(stage, at('za.contacts', 0, 1))
      metrics.stage.logEnd(stage, at('za.contacts', 0, 2))
    }
    metrics.stage.taskState('assemble', 0, null)
    metrics.stage.committed('assemble', at('za.contacts', 0, 5))
    metrics.stage.logEnd('assemble', at('za.contacts', 0, 6))
    metrics.stage.restoreRemaining('assemble', 0, 7)
    for (const name of ['committed_offset', 'log_end_offset', 'consumer_lag_records']) {
      expect(Object.keys(await scrapeOf(metrics, name))).toEqual([
        'partition=0,stage=deliver,topic=za.contacts',
      ])
    }
    expect(await scrapeOf(metrics, 'restore_remaining_records')).toEqual({ 'partition=0,stage=deliver': 0 })
  })

  it('is unknown again when the partition comes back', async () => {
    const metrics = exampleMetrics()
    metrics.stage.taskState('assemble', 0, 'running')
    metrics.stage.committed('assemble', at('profiles', 0, 1))
    metrics.stage.logEnd('assemble', at('profiles', 0, 2))
    metrics.stage.taskState('assemble', 0, null)
    metrics.stage.taskState('assemble', 0, 'restoring')
    metrics.stage.logEnd('assemble', at('profiles', 0, 9))
    expect(await scrapeOf(metrics, 'consumer_lag_records')).toEqual({})
  })
})

it('tasks that begin anew are counted by stage and by why', async () => {
  const metrics = exampleMetrics()
  metrics.stage.taskRestarted('deliver', 'store_unavailable')
  metrics.stage.taskRestarted('deliver', 'store_unavailable')
  metrics.stage.taskRestarted('assemble', 'lease_lost')
  const counted = Object.entries(await scrapeOf(metrics, 'task_restarts_total')).filter(
    ([, count]) => count > 0,
  )
  expect(Object.fromEntries(counted)).toEqual({
    'reason=lease_lost,stage=assemble': 1,
    'reason=store_unavailable,stage=deliver': 2,
  })
})

it('records that were gone before they were read are counted one by one', async () => {
  const metrics = exampleMetrics()
  metrics.stage.recordsLost('assemble', 'profiles', 40)
  metrics.stage.recordsLost('assemble', 'profiles', 2)
  metrics.stage.recordsLost('assemble', 'someone-elses-topic', 1)
  const counted = Object.entries(await scrapeOf(metrics, 'records_lost_total')).filter(
    ([, count]) => count > 0,
  )
  expect(Object.fromEntries(counted)).toEqual({
    'stage=assemble,topic=other': 1,
    'stage=assemble,topic=profiles': 42,
  })
})

it('rebalances are counted by stage', async () => {
  const metrics = exampleMetrics()
  metrics.stage.rebalanced('deliver')
  metrics.stage.rebalanced('deliver')
  expect(await scrapeOf(metrics, 'rebalances_total')).toEqual({ 'stage=assemble': 0, 'stage=deliver': 2 })
})
