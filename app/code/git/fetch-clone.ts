/** Brings a bare clone up to date with its repository, over the network and on disk. */
import { mkdir, rm } from 'node:fs/promises'
import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CloneError } from './clone-error.ts'
import { connect, type Remote } from './connect.ts'
import { readProgress } from './fetch-progress.ts'
import { filesIn, folderBytes } from './folder-files.ts'
import { runGit } from './run-git.ts'

type CloneProgress = {
  phase: 'cloning'
  /** From 0 to 1; never decreases within a clone. */
  share: number
  /** Bytes of the clone on disk. */
  received?: number
}

export type FetchRequest = Remote & {
  progress: (progress: CloneProgress) => void
}

export type FetchLimits = {
  /** Bytes of the clone on disk. */
  cloneBytes: number
  /** Time for the network and for the index of commits. */
  cloneMs: number
}

const REFS = [
  '+refs/heads/*:refs/heads/*',
  '+refs/tags/*:refs/tags/*',
  '+refs/pull/*/head:refs/pull/*/head',
]
const WATCH_MS = 300

/** Creates an empty bare repository, in place of anything that is there. */
export async function initClone(folder: string, signal: AbortSignal): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { mode: 0o700 })
  const args = ['init', '--quiet', '--bare', '--template=', '--initial-branch=main', '.']
  await runGit({ folder, args, signal })
}

/**
 * Fetches all branches, tags and heads of pull requests, removes those that are gone, and indexes the commits.
 *
 * @throws CloneError
 */
export async function fetchInto(
  folder: string,
  request: FetchRequest,
  limits: FetchLimits,
): Promise<void> {
  const limit = new AbortController()
  const timeout = setTimeout(() => limit.abort(tooSlow(limits.cloneMs)), limits.cloneMs)
  const signal = AbortSignal.any([request.signal, limit.signal])
  const watch = watchSize({ folder, limits, limit, signal, request })
  try {
    await removeLocks(folder)
    await setHead(folder, await readDefault(folder, { ...request, signal }), signal)
    await fetchRefs(folder, { ...request, signal }, watch.report)
    await tidy(folder, signal)
    await watch.check()
    signal.throwIfAborted()
    watch.report(1)
  } catch (error) {
    // What a killed git has half written takes room until then.
    await removeLocks(folder)
    throw error
  } finally {
    clearTimeout(timeout)
    await watch.stop()
  }
}

/** A git that was killed leaves the locks of its files and half-written packs. The caller holds the clone's lock. */
async function removeLocks(folder: string): Promise<void> {
  for await (const path of filesIn(folder))
    if (/\.lock$|^tmp_/.test(basename(path))) await rm(path, { force: true })
}

/** Returns the full name of the repository's default branch, or null if it has none. */
async function readDefault(folder: string, request: FetchRequest): Promise<string | null> {
  const args = ['ls-remote', '--symref', '--', request.url, 'HEAD']
  const answer = await connect({ folder, args, signal: request.signal }, request)
  return /^ref: (refs\/heads\/.+)\tHEAD$/m.exec(answer)?.[1] ?? null
}

async function setHead(folder: string, ref: string | null, signal: AbortSignal): Promise<void> {
  if (ref) await runGit({ folder, args: ['symbolic-ref', '--', 'HEAD', ref], signal })
}

async function fetchRefs(
  folder: string,
  request: FetchRequest,
  report: (share: number) => void,
): Promise<void> {
  const args = ['fetch', '--progress', '--prune', '--no-tags', '--force', '--update-head-ok']
  const progress = readProgress(report)
  await connect(
    {
      folder,
      args: [...args, '--no-write-fetch-head', '--', request.url, ...REFS],
      signal: request.signal,
      onMessage: progress,
    },
    request,
  )
}

/**
 * Packs what the fetch has left loose, and indexes the commits with their changed paths, which makes blame some
 * three times as fast. Every branch is read, so that damage is found here.
 */
async function tidy(folder: string, signal: AbortSignal): Promise<void> {
  const run = (args: string[]) => runGit({ folder, args, signal })
  await run(['pack-refs', '--all'])
  await run([
    '-c',
    'gc.autoPackLimit=20',
    '-c',
    'gc.auto=1000',
    '-c',
    'gc.autoDetach=false',
    'gc',
    '--auto',
    '--quiet',
  ])
  await run(['for-each-ref', '--count=1', '--sort=tree', '--format=%(tree)', 'refs/heads'])
  await run(['commit-graph', 'write', '--reachable', '--changed-paths', '--split', '--no-progress'])
}

type Watched = {
  folder: string
  limits: FetchLimits
  limit: AbortController
  signal: AbortSignal
  request: FetchRequest
}

/** Measures the clone while git writes it, and ends git at the limit. */
function watchSize({ folder, limits, limit, signal, request }: Watched) {
  let received = 0
  let share = 0
  const ended = new AbortController()
  async function check(): Promise<void> {
    received = await folderBytes(folder)
    if (received > limits.cloneBytes) limit.abort(tooLarge(limits.cloneBytes))
  }
  function report(next: number): void {
    share = Math.max(share, next)
    if (!signal.aborted) request.progress({ phase: 'cloning', share, received })
  }
  async function watch(): Promise<void> {
    while (!ended.signal.aborted) {
      await check()
      await sleep(WATCH_MS, undefined, { signal: ended.signal }).catch(() => undefined)
    }
  }
  const watching = watch().catch((error) => limit.abort(error))
  return {
    check,
    report,
    async stop(): Promise<void> {
      ended.abort()
      await watching
    },
  }
}

function tooLarge(bytes: number): CloneError {
  return new CloneError(
    'too large',
    `The repository takes more than ${Math.round(bytes / 1e6)} MB`,
    'Leave it out of the step "Code", or raise CODE_CLONE_MB.',
  )
}

function tooSlow(ms: number): CloneError {
  return new CloneError(
    'too slow',
    `Cloning took longer than ${Math.round(ms / 60_000)} minutes`,
    'Leave the repository out of the step "Code", or raise CODE_CLONE_MINUTES.',
  )
}
