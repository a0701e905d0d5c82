import type { Pool } from '#app/database/pool.server.ts'
import { transaction } from '#app/database/transaction.server.ts'
import { claim, handOut } from '#app/ledger/batches.ts'
import { type ClaimedBatch, type Outcome, settle } from '#app/ledger/work-items.ts'
import type { StageName } from '#app/queues/stages.ts'

/** Drives the ledger manually, one call at a time. */
export function workByHand(pool: Pool) {
  async function stateOf(runId: string): Promise<string> {
    const { rows } = await pool.query<{ state: string }>('select state from run where id = $1', [
      runId,
    ])
    return rows[0]?.state as string
  }

  /** Hands out and claims due items of a stage, like one worker. */
  async function take(stage: StageName): Promise<ClaimedBatch[]> {
    const handed = await handOut(pool, stage, { slots: 4, unclaimedMs: 5_000 })
    const batches = await Promise.all(handed.map(({ id }) => claim(pool, id, 5_000)))
    return batches.filter((batch) => batch !== null)
  }

  async function settleAll(
    batch: ClaimedBatch,
    outcome: (index: number) => Outcome = () => ({ state: 'done' }),
  ): Promise<void> {
    const outcomes = batch.items.map((_, index) => outcome(index))
    await transaction(pool, (tx) => settle(tx, batch, { ...batch, outcomes, isLast: true }))
  }

  /** Claims the due items of a stage and settles them as done. @returns their keys. */
  async function workOff(stage: StageName): Promise<string[]> {
    const batches = await take(stage)
    for (const batch of batches) await settleAll(batch)
    return batches.flatMap((batch) => batch.items.map((item) => item.key))
  }

  return { stateOf, take, settleAll, workOff }
}
