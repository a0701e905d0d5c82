/** Switches the copying of an installation on and off; also approves the one of a foreign account. */
import type { Actor } from '#app/audit/record-entry.ts'
import { OperatorError, RefusedError } from '#app/config/errors.server.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { isOpenRun } from '#app/database/predicates.ts'
import type { Prisma } from '#app/generated/prisma/client.ts'
import { SWITCHED_OFF, UNAPPROVED } from '#app/github/app-errors.ts'
import { cancelRun } from '#app/ledger/decisions.ts'
import { requestSync } from '#app/sync/requests/request-sync.ts'
import { ensureSchedules } from '#app/sync/requests/schedules.ts'
import type { InstallationSettings } from '#app/sync/settings/read-settings.ts'

/** True if an operator, not GitHub, decides whether it is active. */
function maySwitch({
  active,
  inactiveReason,
}: Pick<InstallationSettings, 'active' | 'inactiveReason'>): boolean {
  return active || inactiveReason === SWITCHED_OFF || inactiveReason === UNAPPROVED
}

/** @throws RefusedError if it is inactive for a reason that only GitHub can end. */
export function checkSwitch(current: InstallationSettings): void {
  if (maySwitch(current)) return
  throw new RefusedError(
    'invalid',
    `active: ${current.account} is inactive: ${current.inactiveReason ?? 'no reason given'}`,
    'Restore the installation on GitHub; Whence notices within five minutes.',
  )
}

export function describeSwitch({ account, inactiveReason }: InstallationSettings, active: boolean) {
  if (!active)
    return `Stops reading ${account}, cancels its jobs, and shows nothing of it to anybody. Its copy is kept, and comes back when it is switched on.`
  return inactiveReason === UNAPPROVED
    ? `Approves ${account}: its first sync starts at once.`
    : `Reads ${account} and shows its copy again; a sync starts at once.`
}

/** Writes the switch, within the transaction of the change. */
export async function writeSwitch(
  tx: Prisma.TransactionClient,
  id: string,
  active: boolean,
): Promise<void> {
  const own = { inactiveReason: { in: [SWITCHED_OFF, UNAPPROVED] } }
  await tx.installation.updateMany({
    where: { id: BigInt(id), ...(active ? own : { active: true }) },
    data: {
      ...{ active, inactiveReason: active ? null : SWITCHED_OFF },
      ...{ inactiveAt: active ? null : new Date(), updatedAt: new Date() },
    },
  })
}

/** Does what follows: cancels the jobs, or requests a sync. */
export async function followSwitch(
  pool: Pool,
  id: string,
  { active, actor }: { active: boolean; actor: Actor },
): Promise<void> {
  if (active) {
    await ensureSchedules(pool, id)
    await requestSync(pool, id, { trigger: 'manual', actor }, { mode: 'incremental' })
    return
  }
  const { rows } = await pool.query<{ id: string }>(
    `select id from run where installation_id = $1 and ${isOpenRun('run')} order by id desc`,
    [id],
  )
  for (const run of rows)
    await cancelRun(pool, run.id, actor).catch((error: unknown) => {
      // It ended meanwhile.
      if (!(error instanceof OperatorError)) throw error
    })
}
