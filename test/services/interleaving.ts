import { setImmediate } from 'node:timers/promises'
import type { Queryable } from '#app/database/pool.server.ts'

/** How a transaction ends. `break`: a failed statement is ignored, or the client is discarded. */
export type Ending = 'commit' | 'rollback' | 'error' | 'break'

/** A transaction that writes `writes` rows and yields `turns` times to the event loop after each. */
export interface Task {
  id: string
  writes: number
  turns: number
  end: Ending
}

export interface Play {
  tasks: Map<string, Task>
  /** The tasks that have requested their commit: others may only see rows of these. */
  asked: Set<string>
  /** Rows that a task saw but should not have seen. */
  mixed: unknown[]
}

export async function writeAndLook(db: Queryable, play: Play, task: Task): Promise<void> {
  for (let step = 1; step <= task.writes; step++) {
    await db.query(`insert into setting (key, value) values ($1, '1')`, [`${task.id}:${step}`])
    for (let turn = 0; turn < task.turns; turn++) await setImmediate()
    for (const [id, rows] of await readRows(db)) {
      const rightly = id === task.id ? rows === step : sawAll(play, id, rows)
      if (!rightly) play.mixed.push({ task, step, saw: { id, rows } })
    }
  }
}

function sawAll(play: Play, id: string, rows: number): boolean {
  return play.asked.has(id) && rows === play.tasks.get(id)?.writes
}

/** Returns the number of rows per task. */
export async function readRows(db: Queryable): Promise<Map<string, number>> {
  const { rows } = await db.query<{ id: string; n: number }>(
    `select split_part(key, ':', 1) as id, count(*)::int as n from setting
     where key like '%:%' group by 1`,
  )
  return new Map(rows.map((row) => [row.id, row.n]))
}

/** Performs the last action of a transaction, which commits when this returns. */
export async function finish(db: Queryable, play: Play, task: Task): Promise<void> {
  if (task.end === 'rollback') throw new Error('changed its mind')
  if (task.end === 'error') await db.query('select 1 / 0')
  if (task.end === 'break') await db.query('select 1 / 0').catch(() => 'passed over')
  play.asked.add(task.id)
}
