/** Text as it is drawn: what would cost a frame or draw over its neighbours is left out; copying gives the whole (H5). */

/** Marks on one letter that are drawn. */
const MARKS = /(\p{M}{6})\p{M}+/gu;
/** A run of invisible characters; a few of each have their use, hundreds are a bomb. */
const INVISIBLE =
  /([\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]{8})[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]+/gu;
/** Emoji joined into one: real ones join four. After that they stand side by side. */
const JOINED = /((?:[^\u200d]\ufe0f?\u200d){10})/gu;

export function drawnText(text: string): string {
  return text.replace(INVISIBLE, '$1').replace(MARKS, '$1').replace(JOINED, '$1\u200b');
}

/** Longer than this, or with more lines, a message is shown folded. */
const LONG = 1500;
const LINES = 24;

export function isLong(text: string): boolean {
  if (text.length > LONG) return true;
  let lines = 1;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines += 1;
  return lines > LINES;
}
