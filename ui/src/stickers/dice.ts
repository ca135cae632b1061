/** A die, by the guide's own sample of a custom message: `data` is `dice`, `description` what it shows (R-U1). */

export type Pips = 1 | 2 | 3 | 4 | 5 | 6;

export interface CustomPayload {
  data: string;
  description: string;
  extension: string;
}

/** What a custom message's die shows; `null` when it is no die. */
export function pipsOf(payload: { data: unknown; description: unknown }): Pips | null {
  const { data, description } = payload;
  if (data !== 'dice' || typeof description !== 'string' || !/^[1-6]$/u.test(description)) return null;
  return Number(description) as Pips;
}

/** A throw, by a random number from 0 up to 1. */
export function thrown(random: number): CustomPayload {
  return { data: 'dice', description: String(Math.floor(random * 6) + 1), extension: '' };
}
