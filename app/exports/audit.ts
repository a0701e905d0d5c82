import type { AuditExport } from '#app/api/export-request.ts'
import type { ScopedReader } from '#app/auth/readers.server.ts'
import { readAudit } from '#app/sync/status/audit-log.ts'
import type { ExportRow } from './read-rows.ts'

const PAGE = 500

export const AUDIT_FIELDS = ['id', 'at', 'actor', 'action', 'installation', 'subject', 'details']

/** Yields the entries of the audit log that the viewer may read, newest first. */
export async function* readEntries(
  { run, scope }: ScopedReader,
  { installation: installationId, ...filter }: AuditExport,
): AsyncGenerator<ExportRow> {
  for (let before: string | undefined; ; ) {
    const page = { ...filter, installationId, before, limit: PAGE }
    const { entries, next } = await run((db) => readAudit(db, scope, page))
    for (const entry of entries) yield { ...entry }
    if (next === null) return
    before = next
  }
}
