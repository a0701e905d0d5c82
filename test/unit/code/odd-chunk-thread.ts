import { type Batch, work as cut } from '#app/code/chunks/chunk-thread.ts'
import type { CutFile } from '#app/code/chunks/shapes.ts'

/** Cuts as the product does, but for two names, whose grammars trap and hang. */
export function work(batch: Batch): Promise<CutFile[]> {
  for (const { path } of batch.files) {
    if (path === 'trap.c') process.exit(1)
    while (path === 'hang.c');
  }
  return cut(batch)
}
