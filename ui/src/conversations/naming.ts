/** How a conversation is called and what its line in the list says. */
import { lineOf } from '../chat/line';
import { noticeOf, noticeText, tipText } from '../groups/said';
import { colourOf, nameOf, shownName } from '../look/names';
import { TYPES, type Conversation, type LastMessage } from '../tim';
import { words } from '../words/words.svelte';

/** The id behind `C2C…` or `GROUP…`. */
export function otherID(conversationID: string): string {
  return conversationID.replace(/^(?:C2C|GROUP)/u, '');
}

export function conversationName(conversation: Conversation): string {
  const { conversationID, userProfile, groupProfile } = conversation;
  if (conversationID === TYPES.CONV_SYSTEM) return words.list.notices;
  if (groupProfile) return shownName(groupProfile.name.trim() || groupProfile.groupID);
  return userProfile ? nameOf(userProfile) : shownName(otherID(conversationID));
}

/** What stands below its name where one is chosen: a person's id, how many are in a group. */
export function belowOf({ conversationID, groupProfile }: Conversation): string {
  if (conversationID === TYPES.CONV_SYSTEM) return '';
  return groupProfile ? words.groups.count(groupProfile.memberCount) : otherID(conversationID);
}

/** Whether one is in it and it is no list of notices: something can be sent there, if one is not muted. */
export function isSpokenIn({ type, groupProfile }: Conversation): boolean {
  return type === TYPES.CONV_C2C || (type === TYPES.CONV_GROUP && groupProfile?.selfInfo !== undefined);
}

/** Its avatar's colour, 0 to 11: the profile's, or one made from the id. */
export function conversationColour(conversation: Conversation): number {
  const { userProfile, groupProfile, conversationID } = conversation;
  return (userProfile ?? groupProfile)?.avatarColour ?? colourOf(conversationID);
}

/** The words for the newest message, on one line, as they are said to `reader`; `nameOf` says what people are called. */
export function previewOf(
  last: LastMessage | null,
  nameOf: (userID: string) => string,
  reader: string,
): string {
  if (last === null) return words.list.noMessages;
  if (last.isRevoked) return words.list.recalled;
  if (last.type === TYPES.MSG_GRP_TIP) return tipText(last.payload, nameOf, reader);
  if (last.type === TYPES.MSG_GRP_SYS_NOTICE) return noticeText(noticeOf(last.payload), nameOf);
  return lineOf(last);
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
