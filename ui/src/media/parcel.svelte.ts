/**
 * What is about to be sent to one conversation: chosen files, their order, how each of them goes, and what is said of them. It outlives
 * the sheet that shows it, so that nothing is lost when another conversation comes in between.
 */
import { SvelteSet } from 'svelte/reactivity';
import type { FileToSend } from '../chat/chat-page.svelte';
import type { Source } from '../session/files.svelte';
import { problemOf } from '../session/problems';
import { IMError, TIDINGS_EVENT, type DraftAttachment, type TimClient } from '../tim';

/** Goes as a picture or a video, unless somebody wants every byte as it is. */
export function isSeen({ kind, error }: DraftAttachment): boolean {
  return error === null && (kind === 'image' || kind === 'video');
}

export class Parcel {
  readonly #tim: TimClient;
  /** What was being written before there was a caption. */
  readonly text: string;
  items = $state.raw<readonly DraftAttachment[]>([]);
  caption = $state('');
  /** Ids of those that go with every byte as it is. */
  readonly asFile = new SvelteSet<string>();
  /** Sources that are being read. */
  reading = $state(0);
  /** Files that were too many. */
  left = $state(0);
  problem = $state('');
  areFoldersTaken = $state(false);
  /** Somebody has put them in order, or said how they go. */
  isArranged = $state(false);
  /** All that come are to go as files. */
  #areAllFiles = false;
  /** Sources that were asked already. */
  #asked = 0;
  #isEnded = false;

  constructor(tim: TimClient, text: string) {
    this.#tim = tim;
    this.text = text;
    this.caption = text;
    tim.on(TIDINGS_EVENT.ATTACHMENT_CHANGED, this.#changed);
  }

  readonly good = $derived(this.items.filter((each) => each.error === null));
  readonly seen = $derived(this.items.filter(isSeen));

  /** Asks those of the sources that were not asked before. */
  ask(sources: readonly Source[]): void {
    for (; this.#asked < sources.length; this.#asked += 1) {
      const source = sources[this.#asked];
      if (source !== undefined) void this.take(source);
    }
  }

  async take(source: Source): Promise<void> {
    this.reading += 1;
    try {
      const { attachments, left, error } = await source();
      if (this.#isEnded) for (const each of attachments) this.#forget(each);
      else {
        this.items = [...this.items, ...attachments];
        if (this.#areAllFiles) this.goAsFiles(true);
      }
      this.left += left;
      if (error !== null) this.problem = problemOf(new IMError(error)).text;
    } catch (thrown) {
      this.problem = problemOf(thrown).text;
    } finally {
      this.reading -= 1;
    }
  }

  /** Nothing came, and nothing is to be said of it. */
  get isEmpty(): boolean {
    return this.reading === 0 && this.items.length === 0 && this.problem === '' && this.left === 0;
  }

  remove(at: number): void {
    const item = this.items[at];
    if (item === undefined) return;
    this.#forget(item);
    this.items = this.items.filter((_each, index) => index !== at);
  }

  /** Says whether anything moved. */
  move(from: number, to: number): boolean {
    const item = this.items[from];
    if (item === undefined || to < 0 || to >= this.items.length || from === to) return false;
    const rest = this.items.filter((_each, index) => index !== from);
    this.items = [...rest.slice(0, to), item, ...rest.slice(to)];
    this.isArranged = true;
    return true;
  }

  /** How all of them go, also those that are still to come. */
  goAsFiles(asFiles: boolean): void {
    this.#areAllFiles = asFiles;
    this.asFile.clear();
    if (asFiles) for (const { id } of this.seen) this.asFile.add(id);
  }

  /** How one of them goes. */
  goAsFile({ id }: DraftAttachment, asFile: boolean): void {
    if (asFile) this.asFile.add(id);
    else this.asFile.delete(id);
    this.#areAllFiles = false;
    this.isArranged = true;
  }

  /** What is sent; what cannot be is forgotten. */
  close(): FileToSend[] {
    for (const each of this.items) if (each.error !== null) this.#forget(each);
    this.#end();
    return this.good.map((draft) => ({ draft, asFile: this.asFile.has(draft.id) }));
  }

  /** Nothing of it is sent: it is forgotten. The files themselves stay where they are. */
  discard(): void {
    if (this.#isEnded) return;
    for (const each of this.items) this.#forget(each);
    this.#end();
  }

  #end(): void {
    this.#isEnded = true;
    this.#tim.off(TIDINGS_EVENT.ATTACHMENT_CHANGED, this.#changed);
  }

  #forget({ id }: DraftAttachment): void {
    if (id !== '') this.#tim.tidings.discardAttachment({ id }).catch(() => undefined);
  }

  readonly #changed = ({ data }: { data: DraftAttachment }): void => {
    if (this.items.some((each) => each.id === data.id))
      this.items = this.items.map((each) => (each.id === data.id ? data : each));
  };
}
