import { demoArchives } from '../demo/demo.ts'
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
  const archives =
    source.kind === 'demo' ? demoArchives(world.clock.now()) : readArchives(source.path)
  const visibility = source.kind === 'archives' ? source.visibility : undefined
  for (const archive of archives) buildRepository(world, archive, visibility)
}
