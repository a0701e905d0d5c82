/**
 * The audit log: who did what, and when. Entries are only added, and a trigger chains them by their hashes.
 * Whoever adds one locks the end of the chain until the transaction ends, so it comes last in a transaction.
 */
import { requestId } from '#app/config/request-id.server.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import type { Prisma, PrismaClient } from '#app/generated/prisma/client.ts'
import type { AuditAction } from './actions.ts'

/** Who makes a change: `operator` or `person LOGIN (NUMBER)` in a browser, `token NAME`, or `cli USER`. */
export type Actor = string

export interface AuditEntry {
  actor: Actor
  action: AuditAction
  installationId: string | null
  /** What it is about, in words: an account, a repository. */
  subject: string
  details: Prisma.InputJsonObject
}

/** Adds an entry. @param prisma the client or a transaction. */
export async function recordEntry(
  prisma: Pick<PrismaClient, 'auditEntry'>,
  { installationId, details, ...entry }: AuditEntry,
): Promise<void> {
  const id = installationId === null ? null : BigInt(installationId)
  await prisma.auditEntry.create({
    data: { ...entry, installationId: id, details: withRequest(details) },
  })
}

/** Adds an entry, in a transaction of ours. */
export async function recordIn(tx: Queryable, entry: AuditEntry): Promise<void> {
  const { actor, action, installationId, subject, details } = entry
  await tx.query(
    `insert into audit_entry (actor, action, installation_id, subject, details)
     values ($1, $2, $3, $4, $5::text::jsonb)`,
    [actor, action, installationId, subject, JSON.stringify(withRequest(details))],
  )
}

/** Adds an entry about a run, if a person or a program is the actor: schedules leave none. */
export async function recordRun(
  tx: Queryable,
  runId: string,
  { actor, action, details = {} }: Pick<AuditEntry, 'action'> & RunFacts,
): Promise<void> {
  if (actor === null || !PERSON.test(actor)) return
  await tx.query(
    `insert into audit_entry (actor, action, installation_id, subject, details)
     select $2, $3, i.id, i.account, $4::text::jsonb
     from run r join installation i on i.id = r.installation_id where r.id = $1`,
    [runId, actor, action, JSON.stringify(withRequest({ job: runId, ...details }))],
  )
}

interface RunFacts {
  actor: Actor | null
  details?: Prisma.InputJsonObject
}

const PERSON = /^(operator$|person |token |cli )/

function withRequest(details: Prisma.InputJsonObject): Prisma.InputJsonObject {
  const id = requestId()
  return id === null ? details : { ...details, requestId: id }
}
