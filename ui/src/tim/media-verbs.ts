/** TIM's verbs for messages that carry files (R-I*, R-A*, R-F*, R-V*). */
import type { AttachmentKind } from '../bridge/generated/AttachmentKind';
import type { TransferView } from '../bridge/generated/TransferView';
import { wellFormed } from '../bridge/well-formed';
import type { Addresses } from './addresses';
import { attachBlob, givenFile, type Attachable, type DraftAttachment, type Given } from './attaching';
import { TYPES } from './constants';
import { CODE, IMError } from './errors';
import type { Message } from './message';
import { MessageVerbs } from './message-verbs';
import type { CreateOptions } from './payloads';
import * as validate from './validate';

export interface FilePayload {
  file: Attachable;
  /** A text below it (Tidings). */
  caption?: string;
  /** Neighbours with the same text here are shown as one album (Tidings). */
  album?: string;
}

export interface MediaOptions extends CreateOptions<FilePayload> {
  /** How much of it has arrived, from 0 to 1; never less than before (R-I5). */
  onProgress?: (progress: number) => void;
}

/** What a message will carry. */
interface Carried {
  given: Given;
  kind: AttachmentKind;
  caption: string;
  album: string;
  report: (progress: number) => void;
}

const MESSAGE_TYPES = {
  image: TYPES.MSG_IMAGE,
  video: TYPES.MSG_VIDEO,
  file: TYPES.MSG_FILE,
  sound: TYPES.MSG_SOUND,
} as const;

/** What is said of a file that is not of the kind that the verb is for. */
const WRONG_TYPE = { image: CODE.IMAGE_TYPE, video: CODE.VIDEO_TYPE, sound: CODE.SOUND_UPLOAD } as const;

export abstract class MediaVerbs extends MessageVerbs {
  readonly #carried = new Map<string, Carried>();
  #attaching: Promise<unknown> = Promise.resolve();

  // The guide calls one of them without `tim.` (R-F8): they keep working when they are taken out of it.

  /** R-I1. */
  createImageMessage = (options: MediaOptions): Message | undefined =>
    this.#createMedia('createImageMessage', 'image', options);

  /** R-V1, R-V2. */
  createVideoMessage = (options: MediaOptions): Message | undefined =>
    this.#createMedia('createVideoMessage', 'video', options);

  /** R-F1. */
  createFileMessage = (options: MediaOptions): Message | undefined =>
    this.#createMedia('createFileMessage', 'file', options);

  /** R-A1. */
  createAudioMessage = (options: MediaOptions): Message | undefined =>
    this.#createMedia('createAudioMessage', 'sound', options);

  #createMedia(verb: string, kind: AttachmentKind, options: MediaOptions): Message | undefined {
    if (!this.mayDo(verb)) return undefined;
    const { payload, onProgress } = validate.requireObject(options, 'options');
    const { file, caption, album } = validate.requireObject(payload, 'payload');
    const given = givenFile(file);
    const carried: Carried = {
      given,
      kind,
      caption: wellFormed(validate.optionalText(caption, 'payload.caption') ?? ''),
      album: wellFormed(validate.optionalText(album, 'payload.album') ?? ''),
      report: reporter(onProgress),
    };
    const message = this.create(verb, MESSAGE_TYPES[kind], options, () =>
      firstPayload(carried, this.messages.addresses),
    );
    if (message !== undefined) this.#carried.set(message.clientID, carried);
    return message;
  }

  /** Hands over what the message carries, unless the engine has it already. */
  protected override prepare(message: Message): Promise<void> | undefined {
    const carried = this.#carried.get(message.clientID);
    if (carried === undefined || message.attachment !== null) return undefined;
    const { given } = carried;
    if (given !== null && 'draft' in given) {
      requireKind(given.draft, carried.kind);
      message.attachment = useOf(given.draft, carried);
      return undefined;
    }
    // One after the other, so that they keep their order.
    const attached = this.#attaching.then(async () => {
      const draft = await this.#attach(carried);
      message.attachment = useOf(draft, carried);
    });
    this.#attaching = attached.catch(() => undefined);
    return attached;
  }

  async #attach({ given, kind }: Carried): Promise<DraftAttachment> {
    if (given === null || 'draft' in given)
      throw new IMError({ code: CODE.FILE_NOT_CHOSEN, message: 'no file was chosen' });
    const draft = await attachBlob(this.bridge, given.blob, given.name, kind);
    requireKind(draft, kind);
    return draft;
  }

  protected override sent(message: Message): void {
    this.#carried.get(message.clientID)?.report(1);
    this.#carried.delete(message.clientID);
  }

  /** A video's poster is taken here and not where it was chosen: whoever chose it may have sent it already (R-V7). */
  protected attachmentChanged(draft: DraftAttachment): void {
    if (!draft.wantsPoster) return;
    import('./poster')
      .then(({ givePoster }) => givePoster(this.bridge, draft, this.messages.addresses))
      .catch(() => undefined);
  }

  /** Something of a file has arrived. */
  protected transferred({ clientID, direction, done, total }: TransferView): void {
    if (direction !== 'up' || total <= 0) return;
    this.#carried.get(clientID)?.report(Math.min(1, Math.max(0, done / total)));
  }

  protected forgetCarried(): void {
    this.#carried.clear();
  }
}

/** What is wrong with a file is said before anything is sent (R-I6, R-A4, R-F2, R-V6). */
function requireKind(draft: DraftAttachment, kind: AttachmentKind): void {
  if (draft.error !== null) throw new IMError(draft.error);
  if (kind !== 'file' && draft.kind !== kind)
    throw new IMError({ code: WRONG_TYPE[kind], message: `this file is no ${kind}` });
}

function useOf(
  { id }: DraftAttachment,
  { kind, caption, album }: Carried,
): NonNullable<Message['attachment']> {
  return { id, asFile: kind === 'file', caption, album };
}

/** Tells a listener what is more than it heard before. */
function reporter(listener: unknown): (progress: number) => void {
  if (listener === undefined) return () => undefined;
  if (typeof listener !== 'function') validate.refuse('onProgress must be a function');
  let last = -1;
  return (progress) => {
    if (progress <= last) return;
    last = progress;
    try {
      listener(progress);
    } catch (thrown) {
      console.error('onProgress threw', thrown);
    }
  };
}

/** What can be drawn before the engine has made the real payload (R-C6). */
function firstPayload({ given, kind, caption, album }: Carried, addresses: Addresses): object {
  const draft = given !== null && 'draft' in given ? given.draft : null;
  const blob = given !== null && 'blob' in given ? given : null;
  const size = draft?.size ?? blob?.blob.size ?? 0;
  const fileName = draft?.name ?? blob?.name ?? '';
  const { width = 0, height = 0, second = 0 } = nonNull(draft);
  const preview = draft?.hasPreview === true ? addresses.draftPicture(draft.id) : '';
  const stream = draft === null ? '' : addresses.draftStream(draft.id);
  const shown = { fileName, thumbhash: draft?.thumbhash ?? '', caption, album };
  switch (kind) {
    case 'image': {
      const info = { size, width, height, instanceID: '', imageUrl: preview, url: preview };
      const imageInfoArray = [1, 2, 3].map((sizeType) => ({ sizeType, ...info }));
      return { uuid: '', imageFormat: 255, imageInfoArray, animated: draft?.animated ?? false, ...shown };
    }
    case 'video': {
      const video = {
        videoUUID: '',
        videoFormat: '',
        videoSecond: second,
        videoSize: size,
        videoDownloadFlag: 2,
      };
      const thumb = {
        thumbUUID: '',
        thumbFormat: 'jpg',
        thumbWidth: width,
        thumbHeight: height,
        thumbSize: 0,
      };
      const addressed = { videoUrl: stream, remoteVideoUrl: stream, thumbUrl: preview };
      return { ...video, ...thumb, thumbDownloadFlag: 2, width, height, ...addressed, ...shown };
    }
    case 'sound': {
      const waveform = draft?.waveform ?? [];
      return { uuid: '', second, size, downloadFlag: 2, url: stream, remoteAudioUrl: stream, waveform };
    }
    case 'file':
      return { uuid: '', fileName, fileSize: size, downloadFlag: 2, fileUrl: stream, caption };
  }
}

function nonNull(draft: DraftAttachment | null): { width?: number; height?: number; second?: number } {
  if (draft === null) return {};
  const { width, height, second } = draft;
  return { width: width ?? 0, height: height ?? 0, second: second ?? 0 };
}
