/**
 * Rows that show the same as before are the same objects as before: only those that changed are drawn anew. In a chat that is
 * scrolled quickly this is most of the work.
 */
import type { Message } from '../tim';
import type { Row } from './rows';

/** What a message's own fields say of how it looks, besides which message it is. */
const stateOf = ({ changes, status, code, isPeerRead }: Message): string =>
  `${changes} ${status} ${code} ${isPeerRead}`;

/** What a row shows, besides which messages it is about. */
function looksOf(row: Row): string {
  if (row.kind === 'new') return '';
  if (row.kind === 'day') return String(row.day);
  if (row.kind === 'tip') return stateOf(row.message);
  const quoted = row.quote?.message;
  return [
    row.nick,
    row.mark,
    row.code,
    row.isRevoked,
    row.isFirst,
    row.isLast,
    row.isNamed,
    row.quote?.isRevoked,
    quoted === undefined || quoted === null ? String(quoted) : stateOf(quoted),
    ...row.messages.map(stateOf),
  ].join('\n');
}

/** The messages that a row is about. */
function messagesOf(row: Row): readonly unknown[] {
  if (row.kind === 'message') return [row.quote?.message, ...row.messages];
  return row.kind === 'tip' ? [row.message] : [];
}

interface Kept {
  row: Row;
  looks: string;
}

export class KeptRows {
  #kept = new Map<string, Kept>();

  /** `rows`, each as it was last time where it shows the same. */
  of(rows: readonly Row[]): Row[] {
    const kept = new Map<string, Kept>();
    for (const row of rows) {
      const looks = looksOf(row);
      const before = this.#kept.get(row.key);
      const messages = messagesOf(row);
      const is = before !== undefined && before.row.kind === row.kind && before.looks === looks;
      const held = is ? messagesOf(before.row) : [];
      const isSame = is && held.length === messages.length && held.every((each, at) => each === messages[at]);
      kept.set(row.key, isSame ? before : { row, looks });
    }
    this.#kept = kept;
    return rows.map((row) => kept.get(row.key)?.row ?? row);
  }
}
