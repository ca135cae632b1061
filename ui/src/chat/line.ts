/** A message on one line of plain words: for quotes, previews and choosing. */
import { contentOf } from './content';
import { withCharacters } from '../emoji/pieces';
import type { Message } from '../tim';
import { spoken, words } from '../words/words.svelte';

/** Longer than this no line is seen, UTF-16 units. */
const LONGEST = 400;

export function lineOf(message: Pick<Message, 'type' | 'payload'>): string {
  const content = contentOf(message);
  switch (content.kind) {
    case 'text':
      return withCharacters(content.text.slice(0, LONGEST)).replaceAll(/\s+/gu, ' ');
    case 'sticker': {
      const { sticker } = content;
      return sticker === null ? words.stickers.unknown : words.stickers.named(sticker[spoken.language]);
    }
    case 'die':
      return words.stickers.die(content.pips);
    case 'unsupported':
      return words.list.unsupported;
  }
}
