/** What `sendMessage` can be told beside the message (R-S4 to R-S7). */
import type { PushInfoView } from '../bridge/generated/PushInfoView';
import { wellFormed } from '../bridge/well-formed';
import { refuse, requireObject } from './validate';

export interface OfflinePushInfo {
  /** No notification. */
  disablePush?: boolean;
  title?: string;
  description?: string;
  extension?: string;
  ignoreIOSBadge?: boolean;
  androidOPPOChannelID?: string;
}

export interface SendOptions {
  /** Only who is online gets it, and nobody keeps it. */
  onlineUserOnly?: boolean;
  offlinePushInfo?: OfflinePushInfo;
}

export interface Sent {
  isOnlineOnly: boolean;
  pushInfo: PushInfoView | null;
}

export function sendOptions(options: unknown): Sent {
  if (options === undefined) return { isOnlineOnly: false, pushInfo: null };
  const { onlineUserOnly = false, offlinePushInfo } = requireObject(options, 'options');
  if (typeof onlineUserOnly !== 'boolean') refuse('onlineUserOnly must be a boolean');
  return {
    isOnlineOnly: onlineUserOnly,
    pushInfo: offlinePushInfo === undefined ? null : pushInfo(offlinePushInfo),
  };
}

function pushInfo(value: unknown): PushInfoView {
  const given = requireObject(value, 'offlinePushInfo');
  // The guide's sample has it here, where it means nothing (X2).
  if ('onlineUserOnly' in given)
    console.warn('TIM: onlineUserOnly belongs beside offlinePushInfo, not into it');
  const text = (name: 'title' | 'description' | 'extension' | 'androidOPPOChannelID'): string => {
    const each = given[name] ?? '';
    if (typeof each !== 'string') refuse(`offlinePushInfo.${name} must be a string`);
    return wellFormed(each);
  };
  const flag = (name: 'disablePush' | 'ignoreIOSBadge'): boolean => {
    const each = given[name] ?? false;
    if (typeof each !== 'boolean') refuse(`offlinePushInfo.${name} must be a boolean`);
    return each;
  };
  return {
    title: text('title'),
    description: text('description'),
    extension: text('extension'),
    disablePush: flag('disablePush'),
    ignoreIOSBadge: flag('ignoreIOSBadge'),
    androidOPPOChannelID: text('androidOPPOChannelID'),
  };
}
