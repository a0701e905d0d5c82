/**
 * The clones of repositories in `DATA_DIR/clones`: a cache that may be deleted at any time. A clone is
 * `KEY.git`; `KEY.new` is one in the making and `KEY.gone` one on its way out, and both are left over only if a
 * process was killed. Whoever touches one of the three holds the lock of KEY.
 */
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Logger } from '#app/config/logger.server.ts'
import { makeDataFolder } from '#app/database/folder/embedded-folder.server.ts'
import { CloneError } from './clone-error.ts'
import { takeLock, tryLock } from './clone-lock.ts'
import { type FetchLimits, type FetchRequest, fetchInto, initClone } from './fetch-clone.ts'
import { folderBytes } from './folder-files.ts'
import { type Clone, type ReadLimits, readClone } from './read-clone.ts'
import type { Opened } from './resolve-commit.ts'
import { missingGit, tryGit } from './run-git.ts'

/** `GIT_CONFIG_GLOBAL`, which keeps the user's settings out, is that old. */
const OLDEST: [number, number] = [2, 32]
const KEY = /^[\w-]{1,100}$/
const LEFT_OVER = /^([\w-]{1,100})\.(new|gone)$/
const WHOLE = /^([\w-]{1,100})\.git$/
const LOCK = /^\.?([\w-]{1,100})\.\d+-[0-9a-f]{16}\.sock$/

export type CloneRequest = FetchRequest & {
  /** Unique for each tenant and repository: up to 100 letters, digits, `_` and `-`. */
  key: string
  /** A clone that has this commit is not updated. */
  has?: string | null
  /** Lets others use and update the clone while it is read. */
  isShared?: boolean
}

export type ClonesOptions = {
  dataDir: string
  limits: FetchLimits & {
    /** Bytes of all clones that stay; the least recently used go first, never one in use. */
    totalBytes: number
  } & Partial<ReadLimits>
  logger: Logger
}

type Availability = { available: true; version: string } | { available: false; reason: CloneError }

type CloneUsage = { key: string; bytes: number; usedAt: Date }

export type Clones = {
  /** Tells if this machine has a git that is new enough; the answer is not kept. */
  availability(): Promise<Availability>
  /**
   * Clones the repository, or fetches what is new, and hands the clone to `use`. Nobody else has it meanwhile, in
   * any process of this machine, unless it is shared. A damaged clone is made anew once; one that turns out damaged in `use` is
   * removed, and the error passes on.
   *
   * @throws CloneError
   */
  withClone<T>(request: CloneRequest, use: (clone: Clone) => Promise<T>): Promise<T>
  /** Removes a clone as soon as nobody uses it; does nothing if there is none. */
  remove(key: string, signal: AbortSignal): Promise<void>
  /** Removes what killed processes have left. Called at boot. */
  removeLeftovers(): Promise<void>
  /** Returns the clones, the most recently used first. */
  usage(): Promise<CloneUsage[]>
}

/** Opens the cache of clones; the folder is created with the first clone. */
export function openClones({ dataDir, limits, logger }: ClonesOptions): Clones {
  const reading = { treeEntries: 1_000_000, blobBytes: 1_000_000, ...limits }
  const cache: Cache = { dataDir, folder: join(dataDir, 'clones'), limits, reading, logger }
  return {
    availability,
    withClone: (request, use) =>
      request.isShared ? shareClone(cache, request, use) : withClone(cache, request, use),
    remove: (key, signal) => remove(cache, key, signal),
    removeLeftovers: () => removeLeftovers(cache),
    usage: () => readUsage(cache),
  }
}

/**
 * Reads a clone as it is, beside whoever updates it, and returns null if there is none. Git keeps what a reader
 * needs while it writes; a clone that is removed meanwhile counts as none.
 */
export async function readHeld<T>(
  { dataDir, key }: { dataDir: string; key: string },
  signal: AbortSignal,
  use: (clone: Opened) => Promise<T>,
): Promise<T | null> {
  checkKey(key)
  const folder = join(dataDir, 'clones', `${key}.git`)
  if (!(await exists(folder))) return null
  try {
    await touch(folder)
    return await use({ folder, signal })
  } catch (error) {
    if (await exists(folder)) throw error
    return null
  }
}

type Cache = {
  dataDir: string
  folder: string
  limits: ClonesOptions['limits']
  reading: ReadLimits
  logger: Logger
}

async function withClone<T>(
  cache: Cache,
  request: CloneRequest,
  use: (clone: Clone) => Promise<T>,
): Promise<T> {
  const { key, signal } = request
  checkKey(key)
  await makeFolder(cache)
  const path = pathOf(cache, key, 'git')
  const lock = await takeLock(cache.folder, key, signal)
  try {
    await update(cache, request)
    await touch(path)
    await makeRoom(cache)
    const result = await use(readClone(path, cache.reading, signal))
    await touch(path)
    return result
  } catch (error) {
    if (isWorthless(error)) await discard(cache, key)
    throw error
  } finally {
    await lock.release()
  }
}

/** @throws CloneError `broken` if the clone was removed meanwhile. */
async function shareClone<T>(
  cache: Cache,
  request: CloneRequest,
  use: (clone: Clone) => Promise<T>,
): Promise<T> {
  await withClone(cache, request, async () => undefined)
  const held = await readHeld({ ...cache, key: request.key }, request.signal, async (opened) => ({
    result: await use(readClone(opened.folder, cache.reading, opened.signal)),
  }))
  if (held) return held.result
  throw new CloneError('broken', 'The clone was removed meanwhile', 'It is made anew.')
}

async function hasCommit(
  { reading }: Cache,
  path: string,
  { has, signal }: CloneRequest,
): Promise<boolean> {
  return has != null && (await readClone(path, reading, signal).hasCommit(has))
}

/** Fetches into the clone, or makes it. */
async function update(cache: Cache, request: CloneRequest): Promise<void> {
  const { key, url } = request
  const path = pathOf(cache, key, 'git')
  if (await exists(path)) {
    try {
      if (await hasCommit(cache, path, request)) return
      return await fetchInto(path, request, cache.limits)
    } catch (error) {
      if (!isBroken(error)) throw error
      const reason = error.message
      cache.logger.warn({ clone: key, url, reason }, 'A clone is damaged: it is made anew')
      await discard(cache, key)
    }
  }
  await create(cache, request)
}

async function create(cache: Cache, request: CloneRequest): Promise<void> {
  const unfinished = pathOf(cache, request.key, 'new')
  try {
    await initClone(unfinished, request.signal)
    await fetchInto(unfinished, request, cache.limits)
    await rename(unfinished, pathOf(cache, request.key, 'git'))
  } finally {
    await erase(unfinished)
  }
}

/** Removes a clone. It is renamed first, so that no half of it can be mistaken for a clone. */
async function discard(cache: Cache, key: string): Promise<void> {
  const gone = pathOf(cache, key, 'gone')
  await erase(gone)
  await rename(pathOf(cache, key, 'git'), gone).catch(ifMissing)
  await erase(gone)
}

async function makeRoom(cache: Cache): Promise<void> {
  const clones = await readUsage(cache)
  let bytes = clones.reduce((sum, clone) => sum + clone.bytes, 0)
  for (const clone of clones.reverse()) {
    if (bytes <= cache.limits.totalBytes) return
    const isGone = await ifUnused(cache, clone.key, () => discard(cache, clone.key))
    if (!isGone) continue
    bytes -= clone.bytes
    cache.logger.info({ clone: clone.key, bytes: clone.bytes }, 'Removed a clone to make room')
  }
}

async function remove(cache: Cache, key: string, signal: AbortSignal): Promise<void> {
  checkKey(key)
  if (!(await exists(cache.folder))) return
  const lock = await takeLock(cache.folder, key, signal)
  try {
    await erase(pathOf(cache, key, 'new'))
    await discard(cache, key)
  } finally {
    await lock.release()
  }
}

async function removeLeftovers(cache: Cache): Promise<void> {
  const names = await list(cache.folder)
  const keys = names.flatMap((name) => (LEFT_OVER.exec(name) ?? LOCK.exec(name))?.[1] ?? [])
  // Taking the lock removes the sockets of dead processes.
  for (const key of new Set(keys))
    await ifUnused(cache, key, async () => {
      await erase(pathOf(cache, key, 'new'))
      await erase(pathOf(cache, key, 'gone'))
    })
}

async function readUsage(cache: Cache): Promise<CloneUsage[]> {
  const found: CloneUsage[] = []
  for (const name of await list(cache.folder)) {
    const key = WHOLE.exec(name)?.[1]
    if (!key) continue
    const path = pathOf(cache, key, 'git')
    const used = await stat(path).catch(ifMissing)
    if (used) found.push({ key, bytes: await folderBytes(path), usedAt: used.mtime })
  }
  return found.sort((one, other) => other.usedAt.getTime() - one.usedAt.getTime())
}

/** Does the work under the lock of a clone, or returns false if somebody else holds it. */
async function ifUnused(cache: Cache, key: string, work: () => Promise<void>): Promise<boolean> {
  const lock = await tryLock(cache.folder, key)
  if (!lock) return false
  try {
    await work()
    return true
  } finally {
    await lock.release()
  }
}

async function makeFolder({ dataDir, folder }: Cache): Promise<void> {
  await makeDataFolder(dataDir)
  await mkdir(folder, { mode: 0o700 }).catch(ifExists)
}

function pathOf({ folder }: Cache, key: string, state: 'git' | 'new' | 'gone'): string {
  return join(folder, `${key}.${state}`)
}

async function erase(path: string): Promise<void> {
  // A git that was killed a moment ago may still write its last file.
  await rm(path, { recursive: true, force: true, maxRetries: 5 })
}

/** Tells if this machine has a git that is new enough; the answer is not kept. */
export async function availability(): Promise<Availability> {
  try {
    const call = { folder: tmpdir(), args: ['version'], signal: new AbortController().signal }
    const version =
      /(?<!\d)\d{1,4}\.\d{1,4}(?:\.\d{1,4})?/.exec((await tryGit(call)).stdout)?.[0] ?? '0.0'
    if (isNewEnough(version)) return { available: true, version }
    return { available: false, reason: tooOld(version) }
  } catch (error) {
    return { available: false, reason: error instanceof CloneError ? error : missingGit() }
  }
}

/** Says why there is no git to use; null if there is. */
export function whyOff(git: Availability): string | null {
  return git.available ? null : `${git.reason.message}. ${git.reason.hint}`
}

function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])
}

function tooOld(version: string): CloneError {
  return new CloneError(
    'unavailable',
    `git ${version} is too old`,
    `Install git ${OLDEST.join('.')} or newer. Without it, only the step "Code" is off.`,
  )
}

function checkKey(key: string): void {
  if (!KEY.test(key)) throw new TypeError(`Not a key of a clone: ${JSON.stringify(key)}`)
}

function isBroken(error: unknown): error is CloneError {
  return error instanceof CloneError && error.kind === 'broken'
}

/** True if the clone on disk is of no use to the next attempt, and would only take its room. */
function isWorthless(error: unknown): boolean {
  return isBroken(error) || (error instanceof CloneError && error.kind === 'too large')
}

/** Marks a clone as used now. */
async function touch(path: string): Promise<void> {
  const now = new Date()
  await utimes(path, now, now)
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(ifMissing)) !== undefined
}

async function list(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(ifMissing)) ?? []
}

function ifMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}

function ifExists(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'EEXIST') throw error
}
