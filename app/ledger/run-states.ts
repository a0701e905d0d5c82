export const RUN_STATES = [
  'queued',
  'running',
  'paused',
  'finished',
  'finished_with_gaps',
  'failed',
  'cancelled',
] as const
export type RunState = (typeof RUN_STATES)[number]

/** Returns true if the run has not ended. `ready` is an installation that never ran. */
export function isOpen(state: RunState | 'ready'): boolean {
  return state === 'queued' || state === 'running' || state === 'paused'
}

/** Returns true for a job that copies an installation, or would (null), rather than single objects or code. */
export function isSyncMode(mode: string | null): boolean {
  return mode !== 'targeted' && mode !== 'code'
}
