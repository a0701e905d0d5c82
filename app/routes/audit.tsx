import { json, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node'
import { useLoaderData } from '@remix-run/react'
import { unavailable } from '#app/api/answers.ts'
import { auditQuery } from '#app/api/queries.ts'
import { operatesAny } from '#app/auth/scope.ts'
import { AuditFilterForm } from '#app/components/audit/audit-filter.tsx'
import { AuditTable } from '#app/components/audit/audit-table.tsx'
import type { AuditFilter } from '#app/sync/status/audit-log.ts'
import { readAudit, readAudited } from '#app/sync/status/audit-log.ts'

const PAGE = 50

export const meta: MetaFunction = () => [{ title: 'Audit log · Whence' }]

/** @throws Response 404 for whoever operates nothing, 503 if the database does not answer. */
export async function loader({ request, context }: LoaderFunctionArgs) {
  const { config, logger, reader } = context
  const { run, scope } = reader
  if (!operatesAny(scope)) throw new Response(null, { status: 404 })
  const { searchParams } = new URL(request.url)
  const filter = filterOf(searchParams)
  const before = valid('before', searchParams)
  const [{ entries, next }, installations] = await Promise.all([
    run((db) => readAudit(db, scope, { ...filter, before, limit: PAGE })),
    run((db) => readAudited(db, scope)),
  ]).catch((error: unknown) => {
    throw unavailable(logger, error)
  })
  const shown = { entries, next, installations, filter, isFirst: before === undefined }
  return json({ ...shown, days: config.AUDIT_DAYS, now: new Date().toISOString() })
}

type Parameter = keyof typeof auditQuery.shape

/** Leaves out what the API would refuse: somebody typed it into the address. */
function valid(name: Parameter, parameters: URLSearchParams): string | undefined {
  const { data } = auditQuery.shape[name].safeParse(parameters.get(name)?.trim() || undefined)
  return typeof data === 'string' ? data : undefined
}

function filterOf(parameters: URLSearchParams): AuditFilter {
  return {
    installationId: valid('installation', parameters),
    action: valid('action', parameters),
    actor: valid('actor', parameters),
    from: valid('from', parameters),
    until: valid('until', parameters),
  }
}

export default function Audit() {
  const { entries, next, installations, filter, isFirst, days, now } =
    useLoaderData<typeof loader>()
  return (
    <>
      <h1 className="mb-3 text-xl font-semibold tracking-tight">Audit log</h1>
      <p className="mb-6 max-w-2xl leading-relaxed text-soft">
        Who changed, exported or erased something, signed in, or lost access. Entries are kept for{' '}
        {days} days.
      </p>
      <AuditFilterForm filter={filter} installations={installations} />
      {entries.length > 0 ? (
        <AuditTable entries={entries} now={now} />
      ) : (
        <p className="text-soft">No entries here.</p>
      )}
      <p className="mt-4 flex flex-wrap gap-x-6 gap-y-2">
        {!isFirst && (
          <a className={LINK} href={addressOf('/audit', filter)}>
            Newest entries
          </a>
        )}
        {next && (
          <a className={LINK} href={addressOf('/audit', filter, { before: next })}>
            Older entries
          </a>
        )}
        {entries.length > 0 && (
          <a
            className={LINK}
            href={addressOf('/api/v1/export/audit', filter, { format: 'csv' })}
            download
          >
            Export as CSV
          </a>
        )}
      </p>
    </>
  )
}

const LINK = 'inline-flex min-h-11 items-center text-accent underline underline-offset-4'

function addressOf(
  path: string,
  { installationId: installation, ...rest }: AuditFilter,
  more: Record<string, string> = {},
): string {
  const chosen = { installation, ...rest, ...more }
  const pairs = Object.entries(chosen).filter(([, value]) => value !== undefined)
  const query = new URLSearchParams(pairs as [string, string][]).toString()
  return query ? `${path}?${query}` : path
}
