/** TIM's verbs for people: profiles, and whom one does not want to hear. */
import { wellFormed } from '../bridge/well-formed';
import { MediaVerbs } from './media-verbs';
import { profileFrom, type Profile } from './profile';
import * as validate from './validate';
import type { Answer } from './verbs';

export abstract class PersonalVerbs extends MediaVerbs {
  /** Answers everybody who is blocked now. */
  addToBlacklist(options: { userIDList: string[] }): Answer<string[]> {
    if (!this.mayDo('addToBlacklist')) return undefined;
    const userIDs = userIDListOf(options);
    return this.ask(() => this.bridge.blockUsers({ userIDs }));
  }

  removeFromBlacklist(options: { userIDList: string[] }): Answer<string[]> {
    if (!this.mayDo('removeFromBlacklist')) return undefined;
    const userIDs = userIDListOf(options);
    return this.ask(() => this.bridge.unblockUsers({ userIDs }));
  }

  getBlacklist(): Answer<string[]> {
    if (!this.mayDo('getBlacklist')) return undefined;
    return this.ask(() => this.bridge.blockedUsers());
  }

  getMyProfile(): Answer<Profile> {
    if (!this.mayDo('getMyProfile')) return undefined;
    return this.ask(async () => profileFrom(await this.bridge.myProfile()));
  }

  getUserProfile(options: { userIDList: string[] }): Answer<Profile[]> {
    if (!this.mayDo('getUserProfile')) return undefined;
    const userIDs = userIDListOf(options);
    return this.ask(async () => (await this.bridge.userProfiles({ userIDs })).map(profileFrom));
  }

  /** `nick` as TIM has it; `avatarColour`, 0 to 11, is ours. What is not given stays. */
  updateMyProfile(options: { nick?: string; avatarColour?: number }): Answer<Profile> {
    if (!this.mayDo('updateMyProfile')) return undefined;
    const { nick, avatarColour } = validate.requireObject(options, 'options');
    if (nick !== undefined && typeof nick !== 'string') validate.refuse('nick must be a string');
    if (avatarColour !== undefined && typeof avatarColour !== 'number')
      validate.refuse('avatarColour must be a number');
    const request = {
      ...(nick === undefined ? {} : { nick: wellFormed(nick) }),
      ...(avatarColour === undefined ? {} : { avatarColour }),
    };
    return this.ask(async () => {
      const view = await this.bridge.updateMyProfile(request);
      if (this.account !== null) this.account = { ...this.account, profile: view };
      return profileFrom(view);
    });
  }
}

function userIDListOf(options: unknown): string[] {
  const list = validate.requireArray(validate.requireObject(options, 'options')['userIDList'], 'userIDList');
  if (list.length === 0) validate.refuse('userIDList must not be empty');
  return list.map((each) => validate.requireText(each, 'a userID'));
}
