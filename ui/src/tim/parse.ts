/** What the guide shows how to make of payloads: nodes of a text, words of a notice and of a tip (R-M3 to R-M5). */
import { TYPES } from './constants';
import { KEYED_EMOJI } from './keyed-emoji';

/** A piece of a text as the guide has it. */
export type TextNode =
  | { name: 'text'; text: string }
  /** `src` is what the map has for `key`: of our own set the characters of the emoji. `key` is Tidings'. */
  | { name: 'img'; src: string; key: string };

/** From keys with their brackets to what stands for them. */
export type EmojiMap = Readonly<Record<string, string>>;

/**
 * The nodes of a text message: keys in brackets that the map knows become `img`, everything else stays text, a bracket that begins
 * no key a node of its own (R-M3). Nodes are data: nothing in them is markup. In time linear in the text (H4).
 */
export function parseText(payload: unknown, emoji: EmojiMap = KEYED_EMOJI): TextNode[] {
  const { text } = fieldsOf(payload);
  const nodes: TextNode[] = [];
  if (typeof text !== 'string') return nodes;
  const longest = longestKey(emoji);
  let at = 0;
  let right = text.indexOf(']');
  while (at < text.length) {
    // Looked for anew only when passed: looking from each bracket on would make the time quadratic.
    if (right !== -1 && right < at) right = text.indexOf(']', at);
    const left = right === -1 ? -1 : text.indexOf('[', at);
    if (left === at) {
      // A slice longer than every key is none.
      const key = right - at < longest ? text.slice(at, right + 1) : '';
      const src = Object.hasOwn(emoji, key) ? emoji[key] : undefined;
      if (src) nodes.push({ name: 'img', src, key });
      else nodes.push({ name: 'text', text: '[' });
      at = src ? right + 1 : at + 1;
      continue;
    }
    const end = endOfText(text, at, left, right);
    nodes.push({ name: 'text', text: text.slice(at, end) });
    at = end;
  }
  return nodes;
}
