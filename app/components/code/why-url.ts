interface Explained {
  /** `owner/name` */
  repository: string
  ref: string
  path: string
  /** `10` or `10-20`; null for the last changes of the file. */
  lines: string | null
}

/** Returns the address of the page that explains lines. */
export function whyUrl({ repository, ref, path, lines }: Explained): string {
  const place = [...ref.split('/'), ...path.split('/')].map(encodeURIComponent).join('/')
  return `/why/${repository}/${place}${lines === null ? '' : `?line=${lines}`}`
}
