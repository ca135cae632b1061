/** What a payload has to be, for each kind of message that can be made; a failure is thrown at once (R-L4). */
import { wellFormed } from '../bridge/well-formed';
import { MENTIONS, TYPES } from './constants';
import { CODE, IMError } from './errors';
import type { Message } from './message';
import { refuse, requireArray, requireObject, requireText } from './validate';

export interface TextPayload {
  text: string;
}

export interface FacePayload {
  /** The app's own number for it. */
  index: number;
  /** The app's own name for it. */
  data: string;
}

export interface CustomPayload {
  data: string;
  description: string;
  extension: string;
}

/** What each `create…Message` takes (R-C1 to R-C4). */
export interface CreateOptions<Payload> {
  to: string;
  conversationType: string;
  priority?: string | number;
  payload: Payload;
  /** Goes along as it is; Tidings keeps quoted replies in it. */
  cloudCustomData?: string;
}

export interface TextAtPayload extends TextPayload {
  /** User ids, or `TYPES.MSG_AT_ALL`. */
  atUserList?: string[];
}

/** R-T1, R-T3. */
export function textPayload(payload: unknown): TextPayload {
  return { text: wellFormed(requireText(requireObject(payload, 'payload')['text'], 'payload.text')) };
}

/** Whom a text mentions, each once. */
export function mentionsOf(payload: unknown): string[] {
  const list = requireArray(requireObject(payload, 'payload')['atUserList'] ?? [], 'payload.atUserList');
  const users = list.map((each) => wellFormed(requireText(each, 'a mentioned userID')));
  if (users.length > MENTIONS) refuse(`at most ${MENTIONS} mentions`);
  return [...new Set(users)];
}

/** What can be said to others. */
const FORWARDED = [
  TYPES.MSG_TEXT,
  TYPES.MSG_FACE,
  TYPES.MSG_CUSTOM,
  TYPES.MSG_IMAGE,
  TYPES.MSG_VIDEO,
  TYPES.MSG_FILE,
  TYPES.MSG_SOUND,
];

/** Whether what a message says can be said to others: it says something, and no server said it. */
export function canForward({ type, isRevoked, payload }: Message): boolean {
  return (
    !isRevoked && FORWARDED.some((each) => each === type) && typeof payload === 'object' && payload !== null
  );
}

/** R-E1. */
export function facePayload(payload: unknown): FacePayload {
  const { index, data } = requireObject(payload, 'payload');
  if (typeof index !== 'number' || !Number.isFinite(index)) refuse('payload.index must be a number');
  if (typeof data !== 'string') refuse('payload.data must be a string');
  return { index, data: wellFormed(data) };
}

/** R-U1, R-U2: a part that is left out is empty. */
export function customPayload(payload: unknown): CustomPayload {
  const given = requireObject(payload, 'payload');
  const part = (name: keyof CustomPayload): string => {
    const value = given[name] ?? '';
    if (typeof value !== 'string') refuse(`payload.${name} must be a string`);
    return wellFormed(value);
  };
  return { data: part('data'), description: part('description'), extension: part('extension') };
}

/** R-U2: a custom message of which every part is empty can be made, and cannot be sent. */
export function requireContent(message: Message): void {
  if (message.type !== TYPES.MSG_CUSTOM) return;
  const { data, description, extension } = customPayload(message.payload);
  if (data + description + extension === '')
    throw new IMError({ code: CODE.NO_CONTENT, message: 'the message is empty' }, { message });
}
