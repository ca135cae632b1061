/** Listeners by event name, as TIM's SDK has them: a handler gets `{ name, data }`. */

export interface TIMEvent<Data = unknown> {
  name: string;
  data: Data;
}

// Each event has data of its own type; a handler names the one that it expects.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Handler = (event: TIMEvent<any>) => void;

interface Registered {
  handler: Handler;
  context: unknown;
  once: boolean;
}

export class Emitter {
  readonly #registered = new Map<string, Registered[]>();

  on(name: string, handler: Handler, context?: unknown): void {
    this.#add(name, { handler, context, once: false });
  }

  once(name: string, handler: Handler, context?: unknown): void {
    this.#add(name, { handler, context, once: true });
  }

  off(name: string, handler: Handler, context?: unknown): void {
    const left = (this.#registered.get(name) ?? []).filter(
      (each) => each.handler !== handler || (context !== undefined && each.context !== context),
    );
    if (left.length === 0) this.#registered.delete(name);
    else this.#registered.set(name, left);
  }

  clear(): void {
    this.#registered.clear();
  }

  /** Calls the handlers of this moment in their order. One that throws is reported and stops no other. */
  emit(name: string, data?: unknown): void {
    for (const each of this.#registered.get(name) ?? []) {
      if (each.once) this.off(name, each.handler, each.context);
      try {
        each.handler.call(each.context, { name, data });
      } catch (thrown) {
        console.error(`a listener of ${name} threw`, thrown);
      }
    }
  }

  #add(name: string, registered: Registered): void {
    // A new array each time: whoever joins or leaves during an event changes only the next one.
    this.#registered.set(name, [...(this.#registered.get(name) ?? []), registered]);
  }
}
