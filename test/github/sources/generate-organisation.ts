import { addSeconds, toMoment } from '../world/clock.ts'
import type { Issue, Label, Milestone, PullRequestHead, Repository } from '../world/model.ts'
import { nodeId } from '../world/node-ids.ts'
import { makeRandom, type Random } from '../world/random.ts'
import { actorNamed, addRepository, type World } from '../world/world.ts'
import type { Cast } from './generate-conversation.ts'
import { generatePull } from './generate-pull.ts'
import { writeSentence, writeTitle } from './generate-text.ts'
import { hardCaseOf } from './hard-cases.ts'

export type Generated = {
  login?: string
  seed?: number
  /** Total over all repositories except the quiet ones. */
  pulls: number
  /** Number of repositories with many pull requests. */
  repositories?: number
  /** Number of repositories with at most two pull requests and no recent change. */
  quietRepositories?: number
  /** Time of the latest activity; defaults to the start of the day. */
  until?: Date
}

type Plan = {
  world: World
  login: string
  seed: number
  until: string
  cast: Cast
  /** Database ids of a pull request and everything below it start here, one block for each. */
  nextBlock: number
  nextRepository: number
}

const NAMES = ['engine', 'console', 'ledger', 'atlas', 'relay', 'gateway', 'notebook', 'beacon']
const IDS_PER_PULL = 2048
// Smaller repositories have no hard cases.
const HARD_FROM = 20
const FOUR_YEARS = 4 * 365 * 86_400

/**
 * Generates an organisation. Heads are created at once, texts only when they are read, so that 50,000 pull
 * requests fit into memory.
 */
export function generateOrganisation(world: World, given: Generated): void {
  const { login = 'generated', seed = 1, pulls, repositories = 4, quietRepositories = 0 } = given
  const midnight = new Date(world.clock.now()).setUTCHours(0, 0, 0, 0)
  const plan: Plan = {
    world,
    login,
    seed,
    until: toMoment(given.until ?? new Date(midnight)),
    cast: castOf(world),
    nextBlock: 1,
    nextRepository: 800_000_000,
  }
  const many = Math.max(0, pulls - SPECIAL_PULLS)
  for (let index = 0; index < repositories; index += 1) {
    const share = Math.floor((many * (index + 1)) / repositories)
    const before = Math.floor((many * index) / repositories)
    const name = `${NAMES[index % NAMES.length]}${index < NAMES.length ? '' : `-${index}`}`
    addGenerated(plan, name, share - before)
  }
  addSpecial(plan)
  for (let index = 1; index <= quietRepositories; index += 1) {
    addGenerated(plan, `quiet-${String(index).padStart(5, '0')}`, index % 3, FOUR_YEARS)
  }
}

function castOf(world: World): Cast {
  const names = ['ada', 'bela', 'cleo', 'dov', 'eir', 'finn', 'gus', 'hana', 'ivo', 'juno', 'kai']
  const people = names.flatMap((name) =>
    ['', '-w', '-x'].map((end) => actorNamed(world, name + end)),
  )
  const bots = ['dependabot[bot]', 'renovate[bot]'].map((login) => actorNamed(world, login))
  return { people, bots }
}

const SPECIAL_PULLS = 13

/** Adds one repository for each state that a copy must distinguish from an error. */
function addSpecial(plan: Plan): void {
  const { world, login } = plan
  addGenerated(plan, 'shelved', 3).isArchived = true
  addGenerated(plan, 'secret', 3).visibility = 'PRIVATE'
  const empty = addGenerated(plan, 'empty', 0)
  empty.defaultBranch = null
  empty.pushedAt = null
  const renamed = addGenerated(plan, 'brick', 3)
  world.formerNames.set(`${login}/bricks`, renamed)
  // `first` was called `mortar` until another repository took that name, so it must not redirect any more.
  addGenerated(plan, 'first', 2)
  addGenerated(plan, 'mortar', 2)
}

function addGenerated(plan: Plan, name: string, pulls: number, age = 0): Repository {
  const { world, seed, login, until } = plan
  const databaseId = plan.nextRepository
  plan.nextRepository += 1
  const latest = addSeconds(until, -age)
  const random = makeRandom(seed, 'repository', name)
  const repository: Repository = {
    __typename: 'Repository',
    id: nodeId('Repository', databaseId),
    databaseId,
    owner: actorNamed(world, login, 'Organization'),
    name,
    description: random.chance(0.1) ? null : writeSentence(random),
    visibility: 'PUBLIC',
    isArchived: false,
    isFork: false,
    isBlocked: false,
    defaultBranch: 'main',
    language: random.pick(['TypeScript', 'Rust', 'Go', null]),
    topics: random.chance(0.5) ? ['storage', 'queues'] : [],
    createdAt: addSeconds(latest, -FOUR_YEARS),
    updatedAt: latest,
    pushedAt: latest,
    labels: [],
    milestones: [],
    issues: new Map(),
    pulls: new Map(),
    writePull: null,
    numberOf: null,
    code: null,
  }
  addHeads(plan, repository, pulls, latest)
  if (pulls > 2) addPlanning(repository, pulls, random)
  addRepository(world, repository)
  return repository
}

function addHeads(plan: Plan, repository: Repository, pulls: number, latest: string): void {
  const first = plan.nextBlock
  plan.nextBlock += pulls + 1
  const step = Math.floor((FOUR_YEARS - 40 * 86_400) / Math.max(1, pulls))
  for (let number = 1; number <= pulls; number += 1) {
    const random = makeRandom(plan.seed, repository.databaseId, number, 'head')
    const createdAt = addSeconds(latest, -40 * 86_400 - step * (pulls - number))
    const databaseId = (first + number) * IDS_PER_PULL
    const head: PullRequestHead = {
      __typename: 'PullRequest',
      id: nodeId('PullRequest', repository.databaseId, databaseId),
      databaseId,
      number,
      state: random.chance(0.05) ? 'OPEN' : random.chance(0.15) ? 'CLOSED' : 'MERGED',
      createdAt,
      updatedAt: addSeconds(createdAt, random.between(60, 39 * 86_400)),
    }
    repository.pulls.set(number, head)
  }
  repository.numberOf = (databaseId) => Math.floor(databaseId / IDS_PER_PULL) - first
  repository.writePull = (number) => {
    const head = repository.pulls.get(number)
    if (!head) throw new Error(`${repository.name} has no pull request ${number} to write`)
    const hard = pulls < HARD_FROM ? null : hardCaseOf(number)
    return generatePull(repository, head, { cast: plan.cast, seed: plan.seed, hard })
  }
}

/** Adds as many labels and issues as the largest pull request needs. */
function addPlanning(repository: Repository, pulls: number, random: Random): void {
  const { databaseId, createdAt } = repository
  const base = { repository, createdAt }
  repository.labels = Array.from({ length: 100 }, (_, index) => ({
    __typename: 'Label' as const,
    id: nodeId('Label', databaseId, index + 1),
    name: `area/${index + 1}`,
    color: 'ededed',
    description: null,
    repository,
  })) satisfies Label[]
  const milestone = { number: 1, title: 'Next', description: null, state: 'OPEN', dueOn: null }
  const id = nodeId('Milestone', databaseId, 1)
  repository.milestones = [{ __typename: 'Milestone', id, ...milestone, ...base } as Milestone]
  for (let number = pulls + 1; number <= pulls + 105; number += 1) {
    const issue: Issue = {
      __typename: 'Issue',
      id: nodeId('Issue', databaseId, number),
      legacyId: null,
      databaseId: number,
      number,
      title: writeTitle(random),
      body: writeSentence(random),
      state: 'CLOSED',
      author: null,
      updatedAt: createdAt,
      closedAt: createdAt,
      ...base,
    }
    repository.issues.set(number, issue)
  }
}
