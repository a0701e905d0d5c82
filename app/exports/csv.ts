import type { Options } from 'csv-stringify'

/** How CSV is written. A cell that a spreadsheet would interpret as a formula is prefixed with an apostrophe. */
export function csvOptions(columns: string[]): Options {
  return {
    header: true,
    columns,
    escape_formulas: true,
    // Otherwise a lone line break would be unquoted, and many readers would start a new row there.
    quoted_string: true,
    record_delimiter: 'windows',
    cast: { date: (moment) => moment.toISOString(), boolean: String },
  }
}
