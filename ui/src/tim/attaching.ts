/** Files on their way from the page to the engine: what may be given, and the parts in which a `File` crosses the bridge. */
import type { Bridge } from '../bridge/bridge';
import type { AttachmentKind } from '../bridge/generated/AttachmentKind';
import type { DraftAttachmentView } from '../bridge/generated/DraftAttachmentView';
import { wellFormed } from '../bridge/well-formed';
import { CODE, IMError } from './errors';
import { refuse } from './validate';

/** A draft attachment: a file that the engine keeps already, by the picker, a drop, a paste or a recording (Tidings). */
export type DraftAttachment = DraftAttachmentView;

/** What `payload.file` may be. */
export type Attachable = HTMLInputElement | File | Blob | DraftAttachment;

/** What was given; `null`: an input in which nothing was chosen. */
export type Given = { draft: DraftAttachment } | { blob: Blob; name: string } | null;

/** One part, bytes. */
const PART = 1024 * 1024;

const KINDS: readonly unknown[] = ['image', 'video', 'file', 'sound'] satisfies AttachmentKind[];

/** Looks at `payload.file` (R-I1, R-F1, R-V2). What no desktop can read is refused at once (R-L4). */
export function givenFile(file: unknown): Given {
  if (typeof file !== 'object' || file === null)
    refuse('payload.file must be an HTMLInputElement, a File, a Blob or a draft attachment');
  if (file instanceof Blob) return { blob: file, name: nameOf(file) };
  if ('tempFilePath' in file || 'tempFilePaths' in file || 'tempFiles' in file) {
    const why = 'payload.file comes from a Mini Program (wx): its paths lead nowhere on a desktop';
    console.warn(`TIM: ${why}`);
    throw new Error(`Params validate failed. ${why}`);
  }
  if ('kind' in file && 'id' in file && typeof file.id === 'string' && KINDS.includes(file.kind))
    return { draft: file as DraftAttachment };
  if ('files' in file && typeof file.files === 'object') {
    const chosen = (file.files as ArrayLike<unknown> | null)?.[0];
    if (chosen === undefined) return null;
    if (chosen instanceof Blob) return { blob: chosen, name: nameOf(chosen) };
  }
  return refuse('payload.file must be an HTMLInputElement, a File, a Blob or a draft attachment');
}

function nameOf(blob: Blob): string {
  const name = 'name' in blob && typeof blob.name === 'string' ? blob.name : '';
  return wellFormed(name);
}

/** Hands a `File` or `Blob` to the engine, part by part; the engine has its own copy then (R-I3). */
export async function attachBlob(
  bridge: Bridge,
  blob: Blob,
  name: string,
  kind: AttachmentKind | null,
): Promise<DraftAttachment> {
  if (blob.size === 0) throw new IMError({ code: CODE.FILE_EMPTY, message: 'the file is empty' });
  const id = await bridge.attachBegin({ name, mime: blob.type, size: blob.size, kind });
  try {
    for (let offset = 0; offset < blob.size; offset += PART) {
      const bytes = new Uint8Array(await readPart(blob, offset));
      await bridge.attachChunk({ id, offset, bytes });
    }
    return await bridge.attachFinish({ id });
  } catch (thrown) {
    bridge.discardAttachment({ id }).catch(() => undefined);
    throw thrown;
  }
}

async function readPart(blob: Blob, offset: number): Promise<ArrayBuffer> {
  try {
    return await blob.slice(offset, offset + PART).arrayBuffer();
  } catch (thrown) {
    // It was changed, moved or taken away since it was chosen.
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    throw new IMError({ code: CODE.FILE_CHANGED, message });
  }
}
