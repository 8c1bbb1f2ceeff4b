/**
 * The invariants that a run is held to. `alive`: no process ends by itself. `lag`: what is done is committed. `ownership`:
 * whoever writes for a partition owns it.
 */
export type Invariant =
  'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'I8' | 'I9' | 'I13' | 'ownership' | 'alive' | 'lag'

/** An invariant that does not hold, `atMs` after the start of the run. */
export interface Violation {
  readonly invariant: Invariant
  readonly atMs: number
  readonly what: string
}

/** Tells of a violation now. */
export type Report = (invariant: Invariant, what: string) => void
