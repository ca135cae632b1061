/** The bridge's methods that need no word of the SDK: what they refuse is an {@link IMError}. */
import type { Bridge } from '../bridge/bridge';
import { IMError } from './errors';

export async function asIMError<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (thrown) {
    throw IMError.from(thrown);
  }
}

export function passed<Name extends keyof Bridge>(bridge: Bridge, name: Name): Bridge[Name] {
  const call = bridge[name] as (request?: object) => Promise<unknown>;
  return ((request?: object) => asIMError(call.call(bridge, request))) as Bridge[Name];
}
