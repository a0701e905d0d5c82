/**
 * Completes what is typed into a search box, as an ARIA combobox with a list: qualifiers and their values from
 * the server, pages to go to, and what was searched here before.
 */
import type { Completion, Option } from '#app/search/complete/completion.ts'
import { readRecent } from './recent.ts'

const PAUSE_MS = 120
const BOX = 'input[data-completes]'

interface Opened {
  box: HTMLInputElement
  list: HTMLUListElement
  /** What the server said last, of the text at that time. */
  completion: Completion
  /** The index of the chosen option; -1 if none is. */
  active: number
  asked: AbortController
}

/** Nothing is added to the page before somebody uses a box, so that a framework finds it as it was. */
export function offerCompletions(): void {
  let opened: Opened | null = null
  document.addEventListener('focusin', ({ target }) => {
    if (!(target instanceof HTMLInputElement && target.matches(BOX)) || opened?.box === target)
      return
    opened = attach(target)
    void ask(opened)
  })
}

function attach(box: HTMLInputElement): Opened {
  const list = document.createElement('ul')
  list.id = `${box.id}-options`
  list.role = 'listbox'
  list.ariaLabel = 'Completions'
  list.popover = 'manual'
  list.className = 'completions'
  // Within the landmark of the box, where screen readers expect it.
  const landmark = box.closest('search') ?? document.body
  landmark.append(list)
  box.role = 'combobox'
  box.ariaAutoComplete = 'list'
  box.ariaExpanded = 'false'
  box.setAttribute('aria-controls', list.id)
  const completion = { start: 0, end: 0, options: [] }
  const opened: Opened = { box, list, completion, active: -1, asked: new AbortController() }
  box.addEventListener('input', () => void ask(opened))
  box.addEventListener('focus', () => void ask(opened))
  box.addEventListener('blur', () => close(opened))
  box.addEventListener('keydown', (event) => press(opened, event))
  // Not `click`: the box would lose the focus before it.
  list.addEventListener('pointerdown', (event) => point(opened, event))
  addEventListener('resize', () => close(opened))
  return opened
}

async function ask(opened: Opened): Promise<void> {
  const { box } = opened
  opened.asked.abort()
  const asked = new AbortController()
  opened.asked = asked
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  if (asked.signal.aborted) return
  const completion = await complete(box, asked.signal).catch(() => null)
  if (completion === null || asked.signal.aborted || document.activeElement !== box) return
  opened.completion = completion
  opened.active = -1
  show(opened)
}

async function complete(box: HTMLInputElement, signal: AbortSignal): Promise<Completion> {
  const { value } = box
  const at = box.selectionStart ?? value.length
  const query = new URLSearchParams({ q: value, at: String(at) })
  const response = await fetch(`/suggest?${query}`, { signal })
  if (!response.ok) throw new Error(String(response.status))
  const { options, ...part } = (await response.json()) as Completion
  if (value.trim() !== '') return { options, ...part }
  const recent = readRecent().map((text): Option => ({ kind: 'recent', text, insert: text }))
  return { options: [...recent, ...options], ...part }
}

function show(opened: Opened): void {
  const { box, list, completion } = opened
  if (completion.options.length === 0) {
    close(opened)
    return
  }
  list.replaceChildren(...completion.options.map((option, index) => itemOf(list.id, option, index)))
  const { left, bottom, width } = box.getBoundingClientRect()
  Object.assign(list.style, { left: `${left}px`, top: `${bottom + 4}px`, minWidth: `${width}px` })
  if (!list.matches(':popover-open')) list.showPopover()
  box.ariaExpanded = 'true'
  mark(opened, -1)
}

const KINDS: Record<Option['kind'], string> = {
  qualifier: 'qualifier',
  value: '',
  page: 'page',
  repository: 'repository',
  recent: 'searched before',
  saved: 'saved search',
}

function itemOf(listId: string, { kind, text, detail }: Option, index: number): HTMLLIElement {
  const item = document.createElement('li')
  item.id = `${listId}-${index}`
  item.role = 'option'
  item.dataset.index = String(index)
  const [name, about] = [document.createElement('span'), document.createElement('small')]
  name.textContent = text
  about.textContent = detail ?? KINDS[kind]
  item.append(name, about)
  return item
}

function close({ box, list, asked }: Opened): void {
  asked.abort()
  if (list.matches(':popover-open')) list.hidePopover()
  box.ariaExpanded = 'false'
  box.removeAttribute('aria-activedescendant')
}

function mark(opened: Opened, active: number): void {
  const { box, list } = opened
  opened.active = active
  for (const [index, item] of [...list.children].entries())
    item.ariaSelected = String(index === active)
  const item = list.children[active]
  if (item) {
    box.setAttribute('aria-activedescendant', item.id)
    item.scrollIntoView({ block: 'nearest' })
  } else box.removeAttribute('aria-activedescendant')
}

function press(opened: Opened, event: KeyboardEvent): void {
  const { box, completion, active } = opened
  if (event.isComposing || box.ariaExpanded !== 'true') return
  const count = completion.options.length
  if (event.key === 'ArrowDown') mark(opened, active + 1 < count ? active + 1 : -1)
  else if (event.key === 'ArrowUp') mark(opened, active < 0 ? count - 1 : active - 1)
  else if (event.key === 'Escape') close(opened)
  else if (event.key === 'Enter' && active >= 0) choose(opened, active)
  else return
  event.preventDefault()
}

function point(opened: Opened, event: PointerEvent): void {
  event.preventDefault()
  const item = (event.target as Element).closest<HTMLElement>('[role="option"]')
  if (item) choose(opened, Number(item.dataset.index))
}

function choose(opened: Opened, index: number): void {
  const { box, completion } = opened
  const option = completion.options[index]
  if (!option) return
  if ('href' in option) location.assign(option.href)
  else if (option.kind === 'recent') {
    box.value = option.insert
    box.form?.requestSubmit()
  } else {
    box.setRangeText(option.insert, completion.start, completion.end, 'end')
    void ask(opened)
  }
}
