/**
 * Where files are on this computer. What crosses the wire names files by their ids alone; TIM's `url` fields are filled in here,
 * and taken out again before anything is sent: an address is good in this window only, and what somebody else wrote there
 * is never asked for.
 */
import { TYPES } from './constants';

const ID = /(?:^|-)([0-9a-f]{32})$/u;

/** The id of a file, alone or at the end of a `uuid` (R-I8); `null` when it is none. */
export function fileID(uuid: unknown): string | null {
  return typeof uuid === 'string' && uuid.length < 256 ? (ID.exec(uuid)?.[1] ?? null) : null;
}

export class Addresses {
  /** Of pictures; empty until it is known. */
  mediaBase = '';
  /** Of what is played. */
  streamBase = '';

  /** A picture. */
  picture(uuid: unknown): string {
    const id = fileID(uuid);
    return id === null || this.mediaBase === '' ? '' : `${this.mediaBase}file/${id}`;
  }

  /** A video, a sound, any file. */
  stream(uuid: unknown): string {
    const id = fileID(uuid);
    return id === null || this.streamBase === '' ? '' : `${this.streamBase}${id}`;
  }

  /** The preview of a draft attachment, or the picture itself. */
  draftPicture(id: string, isFull = false): string {
    return this.mediaBase === '' ? '' : `${this.mediaBase}draft/${id}${isFull ? '?full' : ''}`;
  }

  draftStream(id: string): string {
    return this.streamBase === '' ? '' : `${this.streamBase}draft/${id}`;
  }

  /** Whether this is the address of a draft attachment. */
  #isDraft(url: unknown): url is string {
    const isBelow = (base: string): boolean =>
      base !== '' && typeof url === 'string' && url.startsWith(`${base}draft/`);
    return isBelow(this.mediaBase) || isBelow(this.streamBase);
  }

  /** The payload with addresses that are good here, and no others. */
  fill(type: string, payload: unknown): unknown {
    const draft = preparedFrom(payload);
    return changed(type, payload, (uuid, before, isPicture) => {
      const url = isPicture ? this.picture(uuid) : this.stream(uuid);
      if (url !== '') return url;
      if (draft !== null) return isPicture ? this.draftPicture(draft) : this.draftStream(draft);
      return this.#isDraft(before) ? before : '';
    });
  }
}

/** The payload without any address, as it crosses the wire. */
export function withoutAddresses(type: string, payload: unknown): unknown {
  return changed(type, payload, () => undefined);
}

/** The draft attachment of which the engine is still making what the message will carry; it has no files of its own before. */
function preparedFrom(payload: unknown): string | null {
  if (typeof payload !== 'object' || payload === null || !('attachment' in payload)) return null;
  const { attachment } = payload;
  if (typeof attachment !== 'object' || attachment === null || !('id' in attachment)) return null;
  return fileID(attachment.id);
}

/** What stands in an address's place, by the id that it is for; `undefined` takes it out. */
type Change = (uuid: unknown, before: unknown, isPicture: boolean) => string | undefined;

function changed(type: string, payload: unknown, change: Change): unknown {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return payload;
  const fields = payload as Record<string, unknown>;
  const put = (from: Record<string, unknown>, names: string[], uuid: unknown, isPicture: boolean): object => {
    const rest = Object.fromEntries(Object.entries(from).filter(([name]) => !names.includes(name)));
    const [first = ''] = names;
    const url = change(uuid, from[first], isPicture);
    return url === undefined ? rest : { ...rest, ...Object.fromEntries(names.map((name) => [name, url])) };
  };
  switch (type) {
    case TYPES.MSG_IMAGE: {
      const { imageInfoArray } = fields;
      if (!Array.isArray(imageInfoArray)) return payload;
      const infos = imageInfoArray.slice(0, 3).map((info: unknown) => {
        const each = Object(info) as Record<string, unknown>;
        return put(each, ['imageUrl', 'url'], each['instanceID'], true);
      });
      return { ...fields, imageInfoArray: infos };
    }
    case TYPES.MSG_VIDEO: {
      const played = put(fields, ['videoUrl', 'remoteVideoUrl'], fields['videoUUID'], false);
      return put(played as Record<string, unknown>, ['thumbUrl'], fields['thumbUUID'], true);
    }
    case TYPES.MSG_FILE:
      return put(fields, ['fileUrl'], fields['uuid'], false);
    case TYPES.MSG_SOUND:
      return put(fields, ['url', 'remoteAudioUrl'], fields['uuid'], false);
    default:
      return payload;
  }
}
