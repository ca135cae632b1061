/** A message on one line of plain words: for quotes, previews and choosing. */
import { contentOf } from './content';
import { withCharacters } from '../emoji/pieces';
import type { MediaContent } from '../media/content';
import { fileNameText } from '../media/names';
import type { Message } from '../tim';
import { lengthInWords } from '../words/amounts';
import { spoken, words } from '../words/words.svelte';

/** Longer than this no line is seen, UTF-16 units. */
const LONGEST = 400;

export function lineOf(message: Pick<Message, 'type' | 'payload'>): string {
  const content = contentOf(message);
  switch (content.kind) {
    case 'text':
      return oneLine(content.text);
    case 'sticker': {
      const { sticker } = content;
      return sticker === null ? words.stickers.unknown : words.stickers.named(sticker[spoken.language]);
    }
    case 'die':
      return words.stickers.die(content.pips);
    case 'unsupported':
      return words.list.unsupported;
    default: {
      const what = fileLine(content);
      return content.caption === '' ? what : words.media.captioned(what, oneLine(content.caption));
    }
  }
}

function oneLine(text: string): string {
  return withCharacters(text.slice(0, LONGEST)).replaceAll(/\s+/gu, ' ');
}

function fileLine(content: MediaContent): string {
  switch (content.kind) {
    case 'image':
      return content.isAnimated ? words.media.gif : words.media.picture;
    case 'video':
      return words.media.video;
    case 'sound':
      return words.media.voice(lengthInWords(content.second));
    case 'file':
      return fileNameText(content.name) || words.media.file;
  }
}
