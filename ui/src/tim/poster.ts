/** The frame of a video that stands for it, taken by the window's own player (R-V7). */
import type { Bridge } from '../bridge/bridge';
import type { Addresses } from './addresses';
import type { DraftAttachment } from './attaching';

/** Its longer side at most, pixels. */
const LARGEST = 960;
const QUALITY = 0.82;
/** Its JPEG at most, bytes: what the bridge takes at once. */
const MOST = 1024 * 1024;
/** How long a player may take, milliseconds. */
const PATIENCE = 8000;

/** Gives a video a poster where one can be had, and says where none can: somebody may wait for it to be sent. */
export async function givePoster(
  bridge: Bridge,
  { id }: DraftAttachment,
  addresses: Addresses,
): Promise<void> {
  let bytes: Uint8Array | null = null;
  try {
    const address = addresses.draftStream(id);
    if (address !== '') bytes = await posterOf(address);
  } catch (thrown) {
    console.warn('no poster could be taken', thrown);
  }
  // It may have been thrown away meanwhile.
  await bridge.setAttachmentPoster({ id, bytes: bytes ?? new Uint8Array() }).catch(() => undefined);
}

/** A frame near the beginning as a JPEG; `null` when the player gives none. */
async function posterOf(address: string): Promise<Uint8Array | null> {
  const video = document.createElement('video');
  try {
    video.crossOrigin = 'anonymous';
    video.muted = true;
    video.preload = 'auto';
    video.src = address;
    await once(video, 'loadeddata');
    // The very first frame is often black.
    const second = Math.min(1, (Number.isFinite(video.duration) ? video.duration : 0) / 10);
    if (second > 0) {
      video.currentTime = second;
      await once(video, 'seeked');
    }
    const { videoWidth, videoHeight } = video;
    if (videoWidth === 0 || videoHeight === 0) return null;
    const scale = Math.min(1, LARGEST / Math.max(videoWidth, videoHeight));
    const canvas = document.createElement('canvas');
    canvas.width = Math.max(1, Math.round(videoWidth * scale));
    canvas.height = Math.max(1, Math.round(videoHeight * scale));
    canvas.getContext('2d')?.drawImage(video, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', QUALITY));
    if (blob === null || blob.size > MOST) return null;
    return new Uint8Array(await blob.arrayBuffer());
  } finally {
    video.removeAttribute('src');
    video.load();
  }
}

function once(video: HTMLVideoElement, event: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${event} did not come`)), PATIENCE);
    const end = (): void => clearTimeout(timer);
    video.addEventListener(event, () => (end(), resolve()), { once: true });
    video.addEventListener('error', () => (end(), reject(new Error('the player has no picture'))), {
      once: true,
    });
  });
}
