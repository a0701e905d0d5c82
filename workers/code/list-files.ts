import { ATTRIBUTES_FILE, IGNORE_FILE, readAttributes } from '#app/code/chunks/read-attributes.ts'
import { LARGEST } from '#app/code/chunks/read-source.ts'
import type { FileRules } from '#app/code/chunks/shapes.ts'
import { type CommitFile, type NewFile, noteFiles } from '#app/code/generations/note-files.ts'
import { readIngest } from '#app/code/generations/read-ingest.ts'
import { type Cut, recipeOf } from '#app/code/generations/recipes.ts'
import type { Clone } from '#app/code/git/read-clone.ts'
import type { TreeEntry } from '#app/code/git/read-trees.ts'
import { FatalError } from '#app/config/errors.server.ts'
import type { NewItem } from '#app/ledger/work-items.ts'
import type { Settlement } from '../handlers.ts'
import { listAfter } from './clone-repository.ts'
import { type CodeDeps, withClone } from './context.ts'

/** Files of one transaction. Each page reads the whole tree again. */
const PAGE = 20_000
/** Files, and their bytes, that are divided together. */
const MOST_TOGETHER = 50
const BYTES_TOGETHER = 262_144
/** Bytes for each unit of weight: a batch takes a second or two. */
const BYTES_OF_WEIGHT = 65_536

interface Listing {
  runId: string
  /** Path of the last file that was noted; null at the beginning. */
  after: string | null
  /** Files of a page. */
  most?: number
}

/** Notes a page of the files of the commit, and which of them are to be divided. */
export async function listFiles(
  deps: Omit<CodeDeps, 'preparer'>,
  { runId, after, most = PAGE }: Listing,
  signal: AbortSignal,
): Promise<Settlement> {
  const ingest = await readIngest(deps.pool, runId)
  const { oid, generation, refId } = ingest
  if (oid === null || generation === null) throw new FatalError('The commit is not known yet')
  const { files, isLast } = await withClone(deps, ingest, { signal, has: oid }, (clone) =>
    readPage(clone, { oid, after, most, cut: deps.cut }),
  )
  const last = isLast ? null : (files.at(-1)?.path as string)
  return async (tx) => {
    const begun = await noteFiles(tx, { refId, generation, after: after ?? '', last }, files)
    const next = last === null ? [] : [listAfter(last)]
    return [{ state: 'done', followUps: [...divisions(begun), ...next] }]
  }
}

/** Reads the files after a path, in the order of the bytes of their paths. */
async function readPage(
  clone: Clone,
  { oid, after, most, cut }: { oid: string; after: string | null; most: number; cut: Cut },
): Promise<{ files: CommitFile[]; isLast: boolean }> {
  const entries: { key: Buffer; entry: TreeEntry }[] = []
  for await (const entry of clone.tree(oid)) entries.push({ key: Buffer.from(entry.path), entry })
  const rulesOf = await readRules(clone, entries)
  const start = after === null ? null : Buffer.from(after)
  const left = entries
    .filter(({ key }) => start === null || Buffer.compare(key, start) > 0)
    .sort((a, b) => Buffer.compare(a.key, b.key))
  const files = left.slice(0, most).map(({ entry }) => fileOf(entry, rulesOf(entry.path), cut))
  return { files, isLast: left.length <= most }
}

/** Files of rules that are read; any further one says nothing. */
const MOST_RULES = 1_000

/** Reads what the repository says of its files. */
async function readRules(
  clone: Clone,
  entries: { entry: TreeEntry }[],
): Promise<(path: string) => FileRules> {
  const paths = new Map<string, string[]>()
  for (const { entry } of entries) {
    const name = entry.path.slice(entry.path.lastIndexOf('/') + 1)
    if (entry.kind !== 'file' || (name !== ATTRIBUTES_FILE && entry.path !== IGNORE_FILE)) continue
    if (paths.size < MOST_RULES) paths.set(entry.oid, [...(paths.get(entry.oid) ?? []), entry.path])
  }
  const files: { path: string; text: string }[] = []
  for await (const { oid, bytes } of clone.blobs([...paths.keys()]))
    for (const path of paths.get(oid) ?? []) files.push({ path, text: bytes?.toString() ?? '' })
  return readAttributes(files)
}

function fileOf(entry: TreeEntry, attributes: FileRules, cut: Cut): CommitFile {
  return {
    path: entry.path,
    blobOid: entry.oid,
    size: entry.size,
    recipe: recipeOf(cut, attributes),
    skipped: reasonOf(entry, attributes),
  }
}

function reasonOf({ kind, size }: TreeEntry, attributes: FileRules): string | null {
  if (kind !== 'file') return kind
  if (attributes.ignored) return 'ignored'
  if (attributes.vendored) return 'vendored'
  if (attributes.generated) return 'generated'
  return size > LARGEST ? 'too_large' : null
}

/** Returns the items that divide the files. */
function divisions(files: NewFile[]): NewItem[] {
  const groups: NewFile[][] = []
  let bytes = 0
  for (const file of files) {
    if (file.skipped !== null) continue
    const group = groups.at(-1)
    if (group && group.length < MOST_TOGETHER && bytes + file.size <= BYTES_TOGETHER) {
      group.push(file)
      bytes += file.size
    } else {
      groups.push([file])
      bytes = file.size
    }
  }
  return groups.map((group) => ({
    place: 'github_code/transform',
    key: `files ${group[0]?.id}`,
    payload: { fileIds: group.map(({ id }) => id) },
    weight: Math.ceil(
      1 + group.reduce((sum, { size }) => sum + size, 0) / BYTES_OF_WEIGHT + group.length / 10,
    ),
  }))
}
