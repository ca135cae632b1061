/** `TIM`: the way in (R-L1). */
import type { Bridge } from '../bridge/bridge';
import { TimClient } from './client';
import { EVENT, TYPES } from './constants';
import { CODE, IMError } from './errors';
import { parseGroupSystemNotice, parseGroupTipContent, parseText } from './parse';
import { validateSDKAppID } from './validate';

export interface TIMStatic {
  /** The instance for this application: the same one each time (R-L1). */
  create(options: { SDKAppID: number }): TimClient;
  readonly EVENT: typeof EVENT;
  readonly TYPES: typeof TYPES;
  readonly CODE: typeof CODE;
  readonly VERSION: string;
  readonly parseText: typeof parseText;
  readonly parseGroupSystemNotice: typeof parseGroupSystemNotice;
  readonly parseGroupTipContent: typeof parseGroupTipContent;
}

/** TIM on this bridge. */
export function timOn(bridge: Bridge): TIMStatic {
  const instances = new Map<number, TimClient>();
  return {
    create(options) {
      const id = validateSDKAppID(options);
      const known = instances.get(id);
      if (known !== undefined) return known;
      const created = new TimClient(bridge, () => instances.delete(id));
      instances.set(id, created);
      return created;
    },
    EVENT,
    TYPES,
    CODE,
    VERSION: '2.6.5',
    parseText,
    parseGroupSystemNotice,
    parseGroupTipContent,
  };
}

export { CODE, EVENT, IMError, TYPES, parseGroupSystemNotice, parseGroupTipContent, parseText };
export { MEMBERS_PAGE, MENTIONS, MESSAGE_BYTES } from './constants';
export { TIDINGS_EVENT } from './extension';
export { KEYED_EMOJI } from './keyed-emoji';
export { Message } from './message';
export type { TimClient } from './client';
export type { Group, GroupMember, GroupType, JoinOption, RemindType, Role } from './group';
export { fileID } from './addresses';
export type { Addresses } from './addresses';
export type { Attachable, DraftAttachment } from './attaching';
export type { Conversation, LastMessage } from './conversation';
export type { ConnectionNews, DragNews, Extension, OpenedFiles, Page, RecordingNews } from './extension';
export type { ErrorKind, IMResponse } from './errors';
export type { EmojiMap, TextNode } from './parse';
export { canForward } from './payloads';
export type { CreateOptions, CustomPayload, FacePayload, TextPayload } from './payloads';
export type { MediaOptions } from './media-verbs';
export type { SendOptions } from './send-options';
export type { Profile } from './profile';
export { DEFAULT_SETTINGS } from '../bridge/default-settings';
export type { AccountView } from '../bridge/generated/AccountView';
export type { Surroundings } from '../bridge/generated/Surroundings';
export type { AppInfo } from '../bridge/generated/AppInfo';
export type { CacheSetAside } from '../bridge/generated/CacheSetAside';
export type { ConnectionState } from '../bridge/generated/ConnectionState';
export type { AttachedFiles } from '../bridge/generated/AttachedFiles';
export type { ExportProgressView as ExportProgress } from '../bridge/generated/ExportProgressView';
export type { ExportView as Exported } from '../bridge/generated/ExportView';
export type { HostStatus } from '../bridge/generated/HostStatus';
export type { ImportReport } from '../bridge/generated/ImportReport';
export type { Invitation } from '../bridge/generated/Invitation';
export type { LinkPreview } from '../bridge/generated/LinkPreview';
export type { LinkToOpen } from '../bridge/generated/LinkToOpen';
export type { Settings } from '../bridge/generated/Settings';
export type { MediaSection } from '../bridge/generated/MediaSection';
export type { MediaStorageView as MediaStorage } from '../bridge/generated/MediaStorageView';
export type { SavedFile } from '../bridge/generated/SavedFile';
export type { TransferView as Transfer } from '../bridge/generated/TransferView';
