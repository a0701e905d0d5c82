/** Beside the name of who is no person. */
export function BotBadge() {
  return (
    <span className="rounded-full border border-line px-1.5 text-xs font-normal text-soft">
      bot
    </span>
  )
}
