/** Keys that work on every page. The server's list of them is app/components/layout/key-sheet.tsx. */

export function listenForKeys(): void {
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.isComposing) return
    const isCommand = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey
    if (isCommand && event.key.toLowerCase() === 'k') return void take(event, goToBox)
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (document.body.dataset.keys === 'off' || isTyping(event)) return
    const act = ACTS[event.key]
    if (act) take(event, act)
  })
}

/** Each returns false if there is nothing that it could do, so that the key does what it always does. */
const ACTS: Record<string, () => boolean> = {
  '/': goToBox,
  '?': showKeys,
  j: () => walk(1),
  k: () => walk(-1),
  o: open,
}

function take(event: KeyboardEvent, act: () => boolean): void {
  if (act()) event.preventDefault()
}

function isTyping({ target }: KeyboardEvent): boolean {
  return (
    target instanceof Element &&
    target.closest('input, select, textarea, [contenteditable]') !== null
  )
}

function goToBox(): boolean {
  const box = document.querySelector<HTMLInputElement>('input[data-completes]')
  box?.select()
  box?.focus()
  return box !== null
}

function showKeys(): boolean {
  const sheet = document.getElementById('keys')
  sheet?.togglePopover()
  return sheet !== null
}

/** Moves the focus through the links of a list of results. */
function walk(step: 1 | -1): boolean {
  const links = [...document.querySelectorAll<HTMLElement>('[data-walks] a[data-walk]')]
  const at = links.indexOf(document.activeElement as HTMLElement)
  const next = links[at < 0 ? (step > 0 ? 0 : links.length - 1) : at + step]
  next?.focus()
  next?.scrollIntoView({ block: 'nearest' })
  return links.length > 0
}

function open(): boolean {
  const link = document.activeElement
  if (!(link instanceof HTMLAnchorElement && link.dataset.walk !== undefined)) return false
  link.click()
  return true
}
