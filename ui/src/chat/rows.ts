/** What the chat shows, line by line: days, the line "New messages", and messages in blocks by sender and minute. */
import type { Message } from '../tim';
import { TYPES } from '../tim';
import { dayOf } from '../words/dates';
import { keyOf } from './log';

export type Mark = 'sending' | 'sent' | 'read' | 'failed' | 'none';

export interface MessageRow {
  kind: 'message';
  key: string;
  message: Message;
  isMine: boolean;
  /** The sender's nick and id. */
  nick: string;
  from: string;
  /** Seconds since 1970. */
  time: number;
  /** `null` when it is not a text. */
  text: string | null;
  isRevoked: boolean;
  mark: Mark;
  code: number;
  /** First and last of a block by one sender in one minute. */
  isFirst: boolean;
  isLast: boolean;
}

export type Row = { kind: 'day'; key: string; day: number } | { kind: 'new'; key: string } | MessageRow;

export interface RowOptions {
  me: string;
  /** Messages of others behind this place are new; `null` for no line. */
  readUpTo: number | null;
}

/** The rows for messages in their order. Each row is a new object with what it shows, so that a change is seen. */
export function rowsOf(messages: readonly Message[], options: RowOptions): Row[] {
  const rows: Row[] = [];
  let before: MessageRow | undefined;
  let hasLine = options.readUpTo === null;
  for (const message of messages) {
    const day = dayOf(message.time);
    const isNewDay = before === undefined || dayOf(before.time) !== day;
    const isMine = message.flow === 'out';
    const beginsNew =
      !hasLine && !isMine && message.seq !== null && message.seq > (options.readUpTo ?? Infinity);
    if (isNewDay) rows.push({ kind: 'day', key: `day ${day} ${keyOf(message)}`, day });
    if (beginsNew) {
      rows.push({ kind: 'new', key: 'new' });
      hasLine = true;
    }
    const row: MessageRow = {
      kind: 'message',
      key: keyOf(message),
      message,
      isMine,
      nick: message.nick,
      from: message.from,
      time: message.time,
      text: textOf(message),
      isRevoked: message.isRevoked,
      mark: markOf(message, options.me),
      code: message.code,
      isFirst: true,
      isLast: true,
    };
    if (before !== undefined && !isNewDay && !beginsNew && isOneBlock(before, row)) {
      row.isFirst = false;
      before.isLast = false;
    }
    rows.push(row);
    before = row;
  }
  return rows;
}

function isOneBlock(a: MessageRow, b: MessageRow): boolean {
  return (
    a.from === b.from &&
    Math.floor(a.time / 60) === Math.floor(b.time / 60) &&
    // A block has one mark, at its end; where the mark changes, a block ends.
    a.mark === b.mark &&
    a.mark !== 'failed' &&
    a.isRevoked === b.isRevoked
  );
}

function markOf(message: Message, me: string): Mark {
  if (message.flow === 'in' || message.isRevoked) return 'none';
  if (message.status === 'fail') return 'failed';
  if (message.status === 'unSend') return 'sending';
  return message.isPeerRead && message.to !== me ? 'read' : 'sent';
}

function textOf({ type, payload }: Message): string | null {
  if (type !== TYPES.MSG_TEXT || typeof payload !== 'object' || payload === null) return null;
  return 'text' in payload && typeof payload.text === 'string' ? payload.text : null;
}
