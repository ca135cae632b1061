/** TIM's verbs for groups. */
import type { Bridge } from '../bridge/bridge';
import { wellFormed } from '../bridge/well-formed';
import { MEMBERS_AT_ONCE, MEMBERS_PAGE, MEMBER_PAGE_SIZE, TYPES } from './constants';
import { CODE, IMError } from './errors';
import { GroupBook, groupFrom, memberFrom, type Group, type GroupMember } from './group';
import { MemberPlaces } from './member-places';
import { Message } from './message';
import * as validate from './validate';
import { Verbs, type Answer } from './verbs';

const GROUP_TYPES = [TYPES.GRP_PRIVATE, TYPES.GRP_PUBLIC, TYPES.GRP_CHATROOM, TYPES.GRP_AVCHATROOM] as const;
const JOIN_OPTIONS = [
  TYPES.JOIN_OPTIONS_FREE_ACCESS,
  TYPES.JOIN_OPTIONS_NEED_PERMISSION,
  TYPES.JOIN_OPTIONS_DISABLE_APPLY,
] as const;
const ROLES = [TYPES.GRP_MBR_ROLE_ADMIN, TYPES.GRP_MBR_ROLE_MEMBER] as const;
const REMIND_TYPES = [
  TYPES.MSG_REMIND_ACPT_AND_NOTE,
  TYPES.MSG_REMIND_ACPT_NOT_NOTE,
  TYPES.MSG_REMIND_DISCARD,
] as const;

/** What a profile may be given; what is not given stays. */
interface ProfileOptions {
  name?: string;
  introduction?: string;
  notification?: string;
  joinOption?: string;
  /** 0 to 11 (Tidings). */
  avatarColour?: number;
}

export interface CreateGroupOptions extends ProfileOptions {
  name: string;
  /** Private by default. */
  type?: string;
  /** By default the server makes one. */
  groupID?: string;
  memberList?: { userID: string }[];
}

export interface JoinResult {
  status: 'JoinedSuccess' | 'AlreadyInGroup' | 'WaitAdminApproval';
  group: Group;
}

export interface MemberList {
  memberList: GroupMember[];
  /** Where the next page begins; 0 after the last. */
  offset: number;
}

export interface AddResult {
  successUserIDList: string[];
  failureUserIDList: string[];
  existedUserIDList: string[];
  group: Group;
}

export abstract class GroupVerbs extends Verbs {
  protected readonly groups = new GroupBook();
  readonly #places = new MemberPlaces();

  createGroup(options: CreateGroupOptions): Answer<{ group: Group }> {
    if (!this.mayDo('createGroup')) return undefined;
    const given = validate.requireObject(options, 'options');
    const { groupID, memberList = [] } = given;
    const request: Parameters<Bridge['createGroup']>[0] = {
      ...profileOptions(given),
      type: validate.oneOf(given['type'] ?? TYPES.GRP_PRIVATE, GROUP_TYPES, 'type'),
      name: wellFormed(validate.requireText(given['name'], 'name')),
      memberIDs: userIDs(
        validate
          .requireArray(memberList, 'memberList')
          .map((each) => validate.requireObject(each, 'a member')['userID']),
      ),
      ...(groupID === undefined || groupID === '' ? {} : { groupID: groupIDOf(groupID) }),
    };
    return this.ask(async () => ({ group: this.groups.withSelf(await this.bridge.createGroup(request)) }));
  }

  dismissGroup(groupID: string): Answer<{ groupID: string }> {
    if (!this.mayDo('dismissGroup')) return undefined;
    const id = groupIDOf(groupID);
    return this.ask(async () => {
      await this.bridge.dismissGroup({ groupID: id });
      return { groupID: id };
    });
  }

  /** `type` is taken for compatibility: the server knows it. Not signed in, it rejects (R-L3). */
  joinGroup(options: { groupID: string; type?: string; applyMessage?: string }): Answer<JoinResult> {
    const given = validate.requireObject(options, 'options');
    const groupID = groupIDOf(given['groupID']);
    const message = validate.optionalText(given['applyMessage'], 'applyMessage') ?? '';
    return this.ask(async () => {
      const { status, group } = await this.bridge.joinGroup({ groupID, message: wellFormed(message) });
      return { status, group: this.groups.withSelf(group) };
    });
  }

  quitGroup(groupID: string): Answer<{ groupID: string }> {
    const id = groupIDOf(groupID);
    return this.ask(async () => {
      await this.bridge.quitGroup({ groupID: id });
      return { groupID: id };
    });
  }

  /** Answers a request to join; `message` is the notice that brought it. */
  handleGroupApplication(options: {
    handleAction: 'Agree' | 'Reject';
    handleMessage?: string;
    message: Message;
  }): Answer<{ group: Group }> {
    if (!this.mayDo('handleGroupApplication')) return undefined;
    const given = validate.requireObject(options, 'options');
    const accept = validate.oneOf(given['handleAction'], ['Agree', 'Reject'], 'handleAction') === 'Agree';
    const word = validate.optionalText(given['handleMessage'], 'handleMessage') ?? '';
    const { message } = given;
    if (!(message instanceof Message) || message.type !== TYPES.MSG_GRP_SYS_NOTICE)
      validate.refuse('message must be the notice of a request to join');
    const payload = validate.requireObject(message.payload, 'message.payload');
    const groupID = groupIDOf(
      validate.requireObject(payload['groupProfile'], 'payload.groupProfile')['groupID'],
    );
    const userID = validate.requireText(payload['operatorID'], 'payload.operatorID');
    return this.ask(async () => {
      await this.bridge.answerApplication({ groupID, userID, accept, message: wellFormed(word) });
      return { group: await this.#profile(groupID) };
    });
  }

  changeGroupOwner(options: { groupID: string; newOwnerID: string }): Answer<{ group: Group }> {
    if (!this.mayDo('changeGroupOwner')) return undefined;
    const given = validate.requireObject(options, 'options');
    const groupID = groupIDOf(given['groupID']);
    const userID = validate.requireText(given['newOwnerID'], 'newOwnerID');
    return this.#change(groupID, () => this.bridge.changeGroupOwner({ groupID, userID }));
  }

  getGroupList(options?: object): Answer<{ groupList: Group[] }> {
    if (!this.mayDo('getGroupList')) return undefined;
    if (options !== undefined) validate.requireObject(options, 'options');
    return this.ask(async () => {
      this.groups.replace(await this.bridge.groupList());
      return { groupList: this.groups.list() };
    });
  }

  getGroupProfile(options: { groupID: string }): Answer<{ group: Group }> {
    if (!this.mayDo('getGroupProfile')) return undefined;
    const groupID = groupIDOf(validate.requireObject(options, 'options')['groupID']);
    return this.ask(async () => ({ group: await this.#profile(groupID) }));
  }

  /** `muteAllMembers`: only administrators may speak. */
  updateGroupProfile(
    options: ProfileOptions & { groupID: string; muteAllMembers?: boolean },
  ): Answer<{ group: Group }> {
    if (!this.mayDo('updateGroupProfile')) return undefined;
    const given = validate.requireObject(options, 'options');
    const { muteAllMembers } = given;
    if (muteAllMembers !== undefined && typeof muteAllMembers !== 'boolean')
      validate.refuse('muteAllMembers must be a boolean');
    const request = {
      groupID: groupIDOf(given['groupID']),
      ...profileOptions(given),
      ...(muteAllMembers === undefined ? {} : { muteAll: muteAllMembers }),
    };
    return this.ask(async () => ({ group: this.groups.withSelf(await this.bridge.updateGroup(request)) }));
  }

  searchGroupByID(groupID: string): Answer<{ group: Group }> {
    if (!this.mayDo('searchGroupByID')) return undefined;
    const id = groupIDOf(groupID);
    return this.ask(async () => ({ group: groupFrom(await this.bridge.searchGroup({ groupID: id })) }));
  }

  getGroupMemberList(options: { groupID: string; count?: number; offset?: number }): Answer<MemberList> {
    if (!this.mayDo('getGroupMemberList')) return undefined;
    const given = validate.requireObject(options, 'options');
    const groupID = groupIDOf(given['groupID']);
    const count = Math.min(
      validate.requireWhole(given['count'] ?? MEMBER_PAGE_SIZE, 1, 'count'),
      MEMBERS_PAGE,
    );
    const offset = validate.requireWhole(given['offset'] ?? 0, 0, 'offset');
    return this.ask(async () => {
      const page = await this.#places.page(groupID, offset, count, (after, most) =>
        this.bridge.groupMembers({ groupID, after, count: most }),
      );
      return { memberList: page.members.map(memberFrom), offset: page.next };
    });
  }

  getGroupMemberProfile(options: {
    groupID: string;
    userIDList: string[];
  }): Answer<{ memberList: GroupMember[] }> {
    if (!this.mayDo('getGroupMemberProfile')) return undefined;
    const given = validate.requireObject(options, 'options');
    const request = { groupID: groupIDOf(given['groupID']), userIDs: someUserIDs(given['userIDList']) };
    return this.ask(async () => ({
      memberList: (await this.bridge.groupMemberProfiles(request)).map(memberFrom),
    }));
  }

  addGroupMember(options: { groupID: string; userIDList: string[] }): Answer<AddResult> {
    if (!this.mayDo('addGroupMember')) return undefined;
    const given = validate.requireObject(options, 'options');
    const groupID = groupIDOf(given['groupID']);
    const request = { groupID, userIDs: someUserIDs(given['userIDList']) };
    return this.ask(async () => {
      const { added, existed, failed } = await this.bridge.addGroupMembers(request);
      return {
        successUserIDList: added,
        failureUserIDList: failed,
        existedUserIDList: existed,
        group: await this.#profile(groupID),
      };
    });
  }

  deleteGroupMember(options: {
    groupID: string;
    userIDList: string[];
    reason?: string;
  }): Answer<{ group: Group; userIDList: string[] }> {
    if (!this.mayDo('deleteGroupMember')) return undefined;
    const given = validate.requireObject(options, 'options');
    const groupID = groupIDOf(given['groupID']);
    const userIDList = someUserIDs(given['userIDList']);
    const reason = validate.optionalText(given['reason'], 'reason') ?? '';
    return this.ask(async () => {
      await this.bridge.removeGroupMembers({ groupID, userIDs: userIDList, reason: wellFormed(reason) });
      return { group: await this.#profile(groupID), userIDList };
    });
  }

  setGroupMemberRole(options: {
    groupID: string;
    userID: string;
    role: string;
  }): Answer<{ group: Group; member: GroupMember }> {
    if (!this.mayDo('setGroupMemberRole')) return undefined;
    const { groupID, userID, given } = member(options);
    const role = validate.oneOf(given['role'], ROLES, 'role');
    return this.#changeMember(groupID, userID, () =>
      this.bridge.setGroupMemberRole({ groupID, userID, role }),
    );
  }

  /** `muteTime`: seconds from now; 0 lets them speak again. */
  setGroupMemberMuteTime(options: {
    groupID: string;
    userID: string;
    muteTime: number;
  }): Answer<{ group: Group; member: GroupMember }> {
    if (!this.mayDo('setGroupMemberMuteTime')) return undefined;
    const { groupID, userID, given } = member(options);
    const seconds = validate.requireWhole(given['muteTime'], 0, 'muteTime');
    return this.#changeMember(groupID, userID, () =>
      this.bridge.muteGroupMember({ groupID, userID, seconds }),
    );
  }

  /** Without a `userID` one's own. */
  setGroupMemberNameCard(options: {
    groupID: string;
    userID?: string;
    nameCard: string;
  }): Answer<{ group: Group; member: GroupMember }> {
    if (!this.mayDo('setGroupMemberNameCard')) return undefined;
    const given = validate.requireObject(options, 'options');
    const groupID = groupIDOf(given['groupID']);
    const { userID } = given;
    const whose = userID === undefined ? {} : { userID: validate.requireText(userID, 'userID') };
    const { nameCard } = given;
    if (typeof nameCard !== 'string') validate.refuse('nameCard must be a string');
    return this.#changeMember(groupID, whose.userID ?? this.myID(), () =>
      this.bridge.setNameCard({ groupID, ...whose, nameCard: wellFormed(nameCard) }),
    );
  }

  /** For a group by `groupID`, or for people by `userIDList`. */
  setMessageRemindType(options: {
    groupID?: string;
    userIDList?: string[];
    messageRemindType: string;
  }): Answer<{ group?: Group }> {
    if (!this.mayDo('setMessageRemindType')) return undefined;
    const given = validate.requireObject(options, 'options');
    const remindType = validate.oneOf(given['messageRemindType'], REMIND_TYPES, 'messageRemindType');
    const { groupID, userIDList } = given;
    const ids =
      groupID === undefined
        ? someUserIDs(userIDList).map((each) => `C2C${each}`)
        : [`GROUP${groupIDOf(groupID)}`];
    return this.ask(async () => {
      let group: Group | undefined;
      for (const conversationID of ids) {
        const view = await this.bridge.changeConversationSettings({ conversationID, remindType });
        if (view.groupProfile) group = groupFrom(view.groupProfile, view.membership);
      }
      return group === undefined ? {} : { group };
    });
  }

  protected abstract myID(): string;

  async #profile(groupID: string): Promise<Group> {
    return this.groups.withSelf(await this.bridge.groupProfile({ groupID }));
  }

  #change(groupID: string, work: () => Promise<void>): Answer<{ group: Group }> {
    return this.ask(async () => {
      await work();
      return { group: await this.#profile(groupID) };
    });
  }

  #changeMember(
    groupID: string,
    userID: string,
    work: () => Promise<void>,
  ): Answer<{ group: Group; member: GroupMember }> {
    return this.ask(async () => {
      await work();
      const [group, [changed]] = await Promise.all([
        this.#profile(groupID),
        this.bridge.groupMemberProfiles({ groupID, userIDs: [userID] }),
      ]);
      if (changed === undefined) throw new IMError({ code: CODE.NOT_IN_GROUP, message: 'no such member' });
      return { group, member: memberFrom(changed) };
    });
  }
}

function groupIDOf(value: unknown): string {
  return wellFormed(validate.requireText(value, 'groupID'));
}

function userIDs(values: readonly unknown[]): string[] {
  if (values.length > MEMBERS_AT_ONCE) validate.refuse(`at most ${MEMBERS_AT_ONCE} users at once`);
  return values.map((each) => wellFormed(validate.requireText(each, 'a userID')));
}

function someUserIDs(value: unknown): string[] {
  const list = validate.requireArray(value, 'userIDList');
  if (list.length === 0) validate.refuse('userIDList must not be empty');
  return userIDs(list);
}

function member(options: unknown): { groupID: string; userID: string; given: Record<string, unknown> } {
  const given = validate.requireObject(options, 'options');
  return {
    groupID: groupIDOf(given['groupID']),
    userID: validate.requireText(given['userID'], 'userID'),
    given,
  };
}

function profileOptions(given: Record<string, unknown>): Partial<Parameters<Bridge['updateGroup']>[0]> {
  const { joinOption, avatarColour } = given;
  if (avatarColour !== undefined && typeof avatarColour !== 'number')
    validate.refuse('avatarColour must be a number');
  const texts = (['name', 'introduction', 'notification'] as const).flatMap((key) => {
    const text = validate.optionalText(given[key], key);
    return text === undefined ? [] : [[key, wellFormed(text)]];
  });
  return {
    ...Object.fromEntries(texts),
    ...(avatarColour === undefined ? {} : { avatarColour }),
    ...(joinOption === undefined
      ? {}
      : { joinOption: validate.oneOf(joinOption, JOIN_OPTIONS, 'joinOption') }),
  };
}
