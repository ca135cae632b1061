/** What can be done with a message, as items of its menu. */
import type { MessageRow } from './rows';
import { mediaOf } from '../media/content';
import type { MenuItem, QuickItem } from '../look/Menu.svelte';
import { canForward, TYPES, type AccountView } from '../tim';
import { words } from '../words/words.svelte';

/** Reactions that are one click away. */
export const QUICK = ['👍', '❤️', '😂', '😮', '😢', '🙏'] as const;

export interface MessageActions {
  /** What was selected with the pointer or the keys, or the whole text. */
  copy: () => void;
  retry: () => void;
  discard: () => void;
  react: (emoji: string, on: boolean) => void;
  pickReaction: () => void;
  reply: () => void;
  edit: () => void;
  forward: () => void;
  select: () => void;
  details: () => void;
  recall: () => void;
  deleteForMe: () => void;
  save: () => void;
  copyPicture: () => void;
  openFile: () => void;
  showInFolder: () => void;
}

/** What can be done with a file that is there. */
function fileItems({ message, messages, isRevoked }: MessageRow, act: MessageActions): MenuItem[] {
  const media = isRevoked || messages.length > 1 ? null : mediaOf(message);
  if (media === null || media.id === null) return [];
  const isFile = media.kind === 'file' || media.kind === 'video';
  return [
    ...(isFile ? [{ label: words.media.open, choose: act.openFile }] : []),
    { label: words.media.saveAs, choose: act.save },
    ...(media.kind === 'image' ? [{ label: words.media.copyPicture, choose: act.copyPicture }] : []),
    ...(isFile ? [{ label: words.media.showInFolder, choose: act.showInFolder }] : []),
  ];
}

/** The row of quick reactions; none where nobody can react. */
export function quickItems(
  row: MessageRow,
  me: string,
  canAnswer: boolean,
  act: MessageActions,
): QuickItem[] {
  if (!canAnswer || row.message.seq === null || row.isRevoked) return [];
  return QUICK.map((emoji) => {
    const isOn = row.reactions.some((each) => each.emoji === emoji && each.users.includes(me));
    return {
      face: emoji,
      label: words.chat.reactWith(emoji),
      isOn,
      choose: () => act.react(emoji, !isOn),
    };
  });
}

/** What the person may do besides reading. */
export interface Rights {
  /** Say something here. */
  answer: boolean;
  /** Say something anywhere. */
  send: boolean;
  /** Take this message of theirs back, as far as is known here. */
  recall: boolean;
}

/**
 * Whether the server still lets its sender recall a message, at `now` by this computer's clock, milliseconds since 1970 (R-K2). Where it
 * has not said for how long, it is asked.
 */
export function isRecallable(
  { messages }: Pick<MessageRow, 'messages'>,
  { recallSeconds, serverAheadMs }: Pick<AccountView, 'recallSeconds' | 'serverAheadMs'>,
  now: number,
): boolean {
  if (recallSeconds === null || recallSeconds === 0) return true;
  const since = now + serverAheadMs - recallSeconds * 1000;
  return messages.every(({ seq, time }) => seq === null || time * 1000 > since);
}

export function menuItems(row: MessageRow, may: Rights, act: MessageActions): MenuItem[] {
  const { message } = row;
  const isSent = message.seq !== null && !row.isRevoked;
  const isText = message.type === TYPES.MSG_TEXT && row.text !== null;
  const isGoing = message.seq === null && message.attachment !== null;
  const deletion = { label: words.chat.deleteForMe, isDangerous: true, choose: act.deleteForMe };
  if (row.isRevoked) return [deletion];
  if (row.mark === 'failed')
    return [
      ...(isText ? [{ label: words.chat.copyText, choose: act.copy }] : []),
      { label: words.chat.retry, choose: act.retry },
      { label: words.chat.discard, isDangerous: true, choose: act.discard },
    ];
  const items: (MenuItem | false)[] = [
    isSent && may.answer && { label: words.chat.moreEmoji, choose: act.pickReaction },
    isSent && may.answer && { label: words.chat.reply, choose: act.reply },
    isText && { label: words.chat.copyText, choose: act.copy },
    ...(isSent ? fileItems(row, act) : []),
    isSent && row.isMine && isText && may.answer && { label: words.chat.edit, choose: act.edit },
    isSent && may.send && canForward(message) && { label: words.chat.forward, choose: act.forward },
    isSent && { label: words.chat.select, choose: act.select },
    isSent && { label: words.chat.details, choose: act.details },
    isGoing && { label: words.media.cancelSending, isDangerous: true, choose: act.discard },
    row.isMine &&
      !isGoing &&
      may.recall && { label: words.chat.recall, isDangerous: true, choose: act.recall },
    isSent && deletion,
  ];
  return items.filter((each) => each !== false);
}
