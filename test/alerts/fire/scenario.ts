import type { ApplicationOptions } from '../../support/application.ts'
import type { Installation } from './installation.ts'
import type { Showing } from './show.ts'

/** Causes that belong together, and the alerts that they are to fire. */
export interface Scenario {
  readonly name: string
  /** Keys of the alerts, as `alertKey` writes them. */
  readonly alerts: readonly string[]
  run(stage: Stage): Promise<void>
}

/** What a scenario injects its causes into. All of it is disposed of when the scenario has ended, however it did. */
export interface Stage {
  /** An installation of the scenario's own; `part` tells a second one from the first. */
  install(options?: ApplicationOptions, part?: string): Promise<Installation>
  /** Injects a cause and waits for its alerts. */
  show(at: Installation, showing: Omit<Showing, 'namespace'>): Promise<void>
  /** Whether an alert fires at an installation now. */
  isFiring(at: Installation, key: string): boolean
  /** Waits until Prometheus finds a series for a PromQL expression; rejects after a minute. */
  untilFound(expr: string): Promise<void>
  /** To be called when the scenario has ended. */
  defer(dispose: () => Promise<void>): void
}
