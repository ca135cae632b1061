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

/** The text below a file, bytes. */
export const CAPTION = 4096;

export function sizeOf(text: string, most = MESSAGE_BYTES): TextSize {
  // A short text is not worth encoding: a UTF-16 unit is three bytes at most.
  const isSurelyShort = 3 * text.length < most - NEAR;
  const left = isSurelyShort ? most : most - encoder.encode(text).length;
  return { left, isNear: left <= NEAR, isTooLong: left < 0 };
}

/** What is sent of what was typed: without empty lines before and blanks after it. */
export function toSend(text: string): string {
  return text.replace(/^(?:[^\S\n]*\n)+/u, '').trimEnd();
}
