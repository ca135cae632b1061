/** What the whole window knows of files: what is dragged over it, what is about to be sent, what is on its way, what is looked at. */
import { SvelteMap } from 'svelte/reactivity';
import type { Parcel } from '../media/parcel.svelte';
import { words } from '../words/words.svelte';
import {
  EVENT,
  TIDINGS_EVENT,
  type AttachedFiles,
  type DragNews,
  type Message,
  type OpenedFiles,
  type TimClient,
  type Transfer,
} from '../tim';

/** Where files to send come from: a dialog, a paste, a drop. */
export type Source = () => Promise<AttachedFiles>;

/** Files that somebody wants to send, before they have said how. */
export interface Offer {
  conversationID: string;
  /** In the order in which they came. */
  sources: readonly Source[];
  /** Folders that were dropped, and by which word their files can be had. */
  folders: number;
  token: string;
}

/** Pictures and videos that are looked at, one at a time. */
export interface Viewing {
  conversationID: string;
  /** Those that are at hand, oldest first. */
  messages: readonly Message[];
  at: Message;
}

/** Transfers that are remembered. */
const MOST = 500;

export class Files {
  readonly #tim: TimClient;
  readonly #open: (conversationID: string) => Promise<void>;
  readonly #say: (trouble: string) => void;
  /** Where something is dragged over the window, CSS pixels. */
  drag = $state.raw<{ x: number; y: number; count: number } | null>(null);
  /** By conversation. */
  readonly offers = new SvelteMap<string, Offer>();
  /** What became of each offer so far; the sheet that shows it makes it. */
  // Nothing is drawn from which there are.
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  readonly parcels = new Map<string, Parcel>();
  viewing = $state.raw<Viewing | null>(null);
  forwarded = $state.raw<Message[] | null>(null);
  /** Files that were opened with Tidings, until somebody is chosen to whom they go. */
  handed = $state.raw<readonly OpenedFiles[]>([]);
  /** A file that may run code, about to be opened. */
  asked = $state.raw<{ id: string; name: string } | null>(null);
  readonly #up = new SvelteMap<string, Transfer>();
  readonly #down = new SvelteMap<string, Transfer>();

  constructor(
    tim: TimClient,
    open: (conversationID: string) => Promise<void>,
    say: (trouble: string) => void,
  ) {
    this.#tim = tim;
    this.#open = open;
    this.#say = say;
    tim.on(TIDINGS_EVENT.DRAG, ({ data }) => void this.#dragged(data as DragNews));
    tim.on(TIDINGS_EVENT.FILES_OPENED, ({ data }) => (this.handed = [...this.handed, data as OpenedFiles]));
    tim.on(TIDINGS_EVENT.TRANSFER, ({ data }) => this.#take(data as Transfer));
    for (const event of [EVENT.SDK_READY, TIDINGS_EVENT.OVERFLOW]) tim.on(event, () => void this.#ask());
  }

  /** How far the files of one's own message are. */
  up({ clientID }: Message): Transfer | undefined {
    return this.#up.get(clientID);
  }

  /** How far a file that is fetched is. */
  down(fileID: string | null): Transfer | undefined {
    return fileID === null ? undefined : this.#down.get(fileID);
  }

  /** Offers files for sending; more for the same conversation join those that are offered already. */
  give(conversationID: string, source: Source, folders = 0, token = ''): void {
    const before = this.offers.get(conversationID);
    this.offers.set(conversationID, {
      conversationID,
      sources: [...(before?.sources ?? []), source],
      folders: folders || (before?.folders ?? 0),
      token: token || (before?.token ?? ''),
    });
  }

  /** An offer is over: sent, or not wanted, and then what was read for it is forgotten. */
  endOffer(conversationID: string): void {
    this.parcels.get(conversationID)?.discard();
    this.parcels.delete(conversationID);
    this.offers.delete(conversationID);
  }

  /** Files of the page itself, from a paste or a drop. */
  giveBlobs(conversationID: string, files: readonly File[]): void {
    if (files.length > 0) this.give(conversationID, () => this.#attach(files));
  }

  /** The conversation at a place in the window, or the one that is open. */
  conversationAt(x: number, y: number, opened: string): string {
    const row = document.elementFromPoint(x, y)?.closest<HTMLElement>('[data-conversation]');
    return row?.dataset['conversation'] ?? opened;
  }

  /** Which conversation is open; told by the session. */
  openID: () => string = () => '';

  forget(): void {
    this.#up.clear();
    this.#down.clear();
    for (const conversationID of [...this.offers.keys()]) this.endOffer(conversationID);
    this.viewing = null;
    this.forwarded = null;
    this.handed = [];
    this.asked = null;
  }

  async #dragged(news: DragNews): Promise<void> {
    switch (news.event) {
      case 'dragEntered':
        this.drag = news;
        return;
      case 'dragMoved':
        if (this.drag !== null) this.drag = { ...this.drag, x: news.x, y: news.y };
        return;
      case 'dragLeft':
        this.drag = null;
        return;
      case 'dropped':
        this.drag = null;
        await this.dropped(news);
    }
  }

  async dropped({ x, y, ...files }: Extract<DragNews, { event: 'dropped' }>): Promise<void> {
    const target = this.#target(x, y);
    if (target !== null) await this.#giveKept(target, files);
  }

  /** Somebody was chosen for the files that were opened with Tidings. */
  async sendHanded(conversationID: string): Promise<void> {
    const { handed } = this;
    this.handed = [];
    for (const each of handed) await this.#giveKept(conversationID, each);
  }

  /** Offers what the shell keeps under a word. */
  async #giveKept(target: string, { files, folders, token }: Omit<OpenedFiles, 'event'>): Promise<void> {
    const none = { attachments: [], left: 0, error: null };
    const source: Source = () =>
      files > 0 ? this.#tim.tidings.attachDropped({ token }) : Promise.resolve(none);
    await this.#open(target);
    this.give(target, source, folders, token);
  }

  /** A drop that the page itself has seen. */
  async droppedBlobs(x: number, y: number, files: readonly File[]): Promise<void> {
    this.drag = null;
    if (files.length === 0) return;
    const target = this.#target(x, y);
    if (target === null) return;
    await this.#open(target);
    this.giveBlobs(target, files);
  }

  #target(x: number, y: number): string | null {
    const opened = this.openID();
    const target = this.conversationAt(x, y, opened);
    // What is asked already is answered first.
    const isBusy = document.querySelector('dialog[open]') !== null && !this.offers.has(target ?? '');
    if (target !== '' && target !== '@TIM#SYSTEM' && !isBusy) return target;
    if (!isBusy) this.#say(words.media.dropNowhere);
    return null;
  }

  /** Each by itself: one that cannot be had says so and holds up no other. */
  async #attach(files: readonly File[]): Promise<AttachedFiles> {
    const attachments = [];
    for (const file of files) attachments.push(await this.#tim.tidings.attachOrSay(file, file.name));
    return { attachments, left: 0, error: null };
  }

  #take(transfer: Transfer): void {
    const [all, key] =
      transfer.direction === 'up'
        ? ([this.#up, transfer.clientID] as const)
        : ([this.#down, transfer.fileID] as const);
    if (transfer.state === 'done') all.delete(key);
    else all.set(key, transfer);
    if (all.size > MOST) for (const oldest of [...all.keys()].slice(0, all.size - MOST)) all.delete(oldest);
  }

  /** What is on its way, after events may have been lost. */
  async #ask(): Promise<void> {
    try {
      const transfers = await this.#tim.tidings.transfers();
      this.#up.clear();
      this.#down.clear();
      for (const each of transfers) this.#take(each);
    } catch {
      // The next news of each tells.
    }
  }
}
