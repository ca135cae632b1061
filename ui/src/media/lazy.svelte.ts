/** The insides of messages with files: fetched with the first of them, and there at once from then on. */
import type { Component } from 'svelte';
import type { Message } from '../tim';
import type { MediaContent } from './content';
import type { Room, Mosaic } from './room';

/** One message with what it shows; a new one whenever either changes. */
export interface MediaItem {
  message: Message;
  content: MediaContent;
  /** It is one's own and on its way. */
  isGoing: boolean;
}

export interface BodyProps {
  items: readonly MediaItem[];
  room: Room | Mosaic;
  /** Looks at one of them, large. */
  onview: (message: Message) => void;
  /** Sends one of an album again that failed. */
  onretry: (message: Message) => void;
  /** Throws one away that is not sent yet. */
  ondiscard: (message: Message) => void;
}

class Bodies {
  /** `null` until it has come. */
  body = $state.raw<Component<BodyProps> | null>(null);
  #asked = false;

  ask(): void {
    if (this.#asked) return;
    this.#asked = true;
    import('./MediaBody.svelte').then(
      ({ default: body }) => (this.body = body),
      () => (this.#asked = false),
    );
  }
}

export const bodies = new Bodies();
