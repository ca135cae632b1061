/** How a conversation is called and what its line in the list says. */
import { contentOf } from '../chat/content';
import { withCharacters } from '../emoji/pieces';
import { nameOf, shownName } from '../look/names';
import type { Conversation, LastMessage } from '../tim';
import { spoken, words } from '../words/words.svelte';

/** The id behind `C2C…` or `GROUP…`. */
export function otherID(conversationID: string): string {
  return conversationID.replace(/^(?:C2C|GROUP)/u, '');
}

export function conversationName(conversation: Conversation): string {
  const { userProfile } = conversation;
  return userProfile ? nameOf(userProfile) : shownName(otherID(conversation.conversationID));
}

/** Its avatar's colour, 0 to 11: the profile's, or one made from the id. */
export function conversationColour(conversation: Conversation): number {
  const { userProfile, conversationID } = conversation;
  if (userProfile) return userProfile.avatarColour;
  return [...conversationID].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % 12, 0);
}

/** The words for the newest message, on one line. */
export function previewOf(last: LastMessage | null): string {
  if (last === null) return words.list.noMessages;
  if (last.isRevoked) return words.list.recalled;
  const content = contentOf(last);
  switch (content.kind) {
    case 'text':
      return withCharacters(content.text);
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

/** Whether a conversation fits what was typed into the filter: by name or id, however it is written. */
export function fitsFilter(conversation: Conversation, filter: string): boolean {
  const wanted = plain(filter);
  if (wanted === '') return true;
  const id = otherID(conversation.conversationID);
  return plain(conversationName(conversation)).includes(wanted) || plain(id).includes(wanted);
}

function plain(text: string): string {
  return text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLocaleLowerCase().trim();
}
