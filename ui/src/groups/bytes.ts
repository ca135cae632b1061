/** How long the texts of groups may be (R 1.16): what counts are bytes of UTF-8, of which a Chinese character has three. */

/** A group's name, bytes. */
export const GROUP_NAME = 30;
/** What goes with a request to join, bytes. */
export const APPLICATION = 300;
/** A group's id, bytes. */
export const GROUP_ID = 48;

/** Bytes that are left for a text as it is sent; below 0 it is too long by that much. */
export function bytesLeft(text: string, most: number): number {
  return most - new TextEncoder().encode(text.trim()).length;
}
