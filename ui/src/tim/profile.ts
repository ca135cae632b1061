/** A user's profile in TIM's words. */
import type { ProfileView } from '../bridge/generated/ProfileView';

export interface Profile {
  userID: string;
  /** Empty when the user gave none: show the id. */
  nick: string;
  /** Address of a picture. Tidings has none yet. */
  avatar: string;
  gender: string;
  selfSignature: string;
  /** Which of twelve colours the avatar has, 0 to 11 (Tidings). */
  avatarColour: number;
}

export function profileFrom(view: ProfileView): Profile {
  return {
    userID: view.userID,
    nick: view.nick,
    avatar: '',
    gender: 'Gender_Type_Unknown',
    selfSignature: '',
    avatarColour: view.avatarColour,
  };
}
