import { expect, it } from 'vitest';
import { PLAIN } from '../bridge/fake';
import { Message, type Page } from '../tim';
import { ChatLog } from './log';

function message(seq: number | null, clientID = `m${seq}`): Message {
  return new Message({
    ...PLAIN,
    conversationID: 'C2Cbob',
    clientId: clientID,
    seq,
    from: 'ann',
    to: 'bob',
    flow: 'out',
    time: 0,
    random: 1,
    clientSequence: 1,
    type: 'TIMTextElem',
    payload: { text: '' },
    priority: 'Normal',
    status: seq === null ? 'unSend' : 'success',
    code: 0,
    isRead: true,
    isPeerRead: false,
    isRevoked: false,
    isResend: false,
    nick: '',
  });
}

function page(from: number, to: number, ...waiting: Message[]): Page {
  const messages = Array.from({ length: to - from + 1 }, (_nothing, index) => message(from + index));
  return {
    messages: [...messages, ...waiting],
    nextBefore: from > 1 ? from : null,
    isCompleted: from === 1,
    isCutOff: false,
  };
}

const places = (log: ChatLog) => log.messages.map((each) => each.seq);

it('b16 news out of order and twice stand in order and once', () => {
  const log = new ChatLog();
  log.reset(page(1, 3), true);
  const [four, five] = [message(4), message(5)];
  log.merge([five], 60, 'oldest');
  log.merge([four, five], 60, 'oldest');
  expect(places(log)).toEqual([1, 2, 3, 4, 5]);
});

it('what waits stands last, and moves to its place when it has one', () => {
  const log = new ChatLog();
  const waiting = message(null, 'w');
  log.reset(page(1, 2, waiting), true);
  log.merge([message(3)], 60, 'oldest');
  expect(places(log)).toEqual([1, 2, 3, null]);
  waiting.seq = 4;
  log.merge([message(5), waiting], 60, 'oldest');
  expect(places(log)).toEqual([1, 2, 3, 4, 5]);
});

it('h11 a flood at the end cuts the oldest, and they can be asked for again', () => {
  const log = new ChatLog();
  log.reset(page(1, 10), true);
  for (let seq = 11; seq <= 20_000; seq += 1000)
    log.merge(
      Array.from({ length: 1000 }, (_nothing, index) => message(seq + index)),
      60,
      'oldest',
    );
  expect(log.messages).toHaveLength(60);
  expect(log.isAtNewest).toBe(true);
  expect(log.isCompleted).toBe(false);
  expect(log.before).toBe(log.oldestSeq);
});

it('a flood behind the back of a reader of older messages is left for later', () => {
  const log = new ChatLog();
  log.reset(page(1, 50), true);
  log.merge(page(51, 100).messages, 60, 'newest');
  expect(places(log)).toEqual(Array.from({ length: 60 }, (_nothing, index) => index + 1));
  expect(log.isAtNewest).toBe(false);
  log.merge([message(101)], 60, 'newest');
  expect(log.newestSeq).toBe(60);
});

it('older and newer pages keep the run without holes and bounded', () => {
  const log = new ChatLog();
  log.reset(page(51, 100), true);
  log.addOlder(page(31, 50), 60);
  expect([log.oldestSeq, log.newestSeq, log.isAtNewest]).toEqual([31, 90, false]);
  log.addNewer(page(91, 100), true, 60);
  expect([log.oldestSeq, log.newestSeq, log.isAtNewest, log.before]).toEqual([41, 100, true, 41]);
});
