import { expect, it } from 'vitest';
import { PLAIN } from '../bridge/fake';
import { Message } from '../tim';
import { rowsOf, type MessageRow } from './rows';

interface Said {
  from: string;
  at: number;
  seq?: number | null;
  status?: 'unSend' | 'success' | 'fail';
  isPeerRead?: boolean;
  type?: string;
  album?: string;
}

const day = new Date(2026, 10, 20, 12, 0, 0).getTime();

function message({ from, at, seq = at + 1, status = 'success', isPeerRead = false, ...said }: Said): Message {
  return new Message({
    ...PLAIN,
    conversationID: 'C2Cbob',
    clientId: `${from}-${at}`,
    seq,
    from,
    to: from === 'ann' ? 'bob' : 'ann',
    flow: from === 'ann' ? 'out' : 'in',
    time: day + at * 1000,
    random: 1,
    clientSequence: 1,
    type: said.type ?? 'TIMTextElem',
    payload: said.album === undefined ? { text: `at ${at}` } : { album: said.album },
    priority: 'Normal',
    status,
    code: 0,
    isRead: true,
    isPeerRead,
    isRevoked: false,
    isResend: false,
    nick: from,
  });
}

const rows = (said: Said[], readUpTo: number | null = null) =>
  rowsOf(said.map(message), { me: 'ann', readUpTo });
const blocks = (said: Said[]) =>
  rows(said)
    .filter((row): row is MessageRow => row.kind === 'message')
    .map((row) => `${row.isFirst ? '(' : ''}${row.from}${row.isLast ? ')' : ''}`)
    .join(' ');

it('messages of one sender in one minute are one block', () => {
  expect(
    blocks([
      { from: 'bob', at: 0 },
      { from: 'bob', at: 59 },
      { from: 'bob', at: 60 },
      { from: 'ann', at: 61 },
      { from: 'bob', at: 62 },
    ]),
  ).toBe('(bob bob) (bob) (ann) (bob)');
});

it('a block ends where the mark changes, and a failed message stands alone', () => {
  expect(
    blocks([
      { from: 'ann', at: 0, isPeerRead: true },
      { from: 'ann', at: 1 },
      { from: 'ann', at: 2, status: 'fail', seq: null },
      { from: 'ann', at: 3, status: 'fail', seq: null },
    ]),
  ).toBe('(ann) (ann) (ann) (ann)');
});

it('each day has its separator', () => {
  const kinds = rows([
    { from: 'bob', at: 0 },
    { from: 'bob', at: 1 },
    { from: 'bob', at: 86_400, seq: 3 },
  ]).map((row) => row.kind);
  expect(kinds).toEqual(['day', 'message', 'message', 'day', 'message']);
});

it('the line “New messages” stands before the first of others that is new, once', () => {
  const kinds = rows(
    [
      { from: 'bob', at: 0, seq: 1 },
      { from: 'ann', at: 1, seq: 2 },
      { from: 'bob', at: 2, seq: 3 },
      { from: 'bob', at: 3, seq: 4 },
    ],
    1,
  ).map((row) => row.kind);
  expect(kinds).toEqual(['day', 'message', 'message', 'new', 'message', 'message']);
});

it('marks say what became of an own message', () => {
  const marks = rows([
    { from: 'bob', at: 0 },
    { from: 'ann', at: 1, isPeerRead: true },
    { from: 'ann', at: 2 },
    { from: 'ann', at: 3, status: 'unSend', seq: null },
    { from: 'ann', at: 4, status: 'fail', seq: null },
  ])
    .filter((row): row is MessageRow => row.kind === 'message')
    .map((row) => row.mark);
  expect(marks).toEqual(['none', 'read', 'sent', 'sending', 'failed']);
});

it('r_i4 files side by side are albums of at most ten, and a file between them parts them', () => {
  const sent = (...types: string[]) =>
    rows(types.map((type, at) => ({ from: 'ann', at, type, album: 'x' })))
      .filter((row): row is MessageRow => row.kind === 'message')
      .map(({ messages }) => messages.length);
  const [image, video, file] = ['TIMImageElem', 'TIMVideoFileElem', 'TIMFileElem'] as const;
  expect(sent(...Array.from({ length: 11 }, () => image))).toEqual([10, 1]);
  expect(sent(image, video, file, image)).toEqual([2, 1, 1]);
});
