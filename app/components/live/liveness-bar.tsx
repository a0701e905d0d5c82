import { useEffect, useState } from 'react'
import { durationText } from '../jobs/job-words.ts'
import { isStale, type Liveness, useSeconds } from './liveness.ts'
import { REFRESH_MODES, type RefreshMode } from './refresh-mode.ts'
import { mayNotify, useWish } from './tab-state.ts'

const MODE_NAMES: Record<RefreshMode, string> = {
  live: 'Live',
  poll: 'Every 5 s',
  off: 'Off',
}

const BUTTON = 'min-h-9 cursor-pointer underline underline-offset-4'

/** Says whether the page follows what happens, and lets the viewer choose how; nothing without scripts. */
export function LivenessBar({ liveness }: { liveness: Liveness }) {
  const now = useSeconds()
  const { mode, setMode, load } = liveness
  if (now === null) return <div className="mb-4 min-h-9" />
  return (
    <div className="mb-4 flex min-h-9 flex-wrap items-center justify-end gap-x-5 gap-y-1 text-sm text-soft">
      <Heard liveness={liveness} now={now} />
      {mode === 'off' && (
        <button type="button" className={BUTTON} onClick={load}>
          Refresh now
        </button>
      )}
      <label className="inline-flex items-center gap-2">
        Refresh
        <select
          value={mode}
          onChange={({ target }) => setMode(target.value as RefreshMode)}
          className="min-h-9 rounded-md border border-line bg-surface px-2 text-ink"
        >
          {REFRESH_MODES.map((one) => (
            <option key={one} value={one}>
              {MODE_NAMES[one]}
            </option>
          ))}
        </select>
      </label>
      <NotifyButton />
    </div>
  )
}

function Heard({ liveness, now }: { liveness: Liveness; now: number }) {
  const { mode, heardAt, isLost, isHeld } = liveness
  const since = durationText(Math.max(0, now - (heardAt.current ?? now)) / 1_000)
  if (isHeld)
    return <span className="text-warn">Held while text is selected, heard {since} ago</span>
  if (mode === 'off') return <span>Read {since} ago</span>
  if (isLost || isStale(heardAt.current))
    return <span className="text-warn">Stale: nothing heard for {since}</span>
  return (
    <span>
      <span aria-hidden="true" className="mr-1.5 inline-block size-2 rounded-full bg-ok" />
      Heard {since} ago
    </span>
  )
}

/** Asks for the browser's leave to tell about the end of a run; not shown where it cannot, or was refused. */
function NotifyButton() {
  const [wish, setWish] = useWish()
  const [isOffered, setOffered] = useState(false)
  useEffect(() => setOffered(mayNotify()), [])
  if (!isOffered) return null
  async function toggle(): Promise<void> {
    const isAllowed = wish || (await Notification.requestPermission()) === 'granted'
    setWish(isAllowed && !wish)
    setOffered(mayNotify())
  }
  return (
    <button type="button" className={BUTTON} aria-pressed={wish} onClick={toggle}>
      {wish ? 'Notifies when a run ends' : 'Notify when a run ends'}
    </button>
  )
}
