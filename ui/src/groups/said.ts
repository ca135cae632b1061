/** What tips and notices say, in the person's language. Payloads are what a server sent: whatever makes no sense is said in general. */
import { shownName } from '../look/names';
import { TYPES } from '../tim';
import { words } from '../words/words.svelte';

type Fields = Record<string, unknown>;
type NameOf = (userID: string) => string;

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {};
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Names that a tip tells at most. */
const NAMED = 5;

/** Somebody's name; `null` is who reads this. */
type Person = string | null;
type PersonOf = (userID: string) => Person;

/** What several people are called together, `reader` first. Nobody is asked for who is not named. */
function together(list: readonly string[], reader: string, personOf: PersonOf): Person {
  if (list.length === 1 && list[0] === reader) return null;
  const isReader = (userID: string): boolean => userID === reader;
  const named = [...list.filter(isReader), ...list.filter((each) => !isReader(each))].slice(0, NAMED);
  return words.tips.list(named.map(personOf), list.length - named.length);
}

/** Who did it and to whom. */
function peopleOf(
  fields: Fields,
  reader: string,
  personOf: PersonOf,
): { who: Person; whom: Person; isSelf: boolean } {
  const by = textOf(fields['operatorID']);
  const list = Array.isArray(fields['userIDList']) ? fields['userIDList'].map(textOf) : [];
  return {
    who: personOf(by),
    whom: together(list, reader, personOf),
    isSelf: list.length === 1 && list[0] === by,
  };
}

/** A tip in a group's log, as it is said to `reader` (R-M5). */
export function tipText(payload: unknown, nameOf: NameOf, reader: string): string {
  const personOf: PersonOf = (userID) => (userID === reader ? null : nameOf(userID));
  const fields = fieldsOf(payload);
  const { who, whom, isSelf } = peopleOf(fields, reader, personOf);
  switch (fields['operationType']) {
    case TYPES.GRP_TIP_MBR_JOIN:
      return isSelf ? words.tips.joined(whom) : words.tips.added(who, whom);
    case TYPES.GRP_TIP_MBR_QUIT:
      return words.tips.left(whom);
    case TYPES.GRP_TIP_MBR_KICKED_OUT:
      return words.tips.removed(who, whom);
    case TYPES.GRP_TIP_MBR_SET_ADMIN:
      return words.tips.madeAdmin(who, whom);
    case TYPES.GRP_TIP_MBR_CANCELED_ADMIN:
      return words.tips.noAdmin(who, whom);
    case TYPES.GRP_TIP_GRP_PROFILE_UPDATED:
      return profileText(who, fieldsOf(fields['newGroupProfile']), personOf);
    case TYPES.GRP_TIP_MBR_PROFILE_UPDATED:
      return muteText(who, fields['memberList'], reader, personOf);
    default:
      return words.tips.something;
  }
}

function profileText(who: Person, changed: Fields, personOf: PersonOf): string {
  const name = textOf(changed['name']);
  if (name !== '') return words.tips.renamed(who, shownName(name));
  const owner = textOf(changed['ownerID']);
  if (owner !== '') return words.tips.handedOver(personOf(owner));
  const mute = changed['muteAllMembers'];
  if (typeof mute === 'boolean') return mute ? words.tips.mutedAll(who) : words.tips.unmutedAll(who);
  if (textOf(changed['notification']) !== '') return words.tips.newNotice(who);
  return words.tips.changed(who);
}

function muteText(who: Person, list: unknown, reader: string, personOf: PersonOf): string {
  const members = Array.isArray(list) ? list.map(fieldsOf) : [];
  const whom = together(
    members.map((each) => textOf(each['userID'])),
    reader,
    personOf,
  );
  if (members.length === 0) return words.tips.changed(who);
  return members[0]?.['muteTime'] === 0 ? words.tips.unmuted(who, whom) : words.tips.muted(who, whom);
}

export interface Notice {
  operationType: unknown;
  /** Who did it; of a request to join, who asks. */
  by: string;
  groupID: string;
  groupName: string;
  /** What they wrote with it. */
  message: string;
  handled: 'accepted' | 'refused' | null;
}

/** A notice of the system conversation (R-M4). */
export function noticeOf(payload: unknown): Notice {
  const fields = fieldsOf(payload);
  const group = fieldsOf(fields['groupProfile']);
  const groupID = textOf(group['groupID']);
  const { handled } = fields;
  return {
    operationType: fields['operationType'],
    by: textOf(fields['operatorID']),
    groupID,
    // TIM's own servers say `name`, its guide `groupName`.
    groupName: shownName(textOf(group['groupName']) || textOf(group['name']) || groupID),
    message: textOf(fields['handleMessage']).slice(0, 300),
    handled: handled === 'accepted' || handled === 'refused' ? handled : null,
  };
}

export function noticeText(notice: Notice, nameOf: NameOf): string {
  const { operationType, groupName } = notice;
  const who = nameOf(notice.by);
  switch (operationType) {
    case 1:
      return words.notice.asks(who, groupName);
    case 2:
      return words.notice.accepted(groupName);
    case 3:
      return words.notice.refused(groupName);
    case 4:
      return words.notice.removed(who, groupName);
    case 5:
      return words.notice.dismissed(who, groupName);
    case 6:
      return words.notice.created(groupName);
    case 7:
      return words.notice.invited(who, groupName);
    case 8:
      return words.notice.left(groupName);
    case 9:
      return words.notice.madeAdmin(who, groupName);
    case 10:
      return words.notice.noAdmin(who, groupName);
    default:
      return words.notice.something(groupName);
  }
}

/** Whether a notice is a request to join that nobody has answered. */
export function isOpenRequest(notice: Notice): boolean {
  return notice.operationType === 1 && notice.handled === null;
}

/** Whether a notice tells who reads it what they did themselves: that is no news. */
export function isOwnDeed({ operationType }: Notice): boolean {
  return operationType === 6 || operationType === 8;
}
