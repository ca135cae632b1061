/** What the guide shows how to make of payloads: the nodes of a text, the words of a notice and of a tip (R-M3 to R-M5). */
import { TYPES } from './constants';
import { KEYED_EMOJI } from './keyed-emoji';

/** A piece of a text. */
export type TextNode =
  | { readonly name: 'text'; readonly text: string }
  /** `src` is what the map has for the key: in our own set the emoji's characters. `key` is Tidings'. */
  | { readonly name: 'img'; readonly src: string; readonly key: string };

/** From keys with their brackets to what stands for them. */
export type EmojiMap = Readonly<Record<string, string>>;

const LONGEST = longestKey(KEYED_EMOJI);
const OPENING = '['.charCodeAt(0);
/** One for all: 20,000 of them would cost more than finding them. */
const BRACKET: TextNode = Object.freeze({ name: 'text', text: '[' });

/**
 * The nodes of a text message: keys in brackets that the map knows are `img`, all else is text, and a bracket that begins no key is
 * a node of its own (R-M3). Nodes are data, nothing in them is markup. In time linear in the text (H4).
 */
export function parseText(payload: unknown, emoji: EmojiMap = KEYED_EMOJI): TextNode[] {
  const text = fieldsOf(payload)['text'];
  if (typeof text !== 'string') return [];
  const longest = emoji === KEYED_EMOJI ? LONGEST : longestKey(emoji);
  const nodes: TextNode[] = [];
  let at = 0;
  let right = text.indexOf(']');
  while (at < text.length) {
    if (text.charCodeAt(at) !== OPENING) {
      const left = text.indexOf('[', at);
      const end = left === -1 ? text.length : left;
      nodes.push({ name: 'text', text: text.slice(at, end) });
      at = end;
      continue;
    }
    // Looked for anew only when it was passed: from each bracket on would take quadratic time.
    if (right !== -1 && right < at) right = text.indexOf(']', at);
    if (right === -1) {
      nodes.push({ name: 'text', text: text.slice(at) });
      break;
    }
    // What is longer than every key is none, and is not worth comparing.
    const near = right - longest;
    while (at <= near && text.charCodeAt(at) === OPENING) {
      nodes.push(BRACKET);
      at += 1;
    }
    if (at <= near || text.charCodeAt(at) !== OPENING) continue;
    const key = text.slice(at, right + 1);
    const src = Object.hasOwn(emoji, key) ? emoji[key] : undefined;
    if (src) {
      nodes.push({ name: 'img', src, key });
      at = right + 1;
    } else {
      nodes.push(BRACKET);
      at += 1;
    }
  }
  return nodes;
}

/** What a notice of the system conversation says, in the guide's English; nothing for an operation that it does not know (R-M4). */
export function parseGroupSystemNotice(payload: unknown): string {
  const { operationType, operatorID, groupProfile } = fieldsOf(payload);
  const profile = fieldsOf(groupProfile);
  const who = wordOf(operatorID);
  // TIM's own servers say `name`, its guide `groupName`.
  const group = wordOf(profile['groupName']) || wordOf(profile['name']) || wordOf(profile['groupID']);
  switch (operationType) {
    case 1:
      return `${who} requests to join ${group}`;
    case 2:
      return `You have successfully joined ${group}`;
    case 3:
      return `Your request to join ${group} has been denied.`;
    case 4:
      return `You have been removed from ${group} by ${who}`;
    case 5:
      return `${group} has been disbanded by ${who}`;
    case 6:
      return `${who} has created ${group}`;
    case 7:
      return `${who} invites you to join ${group}`;
    case 8:
      return `You have withdrawn from ${group}`;
    case 9:
      return `${who} has made you an admin of ${group}`;
    case 10:
      return `${who} has removed you as an admin of ${group}.`;
    case 255:
      return 'Custom system group notification';
    default:
      return '';
  }
}

/** What a tip in a group says, in the guide's English (R-M5). */
export function parseGroupTipContent(payload: unknown): string {
  const { operationType, operatorID, userIDList } = fieldsOf(payload);
  const whom = Array.isArray(userIDList) ? userIDList.map(wordOf).join(',') : '';
  switch (operationType) {
    case TYPES.GRP_TIP_MBR_JOIN:
      return `${whom} joined the group`;
    case TYPES.GRP_TIP_MBR_QUIT:
      return `${whom} left the group`;
    case TYPES.GRP_TIP_MBR_KICKED_OUT:
      return `${wordOf(operatorID)} removed ${whom} from the group`;
    case TYPES.GRP_TIP_MBR_SET_ADMIN:
      return `The following member(s) are now admins: ${whom}`;
    case TYPES.GRP_TIP_MBR_CANCELED_ADMIN:
      return `The following member(s) are no longer admins: ${whom}`;
    default:
      return '[Group notification]';
  }
}

function longestKey(emoji: EmojiMap): number {
  return Object.keys(emoji).reduce((longest, key) => Math.max(longest, key.length), 0);
}

/** A payload is what somebody else sent: whatever is no object has no fields. */
function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function wordOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
