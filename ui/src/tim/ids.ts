/** Ids that this side makes. */

/** The id by which a message is known for ever: a UUID of version 7, so that ids sort roughly by time. */
export function newClientID(now: number = Date.now()): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  let time = Math.max(0, Math.floor(now));
  for (let index = 5; index >= 0; index -= 1) {
    bytes[index] = time % 256;
    time = Math.floor(time / 256);
  }
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** TIM's random of a message, 0 to 99,999,999 (R-C7). */
export function newRandom(): number {
  return Math.round(Math.random() * 99_999_999);
}

/** Counts TIM's client sequences (R-C7): from anywhere, so that two devices of a user seldom meet. */
export function makeSequence(start: number = 1 + Math.floor(Math.random() * 0x7fff_ffff)): () => number {
  let last = start;
  return () => {
    last = last >= 0xffff_fffe ? 1 : last + 1;
    return last;
  };
}
