/** The work of a thread that cuts files; `open-chunker.ts` sends it. */
import { cutFile } from './cut-file.ts'
import type { CutFile, SourceFile } from './shapes.ts'

export interface Batch {
  files: SourceFile[]
  size: number
}

export async function work({ files, size }: Batch): Promise<CutFile[]> {
  const cut: CutFile[] = []
  try {
    for (const file of files) cut.push(await cutFile(file, file.chunkSize ?? size))
    return cut
  } catch (error) {
    // A grammar that traps leaves memory behind that nothing can trust: the thread ends.
    console.error(error)
    process.exit(1)
  }
}
