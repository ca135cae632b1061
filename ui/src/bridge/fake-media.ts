/**
 * Files in the fake: draft attachments out of nothing, uploads that take a moment, pictures that all look the same. Tests put
 * what a dialog, the clipboard or a drop is to give into {@link FakeMedia.given}.
 */
import type { Bridge } from './bridge';
import type { AttachedFiles } from './generated/AttachedFiles';
import type { AttachmentKind } from './generated/AttachmentKind';
import type { DraftAttachmentView } from './generated/DraftAttachmentView';
import type { MediaStorageView } from './generated/MediaStorageView';
import type { MessagePage } from './generated/MessagePage';
import type { MessageView } from './generated/MessageView';
import type { OpenedFile } from './generated/OpenedFile';
import type { OutgoingMessage } from './generated/OutgoingMessage';
import type { SavedFile } from './generated/SavedFile';
import type { TransferView } from './generated/TransferView';
import { FakeExports } from './fake-exports';
import { refusal } from './fake-world';

/** A picture whose address may go on: `#` ends what is looked at. */
const PICTURE =
  'data:image/svg+xml,%3Csvg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 6" preserveAspectRatio="none"%3E%3Cpath fill="%239cc4dc" d="M0 0h8v6H0z"/%3E%3Ccircle cx="6" cy="1.5" r=".7" fill="%23f6e2a0"/%3E%3Cpath fill="%234d7c63" d="m0 6 2.5-3.6L4.4 5l1-1.2L8 6z"/%3E%3C/svg%3E#';
/** A moment of silence. */
const SOUND = 'data:audio/wav;base64,UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=#';

/** Where the fake's pictures and sounds are. */
export const FAKE_BASES = { mediaBase: PICTURE, streamBase: SOUND };

const FILE_BYTES = 104_857_600;
const IMAGE_BYTES = 20_971_519;
const LIMITS: Record<AttachmentKind, { bytes: number; code: number }> = {
  image: { bytes: IMAGE_BYTES, code: 2253 },
  video: { bytes: FILE_BYTES, code: 2351 },
  file: { bytes: FILE_BYTES, code: 2402 },
  sound: { bytes: 20_971_520, code: 2301 },
};
const ENDINGS: [RegExp, AttachmentKind][] = [
  [/\.(?:jpe?g|png|gif|webp|bmp)$/iu, 'image'],
  [/\.(?:mp4|webm|mov|mkv)$/iu, 'video'],
  [/\.(?:ogg|mp3|m4a|wav)$/iu, 'sound'],
];

function kindOf(name: string): AttachmentKind {
  const found = ENDINGS.find(([ending]) => ending.test(name))?.[1] ?? 'file';
  return found === 'sound' ? 'file' : found;
}

/** What a test gives; the rest is made up. */
export type Given = Partial<DraftAttachmentView> & { name: string };

interface Upload {
  message: MessageView;
  transfer: TransferView;
  arrived: () => void;
}

/** The methods of files. */
export abstract class FakeMedia extends FakeExports {
  /** What the next dialog, paste or drop gives. Empty: as if somebody had cancelled. */
  given: Given[] = [];
  /** How long an upload takes, milliseconds; 0: it is there at once. `null`: it never gets there by itself. */
  uploadTime: number | null = 0;
  readonly attachments = new Map<string, DraftAttachmentView>();
  readonly #filling = new Map<
    string,
    { name: string; size: number; kind: AttachmentKind | null; got: number }
  >();
  readonly #uploads = new Map<string, Upload>();
  readonly #dropped = new Map<string, { files: Given[]; inFolders: Given[] }>();
  #recording: { started: number; timer: ReturnType<typeof setInterval> } | null = null;
  #serial = 0;

  protected abstract mediaOf(
    conversationID: string,
    isWanted: (message: MessageView) => boolean,
    before: number | null,
    count: number,
  ): MessagePage;

  /** Somebody drags files over the window and lets them go at `x`, `y`. */
  drop(files: Given[], x: number, y: number, inFolders: Given[] = []): void {
    const token = this.#id();
    const folders = inFolders.length > 0 ? 1 : 0;
    this.#dropped.set(token, { files, inFolders });
    this.emit({ event: 'dragEntered', count: files.length + folders, x, y });
    this.emit({ event: 'dropped', x, y, files: files.length, folders, token });
  }

  /** Somebody opens files with Tidings. */
  openFiles(files: Given[]): void {
    const token = this.#id();
    this.#dropped.set(token, { files, inFolders: [] });
    this.emit({ event: 'filesOpened', files: files.length, folders: 0, token });
  }

  /** Makes a draft attachment as if it had come in by any way. */
  attach(given: Given): DraftAttachmentView {
    const kind = given.kind ?? kindOf(given.name);
    const size = given.size ?? 234_567;
    const isSeen = kind === 'image' || kind === 'video';
    const limit = LIMITS[kind];
    const wrong = size === 0 ? 2108 : size > limit.bytes ? limit.code : null;
    const attachment: DraftAttachmentView = {
      id: this.#id(),
      kind,
      size,
      width: isSeen ? 1600 : null,
      height: isSeen ? 1200 : null,
      second: kind === 'video' || kind === 'sound' ? 12 : null,
      animated: false,
      thumbhash: isSeen ? '1QcSHQRnh493V4dIh4eXh1h4kJUI' : '',
      hasPreview: isSeen,
      preparing: false,
      wantsPoster: false,
      asPicture: kind === 'image' ? { size: Math.ceil(size / 2), reencoded: true, strips: true } : null,
      whyFile: null,
      waveform: kind === 'sound' ? Array.from({ length: 64 }, (_, at) => (at * 7) % 32) : [],
      error: wrong === null ? null : refusal(wrong, 'bad_request'),
      ...given,
    };
    this.attachments.set(attachment.id, attachment);
    return { ...attachment };
  }

  async pickFiles(request: { kind: 'image' | 'video' | 'file' }): Promise<AttachedFiles> {
    await this.called('pickFiles', request);
    this.#needsDesktop();
    return this.#attached(this.given.splice(0));
  }

  async pasteFiles(): Promise<AttachedFiles> {
    await this.called('pasteFiles');
    return this.#attached(this.given.splice(0));
  }

  async attachDropped(request: { token: string }): Promise<AttachedFiles> {
    await this.called('attachDropped', request);
    const dropped = this.#dropped.get(request.token);
    if (dropped === undefined) throw refusal(70402, 'not_found');
    return this.#attached(dropped.files.splice(0));
  }

  async attachDroppedFolders(request: { token: string }): Promise<AttachedFiles> {
    await this.called('attachDroppedFolders', request);
    const dropped = this.#dropped.get(request.token);
    if (dropped === undefined) throw refusal(70402, 'not_found');
    return this.#attached(dropped.inFolders.splice(0));
  }

  async attachBegin(request: Parameters<Bridge['attachBegin']>[0]): Promise<string> {
    await this.called('attachBegin', request);
    const { name, size, kind } = request;
    const limit = LIMITS[kind ?? kindOf(name)];
    if (size === 0) throw refusal(2108, 'bad_request');
    if (size > limit.bytes) throw refusal(limit.code, 'bad_request');
    const id = this.#id();
    this.#filling.set(id, { name, size, kind, got: 0 });
    return id;
  }

  async attachChunk(request: { id: string; offset: number; bytes: Uint8Array }): Promise<void> {
    await this.called('attachChunk', { id: request.id, offset: request.offset });
    const filling = this.#filling.get(request.id);
    if (filling === undefined || filling.got !== request.offset) throw refusal(70402, 'bad_request');
    if (request.bytes.length > 1_048_576) throw refusal(70402, 'bad_request');
    filling.got += request.bytes.length;
  }

  async attachFinish(request: { id: string }): Promise<DraftAttachmentView> {
    await this.called('attachFinish', request);
    const filling = this.#filling.get(request.id);
    if (filling === undefined || filling.got !== filling.size) throw refusal(70402, 'bad_request');
    this.#filling.delete(request.id);
    const kind = filling.kind ?? kindOf(filling.name);
    return this.attach({ id: request.id, name: filling.name, size: filling.size, kind });
  }

  async attachment(request: { id: string }): Promise<DraftAttachmentView> {
    await this.called('attachment', request);
    return { ...this.#attachment(request.id) };
  }

  async discardAttachment(request: { id: string }): Promise<void> {
    await this.called('discardAttachment', request);
    this.attachments.delete(request.id);
    this.#filling.delete(request.id);
  }

  async setAttachmentPoster(request: { id: string; bytes: Uint8Array }): Promise<DraftAttachmentView> {
    await this.called('setAttachmentPoster', { id: request.id });
    const attachment = this.#attachment(request.id);
    attachment.wantsPoster = false;
    attachment.hasPreview ||= request.bytes.length > 0;
    this.emit({ event: 'attachmentChanged', attachment: { ...attachment } });
    return { ...attachment };
  }

  async recordStart(): Promise<void> {
    await this.called('recordStart');
    this.#needsDesktop();
    if (this.#recording !== null) throw refusal(70402, 'conflict');
    const started = Date.now();
    const timer = setInterval(() => {
      const seconds = (Date.now() - started) / 1000;
      this.emit({ event: 'recordingLevel', level: Math.abs(Math.sin(seconds * 3)) * 0.8, seconds });
    }, 66);
    this.#recording = { started, timer };
  }

  async recordStop(): Promise<DraftAttachmentView> {
    await this.called('recordStop');
    const seconds = this.#stopRecording();
    return this.attach({ name: 'voice.ogg', kind: 'sound', size: 4000 * seconds, second: seconds });
  }

  async recordCancel(): Promise<void> {
    await this.called('recordCancel');
    if (this.#recording !== null) this.#stopRecording();
  }

  async pauseTransfer(request: { conversationID: string; clientID: string }): Promise<void> {
    await this.called('pauseTransfer', request);
    this.#tellOf(request.clientID, { state: 'paused' });
  }

  async resumeTransfer(request: { conversationID: string; clientID: string }): Promise<void> {
    await this.called('resumeTransfer', request);
    this.#tellOf(request.clientID, { state: 'running' });
    this.#goOn(request.clientID);
  }

  async transfers(): Promise<TransferView[]> {
    await this.called('transfers');
    return [...this.#uploads.values()].map((each) => ({ ...each.transfer }));
  }

  async fetchFile(request: { fileID: string }): Promise<void> {
    await this.called('fetchFile', request);
    const { fileID } = request;
    const transfer = { conversationID: '', clientID: '', fileID, direction: 'down', total: 1000 } as const;
    this.emit({ event: 'transferProgress', ...transfer, done: 400, state: 'running', error: null });
    this.emit({ event: 'transferProgress', ...transfer, done: 1000, state: 'done', error: null });
  }

  async cancelFetch(request: { fileID: string }): Promise<void> {
    await this.called('cancelFetch', request);
  }

  async saveFile(request: { fileID: string }): Promise<SavedFile | null> {
    await this.called('saveFile', request);
    this.#needsDesktop();
    return { name: 'picture (2).jpg', folder: 'Pictures' };
  }

  async saveFileToDownloads(request: { fileID: string }): Promise<SavedFile> {
    await this.called('saveFileToDownloads', request);
    return { name: 'picture (2).jpg', folder: 'Downloads' };
  }

  async openFile(request: { fileID: string; confirmed: boolean }): Promise<OpenedFile> {
    await this.called('openFile', request);
    return { asks: false };
  }

  async showInFolder(request: { fileID: string }): Promise<void> {
    await this.called('showInFolder', request);
  }

  async copyImage(request: { fileID: string }): Promise<void> {
    await this.called('copyImage', request);
  }

  async startDrag(request: { fileID: string }): Promise<void> {
    await this.called('startDrag', request);
    this.#needsDesktop();
  }

  async mediaStorage(): Promise<MediaStorageView> {
    await this.called('mediaStorage');
    return { bytes: 345_678_901, limitBytes: 1_073_741_824, files: 1234, keptBytes: 0 };
  }

  async clearMediaStorage(): Promise<MediaStorageView> {
    await this.called('clearMediaStorage');
    return { bytes: 0, limitBytes: 1_073_741_824, files: 0, keptBytes: 0 };
  }

  async conversationMedia(request: Parameters<Bridge['conversationMedia']>[0]): Promise<MessagePage> {
    await this.called('conversationMedia', request);
    const { conversationID, kind, before, count } = request;
    const types = {
      media: ['TIMImageElem', 'TIMVideoFileElem'],
      files: ['TIMFileElem'],
      links: ['TIMTextElem'],
    };
    const isWanted = ({ type, payload }: MessageView): boolean =>
      types[kind].includes(type) &&
      (kind !== 'links' || /https?:\/\//iu.test(String((payload as { text?: unknown }).text)));
    return this.mediaOf(conversationID, isWanted, before, count);
  }

  /** The message with the payload that its attachment makes, as the engine would. */
  protected withAttachment(message: OutgoingMessage, from: string): OutgoingMessage {
    const use = message.attachment;
    if (use === undefined || use === null) return message;
    const draft = this.#attachment(use.id);
    const { caption, album } = use;
    const id = this.#id();
    const uuid = `0-${from}-${id}`;
    const { size, name, second, thumbhash, animated, waveform } = draft;
    const [width, height] = [draft.width ?? 0, draft.height ?? 0];
    if (draft.kind === 'file' || use.asFile) {
      const payload = { uuid, fileName: name, fileSize: size, downloadFlag: 2, caption };
      return { ...message, type: 'TIMFileElem', payload };
    }
    if (draft.kind === 'sound') {
      const payload = { uuid, second, size, downloadFlag: 2, waveform };
      return { ...message, type: 'TIMSoundElem', payload };
    }
    if (draft.kind === 'video') {
      const thumb = { thumbFormat: 'jpg', thumbWidth: width, thumbHeight: height, thumbSize: 9000 };
      const payload = {
        ...{
          videoUUID: uuid,
          videoFormat: 'mp4',
          videoSecond: second,
          videoSize: size,
          videoDownloadFlag: 2,
        },
        ...{ thumbUUID: `0-${from}-${this.#id()}`, ...thumb, thumbDownloadFlag: 2 },
        ...{ width, height, fileName: name, thumbhash, caption, album },
      };
      return { ...message, type: 'TIMVideoFileElem', payload };
    }
    const sized = (sizeType: number, least: number): object => {
      const scale = Math.min(1, least / Math.max(1, Math.min(width, height)));
      const sizes = { width: Math.round(width * scale), height: Math.round(height * scale) };
      const instanceID = sizeType === 1 ? id : this.#id();
      return { sizeType, size: Math.round(size * scale), ...sizes, instanceID };
    };
    const imageInfoArray = [sized(1, Infinity), sized(2, 720), sized(3, 198)];
    const payload = {
      uuid,
      imageFormat: 1,
      imageInfoArray,
      fileName: name,
      animated,
      thumbhash,
      caption,
      album,
    };
    return { ...message, type: 'TIMImageElem', payload };
  }

  /** Uploads what the message carries, then calls `arrived`; at once when it carries nothing. */
  protected upload(
    message: MessageView,
    attachment: OutgoingMessage['attachment'],
    arrived: () => void,
  ): void {
    const draft = attachment && this.attachments.get(attachment.id);
    if (!draft) {
      arrived();
      return;
    }
    const { conversationID, clientId: clientID } = message;
    const files = Object.values(message.payload as object).filter((each) =>
      /-[0-9a-f]{32}$/u.test(String(each)),
    );
    const fileID = String(files[0] ?? '').slice(-32);
    const rest = { direction: 'up', done: 0, total: draft.size, state: 'running', error: null } as const;
    const transfer: TransferView = { conversationID, clientID, fileID, ...rest };
    this.#uploads.set(clientID, { message, transfer, arrived });
    this.#tellOf(clientID, {});
    this.#goOn(clientID);
  }

  /** How far an upload is: for tests and scenes. At 1 it is there. */
  uploaded(clientID: string, part: number): void {
    const upload = this.#uploads.get(clientID);
    if (upload === undefined) return;
    const done = Math.round(upload.transfer.total * part);
    if (part < 1) {
      this.#tellOf(clientID, { done, state: 'running' });
      return;
    }
    this.#tellOf(clientID, { done, state: 'done' });
    this.#uploads.delete(clientID);
    upload.arrived();
  }

  protected isUploading(clientID: string): boolean {
    return this.#uploads.has(clientID);
  }

  /** The message of an upload is thrown away. */
  protected forgetUpload(clientID: string): void {
    this.#uploads.delete(clientID);
  }

  #goOn(clientID: string): void {
    const time = this.uploadTime;
    if (time === null) return;
    if (time === 0) {
      setTimeout(() => this.uploaded(clientID, 1), 0);
      return;
    }
    const step = (): void => {
      const transfer = this.#uploads.get(clientID)?.transfer;
      if (transfer?.state !== 'running') return;
      const part = Math.min(1, transfer.done / transfer.total + 100 / time);
      this.uploaded(clientID, part);
      if (part < 1) setTimeout(step, 100);
    };
    setTimeout(step, 100);
  }

  #tellOf(clientID: string, change: Partial<TransferView>): void {
    const upload = this.#uploads.get(clientID);
    if (upload === undefined) return;
    Object.assign(upload.transfer, change);
    this.emit({ event: 'transferProgress', ...upload.transfer });
  }

  #attachment(id: string): DraftAttachmentView {
    const attachment = this.attachments.get(id);
    if (attachment === undefined) throw refusal(70402, 'not_found');
    return attachment;
  }

  #attached(given: Given[]): AttachedFiles {
    return { attachments: given.map((each) => this.attach(each)), left: 0, error: null };
  }

  #stopRecording(): number {
    if (this.#recording === null) throw refusal(70402, 'not_found');
    const { started, timer } = this.#recording;
    clearInterval(timer);
    this.#recording = null;
    return Math.max(1, Math.ceil((Date.now() - started) / 1000));
  }

  #needsDesktop(): void {
    if (this.isBare) throw refusal(120023, 'not_found');
  }

  #id(): string {
    this.#serial += 1;
    return this.#serial.toString(16).padStart(32, '0');
  }
}
