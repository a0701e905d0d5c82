import { type Actor, recordIn } from '#app/audit/record-entry.ts'
import type { ChangeScope } from '#app/auth/scope.ts'
import { OperatorError } from '#app/config/errors.server.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { transaction } from '#app/database/transaction.server.ts'
import { readDelivery } from './read-deliveries.ts'

/**
 * Has a delivery handled once more, from what Whence has stored of it: GitHub is not asked for it.
 *
 * @throws RefusedError if there is no such delivery in scope.
 * @throws OperatorError if it is waiting to be handled.
 */
export async function handleAgain(
  pool: Pool,
  scope: ChangeScope,
  id: string,
  actor: Actor,
): Promise<void> {
  const { event, action, state, installation } = await readDelivery(pool, scope, id)
  await transaction(pool, async (tx) => {
    const { rowCount } = await tx.query(
      `update delivery set state = 'pending', attempts = 0, outcome = null, handled_at = null,
         not_before = clock_timestamp() where id = $1 and state <> 'pending'`,
      [id],
    )
    if (rowCount === 0)
      throw new OperatorError(`Delivery ${id} is waiting to be handled`, 'Wait for its turn.')
    await recordIn(tx, {
      ...{ actor, action: 'delivery.redelivered', installationId: installation?.id ?? null },
      subject: [event, action].filter(Boolean).join('.'),
      details: { delivery: id, was: state },
    })
  })
}
