import type { SourceOfFile } from '#app/code/generations/prepare-files.ts'
import { type Ingest, readIngest } from '#app/code/generations/read-ingest.ts'
import { attributesOf, cutOf } from '#app/code/generations/recipes.ts'
import {
  type DividedSize,
  readDividedSizes,
  reuseChunks,
} from '#app/code/generations/reuse-chunks.ts'
import {
  type DividedFile,
  readUndivided,
  storeChunks,
  type UndividedFile,
} from '#app/code/generations/store-chunks.ts'
import { FatalError } from '#app/config/errors.server.ts'
import { embeddingWeight } from '#app/embeddings/providers/weight.ts'
import type { ClaimedItem, NewItem, Outcome } from '#app/ledger/work-items.ts'
import type { Settlement } from '../handlers.ts'
import { type CodeDeps, withClone } from './context.ts'

/** Divides files into chunks. All items are of one run. */
export async function divideFiles(
  deps: CodeDeps,
  items: ClaimedItem<'github_code/transform'>[],
  signal: AbortSignal,
): Promise<Settlement> {
  const [first] = items as [ClaimedItem<'github_code/transform'>]
  const ingest = await readIngest(deps.pool, first.runId)
  const ids = items.flatMap(({ payload }) => payload.fileIds)
  await reuseChunks(deps.pool, ingest.refId, ids)
  const files = await readUndivided(deps.pool, ids)
  const divided = files.length === 0 ? [] : await divide(deps, ingest, files, signal)
  return async (tx) => {
    await storeChunks(tx, ingest.refId, divided)
    const sizes = new Map((await readDividedSizes(tx, ids)).map((one) => [one.fileId, one]))
    return items.map(({ payload }) =>
      outcomeOf(payload.fileIds.flatMap((id) => sizes.get(id) ?? [])),
    )
  }
}

async function divide(
  deps: CodeDeps,
  ingest: Ingest,
  files: UndividedFile[],
  signal: AbortSignal,
): Promise<DividedFile[]> {
  const bytes = await withClone(deps, ingest, { signal, has: ingest.oid }, async (clone) => {
    const found = new Map<string, Uint8Array>()
    for await (const blob of clone.blobs(files.map(({ blobOid }) => blobOid)))
      if (blob.bytes) found.set(blob.oid, blob.bytes)
    return found
  })
  return deps.preparer.prepare(files.map((file) => sourceOf(file, bytes)))
}

function sourceOf(
  { id, path, blobOid, recipe }: UndividedFile,
  bytes: Map<string, Uint8Array>,
): SourceOfFile {
  const found = bytes.get(blobOid)
  if (!found) throw new FatalError(`The repository lacks the content of ${path} (${blobOid})`)
  return { id, path, bytes: found, attributes: attributesOf(recipe), cut: cutOf(recipe) }
}

function outcomeOf(sizes: DividedSize[]): Outcome {
  if (sizes.length === 0) return { state: 'done' }
  const fileIds = sizes.map(({ fileId }) => fileId)
  const chunks = sizes.reduce((sum, one) => sum + one.chunks, 0)
  const tokens = sizes.reduce((sum, one) => sum + one.tokens, 0)
  const next: NewItem = {
    place: 'github_code/embedding',
    key: `chunks ${fileIds[0]}`,
    payload: { kind: 'chunks', fileIds },
    weight: embeddingWeight(chunks, tokens),
  }
  return { state: 'done', followUps: [next] }
}
