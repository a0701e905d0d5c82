import { openThreads } from '#app/threads/open-threads.ts'
import { ThreadEndedError } from '#app/threads/start-thread.ts'
import type { Source } from './colour-lines.ts'
import { type CodeToken, plainLines } from './tokens.ts'

export interface Colours {
  /** Returns the parts of each line; without colours where that takes too long. */
  colour(source: Source): Promise<CodeToken[][]>
  /** Ends the idle thread. */
  close(): Promise<void>
}

/** Opens the colouring of source code in a thread: its grammars meet hostile text. */
export function openColours(): Colours {
  const threads = openThreads<Source, CodeToken[][]>({
    module: new URL('./colour-lines.ts', import.meta.url),
    most: 1,
    limitMs: 3_000,
    memoryMb: 256,
    idleMs: 30_000,
  })
  return {
    async colour(source) {
      try {
        return await threads.run(source)
      } catch (error) {
        if (!(error instanceof ThreadEndedError)) throw error
        return plainLines(source.text)
      }
    },
    close: () => threads.close(),
  }
}
