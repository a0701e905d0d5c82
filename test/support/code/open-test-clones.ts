import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CloneRequest, type ClonesOptions, openClones } from '#app/code/git/clones.ts'
import type { Logger } from '#app/config/logger.server.ts'

/** Opens clones in a new data folder, with a log that is kept. */
export async function openTestClones(limits: Partial<ClonesOptions['limits']> = {}) {
  const dataDir = await mkdtemp(join(tmpdir(), 'whence-clones-'))
  const log: string[] = []
  const keep = (...parts: unknown[]) => void log.push(JSON.stringify(parts))
  const logger = { info: keep, warn: keep } as unknown as Logger
  const open = (others: Partial<ClonesOptions['limits']> = {}) =>
    openClones({ dataDir, logger, limits: { ...LIMITS, ...limits, ...others } })
  const remove = () => rm(dataDir, { recursive: true, force: true })
  return { dataDir, folder: join(dataDir, 'clones'), log, open, clones: open(), remove }
}

export const LIMITS = { totalBytes: 1e9, cloneBytes: 1e9, cloneMs: 60_000 }

export function requestFor(url: string, changes: Partial<CloneRequest> = {}): CloneRequest {
  return {
    key: 'ada-engine',
    url,
    credentials: async () => null,
    signal: new AbortController().signal,
    progress: () => undefined,
    ...changes,
  }
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}
