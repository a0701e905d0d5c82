import type { Prisma, PrismaClient } from '#app/generated/prisma/client.ts'

/** Who makes a change: `operator` in a browser, `token NAME`, or `cli USER`. */
export type Actor = string

export interface AuditEntry {
  actor: Actor
  action: 'settings.changed' | 'repository.purged' | 'installation.purged' | 'person.erased'
  installationId: string | null
  /** What it is about, in words: an account, a repository. */
  subject: string
  details: Prisma.InputJsonObject
}

/** Adds an entry to the audit log, which nobody can change. @param prisma the client or a transaction. */
export async function recordEntry(
  prisma: Pick<PrismaClient, 'auditEntry'>,
  { installationId, ...entry }: AuditEntry,
): Promise<void> {
  await prisma.auditEntry.create({
    data: { ...entry, installationId: installationId === null ? null : BigInt(installationId) },
  })
}
