/** Why a file has no chunks. The caller leaves out symbolic links and submodules, which are no files. */
export type SkipReason =
  | 'ignored'
  | 'too_large'
  | 'vendored'
  | 'generated'
  | 'binary'
  | 'encoding'
  | 'minified'

/** The rules of a repository for a path; a rule set to false overrides what the file looks like. */
export interface FileRules {
  /** True if `.whenceignore` leaves the file out. */
  ignored?: boolean
  generated?: boolean
  vendored?: boolean
  documentation?: boolean
  /** The name or an alias of a language in GitHub Linguist. */
  language?: string
}

export interface SourceFile {
  path: string
  bytes: Uint8Array
  attributes?: FileRules
  /** Most characters of a chunk that are not white space; the chunker's by default. */
  chunkSize?: number
}

export interface CodeChunk {
  /** Lines from 1, both inclusive. A line ends with `\n`. */
  startLine: number
  endLine: number
  /** Path of the innermost declaration with at least half of the chunk, else of the largest: `Class.method`. */
  symbol: string | null
  /** Its head on one line, at most 300 UTF-16 units. */
  signature: string | null
  /** The lines with secrets masked, without the line break at the end. */
  text: string
}

export interface CutFile {
  path: string
  skipped: SkipReason | null
  language: string | null
  /** Names what decides where the file is cut: the same bytes with the same name have the same chunks. */
  grammar: string
  /** In order; every line of the file is in exactly one. Empty if the file is skipped or empty. */
  chunks: CodeChunk[]
}
