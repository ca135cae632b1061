/** What TIM's SDK checks before it does anything: a failure is thrown at once (R-L4). */
import { PAGE_SIZE, TYPES } from './constants';
import { CODE, IMError } from './errors';

/** R-L4: thrown synchronously. What exactly was wrong goes to the console, where a developer looks. */
export function refuse(why: string): never {
  console.warn(`TIM: ${why}`);
  throw new Error('Params validate failed.');
}

/** A plain object, or whatever stands for one in JavaScript. */
export function requireObject(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    refuse(`${name} must be an object`);
  return value as Record<string, unknown>;
}

export function requireText(value: unknown, name: string): string {
  if (typeof value !== 'string' || value.length === 0) refuse(`${name} must be a string that is not empty`);
  return value;
}

export function requireArray(value: unknown, name: string): unknown[] {
  if (!Array.isArray(value)) refuse(`${name} must be an array`);
  return value;
}

/** A text, also an empty one; `undefined` when it was not given. */
export function optionalText(value: unknown, name: string): string | undefined {
  if (value !== undefined && typeof value !== 'string') refuse(`${name} must be a string`);
  return value;
}

export function requireWhole(value: unknown, least: number, name: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least)
    refuse(`${name} must be a whole number from ${least}`);
  return value;
}

export function oneOf<Value extends string>(value: unknown, values: readonly Value[], name: string): Value {
  const found = values.find((each) => each === value);
  return found ?? refuse(`${name} must be one of ${values.join(', ')}`);
}

/** `C2C` + user id, `GROUP` + group id, or `@TIM#SYSTEM` (R-H2). */
export function isConversationID(text: string): boolean {
  return text === TYPES.CONV_SYSTEM || /^(?:C2C|GROUP)./su.test(text);
}

export function requireConversationID(value: unknown): string {
  const text = requireText(value, 'conversationID');
  if (!isConversationID(text)) refuse('conversationID must begin with C2C or GROUP, or be @TIM#SYSTEM');
  return text;
}

/** R-H1: absent means 15, above 15 means 15, anything but a positive whole number is refused. */
export function requireCount(value: unknown): number {
  if (value === undefined) return PAGE_SIZE;
  if (!/^[1-9][0-9]*$/u.test(String(value))) refuse('count must be a positive whole number');
  return Math.min(Number(value), PAGE_SIZE);
}

export function requireConversationType(value: unknown): 'C2C' | 'GROUP' {
  if (value !== TYPES.CONV_C2C && value !== TYPES.CONV_GROUP) refuse('conversationType must be C2C or GROUP');
  return value;
}

export type Priority = 'High' | 'Normal' | 'Low' | 'Lowest';

const PRIORITIES: readonly Priority[] = ['High', 'Normal', 'Low', 'Lowest'];

/** R-C3: 1 to 4 count as the four names, and whatever is none of them is Normal. */
export function priorityOf(value: unknown): Priority {
  if (typeof value === 'number') return PRIORITIES[value - 1] ?? 'Normal';
  return PRIORITIES.find((each) => each === value) ?? 'Normal';
}

/** The SDKAppID of `TIM.create`: a whole number above 0; missing is 2000 (R 1.14). */
export function validateSDKAppID(options: unknown): number {
  const given =
    typeof options === 'object' && options !== null && 'SDKAppID' in options ? Number(options.SDKAppID) : NaN;
  if (!Number.isSafeInteger(given) || given <= 0) {
    throw new IMError({ code: CODE.NO_SDKAPPID, message: 'SDKAppID is missing' });
  }
  return given;
}
