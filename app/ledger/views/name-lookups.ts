import type { Queryable } from '#app/database/pool.server.ts'
import type { Payload, Place } from '../work.ts'

export type AnyPayload = Payload<Place> & { place: Place }

/** Names by id: `owner/name` of a repository, `owner/name#number` of a pull request. */
export interface Lookups {
  records: Map<string, string>
  snapshots: Map<string, string>
  pulls: Map<string, string>
  /** By node id. */
  pullNodes: Map<string, string>
  repositories: Map<string, string>
  /** By node id. */
  repositoryNodes: Map<string, string>
  /** Paths. */
  files: Map<string, string>
}

type Ids = Record<keyof Lookups, string[]>

/**
 * Looks up the names of what the payloads refer to, in one statement. A pull request that is not in the tables
 * yet is named by its raw record, whose body is searched as text: it may hold escapes that PostgreSQL rejects.
 */
export async function lookUp(db: Queryable, payloads: AnyPayload[]): Promise<Lookups> {
  const ids = gather(payloads)
  const { rows } = await db.query<{ kind: keyof Lookups; id: string; name: string }>(
    `with record as (
       select rr.id, rr.snapshot_id, rr.repository_id,
         substring(rr.body::text from '"number":(\\d+)') as number,
         substring(rr.body::text from '"nameWithOwner":"([^"]+)"') as full_name, rr.kind
       from raw_record rr
       where rr.id = any($1::bigint[])
         or rr.kind = 'pull_request' and rr.snapshot_id = any($2::bigint[])
     ), of_snapshot as (
       select s.id, r.full_name || coalesce('#' || coalesce(p.number::text, main.number), '') as name
       from snapshot s join repository r on r.id = s.repository_id
         left join pull_request p on p.node_id = s.node_id
         left join lateral (select number from record
           where record.snapshot_id = s.id and record.kind = 'pull_request' limit 1) main on true
       where s.id = any($2::bigint[]) or s.id in (select snapshot_id from record)
     )
     select 'records' as kind, record.id::text as id, coalesce(own.name, record.full_name) as name
     from record left join of_snapshot own on own.id = record.snapshot_id
     where record.id = any($1::bigint[]) and coalesce(own.name, record.full_name) is not null
     union all select 'snapshots', id::text, name from of_snapshot
     union all select 'pulls', p.id::text, r.full_name || '#' || p.number
       from pull_request p join repository r on r.id = p.repository_id where p.id = any($3::bigint[])
     union all select 'pullNodes', p.node_id, r.full_name || '#' || p.number
       from pull_request p join repository r on r.id = p.repository_id
       where p.node_id = any($4::text[])
     union all select 'repositories', id::text, full_name from repository
       where id = any($5::bigint[])
     union all select 'repositoryNodes', node_id, full_name from repository
       where node_id = any($6::text[])
     union all select 'files', id::text, path from code_file where id = any($7::bigint[])`,
    [
      ids.records,
      ids.snapshots,
      ids.pulls,
      ids.pullNodes,
      ids.repositories,
      ids.repositoryNodes,
      ids.files,
    ],
  )
  const found = emptyLookups()
  for (const { kind, id, name } of rows) found[kind].set(id, name)
  return found
}

function emptyLookups(): Lookups {
  return {
    records: new Map(),
    snapshots: new Map(),
    pulls: new Map(),
    pullNodes: new Map(),
    repositories: new Map(),
    repositoryNodes: new Map(),
    files: new Map(),
  }
}

/** Collects the ids that the names depend on; of a call for many objects, the first few. */
function gather(payloads: AnyPayload[]): Ids {
  const ids: Ids = {
    records: [],
    snapshots: [],
    pulls: [],
    pullNodes: [],
    repositories: [],
    repositoryNodes: [],
    files: [],
  }
  for (const payload of payloads) {
    if ('fileIds' in payload) ids.files.push(...payload.fileIds.slice(0, 3))
    else if ('recordId' in payload) ids.records.push(payload.recordId)
    else if ('pullRequestId' in payload) ids.pulls.push(payload.pullRequestId)
    else if (!('kind' in payload)) ids.repositories.push(payload.repositoryId)
    else if ('snapshotId' in payload) ids.snapshots.push(payload.snapshotId)
    else if ('targets' in payload) gatherTargets(payload, ids)
    else if (payload.kind === 'refresh') ids.repositories.push(payload.repositoryId)
  }
  return ids
}

function gatherTargets(payload: Extract<AnyPayload, { targets: unknown }>, ids: Ids): void {
  switch (payload.kind) {
    case 'read repository':
    case 'read tail':
      return void ids.repositoryNodes.push(...payload.targets.map(({ id }) => id))
    case 'read pull_request':
      ids.pullNodes.push(...payload.targets.map(({ id }) => id))
      return void ids.repositories.push(...payload.targets.flatMap((one) => one.repositoryId ?? []))
    case 'read thread':
      return void ids.snapshots.push(...payload.targets.map(({ snapshotId }) => snapshotId))
  }
}
