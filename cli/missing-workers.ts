import type { Profile } from '#app/config/env.server.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { activeSlots } from '#app/ledger/active-workers.ts'
import { STAGES } from '#app/queues/stages.ts'

/** Returns a hint on how to start a worker; null if one is alive. */
export async function warnOfMissingWorkers(
  db: Queryable,
  profile: Profile,
): Promise<string | null> {
  const slots = await activeSlots(db)
  return STAGES.some((stage) => slots[stage] > 0) ? null : describeMissingWorkers(profile.kind)
}

export function describeMissingWorkers(profile: Profile['kind']): string {
  return `No worker is running. Start one with \`${workCommand(profile)}\`.`
}

/** On the embedded profile, the server is the worker. */
export function workCommand(profile: Profile['kind']): string {
  return profile === 'embedded' ? 'whence serve' : 'whence work'
}
