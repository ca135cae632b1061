/**
 * A page of a log in parts, each small enough to be put into a moving chat between two frames. A page of pictures at once would be
 * seen as a jolt.
 */
import { TYPES, type Message, type Page } from '../tim';

/** What one part may cost, in lines of text. A picture costs as much: where there is no GPU two would be more than a frame. */
const MOST = 15;
const PICTURE = MOST;

const costOf = ({ type }: Message): number =>
  type === TYPES.MSG_IMAGE || type === TYPES.MSG_VIDEO ? PICTURE : 1;

/** Runs of messages, none costing more than {@link MOST} or being empty. */
function runsOf(messages: readonly Message[]): Message[][] {
  const runs: Message[][] = [];
  let left = 0;
  for (const message of messages) {
    const run = runs.at(-1);
    left -= costOf(message);
    if (run === undefined || left < 0) {
      runs.push([message]);
      left = MOST - costOf(message);
    } else run.push(message);
  }
  return runs;
}

/** The parts of a page that goes before the run, the newest first; the last says how it goes on. */
export function olderParts(page: Page): Page[] {
  const runs = runsOf([...page.messages].reverse()).map((run) => run.reverse());
  return runs.length < 2
    ? [page]
    : runs.map((messages, index) =>
        index === runs.length - 1
          ? { ...page, messages }
          : { messages, nextBefore: messages[0]?.seq ?? null, isCompleted: false, isCutOff: false },
      );
}

/** The parts of what goes behind the run, the oldest first. */
export function newerParts(page: Page): Page[] {
  const runs = runsOf(page.messages);
  return runs.length < 2 ? [page] : runs.map((messages) => ({ ...page, messages }));
}
