/** Who may do what in a group, so that nobody is offered what the server would refuse. The server decides. */
import type { Group, GroupMember, GroupType, Role } from '../tim';
import { words } from '../words/words.svelte';

const RANK: Readonly<Record<Role, number>> = { Member: 0, Admin: 1, Owner: 2 };

export interface Rights {
  /** Name, introduction, notice. */
  change: boolean;
  invite: boolean;
  /** Who may speak: one of those below, or all. */
  mute: boolean;
  /** How one comes in, where that is not given by the group's type. */
  setJoining: boolean;
  /** Administrators are made by the owner, where there are any. */
  setRoles: boolean;
  handOver: boolean;
  dismiss: boolean;
  leave: boolean;
}

export function rightsIn(group: Group): Rights {
  const role = group.selfInfo?.role;
  const isIn = role !== undefined;
  const isPrivate = group.type === 'Private';
  const isAdmin = isIn && RANK[role] >= RANK.Admin;
  const isOwner = role === 'Owner';
  return {
    change: isIn && (isPrivate || isAdmin),
    invite: isIn && group.type !== 'AVChatRoom' && (isPrivate || isAdmin),
    mute: isAdmin && !isPrivate,
    setJoining: isAdmin && group.type === 'Public',
    setRoles: isOwner && !isPrivate,
    handOver: isOwner && group.type !== 'AVChatRoom',
    dismiss: isOwner && !isPrivate,
    leave: isIn && (!isOwner || isPrivate),
  };
}

/** Whether somebody of this role may remove that member and change their name card; and mute them, where there is muting. */
export function outranks(mine: Role | undefined, member: GroupMember): boolean {
  return mine !== undefined && RANK[mine] >= RANK.Admin && RANK[mine] > RANK[member.role];
}

export function typeName(type: GroupType): string {
  return {
    Private: words.groups.typePrivate,
    Public: words.groups.typePublic,
    ChatRoom: words.groups.typeRoom,
    AVChatRoom: words.groups.typeAudience,
  }[type];
}

export function roleName(role: Role): string {
  return { Owner: words.groups.owner, Admin: words.groups.admin, Member: words.groups.member }[role];
}
