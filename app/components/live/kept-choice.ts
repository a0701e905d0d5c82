/** Choices that this browser keeps. One that keeps nothing, as some do on request, forgets them with the page. */

export function readChoice(name: string): string | null {
  try {
    return localStorage.getItem(name)
  } catch {
    return null
  }
}

export function keepChoice(name: string, value: string): void {
  try {
    localStorage.setItem(name, value)
  } catch {
    // The browser keeps nothing.
  }
}
