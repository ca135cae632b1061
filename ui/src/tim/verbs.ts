/** What all verbs have in common: each checks that the SDK is ready (R-L3) and answers by a promise (R-L5). */
import type { Bridge } from '../bridge/bridge';
import { IMError, response, type IMResponse } from './errors';

/** What a verb answers: nothing at all while the SDK is not ready (R-L3). */
export type Answer<Data> = Promise<IMResponse<Data>> | undefined;

export abstract class Verbs {
  protected readonly bridge: Bridge;

  constructor(bridge: Bridge) {
    this.bridge = bridge;
  }

  /** R-L3: not ready means an ERROR event of code 2999, and `undefined` for the caller. */
  protected abstract mayDo(verb: string): boolean;

  protected async ask<Data>(work: () => Promise<Data>): Promise<IMResponse<Data>> {
    try {
      return response(await work());
    } catch (thrown) {
      throw IMError.from(thrown);
    }
  }
}
