/** Where a picture stands that is looked at from near: how large, and how far from the middle. */

export interface Zoom {
  scale: number;
  /** Pixels of the window. */
  x: number;
  y: number;
}

export interface Extent {
  width: number;
  height: number;
}

export const FIT: Zoom = { scale: 1, x: 0, y: 0 };
const MOST = 12;
export const STEP = 1.4;

/** The room of a picture that is wholly seen; a small one is not made larger than it is. */
export function fitted(picture: Extent, room: Extent): Extent {
  if (picture.width <= 0 || picture.height <= 0) return room;
  const scale = Math.min(1, room.width / picture.width, room.height / picture.height);
  return { width: picture.width * scale, height: picture.height * scale };
}

/** Larger or smaller by a factor, so that the point under the pointer (from the middle) stays where it is. */
export function zoomed(zoom: Zoom, factor: number, x: number, y: number): Zoom {
  const scale = Math.max(1, Math.min(MOST, zoom.scale * factor));
  if (scale === 1) return FIT;
  const real = scale / zoom.scale;
  return { scale, x: x - (x - zoom.x) * real, y: y - (y - zoom.y) * real };
}

/** No further than its edges reach. */
export function held(zoom: Zoom, picture: Extent, room: Extent): Zoom {
  const most = (size: number, window: number): number => Math.max(0, (size * zoom.scale - window) / 2);
  const within = (value: number, limit: number): number => Math.max(-limit, Math.min(limit, value));
  return {
    scale: zoom.scale,
    x: within(zoom.x, most(picture.width, room.width)),
    y: within(zoom.y, most(picture.height, room.height)),
  };
}
