import {
  addCommit,
  type Code,
  changeFiles,
  type GitCommit,
  makeCode,
  readText,
  tipOf,
} from '../git/code.ts'
import { mergeCommits } from '../git/merge-commits.ts'
import type { Files, Person } from '../git/objects.ts'
import { addSeconds } from '../world/clock.ts'
import { at, type DemoPull, type DemoRepository, ORGANISATION } from './demo-pulls.ts'
import { applyStep, type FileStep, readSteps, type Steps } from './read-steps.ts'

/** A pull request in git. */
export interface PullHistory {
  /** The commit where its branch begins. */
  base: GitCommit
  commits: GitCommit[]
  /** The commit of `main` that it became, and the one before. */
  merged: { commit: GitCommit; onto: string } | null
}

export interface History {
  code: Code
  pulls: Map<number, PullHistory>
}

/** Makes the commits of all pull requests of a demo repository, and merges them in the order of time. */
export function writeHistory(demo: DemoRepository): History {
  const code = makeCode()
  const steps = readSteps(demo.name)
  const pulls = new Map<number, PullHistory>()
  const history = { code, pulls }
  begin(demo, code, steps)
  const events = demo.pulls.flatMap((pull) => [
    { at: at(pull, -pull.commits.length), act: () => openPull(pull, history, steps) },
    ...(pull.merged
      ? [{ at: at(pull, pull.merged[1]), act: () => mergePull(demo, pull, history) }]
      : []),
  ])
  for (const { act } of events.sort((a, b) => (a.at < b.at ? -1 : 1))) act()
  return history
}

function begin(demo: DemoRepository, code: Code, steps: Steps): void {
  const first = demo.pulls.find((pull) => pull.number === 1) as DemoPull
  const author = personOf(first.by, at(first, -24))
  const files = stepInto(code, new Map(), steps.get('0.1'))
  const root = { files, parents: [], author, committer: author, message: 'Initial commit' }
  code.refs.set('refs/heads/main', addCommit(code, root).oid)
}

function openPull(pull: DemoPull, { code, pulls }: History, steps: Steps): void {
  const base = tipOf(code, 'main') as GitCommit
  const commits: GitCommit[] = []
  for (const [index, message] of pull.commits.entries()) {
    const before = commits.at(-1) ?? base
    const author = personOf(pull.by, at(pull, index - pull.commits.length))
    const files = stepInto(code, before.files, steps.get(`${pull.number}.${index + 1}`))
    const commit = { files, parents: [before.oid], author, committer: author, message }
    commits.push(addCommit(code, commit))
  }
  const head = (commits.at(-1) ?? base).oid
  code.refs.set(`refs/pull/${pull.number}/head`, head)
  const isOpen = !pull.merged && pull.ends !== 'CLOSED'
  if (isOpen) code.refs.set(`refs/heads/${pull.branch}`, head)
  pulls.set(pull.number, { base, commits, merged: null })
}

function mergePull(demo: DemoRepository, pull: DemoPull, { code, pulls }: History): void {
  const history = pulls.get(pull.number)
  const onto = code.refs.get('refs/heads/main')
  const head = history?.commits.at(-1)
  if (!history || !onto || !head || !pull.merged) return
  const [who, hours] = pull.merged
  const commit = mergeCommits(code, {
    ...{ onto, head: head.oid, number: pull.number, title: pull.title },
    method: pull.method ?? demo.method,
    from: `${ORGANISATION}/${pull.branch}`,
    author: head.author,
    by: personOf(who, at(pull, hours)),
  })
  if (!commit) throw new Error(`${demo.name}#${pull.number} cannot be merged`)
  code.refs.set('refs/heads/main', commit.oid)
  history.merged = { commit, onto }
}

function stepInto(code: Code, before: Files, steps: FileStep[] = []): Files {
  let files = before
  for (const step of steps) {
    const text = applyStep(step, readText(code, files, step.path))
    files = changeFiles(code, files, { [step.path]: text })
  }
  return files
}

function personOf(login: string | null, moment: string): Person {
  const name = login ?? 'Leif Sørensen'
  return {
    name,
    email: `${name.replace(/\W+/g, '.')}@saltmarsh.example`,
    at: addSeconds(moment, 0),
  }
}
