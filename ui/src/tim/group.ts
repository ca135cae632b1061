/** Groups and their members in TIM's words. */
import type { GroupMemberView } from '../bridge/generated/GroupMemberView';
import type { GroupProfileView } from '../bridge/generated/GroupProfileView';
import type { MembershipView } from '../bridge/generated/MembershipView';
import type { OwnGroupView } from '../bridge/generated/OwnGroupView';

export type GroupType = GroupProfileView['type'];
export type JoinOption = GroupProfileView['joinOption'];
export type Role = GroupMemberView['role'];
export type RemindType = 'AcceptAndNotify' | 'AcceptNotNotify' | 'Discard';

/** A group at one moment: a change makes a new object. */
export interface Group {
  groupID: string;
  /** Empty when it has none: show the id. */
  name: string;
  /** Address of a picture. Tidings has none yet. */
  avatar: string;
  type: GroupType;
  introduction: string;
  notification: string;
  ownerID: string;
  /** Seconds since 1970. */
  createTime: number;
  joinOption: JoinOption;
  memberCount: number;
  /** The same by its later name. */
  memberNum: number;
  maxMemberCount: number;
  maxMemberNum: number;
  muteAllMembers: boolean;
  /** What this user is in it; without it, they are not in it. */
  selfInfo: SelfInfo | undefined;
  /** Which of twelve colours the avatar has, 0 to 11 (Tidings). */
  avatarColour: number;
}

export interface SelfInfo {
  role: Role;
  nameCard: string;
  /** Seconds since 1970. */
  joinTime: number;
  /** May not speak before this moment, seconds since 1970; 0: may speak (Tidings). */
  muteUntil: number;
}

export interface GroupMember {
  userID: string;
  /** Empty when they have none: show the id. */
  nick: string;
  avatar: string;
  role: Role;
  nameCard: string;
  /** Seconds since 1970. */
  joinTime: number;
  /** May not speak before this moment, seconds since 1970; 0: may speak. */
  muteUntil: number;
  /** Tidings. */
  avatarColour: number;
}

const seconds = (ms: number): number => Math.ceil(ms / 1000);

export function groupFrom(view: GroupProfileView, membership: MembershipView | null = null): Group {
  return {
    groupID: view.groupID,
    name: view.name,
    avatar: '',
    type: view.type,
    introduction: view.introduction,
    notification: view.notification,
    ownerID: view.ownerID,
    createTime: seconds(view.createTime),
    joinOption: view.joinOption,
    memberCount: view.memberCount,
    memberNum: view.memberCount,
    maxMemberCount: view.maxMembers,
    maxMemberNum: view.maxMembers,
    muteAllMembers: view.muteAll,
    selfInfo: membership
      ? {
          role: membership.role,
          nameCard: membership.nameCard,
          joinTime: seconds(membership.joinTime),
          muteUntil: seconds(membership.muteUntil),
        }
      : undefined,
    avatarColour: view.avatarColour,
  };
}

export function memberFrom(view: GroupMemberView): GroupMember {
  return {
    userID: view.userID,
    nick: view.nick,
    avatar: '',
    role: view.role,
    nameCard: view.nameCard,
    joinTime: seconds(view.joinTime),
    muteUntil: seconds(view.muteUntil),
    avatarColour: view.avatarColour,
  };
}

/** The groups that this user is in, as far as they are known. */
export class GroupBook {
  readonly #byID = new Map<string, Group>();

  replace(views: readonly OwnGroupView[]): void {
    this.#byID.clear();
    this.change(views);
  }

  change(views: readonly OwnGroupView[]): void {
    for (const { profile, membership } of views) {
      if (membership === null) this.#byID.delete(profile.groupID);
      else this.#byID.set(profile.groupID, groupFrom(profile, membership));
    }
  }

  /** A profile, with what this user is in the group if that is known. */
  withSelf(view: GroupProfileView): Group {
    return { ...groupFrom(view), selfInfo: this.#byID.get(view.groupID)?.selfInfo };
  }

  list(): Group[] {
    return [...this.#byID.values()];
  }

  clear(): void {
    this.#byID.clear();
  }
}
