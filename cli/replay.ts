import { embedMissing } from '#app/embeddings/embed-missing.ts'
import { resolveProvider } from '#app/embeddings/providers/resolve-provider.ts'
import { replay as replayRecords } from '#app/sync/replay/replay.ts'
import { type CommandContext, note, print } from './context.ts'
import { withDatabase } from './with-database.ts'

const QUIET_MS = 5_000

/** Rebuilds tables, passages and vectors from raw records, without calling GitHub. */
export async function replay(context: CommandContext): Promise<number> {
  return withDatabase(context, async ({ pool }) => {
    const { config, logger, signal } = context
    let reportedAt = Date.now()
    const replayed = await replayRecords({
      pool,
      signal,
      onProgress({ repositories, pullRequests }) {
        if (Date.now() - reportedAt < QUIET_MS) return
        reportedAt = Date.now()
        void note(context, `${repositories} repositories, ${pullRequests} pull requests so far`)
      },
    })
    const provider = resolveProvider(config)
    const vectors = await embedMissing({ pool, config, provider, logger, signal })
    await print(
      context,
      `Rebuilt ${replayed.repositories} repositories and ${replayed.pullRequests} pull requests, embedded ${vectors} passages`,
    )
    return 0
  })
}
