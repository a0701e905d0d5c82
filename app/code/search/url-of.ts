interface Place {
  /** `owner/name` */
  repository: string
  path: string
  startLine: number
  endLine: number
}

/** Returns the address on GitHub of lines at a commit. @param webUrl GitHub's pages, without a slash at the end. */
export function urlOf(
  webUrl: string,
  { repository, path, startLine, endLine }: Place,
  oid: string,
): string {
  const escaped = path.split('/').map(encodeURIComponent).join('/')
  return `${webUrl}/${repository}/blob/${oid}/${escaped}#L${startLine}-L${endLine}`
}
