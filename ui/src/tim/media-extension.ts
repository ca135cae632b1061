/** What Tidings has for files beside TIM's verbs: ways in, recording, transfers, saving and opening, what is kept. */
import type { Bridge } from '../bridge/bridge';
import type { AttachmentKind } from '../bridge/generated/AttachmentKind';
import type { MediaSection } from '../bridge/generated/MediaSection';
import type { MessageView } from '../bridge/generated/MessageView';
import type { Addresses } from './addresses';
import { attachBlob, type DraftAttachment } from './attaching';
import { IMError } from './errors';
import type { Page } from './extension';
import type { Message } from './message';
import { asIMError, passed } from './passed';

export class MediaExtension {
  readonly #bridge: Bridge;
  readonly #take: (view: MessageView) => Message;
  /** Where files are on this computer. */
  readonly addresses: Addresses;

  readonly pickFiles: Bridge['pickFiles'];
  readonly pasteFiles: Bridge['pasteFiles'];
  readonly attachDropped: Bridge['attachDropped'];
  readonly attachDroppedFolders: Bridge['attachDroppedFolders'];
  readonly discardAttachment: Bridge['discardAttachment'];
  readonly recordStart: Bridge['recordStart'];
  readonly recordStop: Bridge['recordStop'];
  readonly recordCancel: Bridge['recordCancel'];
  readonly transfers: Bridge['transfers'];
  readonly fetchFile: Bridge['fetchFile'];
  readonly cancelFetch: Bridge['cancelFetch'];
  readonly saveFile: Bridge['saveFile'];
  readonly saveFileToDownloads: Bridge['saveFileToDownloads'];
  readonly openFile: Bridge['openFile'];
  readonly showInFolder: Bridge['showInFolder'];
  readonly copyImage: Bridge['copyImage'];
  readonly startDrag: Bridge['startDrag'];
  readonly mediaStorage: Bridge['mediaStorage'];
  readonly clearMediaStorage: Bridge['clearMediaStorage'];

  constructor(bridge: Bridge, addresses: Addresses, take: (view: MessageView) => Message) {
    this.#bridge = bridge;
    this.#take = take;
    this.addresses = addresses;
    this.pickFiles = passed(bridge, 'pickFiles');
    this.pasteFiles = passed(bridge, 'pasteFiles');
    this.attachDropped = passed(bridge, 'attachDropped');
    this.attachDroppedFolders = passed(bridge, 'attachDroppedFolders');
    this.discardAttachment = passed(bridge, 'discardAttachment');
    this.recordStart = passed(bridge, 'recordStart');
    this.recordStop = passed(bridge, 'recordStop');
    this.recordCancel = passed(bridge, 'recordCancel');
    this.transfers = passed(bridge, 'transfers');
    this.fetchFile = passed(bridge, 'fetchFile');
    this.cancelFetch = passed(bridge, 'cancelFetch');
    this.saveFile = passed(bridge, 'saveFile');
    this.saveFileToDownloads = passed(bridge, 'saveFileToDownloads');
    this.openFile = passed(bridge, 'openFile');
    this.showInFolder = passed(bridge, 'showInFolder');
    this.copyImage = passed(bridge, 'copyImage');
    this.startDrag = passed(bridge, 'startDrag');
    this.mediaStorage = passed(bridge, 'mediaStorage');
    this.clearMediaStorage = passed(bridge, 'clearMediaStorage');
  }

  /** A `File` or `Blob` of the page becomes a draft attachment; `kind` when it must be of one. */
  attachFile(file: Blob, name: string, kind: AttachmentKind | null = null): Promise<DraftAttachment> {
    return asIMError(attachBlob(this.#bridge, file, name, kind));
  }

  /** The same, but what cannot be attached becomes one that says why. */
  async attachOrSay(file: Blob, name: string): Promise<DraftAttachment> {
    try {
      return await this.attachFile(file, name);
    } catch (thrown) {
      const { code, kind, message, retryAfterMs } = IMError.from(thrown);
      const unknown = {
        width: null,
        height: null,
        second: null,
        asPicture: null,
        whyFile: null,
        thumbhash: '',
        waveform: [],
      };
      const error = { code, kind, message, retryAfterMs };
      const flags = { animated: false, hasPreview: false, preparing: false, wantsPoster: false };
      return { id: '', kind: 'file', name, size: file.size, ...unknown, ...flags, error };
    }
  }

  pauseTransfer({ conversationID, clientID }: Message): Promise<void> {
    return asIMError(this.#bridge.pauseTransfer({ conversationID, clientID }));
  }

  resumeTransfer({ conversationID, clientID }: Message): Promise<void> {
    return asIMError(this.#bridge.resumeTransfer({ conversationID, clientID }));
  }

  /** A conversation's pictures and videos, its files, or its links: newest first. */
  async mediaPage(
    conversationID: string,
    kind: MediaSection,
    before: number | null,
    count: number,
  ): Promise<Page> {
    const page = await asIMError(this.#bridge.conversationMedia({ conversationID, kind, before, count }));
    const { nextBefore, isCompleted, isCutOff } = page;
    return { messages: page.messages.map((view) => this.#take(view)), nextBefore, isCompleted, isCutOff };
  }
}
