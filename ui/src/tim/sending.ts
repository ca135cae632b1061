/**
 * Who waits for what becomes of a message: `sendMessage` resolves when the server has it (R-S1, R-S8). And what the engine
 * would not even take: it is nowhere but here, to be sent again or thrown away as any that failed.
 */
import { CODE, IMError, response, type IMResponse } from './errors';
import type { Message } from './message';

/** How many sent messages are remembered, to tell their echoes (R-S2). */
const REMEMBERED = 100;

interface Waiter {
  message: Message;
  resolve: (answer: IMResponse<{ message: Message }>) => void;
  reject: (error: IMError) => void;
}

export class Sending {
  readonly #waiters = new Map<string, Waiter>();
  readonly #sentHere = new Set<string>();
  readonly #untaken = new Map<string, Message>();
  /** There are messages now that the engine did not take, or none any longer. */
  onuntaken: (hasAny: boolean) => void = () => undefined;

  /** Waits for what becomes of `message`. A second call for the same message takes the place of the first. */
  wait(message: Message): Promise<IMResponse<{ message: Message }>> {
    this.#sentHere.delete(message.clientID);
    this.#sentHere.add(message.clientID);
    for (const oldest of this.#sentHere) {
      if (this.#sentHere.size <= REMEMBERED) break;
      this.#sentHere.delete(oldest);
    }
    return new Promise((resolve, reject) => {
      const before = this.#waiters.get(message.clientID);
      this.#waiters.set(message.clientID, {
        message,
        resolve: (answer) => {
          before?.resolve(answer);
          resolve(answer);
        },
        reject: (error) => {
          before?.reject(error);
          reject(error);
        },
      });
    });
  }

  isWaiting(message: Message): boolean {
    return this.#waiters.has(message.clientID);
  }

  wasSentHere(clientID: string): boolean {
    return this.#sentHere.has(clientID);
  }

  /** The messages that somebody waits for, by conversation. */
  waiting(): Map<string, Message[]> {
    const found = new Map<string, Message[]>();
    for (const { message } of this.#waiters.values())
      found.set(message.conversationID, [...(found.get(message.conversationID) ?? []), message]);
    return found;
  }

  /** The engine has taken the message, or has not. */
  handed(message: Message, isTaken: boolean): void {
    this.#change(() => {
      if (isTaken) this.#untaken.delete(message.clientID);
      else this.#untaken.set(message.clientID, message);
    });
  }

  isUntaken(message: Message): boolean {
    return this.#untaken.has(message.clientID);
  }

  /** What the engine did not take of a conversation, in the order in which it was written. */
  untaken(conversationID: string): Message[] {
    return [...this.#untaken.values()].filter((each) => each.conversationID === conversationID);
  }

  /** Thrown away: nothing will become of it. */
  drop(message: Message): void {
    this.#change(() => this.#untaken.delete(message.clientID));
    this.fail(message, sendError(message));
  }

  /** Looks at what a message has become, and answers whoever waits for it. */
  settle(message: Message): void {
    const waiter = this.#waiters.get(message.clientID);
    if (waiter === undefined || message.status === 'unSend') return;
    this.#waiters.delete(message.clientID);
    if (message.status === 'success') waiter.resolve(response({ message: waiter.message }));
    else waiter.reject(sendError(message));
  }

  /** It will not be sent. */
  fail(message: Message, error: IMError): void {
    const waiter = this.#waiters.get(message.clientID);
    this.#waiters.delete(message.clientID);
    waiter?.reject(error);
  }

  /** Signed out: nobody will hear. */
  abandon(): void {
    for (const waiter of this.#waiters.values()) {
      const error = { code: CODE.NOT_SIGNED_IN, kind: 'unauthorised' as const, message: 'signed out' };
      waiter.reject(new IMError(error, { message: waiter.message }));
    }
    this.#waiters.clear();
    this.#change(() => this.#untaken.clear());
    this.#sentHere.clear();
  }

  #change(work: () => unknown): void {
    const had = this.#untaken.size > 0;
    work();
    const has = this.#untaken.size > 0;
    if (had !== has) this.onuntaken(has);
  }
}

/** What who waits for a message hears when it was not sent. */
export function sendError(message: Message): IMError {
  const code = message.code || CODE.SEND_FAILED;
  return new IMError({ code, message: 'the message was not sent' }, { message });
}
