/** What a message that carries files shows. Payloads are what somebody else wrote: what is missing or makes no sense is left out. */
import { fileID, TYPES, type Message } from '../tim';

/** The address of a picture that is shown only if it need not be fetched. */
export const ifHere = (address: string): string => (address === '' ? '' : `${address}?here`);

export interface Picture {
  kind: 'image';
  /** Of the original; `null` while it has none yet. */
  id: string | null;
  /** Addresses of the three sizes; empty where there is none. */
  url: string;
  large: string;
  thumb: string;
  /** Pixels; 0 is not known. */
  width: number;
  height: number;
  /** Bytes. */
  size: number;
  name: string;
  isAnimated: boolean;
  thumbhash: string;
  caption: string;
  album: string;
}

export interface Film {
  kind: 'video';
  id: string | null;
  url: string;
  poster: string;
  width: number;
  height: number;
  /** 0 is not known. */
  second: number;
  size: number;
  name: string;
  thumbhash: string;
  caption: string;
  album: string;
}

export interface Voice {
  kind: 'sound';
  id: string | null;
  url: string;
  second: number;
  size: number;
  /** From 0 to 31. */
  waveform: readonly number[];
  caption: '';
  album: '';
}

export interface FileCard {
  kind: 'file';
  id: string | null;
  name: string;
  size: number;
  caption: string;
  album: '';
}

export type MediaContent = Picture | Film | Voice | FileCard;

/** Longest texts that are looked at, UTF-16 units. */
const NAME = 512;
const CAPTION = 4096;
const SHORT = 64;
/** No side and no length is more than this. */
const MOST = 1_000_000;
const BARS = 64;

type Fields = Record<string, unknown>;

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
const text = (value: unknown, most: number): string =>
  typeof value === 'string' ? value.slice(0, most) : '';
const number = (value: unknown, most: number): number =>
  typeof value === 'number' && Number.isFinite(value) && value > 0 ? Math.min(Math.round(value), most) : 0;

/** `null`: it carries no files, or nobody can make sense of it. */
export function mediaOf({ type, payload }: Pick<Message, 'type' | 'payload'>): MediaContent | null {
  const fields = fieldsOf(payload);
  const caption = text(fields['caption'], CAPTION);
  const album = text(fields['album'], SHORT);
  const size = (value: unknown): number => number(value, Number.MAX_SAFE_INTEGER);
  const thumbhash = text(fields['thumbhash'], SHORT);
  const name = text(fields['fileName'], NAME);
  switch (type) {
    case TYPES.MSG_IMAGE: {
      const { imageInfoArray } = fields;
      if (!Array.isArray(imageInfoArray) || imageInfoArray.length !== 3) return null;
      const [whole, large, thumb] = imageInfoArray.map(fieldsOf) as [Fields, Fields, Fields];
      const url = (info: Fields): string => text(info['url'], NAME);
      return {
        kind: 'image',
        id: fileID(fields['uuid']),
        url: url(whole),
        large: url(large),
        thumb: url(thumb),
        width: number(whole['width'], MOST),
        height: number(whole['height'], MOST),
        size: size(whole['size']),
        isAnimated: fields['animated'] === true,
        ...{ name, thumbhash, caption, album },
      };
    }
    case TYPES.MSG_VIDEO: {
      if (typeof fields['videoUUID'] !== 'string') return null;
      return {
        kind: 'video',
        id: fileID(fields['videoUUID']),
        url: text(fields['videoUrl'], NAME),
        poster: text(fields['thumbUrl'], NAME),
        width: number(fields['width'], MOST) || number(fields['thumbWidth'], MOST),
        height: number(fields['height'], MOST) || number(fields['thumbHeight'], MOST),
        second: number(fields['videoSecond'], MOST),
        size: size(fields['videoSize']),
        ...{ name, thumbhash, caption, album },
      };
    }
    case TYPES.MSG_SOUND: {
      if (typeof fields['uuid'] !== 'string') return null;
      const bars = fields['waveform'];
      return {
        kind: 'sound',
        id: fileID(fields['uuid']),
        url: text(fields['url'], NAME),
        second: number(fields['second'], MOST),
        size: size(fields['size']),
        waveform: Array.isArray(bars) ? bars.slice(0, BARS).map((bar) => Math.min(31, number(bar, 31))) : [],
        caption: '',
        album: '',
      };
    }
    case TYPES.MSG_FILE: {
      if (typeof fields['uuid'] !== 'string') return null;
      const id = fileID(fields['uuid']);
      return { kind: 'file', id, name, size: size(fields['fileSize']), caption, album: '' };
    }
    default:
      return null;
  }
}

/** Which album a message belongs to; empty for none. */
export function albumOf(message: Pick<Message, 'type' | 'payload' | 'isRevoked'>): string {
  const isSeen = message.type === TYPES.MSG_IMAGE || message.type === TYPES.MSG_VIDEO;
  return isSeen && !message.isRevoked ? text(fieldsOf(message.payload)['album'], SHORT) : '';
}
