import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { BadSourceError } from '#test/github/bad-source.ts'
import { type Archive, archiveFormat } from './archive-format.ts'

/** Reads one archive, or all `.json` and `.json.gz` files of a folder. */
export function readArchives(path: string): Archive[] {
  const files = listFiles(path)
  if (files.length === 0) {
    throw new BadSourceError(`${path} holds no .json or .json.gz file: name a folder of archives.`)
  }
  return files.map(readArchive)
}

function listFiles(path: string): string[] {
  try {
    if (!statSync(path).isDirectory()) return [path]
    return readdirSync(path)
      .filter((name) => name.endsWith('.json') || name.endsWith('.json.gz'))
      .sort()
      .map((name) => join(path, name))
  } catch (cause) {
    throw new BadSourceError(`${path} cannot be read: check that it exists and is readable.`, {
      cause,
    })
  }
}

function readArchive(file: string): Archive {
  const result = archiveFormat.safeParse(parse(file, readText(file)))
  if (result.success) return result.data
  const issue = result.error.issues[0]
  const place = issue?.path.map((step) =>
    typeof step === 'number' ? `[${step}]` : `.${String(step)}`,
  )
  throw new BadSourceError(
    `${file} is not an archive of a repository: ${place?.join('').replace(/^\./, '') || 'the file'}: ` +
      `${issue?.message}. Correct that field, or export the repository again.`,
  )
}

function readText(file: string): string {
  const bytes = readFileSync(file)
  if (!file.endsWith('.gz')) return bytes.toString('utf8')
  try {
    return gunzipSync(bytes).toString('utf8')
  } catch (cause) {
    throw new BadSourceError(`${file} is not gzip: compress it again, or name it .json.`, { cause })
  }
}

function parse(file: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new BadSourceError(`${file} is not JSON: it may be cut off; fetch or export it again.`, {
      cause,
    })
  }
}
