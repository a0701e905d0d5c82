import type { Queryable } from '#app/database/pool.server.ts'
import type { RunRequest } from '#app/ledger/requests.ts'
import type { Payload } from '#app/ledger/work.ts'
import type { NewItem } from '#app/ledger/work-items.ts'

const PLACE = 'github_repositories/extraction'

/**
 * Returns the initial items of a sync: the listing of what the installation grants, or one item per name if
 * names are given or the credentials are a personal token.
 */
export async function initialItems(
  tx: Queryable,
  { installationId, request }: { installationId: string; request: RunRequest },
): Promise<NewItem[]> {
  const { rows } = await tx.query<{ kind: 'app' | 'token'; repositories: string[] | null }>(
    `select kind, settings -> 'repositories' as repositories from installation where id = $1`,
    [installationId],
  )
  const [installation] = rows
  const names =
    request.repositories ??
    (installation?.kind === 'app' ? null : (installation?.repositories ?? []))
  if (names) return [...new Set(names)].map((name) => listItem(name, payloadOf(name)))
  return [listItem('granted', { kind: 'granted', page: null, seen: 0, total: null })]
}

function payloadOf(name: string): Payload<typeof PLACE> {
  const [owner = '', repository] = name.split('/')
  return repository === '*'
    ? { kind: 'account', login: owner, page: null }
    : { kind: 'named', name }
}

/** Returns a work item of the first stage, `github_repositories/extraction`. */
export function listItem(key: string, payload: Payload<typeof PLACE>): NewItem {
  return { place: PLACE, key, payload }
}
