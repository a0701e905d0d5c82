import type { PullRequest, TimelineEvent } from '../world/model.ts'
import { nodeId } from '../world/node-ids.ts'
import { actorNamed, takeDatabaseId, type World } from '../world/world.ts'
import { nowIn } from './change.ts'

/** Adds an event to the timeline of a pull request. */
export function noteEvent(
  world: World,
  pull: PullRequest,
  kind: TimelineEvent['__typename'],
  by: string,
): TimelineEvent {
  const event: TimelineEvent = {
    __typename: kind,
    id: nodeId(kind, pull.repository.databaseId, takeDatabaseId(world)),
    actor: actorNamed(world, by),
    createdAt: nowIn(world),
    beforeOid: null,
    afterOid: null,
    pullRequest: pull,
  }
  pull.events.push(event)
  return event
}
