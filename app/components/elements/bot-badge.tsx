/** Marks the name of an author that is a bot. */
export function BotBadge() {
  return (
    <span className="rounded-full border border-line px-1.5 text-xs font-normal text-soft">
      bot
    </span>
  )
}
