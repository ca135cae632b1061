/**
 * A voice message that is being recorded, or was and waits. It belongs to the conversation in which it was begun: when another one comes
 * in between, it ends, and waits there to be heard and sent.
 */
import {
  CODE,
  IMError,
  TIDINGS_EVENT,
  type DraftAttachment,
  type RecordingNews,
  type TimClient,
} from '../tim';

/** Levels that are seen at once. */
const SEEN = 48;

/** Why there is no recording, or no more of it. */
export type Trouble = 'none' | 'gone' | IMError;

/** When the microphone is free again: the last recording may be over for the person while its microphone still opens. */
const free = new WeakMap<TimClient, Promise<unknown>>();

export class Recording {
  readonly #tim: TimClient;
  readonly #over: () => void;
  stage = $state<'starting' | 'recording' | 'stopping' | 'made' | 'failed'>('starting');
  levels = $state.raw<readonly number[]>([]);
  seconds = $state(0);
  draft = $state.raw<DraftAttachment | null>(null);
  trouble = $state.raw<Trouble | null>(null);
  #isOver = false;
  /** Rests while nothing is under way. */
  #work: Promise<void> = Promise.resolve();

  /** `before`: others, which leave the microphone first. `over`: it is sent, thrown away, or came to nothing. */
  constructor(tim: TimClient, before: readonly Recording[], over: () => void) {
    this.#tim = tim;
    this.#over = over;
    tim.on(TIDINGS_EVENT.RECORDING, this.#hear);
    const left = Promise.all([free.get(tim), ...before.map((each) => each.settled)]);
    this.#work = left.then(() => this.#start());
    free.set(tim, this.#work);
  }

  /** Resolves when nothing is under way. */
  get settled(): Promise<void> {
    return this.#work;
  }

  /** Ends it; what was said is kept. */
  stop(): Promise<void> {
    if (this.stage === 'recording') {
      this.stage = 'stopping';
      this.#work = this.#stop();
    }
    return this.#work;
  }

  /** Nobody sees it any more: what was said waits, all else is over. */
  leave(): void {
    if (this.stage === 'starting' || this.stage === 'failed') this.discard();
    else void this.stop();
  }

  /** The voice message, which is the caller's from now on. */
  async take(): Promise<DraftAttachment | null> {
    await this.stop();
    const { draft } = this;
    if (draft === null || this.#isOver) return null;
    this.#end();
    return draft;
  }

  discard(): void {
    if (this.#isOver) return;
    this.#end();
    const { tidings } = this.#tim;
    const { draft, stage } = this;
    if (draft !== null) tidings.discardAttachment({ id: draft.id }).catch(() => undefined);
    // One that begins just now sees by itself that it is over.
    else if (stage === 'recording') free.set(this.#tim, this.#cancel());
  }

  async #start(): Promise<void> {
    if (this.#isOver) return;
    try {
      await this.#tim.tidings.recordStart();
      // Whoever left meanwhile has no use for it.
      if (this.#isOver) await this.#cancel();
      else this.stage = 'recording';
    } catch (thrown) {
      const error = IMError.from(thrown);
      this.#fail(error.code === CODE.NOT_ON_THIS_DESKTOP ? 'none' : error);
    }
  }

  async #stop(): Promise<void> {
    try {
      const made = await this.#tim.tidings.recordStop();
      if (made.error !== null) throw new IMError(made.error);
      if (this.#isOver) await this.#tim.tidings.discardAttachment({ id: made.id });
      this.draft = made;
      this.stage = 'made';
    } catch (thrown) {
      this.#fail(IMError.from(thrown));
    }
  }

  #fail(trouble: Trouble): void {
    this.trouble = trouble;
    this.stage = 'failed';
  }

  #cancel(): Promise<void> {
    return this.#tim.tidings.recordCancel().catch(() => undefined);
  }

  #end(): void {
    this.#isOver = true;
    this.#tim.off(TIDINGS_EVENT.RECORDING, this.#hear);
    this.#over();
  }

  readonly #hear = ({ data }: { data: RecordingNews }): void => {
    if (this.stage !== 'recording') return;
    if (data.event === 'recordingLevel') {
      this.levels = [...this.levels, data.level].slice(-SEEN);
      this.seconds = data.seconds;
      return;
    }
    if (data.event === 'recordingFailed') this.trouble = 'gone';
    void this.stop();
  };
}
