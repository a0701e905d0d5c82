/**
 * Links name lines as GitHub does, `#L10` or `#L10-L20`, which no server gets to see: a page that explains lines
 * asks for them itself.
 */
export function followLines(): void {
  if (!document.querySelector('[data-why-lines]')) return
  const ask = () => {
    const [, from, to = from] = /^#L([1-9]\d{0,8})(?:-L?([1-9]\d{0,8}))?$/.exec(location.hash) ?? []
    if (from) location.replace(`?line=${from === to ? from : `${from}-${to}`}`)
  }
  ask()
  addEventListener('hashchange', ask)
}
