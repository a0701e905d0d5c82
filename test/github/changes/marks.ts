import { z } from 'zod'
import { BadSourceError } from '#test/github/bad-source.ts'
import type { Label, Repository } from '../world/model.ts'
import { keepPull, pullsOf } from '../world/pulls.ts'
import { change, repositoryCalled, repositoryName } from './change.ts'

// A change of a label or a milestone does not change `updatedAt` of the pull requests that have it.

export const editLabel = change(
  z.strictObject({
    repository: repositoryName,
    label: z.string(),
    name: z.string().optional(),
    color: z.string().optional(),
  }),
  (world, args) => {
    const label = labelCalled(repositoryCalled(world, args.repository), args.label)
    const before = label.name
    Object.assign(label, { name: args.name ?? label.name, color: args.color ?? label.color })
    return { label, before }
  },
)

export const deleteLabel = change(
  z.strictObject({ repository: repositoryName, label: z.string() }),
  (world, args) => {
    const repository = repositoryCalled(world, args.repository)
    const label = labelCalled(repository, args.label)
    const without = (labels: Label[]) => labels.filter((one) => one !== label)
    repository.labels = without(repository.labels)
    for (const pull of pullsOf(repository)) {
      pull.labels = without(pull.labels)
      keepPull(pull)
    }
    return label
  },
)

export const editMilestone = change(
  z.strictObject({ repository: repositoryName, milestone: z.string(), title: z.string() }),
  (world, args) => {
    const { milestones } = repositoryCalled(world, args.repository)
    const milestone = milestones.find(({ title }) => title === args.milestone)
    if (!milestone) throw new BadSourceError(`There is no milestone ${args.milestone}: name one.`)
    milestone.title = args.title
    return { milestone, before: args.milestone }
  },
)

function labelCalled(repository: Repository, name: string): Label {
  const label = repository.labels.find((one) => one.name === name)
  if (label) return label
  throw new BadSourceError(`There is no label ${name}: name one of the repository.`)
}
