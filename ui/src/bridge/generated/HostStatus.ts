import type { ProfileView } from './ProfileView';
export type HostStatus = { isHost: boolean; isShared: boolean; addresses: Array<string>; fingerprint: string | null; people: Array<ProfileView>; onlineUserIDs: Array<string> };
