import { demoRepositories } from '../demo/demo.ts'
import type { World } from '../world/world.ts'
import { buildRepository } from './build-repository.ts'
import { type Generated, generateOrganisation } from './generate-organisation.ts'
import { readArchives } from './read-archives.ts'

/** The origin of a world's repositories. */
export type Source =
  | { kind: 'archives'; path: string; visibility?: 'PRIVATE' }
  | { kind: 'demo' }
  | ({ kind: 'generated' } & Generated)

export function addSource(world: World, source: Source): void {
  if (source.kind === 'generated') {
    generateOrganisation(world, source)
    return
  }
  if (source.kind === 'demo') {
    for (const { archive, code } of demoRepositories(world.clock.now()))
      buildRepository(world, archive).code = code
    return
  }
  for (const archive of readArchives(source.path))
    buildRepository(world, archive, source.visibility)
}
