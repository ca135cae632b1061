import { expect, it } from 'vitest';
import { Addresses } from './addresses';
import { TYPES } from './constants';

const id = (letter: string): string => letter.repeat(32);

function known(): Addresses {
  const addresses = new Addresses();
  addresses.mediaBase = 'media://x/';
  addresses.streamBase = 'http://127.0.0.1:1/';
  return addresses;
}

const picture = (attachment: unknown): unknown => ({
  uuid: '',
  imageInfoArray: [1, 2, 3].map((sizeType) => ({ sizeType, instanceID: '' })),
  attachment,
});

function firstURL(payload: unknown): unknown {
  const { imageInfoArray } = payload as { imageInfoArray: { url: unknown }[] };
  return imageInfoArray[0]?.url;
}

it('what is still being prepared is shown as its draft, also in a page that did not send it', () => {
  const filled = known().fill(TYPES.MSG_IMAGE, picture({ id: id('a') }));
  expect(firstURL(filled)).toBe(`media://x/draft/${id('a')}`);
  const film = known().fill(TYPES.MSG_VIDEO, { videoUUID: '', thumbUUID: '', attachment: { id: id('b') } });
  expect(film).toMatchObject({
    videoUrl: `http://127.0.0.1:1/draft/${id('b')}`,
    thumbUrl: `media://x/draft/${id('b')}`,
  });
});

it('h19 a payload leads nowhere else by what it says of an attachment', () => {
  for (const attachment of [
    '../x',
    { id: 'http://evil.example/' },
    { id: 5 },
    null,
    [],
    { id: `../${id('a')}` },
  ])
    expect(firstURL(known().fill(TYPES.MSG_IMAGE, picture(attachment)))).toBe('');
});
