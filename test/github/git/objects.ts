/** The objects of git, as bytes and by their ids, without a git on the machine. */
import { createHash } from 'node:crypto'

export interface GitObject {
  oid: string
  type: 'blob' | 'tree' | 'commit'
  body: Buffer
}

export interface Person {
  name: string
  email: string
  /** ISO 8601 in UTC. */
  at: string
}

/** An entry of a tree. `120000` is a symlink, `160000` a submodule at a commit. */
export interface Entry {
  mode: '100644' | '100755' | '120000' | '160000'
  oid: string
}

/** All files of a commit by path. */
export type Files = ReadonlyMap<string, Entry>

export function makeObject(type: GitObject['type'], body: Buffer): GitObject {
  const oid = createHash('sha1').update(headerOf(type, body)).update(body).digest('hex')
  return { oid, type, body }
}

/** Returns an object as git stores it before compression. */
export function wholeObject({ type, body }: GitObject): Buffer {
  return Buffer.concat([headerOf(type, body), body])
}

function headerOf(type: GitObject['type'], body: Buffer): Buffer {
  return Buffer.from(`${type} ${body.length}\0`)
}

/** Returns the trees of these files; the last one is that of the root. */
export function makeTrees(files: Files): GitObject[] {
  const made: GitObject[] = []
  const folders = new Map<string, Map<string, Entry>>()
  const entries: { name: string; mode: string; oid: string }[] = []
  for (const [path, entry] of files) {
    const slash = path.indexOf('/')
    if (slash < 0) entries.push({ name: path, ...entry })
    else {
      const folder = path.slice(0, slash)
      const inside = folders.get(folder) ?? new Map()
      folders.set(folder, inside.set(path.slice(slash + 1), entry))
    }
  }
  for (const [name, inside] of folders) {
    made.push(...makeTrees(inside))
    entries.push({ name, mode: '40000', oid: (made.at(-1) as GitObject).oid })
  }
  const bytes = entries
    .sort((a, b) => Buffer.compare(orderOf(a), orderOf(b)))
    .map(({ name, mode, oid }) =>
      Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(oid, 'hex')]),
    )
  return [...made, makeObject('tree', Buffer.concat(bytes))]
}

/** Git orders a folder as if its name ended with a slash. */
function orderOf({ name, mode }: { name: string; mode: string }): Buffer {
  return Buffer.from(mode === '40000' ? `${name}/` : name)
}

export interface CommitText {
  tree: string
  parents: string[]
  author: Person
  committer: Person
  message: string
}

export function makeCommit({ tree, parents, author, committer, message }: CommitText): GitObject {
  const lines = [
    `tree ${tree}`,
    ...parents.map((parent) => `parent ${parent}`),
    `author ${signed(author)}`,
    `committer ${signed(committer)}`,
  ]
  return makeObject('commit', Buffer.from(`${lines.join('\n')}\n\n${message}\n`))
}

function signed({ name, email, at }: Person): string {
  return `${name} <${email}> ${Date.parse(at) / 1000} +0000`
}
