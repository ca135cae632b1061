/** What the chat shows, line by line: days, the line "New messages", and messages in blocks by sender and minute. */
import type { Message } from '../tim';
import { TYPES } from '../tim';
import { albumOf } from '../media/content';
import { dayOf } from '../words/dates';
import { keyOf } from './log';
import { replyOf, type Quoted } from './replies';

export type Mark = 'sending' | 'sent' | 'read' | 'failed' | 'none';

export interface MessageRow {
  kind: 'message';
  key: string;
  /** The first of `messages`. */
  message: Message;
  /** Several where they are one album. */
  messages: readonly Message[];
  isMine: boolean;
  /** What the sender is called here, as they wrote it, and their id. */
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
  /** Others' messages in a group have a name above and a picture beside each block. */
  isNamed: boolean;
  isEdited: boolean;
  reactions: Message['reactions'];
  /** What it answers. */
  quote: Quote | null;
}

export interface Quote {
  seq: number;
  from: string;
  message: Quoted;
  isRevoked: boolean;
}

/** What the server says in a group. */
export interface TipRow {
  kind: 'tip';
  key: string;
  message: Message;
}

export type Row =
  { kind: 'day'; key: string; day: number } | { kind: 'new'; key: string } | TipRow | MessageRow;

export interface RowOptions {
  me: string;
  /** Messages of others behind this place are new; `null` for no line. */
  readUpTo: number | null;
  /** The message at a place in the log. */
  quoted?: (seq: number) => Quoted;
}

/** Pictures in one album at most; more begin another. */
const ALBUM = 10;

/** The rows for messages in their order. Each row is a new object with what it shows; kept-rows.ts keeps those that did not change. */
export function rowsOf(messages: readonly Message[], options: RowOptions): Row[] {
  const rows: Row[] = [];
  /** The message above, and the day of whatever is above. */
  let before: MessageRow | undefined;
  let lastDay: number | undefined;
  let hasLine = options.readUpTo === null;
  for (const message of messages) {
    const day = dayOf(message.time);
    const isNewDay = lastDay !== day;
    lastDay = day;
    const isTip = message.type === TYPES.MSG_GRP_TIP;
    const isMine = message.flow === 'out';
    const beginsNew =
      !hasLine && !isMine && !isTip && message.seq !== null && message.seq > (options.readUpTo ?? Infinity);
    if (isNewDay) rows.push({ kind: 'day', key: `day ${day} ${keyOf(message)}`, day });
    if (beginsNew) {
      rows.push({ kind: 'new', key: 'new' });
      hasLine = true;
    }
    if (isTip) {
      rows.push({ kind: 'tip', key: keyOf(message), message });
      before = undefined;
      continue;
    }
    if (before !== undefined && !isNewDay && !beginsNew && isOneAlbum(before, message)) {
      takeIn(before, message, options.me);
      continue;
    }
    const row: MessageRow = {
      kind: 'message',
      key: keyOf(message),
      message,
      messages: [message],
      isMine,
      nick: message.nameCard || message.nick,
      from: message.from,
      time: message.time,
      text: textOf(message),
      isRevoked: message.isRevoked,
      mark: markOf(message, options.me),
      code: message.code,
      isFirst: true,
      isLast: true,
      isNamed: !isMine && message.conversationType === TYPES.CONV_GROUP,
      isEdited: message.isModified && !message.isRevoked,
      reactions: message.reactions,
      quote: quoteOf(message, options),
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

function isOneAlbum({ message: first, messages }: MessageRow, message: Message): boolean {
  const album = albumOf(message);
  return (
    album !== '' &&
    album === albumOf(first) &&
    first.from === message.from &&
    messages.length < ALBUM &&
    replyOf(message) === null
  );
}

/** One more picture of the album; what is said of the whole is said of the worst of them. */
function takeIn(row: MessageRow, message: Message, me: string): void {
  row.messages = [...row.messages, message];
  const marks = row.messages.map((each) => markOf(each, me));
  row.mark = (['failed', 'sending', 'sent', 'read'] as const).find((each) => marks.includes(each)) ?? 'none';
  row.code = row.messages.find((each) => each.status === 'fail')?.code ?? 0;
  row.reactions = reactionsOf(row.messages);
}

/** All reactions to an album's pictures. */
function reactionsOf(messages: readonly Message[]): MessageRow['reactions'] {
  const users = new Map<string, Set<string>>();
  for (const { reactions } of messages)
    for (const each of reactions) {
      const known = users.get(each.emoji) ?? new Set();
      for (const user of each.users) known.add(user);
      users.set(each.emoji, known);
    }
  return [...users].map(([emoji, all]) => ({ emoji, users: [...all] }));
}

function quoteOf(message: Message, { quoted }: RowOptions): Quote | null {
  const reply = replyOf(message);
  if (reply === null || message.isRevoked) return null;
  const original = quoted?.(reply.seq);
  return { ...reply, message: original, isRevoked: original?.isRevoked ?? false };
}

/** The row of one picture of an album by itself; the whole row where none is meant. */
export function partOf(row: MessageRow, clientID: string | undefined): MessageRow {
  const message = row.messages.find((each) => each.clientID === clientID);
  if (message === undefined || row.messages.length === 1) return row;
  const { reactions, code } = message;
  return { ...row, message, messages: [message], reactions, code, mark: ownMark(message) };
}

/** How it went with one picture of one's album, whatever became of the others. */
function ownMark({ flow, status, isPeerRead }: Message): Mark {
  if (flow === 'in') return 'none';
  if (status === 'fail') return 'failed';
  if (status === 'unSend') return 'sending';
  return isPeerRead ? 'read' : 'sent';
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
