import { durationText } from '../jobs/job-words.ts'
import { STALE_MS, useAge } from './liveness.ts'

/** Says how old the data of a block is; without scripts, when it was read. @param at the server's time of it. */
export function AsOf({ at }: { at: string }) {
  const age = useAge(at)
  if (age === null)
    return (
      <span className="text-sm text-soft">
        as of <time dateTime={at}>{at.slice(11, 19)} UTC</time>
      </span>
    )
  return age > STALE_MS ? (
    <span className="text-sm text-warn">stale: nothing read for {durationText(age / 1_000)}</span>
  ) : (
    <span className="text-sm text-soft">as of {durationText(age / 1_000)} ago</span>
  )
}
