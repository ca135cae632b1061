/** What a message is to those who see it. Payloads are what somebody else sent: whatever makes no sense is not supported. */
import { emojiAlone } from '../emoji/pieces';
import { mediaOf, type MediaContent } from '../media/content';
import { pipsOf, type Pips } from '../stickers/dice';
import { stickerOf, type Sticker } from '../stickers/pack';
import { TYPES, type Message } from '../tim';

export type Content =
  /** `alone`: how many emoji it is, when it is nothing else. */
  | { kind: 'text'; text: string; alone: 0 | 1 | 2 | 3 }
  /** `null`: a sticker of another app. */
  | { kind: 'sticker'; sticker: Sticker | null }
  | { kind: 'die'; pips: Pips }
  | MediaContent
  | { kind: 'unsupported' };

const UNSUPPORTED: Content = { kind: 'unsupported' };

export function contentOf({ type, payload }: Pick<Message, 'type' | 'payload'>): Content {
  const fields: Record<string, unknown> =
    typeof payload === 'object' && payload !== null ? (payload as Record<string, unknown>) : {};
  switch (type) {
    case TYPES.MSG_TEXT: {
      const { text } = fields;
      return typeof text === 'string' ? { kind: 'text', text, alone: emojiAlone(text) } : UNSUPPORTED;
    }
    case TYPES.MSG_FACE:
      return { kind: 'sticker', sticker: stickerOf(fields['data']) };
    case TYPES.MSG_CUSTOM: {
      const { data, description } = fields;
      const pips = pipsOf({ data, description });
      if (pips !== null) return { kind: 'die', pips };
      const hasWords = typeof description === 'string' && description.trim() !== '';
      return hasWords ? { kind: 'text', text: description, alone: 0 } : UNSUPPORTED;
    }
    default:
      return mediaOf({ type, payload }) ?? UNSUPPORTED;
  }
}
