/** How large a text is on the wire. */
import { MESSAGE_BYTES } from '../tim';

/** From here on it is said how much is left, bytes. */
const NEAR = 1024;

const encoder = new TextEncoder();

export interface TextSize {
  /** Bytes that are left; below 0 it is too long by that much. */
  left: number;
  isNear: boolean;
  isTooLong: boolean;
}

export function sizeOf(text: string): TextSize {
  // A short text is not worth encoding: a UTF-16 unit is three bytes at most.
  const isSurelyShort = 3 * text.length < MESSAGE_BYTES - NEAR;
  const left = isSurelyShort ? MESSAGE_BYTES : MESSAGE_BYTES - encoder.encode(text).length;
  return { left, isNear: left <= NEAR, isTooLong: left < 0 };
}

/** What is sent of what was typed: without empty lines before and blanks after it. */
export function toSend(text: string): string {
  return text.replace(/^(?:[^\S\n]*\n)+/u, '').trimEnd();
}
